"""What every level offers to the part that runs commands."""

import os
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

import msgspec

from mycoder.sandbox.guard import Guard
from mycoder.sandbox.job import Job

FIXED_SHELLS = ("/bin/bash", "/usr/bin/bash", "/usr/local/bin/bash", "/opt/homebrew/bin/bash")


class Started(msgspec.Struct):
    """A process that a level has started; `popen` is the one whose end is the end of the command."""

    popen: "subprocess.Popen[bytes]"
    pipe: int
    """Where its output can be read, without blocking."""
    mark: int = 0
    guard: Guard | None = None
    again: "Callable[[], Started | None] | None" = None
    """Starts it once more where it did not start for a reason that has passed; None when that was not why."""


class Confinement(Protocol):
    """One level. Every method may be called while other commands run."""

    @property
    def name(self) -> str: ...

    @property
    def description(self) -> str:
        """What it holds back, in a sentence for people."""

    @property
    def tmp(self) -> str:
        """The private temporary folder as commands see it."""

    @property
    def network(self) -> str:
        """open: every command has all of it | door: a job may get a door to a proxy | none: never any."""

    @property
    def variables(self) -> Mapping[str, str]:
        """What commands find in their environment because of this level."""

    def start(self, job: Job, env: Mapping[str, str]) -> Started:
        """Starts the command with both outputs on one pipe. Raises CannotStart."""

    def members(self, started: Started) -> list[int]:
        """Its living processes; those that only serve the sandbox are not among them."""

    def strike(self, started: Started) -> bool:
        """Kills what is there now; False when nothing was left. After the command itself has ended it ends
        what that left behind; it is called until it says False."""

    def ended(self, started: Started, output: str) -> str:
        """Nothing of the command is there any more. Called once; says in sentences what had to be put right
        and what in its output is the level's own doing."""

    def pause(self, started: Started, is_on: bool) -> None:
        """Stops its processes where they are, or lets them go on."""

    def explain(self, output: str, exit_code: int | None) -> str:
        """Why the command did not start, when `output` is the level's own complaint; else empty."""

    def close(self) -> None: ...


def open_pipe() -> tuple[int, int]:
    """A pipe as (reading end that does not block, writing end); neither goes to a child by itself."""
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    return reading, writing


def find_program(name: str, path: str, root: Path, fixed: Sequence[str] = ()) -> str:
    """Absolute path of a program, or empty. Never one from inside `root`: a repository may hold its own
    `bash`."""
    folders = (folder for folder in path.split(":") if folder.startswith("/"))
    for candidate in (*fixed, *(f"{folder}/{name}" for folder in folders)):
        if not os.access(candidate, os.X_OK) or not os.path.isfile(candidate):
            continue
        if not Path(os.path.realpath(candidate)).is_relative_to(root) and not Path(candidate).is_relative_to(
            root
        ):
            return candidate
    return ""


def why_not(job: Job, fault: OSError | ValueError) -> str:
    """In words, with what to do."""
    if isinstance(fault, ValueError):  # a NUL or a lone surrogate
        return f"the command cannot be run: {fault}"
    if not job.cwd.is_dir():
        return f"the working directory {job.cwd} is not there any more"
    if fault.errno == 7:
        size = sum(len(os.fsencode(word)) for word in job.argv)
        return f"the command line is too long ({size:,} bytes): put it into a file and run that"
    return f"{job.argv[0]} could not be started: {fault.strerror}"
