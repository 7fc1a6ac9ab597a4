"""Runs python-libnmap: `load FILE...`, or `diff OLD NEW`. Prints the CPU seconds on the last line."""

import sys
import time

from libnmap.parser import NmapParser


def changes(old, new):
    """What differs, down to the services of the hosts that are in both."""
    difference = new.diff(old)
    count = len(difference.added()) + len(difference.removed())
    before = {host.ipv4: host for host in old.hosts}
    for host in new.hosts:
        if host.ipv4 in before:
            count += len(host.diff(before[host.ipv4]).changed())
    return count


def main(arguments):
    start = time.process_time()
    reports = [NmapParser.parse_fromfile(path) for path in arguments[1:]]
    if arguments[0] == "diff":
        print(changes(*reports), "changes")
    print(f"{time.process_time() - start:.6f}")


if __name__ == "__main__":
    main(sys.argv[1:])
