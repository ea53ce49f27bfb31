"""A pytest plugin that records each test as it starts and ends. PYTEST_DONT_REWRITE

Loaded by name with `-p`, it depends on no option of the project (`-q`, `--tb=no`, other reporters, xdist) and
what it wrote is still there when the process is killed. Keeps to Python 3.6 and pytest 4.
"""

import importlib
import os
from typing import Any

import pytest

probe: Any = importlib.import_module("mycoder_probe")

DETAIL = "mycoder_detail"
"""Attribute of a report with what `explain` said; plain data, so xdist carries it to the front process."""


def pytest_configure(config: Any) -> None:
    """Starts recording in the front process; workers of xdist only add details to their reports."""
    if hasattr(config, "workerinput"):
        config.pluginmanager.register(Order(config.workerinput.get("mycoder_order", {})), "mycoder-order")
        return
    recorder = probe.open_recorder()
    if recorder is None:
        return
    order = recorder.read_order()
    config.pluginmanager.register(Order(order), "mycoder-order")
    config.pluginmanager.register(Watcher(config, recorder, order), "mycoder-watcher")


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_runtest_makereport(item: Any, call: Any) -> Any:
    """Tells of a failure at length, however short the project wants its tracebacks."""
    outcome = yield
    report = outcome.get_result()
    if not report.failed:
        return
    detail = _detail(call.excinfo, item.config, getattr(item, "path", "") or item.fspath)
    if call.excinfo is None or detail["kind"] == "FixtureLookupError":
        detail["message"] = _essence(str(report.longrepr))
    if detail["message"].startswith("[XPASS(strict)]"):
        detail["message"] += " (it is marked as expected to fail, and it passed)"
    setattr(report, DETAIL, detail)


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_make_collect_report(collector: Any) -> Any:
    """The same for a file that could not be collected."""
    outcome = yield
    report = outcome.get_result()
    if not report.failed:
        return
    call = getattr(report, "call", None)
    error = getattr(getattr(call, "excinfo", None), "value", None)
    # pytest wraps an import error of a test file; what it came from has the frames.
    root = getattr(error, "__cause__", None) or error
    detail = {"kind": "", "message": "", "frames": []}
    if root is not None:
        detail = probe.explain(root, _root(collector.config), "")
    if not detail["message"] or detail["kind"] == "CollectError":
        detail["message"] = _essence(str(report.longrepr))
    setattr(report, DETAIL, detail)


class Order:
    """Puts the files whose tests failed last time first. Whole files, so that tests which lean on their
    neighbours, and fixtures of a module, keep their order."""

    def __init__(self, order: "dict[str, list[str]]") -> None:
        self.first = set(order.get("first", ()))
        self.slow = set(order.get("slow", ()))

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: Any, items: "list[Any]") -> None:
        is_parallel = hasattr(config, "workerinput")
        if self.first or (self.slow and is_parallel):
            prefix = _prefix(config)

            def rank(item: Any) -> int:
                path = _local(item.nodeid, prefix).split("::")[0]
                return 0 if path in self.first else 1 if is_parallel and path in self.slow else 2

            items.sort(key=rank)


class Watcher:
    """Writes the records, in the front process."""

    def __init__(self, config: Any, recorder: Any, order: "dict[str, list[str]]") -> None:
        self.recorder = recorder
        self.order = order
        self.prefix = _prefix(config)
        self.deselected = 0
        self.set_up: dict[str, float] = {}
        recorder.write(t="begin", runner="pytest " + pytest.__version__)

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        node.workerinput["mycoder_order"] = self.order

    def pytest_deselected(self, items: "list[Any]") -> None:
        self.deselected += len(items)

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self.recorder.write(t="start", id=self.name(nodeid))

    def pytest_runtest_logreport(self, report: Any) -> None:
        when = report.when if report.when in ("setup", "teardown") else ""
        seconds = float(getattr(report, "duration", 0.0) or 0.0)
        if report.outcome == "rerun":
            self.recorder.write(t="case", id=self.name(report.nodeid), outcome="skipped", note="rerun")
            return
        if when == "setup" and report.passed:
            self.set_up[report.nodeid] = seconds
            return
        if when == "teardown" and not report.failed:
            return
        outcome = "error" if when and report.failed else report.outcome
        seconds += self.set_up.pop(report.nodeid, 0.0)
        self.case(report, outcome, when, seconds, _note(report))

    def pytest_collectreport(self, report: Any) -> None:
        if report.failed:
            self.case(report, "error", "collect", 0.0, "")
        elif report.outcome == "skipped":
            self.case(report, "skipped", "collect", 0.0, _note(report))

    def case(self, report: Any, outcome: str, phase: str, seconds: float, note: str) -> None:
        record = {
            "t": "case",
            "id": self.name(report.nodeid),
            "outcome": outcome,
            "seconds": round(seconds, 6),
        }
        if phase:
            record["phase"] = phase
        if note:
            record["note"] = probe.clip(note, 300)
        if outcome in ("failed", "error"):
            detail = getattr(report, DETAIL, None)
            record.update(detail or {"message": probe.clip(_essence(str(report.longrepr)))})
            context = getattr(report, "context", None)
            if context is not None:
                record["message"] = f"in sub-test {_sub_test(context)}: {record['message']}"
            record["captured"] = _captured(report)
        self.recorder.write(**record)

    def name(self, nodeid: str) -> str:
        return str(probe.clip(_local(nodeid, self.prefix), 2000))

    def pytest_internalerror(self, excrepr: Any) -> None:
        self.recorder.write(
            t="problem", message="pytest failed inside: " + probe.clip(_essence(str(excrepr)), 1500)
        )

    def pytest_keyboard_interrupt(self, excinfo: Any) -> None:
        self.recorder.write(
            t="problem", message="the run was interrupted: " + probe.clip(excinfo.exconly(), 500)
        )

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: Any, exitstatus: Any) -> None:
        stopped = getattr(session, "shouldfail", "") or getattr(session, "shouldstop", "")
        self.recorder.write(
            t="end",
            exit=int(exitstatus),
            collected=int(getattr(session, "testscollected", 0)),
            deselected=self.deselected,
            stopped=str(stopped or ""),
        )


def _root(config: Any) -> str:
    """Where the run was started: the folder that paths are told from."""
    params = getattr(config, "invocation_params", None)
    return os.path.realpath(str(params.dir)) if params is not None else os.path.realpath(os.getcwd())


def _prefix(config: Any) -> str:
    """What ids begin with although the run started below: pytest counts from the folder of its settings."""
    relative = os.path.relpath(_root(config), os.path.realpath(str(config.rootdir)))
    return "" if relative == "." or relative.startswith("..") else relative.replace(os.sep, "/") + "/"


def _local(nodeid: str, prefix: str) -> str:
    return nodeid[len(prefix) :] if prefix and nodeid.startswith(prefix) else nodeid


def _detail(excinfo: Any, config: Any, path: Any) -> "dict[str, Any]":
    if excinfo is None:
        return {"kind": "", "message": "", "frames": []}
    detail: dict[str, Any] = probe.explain(excinfo.value, _root(config), os.path.realpath(str(path)))
    return detail


def _essence(text: str) -> str:
    """The lines that pytest marks as the error, or else the end of the text."""
    lines = text.splitlines()
    marked = [line[1:].strip() for line in lines if line[:2] in ("E ", ">\t", "> ") or line == "E"]
    return str(probe.clip("\n".join(marked or lines[-12:]).strip()))


def _note(report: Any) -> str:
    """Reason of a skip; xfail and xpass by name."""
    if hasattr(report, "wasxfail"):
        word = "xpass" if report.passed else "xfail"
        return (word + ": " + str(report.wasxfail).replace("reason: ", "")).rstrip(": ")
    if report.outcome != "skipped":
        return ""
    longrepr = report.longrepr
    reason = longrepr[2] if isinstance(longrepr, (tuple, list)) and len(longrepr) == 3 else longrepr
    return str(reason or "").replace("Skipped: ", "", 1)


def _captured(report: Any) -> str:
    parts = []
    for title, text in getattr(report, "sections", ()):
        if str(title).startswith("Captured") and text.strip():
            parts.append(f"{str(title).lower()}:\n{text.strip()[-1500:]}")
    return str(probe.clip("\n".join(parts), 3000))


def _sub_test(context: Any) -> str:
    words = [str(getattr(context, "msg", None) or "")]
    words += [f"{name}={value!r}" for name, value in dict(getattr(context, "kwargs", {})).items()]
    return "[" + ", ".join(word for word in words if word) + "]"
