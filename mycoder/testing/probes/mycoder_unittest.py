"""Runs unittest as its own command line does, and records each test as it starts and ends.

    python -m mycoder_unittest ARGUMENTS…                  as `python -m unittest ARGUMENTS…`
    python -m mycoder_unittest --starts A:B|auto [-k WORDS] [NAMES…]
                                            tests below A and B or wherever they lie, or those named

Keeps to the syntax and the library of Python 3.6.
"""

# ruff: noqa: N802 -- the names of the methods are unittest's

import faulthandler
import fnmatch
import importlib
import os
import re
import sys
import time
import unittest
from typing import Any

probe: Any = importlib.import_module("mycoder_probe")

PATTERNS = ("test*.py", "*_test.py", "*_tests.py")
OUTSIDE = (*probe.OUTSIDE, "env", "build", "dist", "__pycache__")
ROOT = os.path.realpath(os.getcwd())


class Result(unittest.TextTestResult):
    """Prints as usual, and records."""

    recorder: Any = None

    def startTest(self, test: Any) -> None:
        self._began = time.perf_counter()
        self.recorder.write(t="start", id=test.id())
        super().startTest(test)

    def addSuccess(self, test: Any) -> None:
        super().addSuccess(test)
        self._tell(test, "passed")

    def addError(self, test: Any, err: Any) -> None:
        super().addError(test, err)
        name = test.id()
        if name.startswith("unittest.loader._FailedTest."):
            text = str(err[1])
            self._tell(test, "error", name=name[28:], phase="collect", **_import_error(text))
            return
        # A set-up of a class or module is reported under a name such as `setUpClass (tests.test_a.Case)`.
        phase = (
            "setup"
            if " (" in name and name.startswith("setUp")
            else "teardown"
            if name.startswith("tearDown")
            else ""
        )
        self._tell(test, "error" if phase else "failed", phase=phase, **_explained(err, test))

    def addFailure(self, test: Any, err: Any) -> None:
        super().addFailure(test, err)
        self._tell(test, "failed", **_explained(err, test))

    def addSubTest(self, test: Any, subtest: Any, err: Any) -> None:
        super().addSubTest(test, subtest, err)
        if err is not None:
            told = _explained(err, test)
            about = subtest.id()[len(test.id()) :].strip()
            told["message"] = f"in sub-test {about}: {told['message']}"
            self._tell(test, "failed", **told)

    def addSkip(self, test: Any, reason: str) -> None:
        super().addSkip(test, reason)
        self._tell(test, "skipped", note=probe.clip(str(reason), 300))

    def addExpectedFailure(self, test: Any, err: Any) -> None:
        super().addExpectedFailure(test, err)
        self._tell(test, "skipped", note="xfail")

    def addUnexpectedSuccess(self, test: Any) -> None:
        super().addUnexpectedSuccess(test)
        self._tell(test, "failed", message="Unexpected success: the test is marked as an expected failure")

    def _tell(self, test: Any, outcome: str, name: str = "", **more: Any) -> None:
        seconds = time.perf_counter() - getattr(self, "_began", time.perf_counter())
        record = {"id": name or test.id(), "outcome": outcome, "seconds": round(seconds, 6)}
        self.recorder.write(t="case", **record, **more)


class Runner(unittest.TextTestRunner):
    def _makeResult(self) -> Any:
        return Result(self.stream, self.descriptions, self.verbosity)

    def run(self, test: Any) -> Any:
        result = super().run(test)
        Result.recorder.write(
            t="end",
            exit=0 if result.wasSuccessful() else 1,
            collected=result.testsRun,
            stopped="stopped early" if result.shouldStop else "",
        )
        return result


def main(arguments: "list[str]") -> None:
    """Runs the tests; the exit code is that of unittest, and 5 when there are none."""
    faulthandler.enable()
    recorder = probe.open_recorder()
    if recorder is None:
        sys.exit("mycoder_unittest: no folder to write to in $" + probe.FOLDER)
    Result.recorder = recorder
    recorder.write(t="begin", runner="unittest")
    if arguments[:1] != ["--starts"]:
        unittest.main(module=None, argv=["python -m unittest", *arguments], testRunner=Runner)
        return
    result = Runner(verbosity=1).run(_load(arguments[1], arguments[2:]))
    sys.exit(5 if not result.testsRun else not result.wasSuccessful())


def _load(where: str, arguments: "list[str]") -> Any:
    words: list[str] = []
    names: list[str] = []
    rest = list(arguments)
    while rest:
        word = rest.pop(0)
        if word == "-k" and rest:
            words.append(rest.pop(0))
        else:
            names.append(word)
    starts, patterns = _survey() if where == "auto" else (where.split(os.pathsep), ["test*.py"])
    suite = unittest.TestSuite()
    if names:
        sys.path[:0] = [os.path.abspath(start) for start in reversed(starts) if start != "."]
        suite.addTests(_loader(words).loadTestsFromNames(names))
        return suite
    for start in starts:
        for pattern in patterns:
            # A new loader for each folder: one keeps the top-level folder of its first search.
            suite.addTests(_loader(words).discover(start, pattern))
    return suite


def _survey() -> "tuple[list[str], list[str]]":
    """Folders from which discovery reaches every test file, and the patterns of their names.

    Discovery goes down into packages only, so a folder without `__init__.py` has to be a start of its own.
    """
    starts: list[str] = []
    patterns = ["test*.py"]
    for folder, folders, files in os.walk("."):
        folders[:] = sorted(name for name in folders if name[0] != "." and name not in OUTSIDE)
        found = [glob for glob in PATTERNS if fnmatch.filter(files, glob)]
        patterns += [glob for glob in found if glob not in patterns]
        if found and (folder == "." or "__init__.py" not in files):
            starts.append(os.path.relpath(folder))
        elif found:
            top = folder
            while top != "." and os.path.exists(os.path.join(top, "__init__.py")):
                top = os.path.dirname(top)
            if os.path.relpath(top) not in starts:
                starts.append(os.path.relpath(top))
    return starts, patterns


def _loader(words: "list[str]") -> unittest.TestLoader:
    loader = unittest.TestLoader()
    if words:
        # An attribute that older versions do not know, and leave alone.
        loader.testNamePatterns = [word if "*" in word else f"*{word}*" for word in words]
    return loader


def _explained(err: Any, test: Any) -> "dict[str, Any]":
    module = sys.modules.get(type(test).__module__)
    start = os.path.realpath(str(getattr(module, "__file__", "") or ""))
    told: dict[str, Any] = probe.explain(err[1], ROOT, start)
    return told


def _import_error(text: str) -> "dict[str, Any]":
    """unittest hands the traceback of a failed import on as text only."""
    frames = []
    for path, line, function in re.findall(r'File "([^"]+)", line (\d+)(?:, in (\S+))?', text):
        relative = probe.inside(os.path.realpath(path), ROOT)
        if relative:
            frames.append([relative, int(line), function or "", ""])
    lines = [line for line in text.strip().splitlines() if line.strip()]
    for index, line in enumerate(lines):
        if line.startswith("Traceback"):
            lines = [line for line in lines[index + 1 :] if not line.startswith('  File "')] or lines
            break
    last = lines[-1] if lines else ""
    kind = last.split(":")[0].rpartition(".")[2].strip()
    message = "\n".join(line for line in lines[-4:] if not line.startswith("    ") or "SyntaxError" in last)
    return {"kind": kind, "message": probe.clip(message or text), "frames": frames[-8:]}


if __name__ == "__main__":
    main(sys.argv[1:])
