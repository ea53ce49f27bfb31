"""What a conversation is made of: the entries of a transcript, and the arithmetic of changed files."""

from typing import Literal

import msgspec

from mycoder.protocol import events as ev
from mycoder.protocol.blocks import AnyBlock, TestReport
from mycoder.protocol.messages import Attachment
from mycoder.protocol.report import FileChange, Report


class Entry(msgspec.Struct, frozen=True, kw_only=True, tag=True, gc=False):
    """Base of all entries. `seq` is the position in the log of the event that made it.

    No entry can be part of a cycle, so the garbage collector need not walk them.
    """

    seq: int = 0


class Banner(Entry, frozen=True, kw_only=True, gc=False):
    version: str
    root: str
    model: str
    sandbox: str


class Prompt(Entry, frozen=True, kw_only=True, gc=False):
    text: str
    origin: str = "person"
    """person, or the origin of a PromptAdded."""
    attachments: tuple[Attachment, ...] = ()


class Reply(Entry, frozen=True, kw_only=True, gc=False):
    text: str
    is_open: bool = True
    is_void: bool = False
    """True when the model call failed and was tried again: these words do not count."""


class Thought(Entry, frozen=True, kw_only=True, gc=False):
    text: str
    started: float = 0.0
    seconds: float = 0.0
    is_open: bool = True
    is_void: bool = False


class Ask(msgspec.Struct, frozen=True, gc=False):
    """An ask and how it was settled; `settled` is empty while it waits."""

    asked: ev.Asked
    settled: str = ""
    note: str = ""
    by: str = ""

    @property
    def label(self) -> str:
        """The sentence of the option that was chosen."""
        for option in self.asked.options:
            if option.id == self.settled:
                return option.label
        return self.settled


class Call(Entry, frozen=True, kw_only=True, gc=False):
    """A tool call, its approval and its result: one entry, several states."""

    call_id: str
    tool: str
    title: str
    arguments: str = "{}"
    state: Literal["running", "waiting", "done", "failed"] = "running"
    ask: Ask | None = None
    progress: str = ""
    """The newest part of what a running call has printed; empty once it has finished."""
    output: str = ""
    blocks: tuple[AnyBlock, ...] = ()
    started: float = 0.0
    seconds: float = 0.0


class Question(Entry, frozen=True, kw_only=True, gc=False):
    """An ask that belongs to no call."""

    ask: Ask


class Tests(Entry, frozen=True, kw_only=True, gc=False):
    __test__ = False

    report: TestReport
    is_baseline: bool = False


class Files(Entry, frozen=True, kw_only=True, gc=False):
    cause: str
    changes: tuple[FileChange, ...]


class Notice(Entry, frozen=True, kw_only=True, gc=False):
    text: str
    level: str = "info"
    hint: str = ""
    blocks: tuple[AnyBlock, ...] = ()
    undo: str = ""
    """The slash command that takes it back."""


class Compacted(Entry, frozen=True, kw_only=True, gc=False):
    before: int
    after: int
    summary: str


class SubAgent(Entry, frozen=True, kw_only=True, gc=False):
    child: str
    name: str
    task: str
    state: Literal["running", "done", "failed"] = "running"
    steps: int = 0
    calls: tuple[Call, ...] = ()
    """Its newest calls, oldest first; `steps` counts all of them."""
    latest: str = ""
    progress: str = ""
    """The newest line of what its running call has printed."""
    said: str = ""
    """What it has said since its last call."""
    summary: str = ""


class End(Entry, frozen=True, kw_only=True, gc=False):
    reason: str
    message: str
    report: Report
    answer: str = ""


AnyEntry = (
    Banner | Prompt | Reply | Thought | Call | Question | Tests | Files | Notice | Compacted | SubAgent | End
)


def together(known: FileChange | None, change: FileChange, *, is_back: bool) -> FileChange | None:
    """Both changes of one file as one; None when the file is again what it was before the session."""
    if known is None:
        return change
    if known.before == change.after and (known.before or known.after or change.before):
        return None
    if is_back:
        added, removed = known.added - change.removed, known.removed - change.added
    else:
        added, removed = known.added + change.added, known.removed + change.removed
    kind = change.kind
    if not known.before and known.kind == "added" and kind != "deleted":
        kind = "added"
    return FileChange(
        path=change.path,
        kind=kind,
        added=max(0, added),
        removed=max(0, removed),
        before=known.before,
        after=change.after,
        moved_from=known.moved_from or change.moved_from,
    )


def is_one_run(told: ev.TestsRan, event: ev.TestsRan) -> bool:
    """Whether a run is told a second time, by somebody who took it over."""
    facts = ("command", "seconds", "passed", "failing", "problem")
    return bool(event.seconds) and all(getattr(told, name) == getattr(event, name) for name in facts)
