"""A checkpoint: what is known for certain at one moment, and what the model noted, as one file."""

from typing import Protocol

import msgspec

from mycoder.agent.chronicle import Chronicle
from mycoder.agent.notes import Note
from mycoder.agent.rebuild import Live
from mycoder.protocol.blocks import PlanItem
from mycoder.protocol.events import CheckpointMade, GoalChanged, TestsRan
from mycoder.protocol.report import FileChange

FORMAT = 1
_WORDS_OF_ONE = 8_000
"""Characters of one message of the person in the file; the log has all of it."""


class Checkpoint(msgspec.Struct, frozen=True, omit_defaults=True):
    """`step` counts the replies of the session, `reason` says why it was made. Everything but `note` comes from
    events and from the repository, without a model."""

    format: int
    step: int
    reason: str
    words: tuple[str, ...] = ()
    plan: tuple[PlanItem, ...] = ()
    goal: GoalChanged | None = None
    files: tuple[FileChange, ...] = ()
    tests: TestsRan | None = None
    live: Live = Live()
    literals: tuple[str, ...] = ()
    last_words: str = ""
    note: Note | None = None


class Shelf(Protocol):
    """Where checkpoints and what is no longer shown are kept. Both may raise OSError."""

    def save(self, checkpoint: Checkpoint) -> CheckpointMade:
        """Writes the file so that it is whole or not there, and returns its watermark."""

    def keep(self, text: str, number: int) -> str:
        """Keeps what rebuild `number` takes out of the conversation; returns the path of the file."""


def checkpoint_of(chronicle: Chronicle, live: Live, note: Note | None, reason: str) -> Checkpoint:
    """The state of `chronicle` as a checkpoint."""
    return Checkpoint(
        format=FORMAT,
        step=chronicle.steps,
        reason=reason,
        words=tuple(text[:_WORDS_OF_ONE] for text in chronicle.words),
        plan=chronicle.plan,
        goal=chronicle.goal,
        files=tuple(chronicle.files.values()),
        tests=chronicle.part or chronicle.tests,
        live=live,
        literals=tuple(chronicle.literals.lines()),
        last_words=chronicle.last_words,
        note=note,
    )
