"""Line coverage of single test runs, by the fastest means the interpreter offers.

Standard library only and good for Python 3.8: it runs under the project's interpreter. `sys.monitoring` (PEP
669) from 3.12, else the C tracer of coverage.py where it is installed, else `sys.settrace` limited to project
files.
"""

from __future__ import annotations

import dis
import os
import sys
import threading
from collections.abc import Callable
from types import CodeType, FrameType
from typing import Any


class Scope:
    """Which files count: those below `root`, without hidden folders, environments and installed packages."""

    _SKIPPED = ("site-packages", "node_modules", "__pycache__", "dist-packages")

    def __init__(self, root: str) -> None:
        self.root = os.path.realpath(root)
        self._known: dict[str, str] = {}

    def relative(self, filename: str) -> str:
        """The path below the root with forward slashes, or an empty string."""
        known = self._known.get(filename)
        if known is None:
            known = self._known[filename] = self._find(filename)
        return known

    def _find(self, filename: str) -> str:
        if filename.startswith("<") or not filename.endswith(".py"):
            return ""
        real = os.path.realpath(filename)
        if not real.startswith(self.root + os.sep):
            return ""
        below = real[len(self.root) + 1 :]
        parts = below.split(os.sep)
        if any(p in self._SKIPPED or (p.startswith(".") and len(p) > 1) for p in parts):
            return ""
        return "/".join(parts)


class _Seen:
    """The lines of one code object: those not reached yet in the running test, and where reached ones are
    noted."""

    __slots__ = ("all", "left", "local", "path")

    def __init__(self, code: CodeType, path: str) -> None:
        self.path = path
        self.all = frozenset(line for _, line in dis.findlinestarts(code) if line)
        self.left = set(self.all)
        self.local = self._trace

    def _trace(self, frame: FrameType, event: str, arg: Any) -> Callable[..., Any] | None:
        if event == "line":
            self.left.discard(frame.f_lineno)
            if not self.left:
                return None  # every line was reached: the rest of the frame runs at full speed
        return self.local


class SettraceTracer:
    """Pure Python. Functions cost nothing any more once a test has reached all of their lines."""

    name = "settrace"

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._codes: dict[CodeType, _Seen | None] = {}
        self._used: set[_Seen] = set()

    def start(self) -> None:
        for seen in self._used:
            seen.left = set(seen.all)
        self._used = set()
        threading.settrace(self._call)
        sys.settrace(self._call)

    def stop(self) -> dict[str, set[int]]:
        sys.settrace(None)
        threading.settrace(None)
        hits: dict[str, set[int]] = {}
        for seen in self._used:
            hits.setdefault(seen.path, set()).update(seen.all - seen.left)
        return {path: lines for path, lines in hits.items() if lines}

    def _call(self, frame: FrameType, event: str, arg: Any) -> Callable[..., Any] | None:
        code = frame.f_code
        try:
            seen = self._codes[code]
        except KeyError:
            path = self._scope.relative(code.co_filename)
            seen = self._codes[code] = _Seen(code, path) if path else None
        if seen is None or not seen.left:
            return None
        self._used.add(seen)
        return seen.local


class MonitoringTracer:
    """Python 3.12 or later: each line of the project costs something only the first time it is reached in a test,
    each function of everything else only the first time that it is entered at all.

    Events of a line are switched off once it was reached. `restart_events` would switch on those of everything
    that runs, pytest itself included; instead only the functions that the test before has run are made anew."""

    name = "monitoring"

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._hits: dict[str, set[int]] = {}
        self._codes: dict[int, tuple[CodeType, bool]] = {}
        """By `id`, since hashing a code object reads all of it: kept alive, and whether its body stands beside its
        ``def``."""
        self._used: dict[int, CodeType] = {}
        self._monitoring: Any = getattr(sys, "monitoring")  # noqa: B009  # mypy checks against 3.11
        self._events = self._monitoring.events
        self._tool = self._free_tool()
        self._is_ours = False

    def _free_tool(self) -> int:
        for tool in (self._monitoring.COVERAGE_ID, 3, 4, self._monitoring.PROFILER_ID):
            if self._monitoring.get_tool(tool) is None:
                return int(tool)
        raise RuntimeError("every tool id of sys.monitoring is taken")

    def start(self) -> None:
        self._hits = {}
        for code in self._used.values():
            self._monitoring.set_local_events(self._tool, code, 0)
            self._monitoring.set_local_events(self._tool, code, self._events.LINE)
        self._used = {}
        if not self._is_ours:
            self._monitoring.use_tool_id(self._tool, "mycoder")
            self._monitoring.set_events(self._tool, self._events.PY_START | self._events.PY_RESUME)
            self._is_ours = True
        for event, callback in self._callbacks():
            self._monitoring.register_callback(self._tool, event, callback)

    def stop(self) -> dict[str, set[int]]:
        """Keeps the tool id and the events, which nobody hears until the next start."""
        for event, _ in self._callbacks():
            self._monitoring.register_callback(self._tool, event, None)
        return self._hits

    def _callbacks(self) -> tuple[tuple[int, Callable[..., Any]], ...]:
        events = self._events
        return (events.LINE, self._line), (events.PY_START, self._start), (events.PY_RESUME, self._resume)

    def _line(self, code: CodeType, line: int) -> Any:
        self._used[id(code)] = code
        if line:  # an empty module runs on line 0
            self._hits.setdefault(self._scope.relative(code.co_filename), set()).add(line)
        return self._monitoring.DISABLE

    def _start(self, code: CodeType, offset: int) -> Any:
        """Python 3.13 tells no line of a function whose body stands beside its ``def``."""
        if not self._enter(code):
            return self._monitoring.DISABLE
        self._line(code, code.co_firstlineno)
        return None

    def _resume(self, code: CodeType, offset: int) -> Any:
        self._enter(code)
        return self._monitoring.DISABLE

    def _enter(self, code: CodeType) -> bool:
        """Lets a function of the project tell its lines from now on; whether its body is beside its ``def``."""
        known = self._codes.get(id(code))
        if known is None:
            is_own = bool(self._scope.relative(code.co_filename))
            known = self._codes[id(code)] = (code, is_own and _is_beside(code))
            if is_own:
                self._monitoring.set_local_events(self._tool, code, self._events.LINE)
        return known[1]


def _is_beside(code: CodeType) -> bool:
    """The first instruction of the body is on the first line."""
    is_next = False
    for instruction in dis.get_instructions(code):
        if is_next:
            positions = getattr(instruction, "positions", None)
            return positions is not None and positions.lineno == code.co_firstlineno
        is_next = instruction.opname == "RESUME"
    return False


class CoverageTracer:
    """coverage.py's C tracer, left running while each test takes the lines out of its collector.

    The collector is not a public interface, so the constructor tries it out and raises when it is not as
    known."""

    name = "coverage"

    def __init__(self, scope: Scope) -> None:
        import coverage  # late: only where it is installed

        self._scope = scope
        self._running = coverage.Coverage(
            data_file=None, config_file=False, source=[scope.root], messages=False, check_preimported=False
        )
        self._running._warn_no_data = False
        self._running._warn_unimported_source = False
        self._running._warn_preimported_source = False
        self._running.start()
        collector: Any = self._running._collector
        if "CTracer" not in collector.tracer_name() or not isinstance(collector.data, dict):
            self._running.stop()
            raise RuntimeError("coverage.py works in a way that is not known here")
        self._collector = collector

    def start(self) -> None:
        for lines in self._collector.data.values():
            lines.clear()

    def stop(self) -> dict[str, set[int]]:
        hits: dict[str, set[int]] = {}
        for filename, lines in list(self._collector.data.items()):
            path = self._scope.relative(filename)
            found = set(lines) - {0}
            if path and found:
                hits[path] = found
        return hits


Tracer = Any
"""Anything with `name`, `start()` and `stop() -> {path: lines}`."""


def best_tracer(root: str, want: str = "") -> Tracer:
    """The fastest tracer that works here; `want` names one (monitoring, coverage, settrace)."""
    scope = Scope(root)
    if hasattr(sys, "monitoring") and want in ("", "monitoring"):
        try:
            return MonitoringTracer(scope)
        except RuntimeError:
            pass
    if want in ("", "coverage"):
        try:
            return CoverageTracer(scope)
        except Exception:  # any fault of a foreign installation means: not by this means
            pass
    return SettraceTracer(scope)
