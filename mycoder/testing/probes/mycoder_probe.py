"""Writes what happens to tests as JSON lines; shared by the pytest plugin and the unittest runner beside it.

These three files are copied into a folder on PYTHONPATH and run inside the project's own Python, so they keep
to the syntax and the library of Python 3.6 and import nothing of mycoder. PYTEST_DONT_REWRITE
"""

import json
import linecache
import os
import traceback
from typing import Any

FOLDER = "MYCODER_PROBE"
"""Variable that names the folder for the records. It is taken out of the environment when read, so that
programs started by a test do not write records of their own."""

KEPT = "MYCODER_PROBE_KEPT_"
"""Prefix of variables that hold the outer value of variables which were changed to bring the probe in."""

MESSAGE_LIMIT = 4000
FULL_REPORTS = 300
"""Failures told at length; further ones are told in short, so that 100,000 of them stay readable."""

OUTSIDE = ("site-packages", "dist-packages", ".venv", "venv", ".tox", ".nox", "node_modules")


class Recorder:
    """Appends records to a file of this process. Functions are bound here because tests patch modules."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.root = os.getcwd()
        self._path = os.path.join(folder, f"{os.getpid()}.jsonl")
        self._open, self._write, self._fstat, self._close = os.open, os.write, os.fstat, os.close
        self._getpid, self._dumps = os.getpid, json.dumps
        self._pid = os.getpid()
        self._failures = 0
        self._reopen()

    def write(self, **record: Any) -> None:
        """Adds one line. Does nothing in a forked child that runs on into the test runner."""
        if self._getpid() != self._pid:
            return
        if record.get("outcome") in ("failed", "error"):
            self._failures += 1
            if self._failures > FULL_REPORTS:
                record["message"] = record.get("message", "")[:400]
                record["frames"], record["captured"] = record.get("frames", ())[-3:], ""
        line = (self._dumps(record) + "\n").encode("ascii")
        try:
            if not self._is_ours():
                self._reopen()
            self._write(self._file, line)
        except OSError:
            pass

    def read_order(self) -> "dict[str, list[str]]":
        """Files whose tests go first, as the outside wrote them."""
        try:
            with open(os.path.join(self.folder, "order.json"), encoding="utf-8") as file:
                order = json.load(file)
        except (OSError, ValueError):
            return {}
        return order if isinstance(order, dict) else {}

    def _reopen(self) -> None:
        self._file = self._open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        state = self._fstat(self._file)
        self._identity = (state.st_dev, state.st_ino)

    def _is_ours(self) -> bool:
        """A test may have closed every descriptor, and another file may have taken the number."""
        try:
            state = self._fstat(self._file)
        except OSError:
            return False
        return (state.st_dev, state.st_ino) == self._identity


def open_recorder() -> "Recorder | None":
    """The recorder for this process; None when nobody asked for records."""
    folder = os.environ.pop(FOLDER, "")
    for name in [name for name in os.environ if name.startswith(KEPT)]:
        value = os.environ.pop(name)
        if value:
            os.environ[name[len(KEPT) :]] = value
        else:
            os.environ.pop(name[len(KEPT) :], None)
    if not folder:
        return None
    try:
        return Recorder(folder)
    except OSError:
        return None


def explain(error: BaseException, root: str, start: str = "") -> "dict[str, Any]":
    """Kind, message and frames of an exception. Frames begin at the first one in the file `start`."""
    message = clip("".join(_describe(error)).strip())
    return {"kind": type(error).__name__, "message": message, "frames": frames_of(error, root, start)}


def frames_of(error: BaseException, root: str, start: str) -> "list[list[Any]]":
    """[path, line, function, source] of the frames inside the project, outermost first, at most 11."""
    for link in reversed([error, *_causes(error)]):
        found = _walk(link.__traceback__, root, start)
        if isinstance(link, SyntaxError) and link.filename:
            path = inside(os.path.realpath(link.filename), root)
            found += [[path, link.lineno or 1, "", clip((link.text or "").strip(), 200)]] if path else []
        if found:
            return found if len(found) <= 11 else found[:3] + found[-8:]
    return []


def inside(path: str, root: str) -> str:
    """The path relative to the root; empty when it is not the project's own code."""
    if not path.startswith(root + os.sep):
        return ""
    relative = path[len(root) + 1 :].replace(os.sep, "/")
    return "" if any(part in OUTSIDE for part in relative.split("/")) else relative


def clip(text: str, limit: int = MESSAGE_LIMIT) -> str:
    """Cuts in the middle; also replaces what UTF-8 cannot hold."""
    text = text.encode("utf-8", "backslashreplace").decode("utf-8")
    if len(text) <= limit:
        return text
    return f"{text[: limit * 2 // 3]}\n… {len(text) - limit} characters left out …\n{text[-limit // 3 :]}"


def _walk(trace: Any, root: str, start: str) -> "list[list[Any]]":
    steps = []
    for _ in range(2000):
        if trace is None:
            break
        steps.append((trace.tb_frame, trace.tb_lineno))
        trace = trace.tb_next
    for index, (frame, _) in enumerate(steps):
        if start and os.path.realpath(frame.f_code.co_filename) == start:
            steps = steps[index:]
            break
    found: list[list[Any]] = []
    for frame, line in steps:
        name = frame.f_code.co_filename
        relative = "" if name.startswith("<") else inside(os.path.realpath(name), root)
        if not relative or frame.f_locals.get("__tracebackhide__") is True:
            continue
        source = linecache.getline(name, line).strip()[:200]
        step = [clip(relative, 500), line, frame.f_code.co_name, clip(source, 300)]
        if step not in found[-4:]:
            found.append(step)
    return found


def _causes(error: BaseException) -> "list[BaseException]":
    found: list[BaseException] = []
    while len(found) < 4:
        cause = error.__cause__
        if cause is None and not error.__suppress_context__:
            cause = error.__context__
        if cause is None or cause is error or cause in found:
            break
        found.append(cause)
        error = cause
    return found


def _describe(error: BaseException) -> "list[str]":
    lines = _plainly(error)
    for part in list(getattr(error, "exceptions", ()))[:5]:
        if isinstance(part, BaseException):
            lines += ["  part: " + line for line in _plainly(part)[:3]]
    for cause in _causes(error)[:2]:
        words = "".join(_plainly(cause)).strip()
        lines.append("caused by " + clip(words, 600) + "\n")
    return lines


def _plainly(error: BaseException) -> "list[str]":
    try:
        return traceback.format_exception_only(type(error), error)
    except Exception as trouble:
        # Exceptions with a broken __str__ exist; their type is still worth telling.
        return [f"{type(error).__name__} (its text could not be read: {type(trouble).__name__})\n"]
