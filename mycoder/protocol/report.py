"""The honest end of a turn, as events carry it: what changed, what the tests said, what it cost."""

from typing import Literal

import msgspec

from mycoder.protocol.usage import Usage


class FileChange(msgspec.Struct, frozen=True, omit_defaults=True):
    """One file: `before` and `after` are content hashes, empty where the file was or is not there."""

    path: str
    kind: Literal["added", "modified", "deleted", "moved"] = "modified"
    added: int = 0
    removed: int = 0
    before: str = ""
    after: str = ""
    moved_from: str = ""


class Counts(msgspec.Struct, frozen=True, omit_defaults=True):
    passed: int = 0
    failed: int = 0
    errors: int = 0
    skipped: int = 0


class Report(msgspec.Struct, frozen=True, omit_defaults=True):
    """The honest end of a turn: made from what was seen, never from what the model claims."""

    verified: bool = False
    """True only when a complete test run after the last edit was green."""
    command: str = ""
    before: Counts | None = None
    after: Counts | None = None
    fixed: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()
    failing: tuple[str, ...] = ()
    known: tuple[str, ...] = ()
    """Tests that failed before the first edit and still fail."""
    vanished: tuple[str, ...] = ()
    """Tests that failed before the first edit and are gone or skipped now."""
    weakened: tuple[str, ...] = ()
    """What the turn took away from the tests. Never verified when nobody allowed it."""
    model: str = ""
    files: tuple[FileChange, ...] = ()
    sandbox: str = ""
    steps: int = 0
    """Replies of models in the turn: of the main agent, of nodes of a workflow, of sub-agents and of a judge."""
    steps_by: dict[str, int] = {}
    """The same by who was asked: `main`, the name of a node or of a sub-agent, `judge`, `checkpoint`."""
    usage: Usage = Usage()
    seconds: float = 0.0
    note: str = ""
