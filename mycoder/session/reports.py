"""The honest end of a turn, made from the events that were seen and never from what the model claims."""

import time

import msgspec

from mycoder.protocol.events import (
    AgentStarted,
    AnyEvent,
    FilesChanged,
    TestsRan,
    TestsWeakened,
    TurnEnded,
    TurnStarted,
    UsageChanged,
)
from mycoder.protocol.report import Counts, FileChange, Report
from mycoder.protocol.usage import Usage


class Reporter:
    """Watches the events of a session and completes TurnEnded with its report."""

    def __init__(self) -> None:
        self._baseline: TestsRan | None = None
        self._last: TestsRan | None = None
        self._start_turn()

    def _start_turn(self) -> None:
        self._before: TestsRan | None = self._last
        self._after: TestsRan | None = None
        self._is_stale = False
        self._files: dict[str, FileChange] = {}
        self._usage = Usage()
        self._weakened: TestsWeakened | None = None
        self._model = ""
        self._steps: dict[str, int] = {}
        self._names: dict[str, str] = {}
        """Of the agents that were started in this turn, by id."""
        self._started = time.monotonic()

    def see(self, event: AnyEvent) -> None:
        match event:
            case TurnStarted(agent=""):
                self._start_turn()
            case TestsRan(complete=True):
                self._last = event
                if event.baseline or (self._before is None and not self._files):
                    self._before = event
                self._after, self._is_stale = event, False
            case FilesChanged():
                self._is_stale = True
                for change in event.changes:
                    self._merge(change)
            case TestsWeakened():
                self._weakened = event
            case UsageChanged():
                self._usage += event.usage
                self._model = event.model
                name = self._names.get(event.agent, event.agent.partition(".")[0]) or "main"
                self._steps[name] = self._steps.get(name, 0) + 1
            case AgentStarted():
                self._names[event.child] = event.name

    def complete(self, event: TurnEnded, sandbox: str) -> TurnEnded:
        """`event` with its report, unless it has one."""
        if event.report != Report():
            return event
        after = self._after
        weakened = self._weakened
        is_verified = (
            after is not None
            and after.is_green
            and not after.baseline  # how things stood before says nothing about what was done
            and not self._is_stale
            and (weakened is None or bool(weakened.allowed))
        )
        note = (
            "files changed after the last complete test run" if after is not None and self._is_stale else ""
        )
        before = self._before
        known = tuple(sorted(set(after.failing) & set(before.failing))) if after and before else ()
        report = Report(
            verified=is_verified,
            command=after.command if after else "",
            before=_counts(before) if after else None,
            after=_counts(after),
            fixed=after.fixed if after else (),
            broken=after.broken if after else (),
            failing=after.failing if after else (),
            known=known,
            vanished=after.vanished if after else (),
            weakened=weakened.findings if weakened else (),
            model=self._model,
            files=tuple(self._files[path] for path in sorted(self._files)),
            sandbox=sandbox,
            steps=sum(self._steps.values()),
            steps_by=dict(self._steps),
            usage=self._usage,
            seconds=round(time.monotonic() - self._started, 2),
            note=(after.problem if after else "") or note,
        )
        return msgspec.structs.replace(event, report=report)

    def _merge(self, change: FileChange) -> None:
        """Net change of a file over the turn: first content before, last content after."""
        if change.kind == "moved" and change.moved_from in self._files:
            first = self._files.pop(change.moved_from)
        else:
            first = self._files.pop(change.path, change)
        merged = msgspec.structs.replace(
            change,
            before=first.before,
            added=change.added + (first.added if first is not change else 0),
            removed=change.removed + (first.removed if first is not change else 0),
            kind=_net_kind(first, change),
        )
        if merged.before != merged.after or merged.kind == "moved":
            self._files[change.path] = merged


def _net_kind(first: FileChange, last: FileChange) -> str:
    if first is last:
        return last.kind
    if not first.before:
        return "added"
    return "deleted" if not last.after else "modified"


def _counts(run: TestsRan | None) -> Counts | None:
    return Counts(run.passed, run.failed, run.errors, run.skipped) if run else None
