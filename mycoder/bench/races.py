"""A folder of the project is swapped with a link that leads out of it, as fast as a program can, while files in
it are read, written, changed and deleted: nothing may ever happen on the other side of the link."""

import contextlib
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import msgspec

from mycoder.workspace.commit import ContentChanged
from mycoder.workspace.files import FileMissing, PathRefused
from mycoder.workspace.text import NotText
from mycoder.workspace.workspace import Workspace

_SWAPPER = """
import ctypes, os, sys, time
a, b, stop = sys.argv[1:4]
libc = ctypes.CDLL(None, use_errno=True)
exchange = getattr(libc, "renameat2", None)
def swap():
    if exchange is None or exchange(-100, os.fsencode(a), -100, os.fsencode(b), 2) != 0:
        os.rename(a, a + ".side"); os.rename(b, a); os.rename(a + ".side", b)
count, parent = 0, os.getppid()
while not os.path.exists(stop) and os.getppid() == parent:
    swap(); count += 1
    if count % 7 == 0: time.sleep(0.0002)
print(count)
"""

SECRET = b"CANARY-9f3"
REFUSALS = (OSError, PathRefused, FileMissing, NotText, ContentChanged)
"""What a change may answer when somebody plays with its folders."""

_NAMES = ("kept", "other")


class Raced(msgspec.Struct, frozen=True):
    """What came of it. `escapes` names everything that happened outside, or was read there."""

    writes: int
    done: int
    refused: int
    swaps: int
    seconds: float
    escapes: tuple[str, ...]


def race(writes: int, base: Path) -> Raced:
    """Makes `writes` changes below `base` while another process swaps. Raises nothing for what is refused."""
    project, outside = base / "project", base / "outside"
    (project / "d").mkdir(parents=True)
    outside.mkdir()
    for name in _NAMES:
        (project / "d" / name).write_bytes(b"inside")
        (outside / name).write_bytes(SECRET)
    (project / "e").symlink_to(outside)
    before = _picture(outside)
    stop = base / "stop"
    swapper = subprocess.Popen(
        (sys.executable, "-c", _SWAPPER, str(project / "d"), str(project / "e"), str(stop)),
        stdout=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
    )
    started = time.monotonic()
    done, escapes = 0, []
    try:
        with contextlib.closing(Workspace(project, base / "state", "race")) as work:
            for number in range(writes):
                try:
                    if _act(work, number):
                        escapes.append(f"step {number} read what lies outside")
                    done += 1
                except REFUSALS:
                    continue
    finally:
        stop.touch()
        told, _ = swapper.communicate(timeout=30)
    after = _picture(outside)
    names = sorted(before.keys() | after.keys())
    escapes += [f"outside/{name} is not as it was" for name in names if before.get(name) != after.get(name)]
    seconds = round(time.monotonic() - started, 1)
    return Raced(writes, done, writes - done, int(told or 0), seconds, tuple(escapes))


def _act(work: Workspace, number: int) -> bool:
    """One change or look of one of six kinds; True when it has seen what is outside."""
    journal, name = work.journal, f"d/{_NAMES[number % 2]}"
    match number % 6:
        case 0:
            work.files.write(name, b"plain %d" % number)
        case 1:
            with journal.change("tool", str(number)) as change:
                change.write(name, b"changed %d" % number)
        case 2:
            with journal.change("tool", str(number)) as change:
                change.write(f"d/new/{number}", b"new")
        case 3:
            with journal.change("tool", str(number)) as change:
                change.chmod(name, 0o755 if number % 4 else 0o644)
        case 4:
            with journal.change("tool", str(number)) as change:
                change.delete(f"d/new/{number - 2}")
        case _:
            return work.files.read_bytes(work.files.resolve(name))[0] == SECRET
    return False


def _picture(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Mode and content of everything below."""
    return {
        str(path.relative_to(folder)): (path.lstat().st_mode, b"" if path.is_dir() else path.read_bytes())
        for path in folder.rglob("*")
    }


def run(*, writes: int, as_json: bool) -> tuple[str, int]:
    """(text, exit code) of ``mycoder bench races``."""
    with tempfile.TemporaryDirectory(prefix="mycoder-race-") as base:
        raced = race(writes, Path(base).resolve())
    code = 1 if raced.escapes else 0
    if as_json:
        return json.dumps(msgspec.to_builtins(raced)), code
    text = (
        f"{raced.writes:,} changes against {raced.swaps:,} swaps in {raced.seconds:g} s: {raced.done:,} took "
        f"place in the project, {raced.refused:,} were refused, {len(raced.escapes)} escapes"
    )
    return "\n".join((text, *raced.escapes[:20])), code
