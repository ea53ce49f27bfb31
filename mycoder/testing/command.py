"""How the tests of a project are run, and what a module under `runners/` has to offer."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import msgspec

if TYPE_CHECKING:
    from mycoder.testing.results import Gathered
    from mycoder.testing.survey import Survey


class TestCommand(msgspec.Struct, frozen=True, kw_only=True):
    """The command that runs all tests of a project."""

    __test__ = False  # not a test class, whatever pytest thinks of the name

    runner: str
    """Name of the module in `runners/`."""
    argv: tuple[str, ...]
    cwd: Path
    text: str
    """As a person would type it."""
    why: str
    """What it was recognised by, and where its interpreter comes from."""
    env: tuple[tuple[str, str], ...] = ()
    """Variables to set on top of the sandbox's own."""
    missing: str = ""
    """What has to be installed or set before this can run; empty when it can."""
    has_probe: bool = False
    """For commands of any kind: pytest runs somewhere inside, so the environment offers it our plugin."""
    parts: tuple["TestCommand", ...] = ()
    """The commands of several folders that this one stands for (see `testing.several`); empty for a plain one."""


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where one run takes place. `folder` is private to the run, outside of the repository and writable in
    the sandbox; `lasting` is kept between runs for build caches."""

    root: Path
    folder: Path
    lasting: Path
    first: tuple[str, ...] = ()
    """Files whose tests failed last time: they go first."""
    slow: tuple[str, ...] = ()
    """Files with slow tests: they go next when tests run in parallel."""
    python_path: str = ""
    """PYTHONPATH as it stands outside."""
    addopts: str = ""
    """PYTEST_ADDOPTS as it stands outside."""


class Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """A command made ready for one run."""

    argv: tuple[str, ...]
    env: dict[str, str] = {}
    is_selected: bool = True
    """False when this runner cannot narrow its run and everything runs."""
    show: Callable[[str], str] | None = None
    """Makes whole lines of output readable for people who watch."""


class Ran(msgspec.Struct, frozen=True, kw_only=True):
    """How the process ended. `text` is its output, stdout and stderr merged; `started` is Unix time."""

    exit_code: int | None
    text: str
    started: float
    timed_out: bool = False
    is_partial: bool = False
    """A selection was asked for."""


class Runner(Protocol):
    """A module in `runners/`."""

    def detect(self, survey: "Survey") -> TestCommand | None:
        """The command for the surveyed folder; None when this runner is not at home. Only reads files."""

    def prepare(self, command: TestCommand, selection: Sequence[str], place: Place) -> Prepared:
        """The command for one run of all tests, or of `selection`: ids, files, ``-k EXPRESSION``."""

    def gather(self, command: TestCommand, place: Place, ran: Ran) -> "Gathered":
        """What came of it. Never raises for what the tests or the runner wrote."""
