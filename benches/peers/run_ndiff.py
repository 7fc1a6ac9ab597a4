"""Runs what is installed as ndiff: `load FILE...`, or `diff OLD NEW`. Prints the CPU seconds on the last line.

To be run by the Python that ndiff itself runs with.

ndiff 7.93 stops under Python 3 with a TypeError where a port has two scripts, whose results have no order, and
where the output of a script changed, as it compares a list with a number. With `--mend` this program gives them
an order, and the list a comparison, so that there is something to compare with. What is installed is not touched.
"""

import importlib
import importlib.machinery
import importlib.util
import shutil
import sys
import time


def load_ndiff():
    """The module, or, where there is none, the program itself, which is Python too."""
    try:
        return importlib.import_module("ndiff")
    except ImportError:
        path = shutil.which("ndiff")
        loader = importlib.machinery.SourceFileLoader("ndiff", path)
        module = importlib.util.module_from_spec(importlib.util.spec_from_loader("ndiff", loader))
        loader.exec_module(module)
        return module


class Counted(list):
    """A list that is as large as it is long."""

    def __gt__(self, number):
        return len(self) > number


def mend(ndiff):
    ndiff.ScriptResult.__lt__ = lambda one, other: (one.id, one.output) < (other.id, other.output)
    ndiff.PortDiff.script_result_diffs = property(
        lambda port: port.__dict__["script_result_diffs"],
        lambda port, diffs: port.__dict__.update(script_result_diffs=Counted(diffs)),
    )


def main(arguments):
    ndiff = load_ndiff()
    if arguments[0] == "--mend":
        arguments = arguments[1:]
        mend(ndiff)
    start = time.process_time()
    if arguments[0] == "load":
        scans = [ndiff.Scan() for _ in arguments[1:]]
        for scan, path in zip(scans, arguments[1:]):
            scan.load_from_file(path)
        status = 0
    else:
        sys.argv = ["ndiff", *arguments[1:]]
        status = ndiff.main()
    print(f"{time.process_time() - start:.6f}")
    # As ndiff: 0 the same, 1 different, 2 an error.
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
