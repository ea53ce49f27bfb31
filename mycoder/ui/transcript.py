"""The transcript: a pure reducer from events to what a conversation looks like.

All faces draw from it, a living session and a resumed one by the same path. Pushing the raw feed or the
merged feed of the same events leaves the same entries behind. Entries are only ever appended or replaced in
place, so the index of an entry is its name.
"""

import msgspec

from mycoder.protocol import events as ev
from mycoder.protocol.blocks import Plan, PlanItem, TestReport
from mycoder.protocol.report import FileChange
from mycoder.protocol.said import own_words
from mycoder.protocol.usage import Usage
from mycoder.ui.calls import call_of, finished, starts
from mycoder.ui.entries import (
    AnyEntry,
    Ask,
    Banner,
    Call,
    Compacted,
    End,
    Files,
    Notice,
    Prompt,
    Question,
    Reply,
    SubAgent,
    Tests,
    Thought,
    is_one_run,
    together,
)
from mycoder.ui.wording import weakened

PROGRESS_KEPT = 8_000
"""Characters of running output that are kept; the finished call brings the real result."""


PROGRESS_LINE = 200
"""Characters of the newest line of a sub-agent's running call."""
CHILD_CALLS = 60
"""Calls of a sub-agent that are kept in its entry."""
CHILD_SAID = 2_000
"""Characters of what a sub-agent said last."""


class Transcript:
    """The entries and the state beside them. `push` returns the indices of entries it touched."""

    def __init__(self) -> None:
        self.entries: list[AnyEntry] = []
        self.session = ""
        self.title = ""
        self.root = ""
        self.model = ""
        self.mode = "auto"
        self.sandbox = ""
        self.is_running = False
        self.turn_started = 0.0
        self.plan: tuple[PlanItem, ...] = ()
        self.files: dict[str, FileChange] = {}
        self.usage = Usage()
        self.context = 0
        self.window = 0
        self.tests: ev.TestsRan | None = None
        self.asks: dict[str, ev.Asked] = {}
        self.undoable: list[int] = []
        """Positions in the log of the changes that undo would take back, oldest first."""
        self._undone: list[int] = []
        self._talk: dict[str, int] = {}
        self._calls: dict[str, int] = {}
        self._agents: dict[str, int] = {}
        self._has_command = False
        """Whether what runs is a slash command, whose entry shows the tests that it runs."""
        self._reply_from = 0
        self._mended: set[str] = set()
        """Tests that a run has shown to be mended, and that have not failed since."""

    @property
    def running_calls(self) -> list[Call]:
        """Calls that have not finished, in the order they were made."""
        calls = [self.entries[index] for index in self._calls.values()]
        return [call for call in calls if isinstance(call, Call)]

    @property
    def running_agents(self) -> list[SubAgent]:
        agents = [self.entries[index] for index in self._agents.values()]
        return [agent for agent in agents if isinstance(agent, SubAgent) and agent.state == "running"]

    def push(self, event: ev.AnyEvent) -> list[int]:
        """Take in one event."""
        touched: list[int] = []
        self.session = event.session or self.session
        is_talk = isinstance(event, ev.TextAdded | ev.ThoughtAdded | ev.ToolProgressed)
        if not event.agent and not is_talk:
            touched += self._close(event)
        if event.agent:
            return touched + self._of_agent(event)
        return touched + self._of_main(event)

    def _of_main(self, event: ev.AnyEvent) -> list[int]:
        match event:
            case ev.TextAdded() | ev.ThoughtAdded():
                return self._talked(event)
            case ev.ToolCalled() | ev.ToolProgressed() | ev.ToolFinished():
                return self._tool(event)
            case ev.Asked() | ev.AskSettled():
                return self._asking(event)
            case ev.SessionStarted() | ev.SessionResumed() | ev.ModeChanged() | ev.ModelChanged():
                return self._setting(event)
            case ev.TurnStarted() | ev.PromptAdded() | ev.TurnEnded() | ev.ModelRetried() | ev.UsageChanged():
                return self._turning(event)
            case ev.TestsRan() | ev.FilesChanged() | ev.PlanChanged():
                return self._working(event)
            case _:
                return self._aside(event)

    def _turning(self, event: ev.AnyEvent) -> list[int]:
        match event:
            case ev.TurnStarted():
                self.is_running, self.turn_started = True, event.at
                self.title = self.title or own_words(event.prompt)
                self._reply_from = len(self.entries) + 1
                return self._add(Prompt(seq=event.seq, text=event.prompt, attachments=event.attachments))
            case ev.PromptAdded():
                return self._add(Prompt(seq=event.seq, text=event.text, origin=event.origin))
            case ev.TurnEnded():
                self.is_running = False
                self.sandbox = event.report.sandbox or self.sandbox
                self._calls.clear()
                end = End(seq=event.seq, reason=event.reason, message=event.message, report=event.report)
                return self._add(msgspec.structs.replace(end, answer=event.answer))
            case ev.ModelRetried():
                return self._retried(event)
            case ev.UsageChanged():
                self.usage, self.context, self.window = event.total, event.context, event.window
                self._reply_from = len(self.entries)
        return []

    def _setting(self, event: ev.AnyEvent) -> list[int]:
        match event:
            case ev.SessionStarted():
                self.root, self.mode, self.model, self.sandbox = (
                    event.root,
                    event.mode,
                    event.model,
                    event.sandbox,
                )
                about = Banner(
                    seq=event.seq,
                    version=event.version,
                    root=event.root,
                    model=event.model,
                    sandbox=event.sandbox,
                )
                return self._add(about)
            case ev.SessionResumed():
                self.model, self.sandbox, self.is_running = event.model, event.sandbox or self.sandbox, False
            case ev.ModeChanged():
                self.mode = event.mode
            case ev.ModelChanged():
                self.model = event.model
        return []

    def _working(self, event: ev.AnyEvent) -> list[int]:
        match event:
            case ev.PlanChanged():
                self.plan = event.items
            case ev.TestsRan():
                is_known = self.tests is not None and is_one_run(self.tests, event)
                self.tests = event
                self.sandbox = event.sandbox or self.sandbox
                return [] if is_known else self._tested(event)
            case ev.FilesChanged():
                self._count_files(event)
                if event.cause in ("undo", "redo", "repair"):
                    return self._add(Files(seq=event.seq, cause=event.cause, changes=event.changes))
        return []

    def _aside(self, event: ev.AnyEvent) -> list[int]:
        match event:
            case ev.TestsWeakened():
                level = "info" if event.allowed else "warning"
                return self._add(Notice(seq=event.seq, text=weakened(event), level=level))
            case ev.Noticed():
                return self._add(
                    Notice(
                        seq=event.seq,
                        text=event.text,
                        level=event.level,
                        hint=event.hint,
                        blocks=event.blocks,
                        undo=event.undo,
                    )
                )
            case ev.ContextCompacted():
                compacted = Compacted(
                    seq=event.seq, before=event.before, after=event.after, summary=event.summary
                )
                self.context = event.after
                return self._add(compacted)
            case ev.AgentStarted():
                return self._began(event)
            case ev.AgentEnded() if event.child in self._agents:
                state = "done" if event.ok else "failed"
                index, summary = self._agents[event.child], event.summary
                return self._change(index, state=state, summary=summary, progress="")
        return []

    def _began(self, event: ev.AgentStarted) -> list[int]:
        """A sub-agent takes the place of the call that started it: one matter, one entry."""
        agent = SubAgent(seq=event.seq, child=event.child, name=event.name, task=event.task)
        calls = {} if event.agent else self._calls
        index = next((at for at in calls.values() if starts(self.entries[at], event.task)), None)
        if index is None:
            self._agents[event.child] = len(self.entries)
            return self._add(agent)
        self._agents[event.child] = index
        self.entries[index] = msgspec.structs.replace(agent, seq=self.entries[index].seq)
        return [index]

    def _of_agent(self, event: ev.AnyEvent) -> list[int]:
        if event.agent == ev.COMMAND:
            return self._of_command(event)
        match event:
            case ev.Asked() | ev.AskSettled():
                return self._asking(event)
            case ev.FilesChanged() | ev.TestsRan():
                return self._working(event)
            case ev.AgentStarted() | ev.AgentEnded():
                return self._aside(event)
            case ev.ToolCalled() | ev.ToolProgressed() | ev.ToolFinished() | ev.TextAdded() if (
                event.agent in self._agents
            ):
                return self._of_child(self._agents[event.agent], event)
        return []

    def _of_command(self, event: ev.AnyEvent) -> list[int]:
        """A slash command that takes long is a call as those of a turn, and as long as it runs nothing else does."""
        match event:
            case ev.ToolCalled():
                self.is_running, self.turn_started, self._has_command = True, event.at, True
            case ev.ToolFinished():
                self.is_running = self._has_command = False
            case ev.ToolProgressed():
                pass
            case _:
                return []
        return self._tool(event)

    def _of_child(
        self, index: int, event: ev.ToolCalled | ev.ToolProgressed | ev.ToolFinished | ev.TextAdded
    ) -> list[int]:
        """What a sub-agent does belongs inside its own entry."""
        entry = self.entries[index]
        assert isinstance(entry, SubAgent)
        match event:
            case ev.TextAdded():
                return self._change(index, said=(entry.said + event.text)[-CHILD_SAID:])
            case ev.ToolCalled():
                call = call_of(event)
                calls = (*entry.calls, call)[-CHILD_CALLS:]
                news = {"latest": call.title, "progress": "", "said": ""}
                return self._change(index, steps=entry.steps + 1, calls=calls, **news)
            case ev.ToolProgressed():
                line = event.text.strip().rpartition("\n")[2]
                return self._change(index, progress=line[:PROGRESS_LINE]) if line else []
            case ev.ToolFinished():
                calls = tuple(
                    finished(call, event) if call.call_id == event.call_id else call for call in entry.calls
                )
                return self._change(index, calls=calls, progress="")

    def _talked(self, event: ev.TextAdded | ev.ThoughtAdded) -> list[int]:
        kind = "text" if isinstance(event, ev.TextAdded) else "thought"
        touched = self._close(event, but=kind)
        index = self._talk.get(kind)
        if index is not None:
            entry = self.entries[index]
            assert isinstance(entry, Reply | Thought)
            return touched + self._change(index, text=entry.text + event.text)
        self._talk[kind] = len(self.entries)
        if kind == "text":
            return touched + self._add(Reply(seq=event.seq, text=event.text))
        return touched + self._add(Thought(seq=event.seq, text=event.text, started=event.at))

    def _close(self, event: ev.AnyEvent, but: str = "") -> list[int]:
        """End the talk that is open, since something else has begun."""
        touched: list[int] = []
        for kind in [kind for kind in self._talk if kind != but]:
            index = self._talk.pop(kind)
            entry = self.entries[index]
            if isinstance(entry, Thought):
                touched += self._change(index, is_open=False, seconds=max(0.0, event.at - entry.started))
            else:
                touched += self._change(index, is_open=False)
        return touched

    def _retried(self, event: ev.ModelRetried) -> list[int]:
        touched: list[int] = []
        for index in range(self._reply_from, len(self.entries)):
            entry = self.entries[index]
            if isinstance(entry, Reply | Thought) and not entry.is_void:
                touched += self._change(index, is_void=True)
        text = f"The model call failed: {event.reason}. Attempt {event.attempt + 1} follows"
        text += f" in {event.delay:.0f} s." if event.delay >= 1 else "."
        return touched + self._add(Notice(seq=event.seq, text=text, level="warning"))

    def _tool(self, event: ev.ToolCalled | ev.ToolProgressed | ev.ToolFinished) -> list[int]:
        if isinstance(event, ev.ToolCalled):
            self._calls[event.call_id] = len(self.entries)
            return self._add(call_of(event))
        index = self._calls.get(event.call_id)
        if index is None:
            return []
        entry = self.entries[index]
        if isinstance(event, ev.ToolFinished):
            del self._calls[event.call_id]
        if not isinstance(entry, Call):  # it has become the sub-agent that it started
            return []
        if isinstance(event, ev.ToolProgressed):
            return self._change(index, progress=(entry.progress + event.text)[-PROGRESS_KEPT:])
        for block in event.blocks:
            if isinstance(block, Plan):
                self.plan = block.items
        self.entries[index] = finished(entry, event)
        return [index]

    def _asking(self, event: ev.Asked | ev.AskSettled) -> list[int]:
        if isinstance(event, ev.Asked):
            self.asks[event.ask_id] = event
            index = self._calls.get(event.call_id) if event.call_id else None
            if index is None or not isinstance(self.entries[index], Call):
                return self._add(Question(seq=event.seq, ask=Ask(event)))
            return self._change(index, state="waiting", ask=Ask(event))
        self.asks.pop(event.ask_id, None)
        for index in range(len(self.entries) - 1, -1, -1):
            entry = self.entries[index]
            if not isinstance(entry, Call | Question) or entry.ask is None:
                continue
            if entry.ask.asked.ask_id != event.ask_id:
                continue
            ask = Ask(entry.ask.asked, event.choice, event.note, event.by)
            if isinstance(entry, Call) and entry.state == "waiting":
                return self._change(index, ask=ask, state="running")
            return self._change(index, ask=ask)
        return []

    def _tested(self, event: ev.TestsRan) -> list[int]:
        news = tuple(name for name in event.fixed if name not in self._mended)
        self._mended = (self._mended | set(event.fixed)) - set(event.failing)
        report = TestReport(
            command=event.command,
            passed=event.passed,
            failed=event.failed,
            errors=event.errors,
            skipped=event.skipped,
            fixed=news,
            broken=event.broken,
            failing=event.failing,
            flaky=event.flaky,
            problem=event.problem,
            seconds=event.seconds,
        )
        if self._has_command or (not event.baseline and (self._calls or self._shown_already())):
            return []
        return self._add(Tests(seq=event.seq, report=report, is_baseline=event.baseline and self.is_running))

    def _shown_already(self) -> bool:
        """Whether the newest entry is the call that ran the tests and shows their report itself."""
        last = self.entries[-1] if self.entries else None
        return isinstance(last, Call) and any(isinstance(block, TestReport) for block in last.blocks)

    def _count_files(self, event: ev.FilesChanged) -> None:
        match event.cause:
            case "undo":
                self._undone += [self.undoable.pop()] if self.undoable else []
            case "redo":
                self.undoable += [self._undone.pop()] if self._undone else []
            case _:
                self.undoable.append(event.seq)
                self._undone.clear()
        for change in event.changes:
            known = self.files.pop(change.path, None) or self.files.pop(change.moved_from, None)
            total = together(known, change, is_back=event.cause == "undo")
            if total is not None:
                self.files[change.path] = total

    def _add(self, entry: AnyEntry) -> list[int]:
        self.entries.append(entry)
        return [len(self.entries) - 1]

    def _change(self, index: int, **fields: object) -> list[int]:
        self.entries[index] = msgspec.structs.replace(self.entries[index], **fields)
        return [index]
