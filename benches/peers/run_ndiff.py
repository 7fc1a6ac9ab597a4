"""Runs what is installed as ndiff: `load FILE...`, or `diff OLD NEW`. Prints the CPU seconds on the last line.

To be run by the Python that ndiff itself runs with.

ndiff 7.93 sorts the script results of a port, which have no order under Python 3, so it stops with a
TypeError on every file with two scripts at one port. With `--order` this program gives them one, so that
there is something to compare with. What is installed is not touched.
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


def main(arguments):
    ndiff = load_ndiff()
    if arguments[0] == "--order":
        arguments = arguments[1:]
        ndiff.ScriptResult.__lt__ = lambda one, other: (one.id, one.output) < (other.id, other.output)
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
