"""What is asked of a sandbox and what comes back. Sizes are in bytes, times in seconds, unless said
otherwise."""

from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec


class SandboxUnavailable(Exception):
    """No level of the wanted strength works here. `hint` says what to do about it."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message, self.hint = message, hint


class CannotStart(Exception):
    """The command could not be started at all; the message says why in one line."""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What one command may use. The first two are held for the whole process tree, the others for each
    process."""

    memory: int = 0
    """Bytes; 0 is three quarters of the machine's memory."""
    processes: int = 2048
    file_size: int = 4 << 30
    """Largest file that may be written."""
    cpu_seconds: int = 4 * 3600


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """What a sandbox is opened with; see `open_sandbox`."""

    root: Path
    env: Mapping[str, str]
    cache: Path | None
    hidden: tuple[Path, ...]
    writable: tuple[Path, ...]
    readable: tuple[Path, ...] = ()
    """Folders with programs that are to be seen although something else is put where they lie (below /tmp)."""
    limits: Limits
    bash: str
    """Path of bash, empty without."""
    hosts: tuple[str, ...] = ()
    """Rules for hosts that a job with `network` may reach; see `hosts`."""
    container: tuple[str, str] = ("auto", "")
    """Engine and image of the level `container`; an empty image is none."""


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """One command to run. `argv` is executed as it is, without a shell in between."""

    argv: tuple[str, ...]
    cwd: Path
    seconds: float = 120.0
    """`Sandbox.run` ends the command after this long; `Sandbox.start` leaves it running."""
    env: dict[str, str] | None = None
    """Variables to set on top of the sandbox's own environment."""
    network: bool = False
    """Lets it reach the hosts that `Place.hosts` names. At a level that holds nothing back it changes nothing."""
    door: Path | None = None
    """Folder of the proxy's socket, set by the sandbox for a job with `network`."""
    writable: tuple[Path, ...] = ()
    """Further folders that the command may write to. They exist."""
    read_only: bool = False
    """Nothing of the person's may be written, the project least of all; bubblewrap and landlock hold it."""
    should_end: Callable[[], str] | None = None
    """Asked every second by `Sandbox.run`: says why the command is to be ended, or nothing."""
    on_output: Callable[[str], None] | None = None
    """Gets new output, tidied and a few times a second; of a flood it gets the last part only."""
    spill: Path | None = None
    """Folder for the full output when more than `keep` characters were printed; None throws the middle
    away."""
    keep: int = 30_000
    """Characters of output that `Completed.output` may hold: a quarter from the head, the rest from the
    tail."""
    label: str = "command"
    """Names the spill file."""


class Completed(msgspec.Struct, frozen=True, kw_only=True):
    """How a command ended, or how far it came when `is_running`."""

    exit_code: int | None = None
    """128 + n after signal n; None when we ended it, while it runs, or when it never started."""
    output: str = ""
    """What was printed, stdout and stderr in order, tidied, cut in the middle to `Job.keep` characters."""
    cut: int = 0
    """How many bytes are missing in `output`."""
    path: str = ""
    """File with the full output, when `output` was cut and there was a place to keep it."""
    timed_out: bool = False
    killed: bool = False
    """True when we ended it: at its time limit, on demand, or because it used too much."""
    is_running: bool = False
    problem: str = ""
    """Why it did not run or was ended, in words."""
    note: str = ""
    """What had to be put right after it: protected files that it changed."""
    seconds: float = 0.0
    level: str = ""
