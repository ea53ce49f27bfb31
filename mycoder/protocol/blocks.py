"""Blocks: what a tool shows to people. A face renders blocks and never knows a tool."""

import msgspec


class Block(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type", tag=str.lower):
    """Base of all blocks; the tag on the wire is the lower-cased class name."""


class Text(Block, frozen=True):
    text: str
    markdown: bool = False


class Code(Block, frozen=True):
    text: str
    language: str = ""
    path: str = ""
    start: int = 1
    """Number of the first line."""
    heat: tuple[tuple[int, float], ...] = ()
    """Suspicion of lines as (line number, 0..1), from fault localisation."""


class Diff(Block, frozen=True):
    """A unified diff of one file. `path` is relative to the repository."""

    path: str
    text: str
    added: int = 0
    removed: int = 0


class Terminal(Block, frozen=True):
    """A command and what it printed. `output` is already bounded; `path` holds the full text."""

    command: str
    output: str = ""
    exit_code: int | None = None
    seconds: float = 0.0
    path: str = ""
    repeats: int = 0
    """Only inside of a stored log: the characters of the result's output that come before `output`."""


class TestReport(Block, frozen=True):
    """One run of the project's tests; the lists hold test ids."""

    __test__ = False  # not a test class, whatever pytest thinks of the name

    command: str
    passed: int = 0
    failed: int = 0
    errors: int = 0
    skipped: int = 0
    fixed: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()
    failing: tuple[str, ...] = ()
    flaky: tuple[str, ...] = ()
    problem: str = ""
    """Why the run says nothing (no tests found, collection error, crash); empty when it counts."""
    seconds: float = 0.0


class PlanItem(msgspec.Struct, frozen=True, omit_defaults=True):
    text: str
    status: str = "open"
    """open | active | done | dropped"""
    id: str = ""
    """Its place in the tree: T1, below it T1.1; empty in logs of older versions."""

    @property
    def label(self) -> str:
        """One line for people and models, indented by depth."""
        return f"{'  ' * self.id.count('.')}{self.id} {self.text}".rstrip() if self.id else self.text


class Plan(Block, frozen=True):
    items: tuple[PlanItem, ...] = ()


class Image(Block, frozen=True):
    path: str
    media_type: str = "image/png"


class Notice(Block, frozen=True):
    text: str
    level: str = "info"
    """info | warning | error"""
    hint: str = ""


AnyBlock = Text | Code | Diff | Terminal | TestReport | Plan | Image | Notice
