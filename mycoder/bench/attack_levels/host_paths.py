"""mycoder's own readers and writers on links, twins, special files and folders that change under them."""

import contextlib
import os
import time
from pathlib import Path

from mycoder.bench.attack_levels.host_runs import Attack
from mycoder.bench.attack_levels.stage import Stage
from mycoder.bench.races import REFUSALS, race
from mycoder.sandbox.scratch import make_scratch, remove_scratch
from mycoder.workspace.files import PathRefused
from mycoder.workspace.workspace import Workspace

WRITES = 10_000
MOST_SECONDS = 5.0
"""What a look at a special file may take."""


def _work(stage: Stage) -> "contextlib.closing[Workspace]":
    return contextlib.closing(Workspace(stage.app, stage.own / "state", "attack"))


def links(stage: Stage) -> list[str]:
    """Every way to write, through every link of the case; what lies outside is looked at by whoever calls."""
    names = [name for name in os.listdir(stage.app) if (stage.app / name).is_symlink()]
    names += [f"{name}/new" for name in names]
    problems = []
    with _work(stage) as work:
        for name in names:
            with contextlib.suppress(*REFUSALS):
                work.files.write(name, b"x")
            with contextlib.suppress(*REFUSALS), work.journal.change("tool", name) as change:
                change.write(name, b"x")
            with contextlib.suppress(*REFUSALS), work.journal.change("tool", name) as change:
                change.move("f", name)
            with contextlib.suppress(*REFUSALS), work.journal.change("tool", name) as change:
                change.chmod(name, 0o777)
            try:
                work.files.read(name)
                problems += (
                    [f"{name} was read"] if not (stage.app / name).resolve().is_relative_to(stage.app) else []
                )
            except REFUSALS:
                continue
    return problems


def swapped(stage: Stage) -> list[str]:
    return list(race(WRITES, stage.own / "race").escapes)


def hard_link(stage: Stage) -> list[str]:
    for number, kept in enumerate((stage.base / "w" / "kept", stage.home / ".bashrc", stage.app / ".env")):
        os.link(kept, stage.app / f"twin{number}")
    before = (stage.app / ".env").read_bytes()
    with _work(stage) as work:
        for number in range(3):
            with contextlib.suppress(*REFUSALS), work.journal.change("tool", "1") as change:
                change.write(f"twin{number}", b"changed")
            with contextlib.suppress(*REFUSALS), work.journal.change("tool", "1") as change:
                change.chmod(f"twin{number}", 0o777)
    return [] if (stage.app / ".env").read_bytes() == before else ["the other name of a file has changed"]


def special_files(stage: Stage) -> list[str]:
    problems = []
    with _work(stage) as work:
        for name in ("pipe", "socket", "sparse", "sub", "/dev/zero", "/dev/tty", "/proc/self/mem"):
            began = time.monotonic()
            try:
                work.files.read(name, follow_out=True)
                problems.append(f"{name} was read")
            except REFUSALS:
                pass
            with contextlib.suppress(*REFUSALS), work.journal.change("tool", "1") as change:
                change.write(name, b"x")
            if time.monotonic() - began > MOST_SECONDS:
                problems.append(f"{name} took {time.monotonic() - began:.0f} s")
    return problems


def shared_temporary(stage: Stage) -> list[str]:
    """Folders that somebody made before, under all names that can be guessed, one of them a link."""
    shared = stage.base / "tmp"
    planted: list[Path] = [
        shared / "mycoder",
        shared / f"mycoder-{os.getpid()}",
        shared / f"mycoder-{os.getpid()}-0",
    ]
    for path in planted[:2]:
        path.symlink_to(stage.home)
    planted[2].mkdir(mode=0o777)
    stale = shared / "mycoder-4194399-0"
    stale.symlink_to(stage.home)
    made = make_scratch(str(shared))
    info = made.lstat()
    problems = []
    if made in planted or made.is_symlink() or info.st_uid != os.geteuid() or info.st_mode & 0o077:
        problems.append(f"{made.name} is somebody else's, or open to others")
    (made / "out").symlink_to(stage.home)
    remove_scratch(made)
    for path in (*planted[:2], stale):
        path.unlink(missing_ok=True)
    planted[2].rmdir()
    return problems + ([f"{made.name} is still there"] if made.exists() else [])


def names_are_code(stage: Stage) -> list[str]:
    problems = []
    with _work(stage) as work:
        for name in ("$(touch CANARY)", "; touch CANARY", "-rf", "[red]x", "a\nb"):
            try:
                work.files.read(name)
                with work.journal.change("tool", name) as change:
                    change.write(name, b"changed\n")
                diffs = work.journal.diff()
                work.journal.undo()
            except PathRefused as refused:
                problems.append(f"{name!a} was refused: {refused}")
                continue
            if len(diffs) != 1 or (stage.app / name).read_bytes():
                problems.append(f"{name!a} was not changed and changed back")
    return problems


ATTACKS: dict[str, Attack] = {
    "path-link-out-and-deny": links,
    "path-link-chain": links,
    "path-swapped": swapped,
    "path-hard-link": hard_link,
    "path-special-files": special_files,
    "path-shared-temporary": shared_temporary,
    "trust-names-are-code": names_are_code,
}
