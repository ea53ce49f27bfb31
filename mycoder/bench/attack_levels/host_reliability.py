"""What kills, fills and damages: the store and the journal must keep every byte of a person, and say what is wrong."""

import asyncio
import contextlib
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

from mycoder.bench.attack_levels.host_runs import PACKAGE, Attack, command, script
from mycoder.bench.attack_levels.stage import Stage, repository
from mycoder.protocol.events import TextAdded
from mycoder.session.store import Store, StoreError
from mycoder.workspace import git
from mycoder.workspace.commit import ContentChanged
from mycoder.workspace.edit import Edited, match
from mycoder.workspace.text import encode
from mycoder.workspace.workspace import Workspace

POINTS = 40
"""Calls that change the disk, each of which is killed or fails once; a change makes fewer."""

_AT_EVERY_WRITE = """
import errno, os, signal, sys
from pathlib import Path
from mycoder.protocol.events import TextAdded
from mycoder.session.store import Store
from mycoder.workspace.text import encode
from mycoder.workspace.workspace import Workspace

base, how, points = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
CALLS = "open write pwrite rename unlink mkdir rmdir chmod fchmod ftruncate symlink".split()

def spoil(number):
    left = [number]
    def wrap(call):
        def called(*args, **kwargs):
            left[0] -= 1
            if left[0] == 0:
                if how.isdecimal():
                    os.kill(os.getpid(), int(how))
                raise OSError(getattr(errno, how), os.strerror(getattr(errno, how)))
            return call(*args, **kwargs)
        return called
    for name in CALLS:
        setattr(os, name, wrap(getattr(os, name)))

for number in range(1, points + 1):
    place = base / str(number)
    if os.fork() == 0:
        code = 0
        try:
            work = Workspace(place / "project", place / "state", "s")
            log = Store(place / "state").open("session")
            spoil(number)
            log.append(TextAdded(text="second"))
            with work.journal.change("tool", "call") as change:
                change.write("f", b"new\\n" * 1000)
            log.sync()
        except Exception as error:
            code = 3 if str(error) else 4
        os._exit(code)
    _, status = os.wait()
    print(os.waitstatus_to_exitcode(status))
"""

OLD, NEW = b"old\n" * 1000, b"new\n" * 1000


def _prepared(base: Path) -> None:
    for number in range(1, POINTS + 1):
        place = base / str(number)
        (place / "project").mkdir(parents=True)
        (place / "project" / "f").write_bytes(OLD)
        _, log = Store(place / "state").create(place / "project", 0.0, "session")
        log.append(TextAdded(text="first"))
        log.close()


def _after(place: Path) -> list[str]:
    """What must hold however it ended: the file is old or new, undo gives the old one, the log is read."""
    problems = []
    if (place / "project" / "f").read_bytes() not in (OLD, NEW):
        problems.append(f"point {place.name}: the file is torn")
    texts = [event.text for event in Store(place / "state").read("session") if isinstance(event, TextAdded)]
    if texts not in (["first"], ["first", "second"]):
        problems.append(f"point {place.name}: the log holds {texts}")
    with contextlib.closing(Workspace(place / "project", place / "state", "s")) as work:
        work.journal.recover()
        is_new = (place / "project" / "f").read_bytes() == NEW
        work.journal.undo()
        if (place / "project" / "f").read_bytes() != OLD:
            problems.append(
                f"point {place.name}: undo does not bring the old file back (it was new: {is_new})"
            )
        if left := [path.name for path in (place / "project").iterdir() if path.name != "f"]:
            problems.append(f"point {place.name}: left behind {left}")
    return problems


def _at_every_write(stage: Stage, how: str, wanted: tuple[int, ...]) -> list[str]:
    base = stage.own / how
    _prepared(base)
    ran = script(_AT_EVERY_WRITE, str(base), how, str(POINTS))
    codes = [int(line) for line in ran.stdout.split()]
    problems = [f"{how}: {ran.stderr[-200:]}"] if len(codes) != POINTS else []
    problems += [
        f"{how}: point {n} ended with {code}" for n, code in enumerate(codes, 1) if code not in wanted
    ]
    if 0 not in codes or set(codes) == {0}:
        problems.append(f"{how}: not every write was reached, or none")
    for number in range(1, POINTS + 1):
        problems += [f"{how}: {problem}" for problem in _after(base / str(number))]
    return problems


def killed(stage: Stage) -> list[str]:
    signals = (signal.SIGKILL, signal.SIGTERM, signal.SIGHUP)
    return [p for one in signals for p in _at_every_write(stage, str(int(one)), (0, -int(one)))]


def failing(stage: Stage) -> list[str]:
    names = ("ENOSPC", "EROFS", "EACCES", "EMFILE")
    return [problem for name in names for problem in _at_every_write(stage, name, (0, 3))]


_EVENT = b'{"type":"TextAdded","text":"first","seq":1}\n'
_DAMAGE = (
    _EVENT[:22],
    b"\0" * 4096 + b"\n",
    b'{"type":"TextAdded","text":"\\ud800"}\n',
    b"\xff\xfe\n",
    b"[]\n",
    b'{"type":"NoSuchEvent","at":1}\n',
    "\u2028\u2029\n".encode(),
    b"{" * 100_000 + b"\n",
    b'{"type":"@blob","hash":"../../x","seq":1}\n',
    _EVENT * 3,
)


def broken_log(stage: Stage) -> list[str]:
    store = Store(stage.own / "state")
    problems = []
    for number, damage in enumerate(_DAMAGE):
        name = f"damaged-{number}"
        _, log = store.create(stage.app, 0.0, name)
        log.append(TextAdded(text="first"))
        log.close()
        with log.path.open("ab") as file:
            file.write(damage)
        whole = log.path.read_bytes()
        told = [event.text for event in store.read(name) if isinstance(event, TextAdded)]
        if told[:1] != ["first"] or log.path.read_bytes() != whole:
            problems.append(f"{damage[:30]!r}: {told[:3]}, or reading has changed the file")
        again = store.open(name)
        again.append(TextAdded(text="second"))
        again.close()
        if [event.text for event in store.read(name) if isinstance(event, TextAdded)][-1] != "second":
            problems.append(f"{damage[:30]!r}: it cannot be gone on with")
    return problems + _future_and_huge(stage, store)


def _future_and_huge(stage: Stage, store: Store) -> list[str]:
    problems = []
    _, log = store.create(stage.app, 0.0, "future")
    log.close()
    log.path.write_bytes(log.path.read_bytes().replace(b'"format":1', b'"format":9'))
    with contextlib.suppress(StoreError):
        list(store.read("future"))
        problems.append("a log of the future is read")
    _, log = store.create(stage.app, 0.0, "huge")
    log.append(TextAdded(text="first"))
    log.close()
    os.truncate(log.path, 1 << 30)
    with log.path.open("ab") as file:
        file.write(b'\n{"type":"TextAdded","text":"last"}\n')
    began = time.monotonic()
    told = [event.text for event in store.read("huge") if isinstance(event, TextAdded)]
    if told[0] != "first" or time.monotonic() - began > 30:
        problems.append(f"a log of a gigabyte: {told[:2]} after {time.monotonic() - began:.0f} s")
    return problems


_WRITER = """
import sys
from pathlib import Path
from mycoder.workspace.text import encode
from mycoder.workspace.workspace import Workspace
root, state, name = sys.argv[1:]
work = Workspace(Path(root), Path(state), name)
for number in range(40):
    with work.journal.change("tool", f"{name}-{number}") as change:
        change.write(f"{name}-{number}", name.encode())
"""


def two_sessions(stage: Stage) -> list[str]:
    state = str(stage.own / "state")
    words = (sys.executable, "-c", _WRITER, str(stage.app), state)
    both = [
        subprocess.Popen((*words, name), env={"PYTHONPATH": PACKAGE}, stderr=subprocess.PIPE) for name in "pq"
    ]
    problems = [told.decode()[-200:] for one in both if (told := one.communicate(timeout=60)[1])]
    missing = [f"{n}-{i}" for n in "pq" for i in range(40) if not (stage.app / f"{n}-{i}").is_file()]
    with contextlib.closing(Workspace(stage.app, Path(state), "q")) as work:
        undone = work.journal.undo(40)
        if undone.refused or not (stage.app / "p-39").exists() or (stage.app / "q-0").exists():
            problems.append("one session's undo takes more or less than its own changes")
    store = Store(stage.own / "sessions")
    _, log = store.create(stage.app, 0.0, "mine")
    log.path.with_suffix(".lock").write_text(
        str(os.getpid())
    )  # a stale lock with the number of a living process
    with contextlib.suppress(StoreError):
        store.open("mine").close()
        problems.append("one session is open twice")
    log.close()
    store.open("mine").close()
    return problems + ([f"lost: {missing[:5]}"] if missing else [])


def person_edits(stage: Stage) -> list[str]:
    problems = []
    with contextlib.closing(Workspace(stage.app, stage.own / "state", "s")) as work:
        seen = work.files.read("f").hash
        (stage.app / "f").write_bytes(b"a person's\n")
        with contextlib.suppress(ContentChanged), work.journal.change("tool", "1") as change:
            change.write("f", b"the model's\n", expect=seen)
        if (stage.app / "f").read_bytes() != b"a person's\n":
            problems.append("what a person wrote after the reading is gone")
        with work.journal.change("tool", "2") as change:
            change.write("a", b"the model's\n")
        (stage.app / "a").write_bytes(b"a person's\n")
        if not work.journal.undo().refused or (stage.app / "a").read_bytes() != b"a person's\n":
            problems.append("undo takes what a person wrote")
    return problems


def undo(stage: Stage) -> list[str]:
    """Between a change and its undo the person goes on with git; then everything of the person's is as it was."""
    problems = []
    for number, between in enumerate(_BETWEEN):
        root = stage.own / f"undo{number}"
        put_files = {"f": b"one\n", "binary": bytes(range(256)) * 40, "run.sh": b"#!/bin/sh\n"}
        for name, data in put_files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_bytes(data)
        (root / "run.sh").chmod(0o755)
        if between is not None:
            repository(root)
        (root / "untracked").write_bytes(b"\0mine")
        with contextlib.closing(Workspace(root, stage.own / f"state{number}", "s")) as work:
            with work.journal.change("tool", "1") as change:
                change.write("f", b"changed\n")
                change.write("binary", b"x")
                change.write("new/deep", b"x")
                change.chmod("run.sh", 0o600)
            with work.journal.change("tool", "2") as change:
                change.delete("run.sh")
                change.move("f", "moved")
            for words in between or ():
                line = ("git", "-c", "user.name=A", "-c", "user.email=a@b.invalid", *words)
                subprocess.run(line, cwd=root, check=True, capture_output=True)
            undone = work.journal.undo(2)
        files = {name: (root / name).read_bytes() for name in put_files if (root / name).is_file()}
        if undone.refused or files != put_files or stat.S_IMODE((root / "run.sh").stat().st_mode) != 0o755:
            problems.append(f"{between}: {[str(one) for one in undone.refused]}, not everything came back")
        if (
            (root / "untracked").read_bytes() != b"\0mine"
            or (root / "moved").exists()
            or (root / "new/deep").exists()
        ):
            problems.append(f"{between}: something else is not as it was")
    return problems


_BETWEEN: tuple[tuple[tuple[str, ...], ...] | None, ...] = (
    None,
    (),
    (("add", "-A"), ("commit", "-qm", "x")),
    (("add", "-A"), ("commit", "-qm", "x"), ("rebase", "-q", "--root")),
    (("checkout", "-q", "-b", "side"), ("add", "-A"), ("commit", "-qm", "x")),
    (("add", "-A"), ("reset", "-q")),
)


def encodings(stage: Stage) -> list[str]:
    """Every kind of text, one word changed: all other bytes stay, and the rights too."""
    problems = []
    names = [
        name for name in ("crlf", "mixed", "bom", "utf16", "latin", "bare") if (stage.app / name).exists()
    ]
    with contextlib.closing(Workspace(stage.app, stage.own / "state", "s")) as work:
        for name in names:
            (stage.app / name).chmod(0o754)
            before = work.files.read(name)
            edited = match(before.text, "two", "2")
            if not isinstance(edited, Edited):
                problems.append(f"{name}: the word is not found")
                continue
            with work.journal.change("tool", name) as change:
                change.write(name, encode(before, edited.text), expect=before.hash)
            old = encode(before, before.text)
            now = (stage.app / name).read_bytes()
            two, number = ("two".encode(before.encoding), "2".encode(before.encoding))
            if now != old.replace(two, number) or stat.S_IMODE((stage.app / name).stat().st_mode) != 0o754:
                problems.append(f"{name}: more than the word has changed")
    return problems if names else ["no files of the case are there"]


def surroundings(stage: Stage) -> list[str]:
    """Everything that may be missing or broken around the program: it says what, and never falls over."""
    config = stage.own / "config" / "mycoder"
    problems = []
    for number, (text, mode) in enumerate(
        (("mode = [", 0o600), ("nonsense = 1\n", 0o600), ("\0\xff", 0o600), ("", 0o000))
    ):
        config.mkdir(parents=True, exist_ok=True)
        (config / "config.toml").write_text(text, encoding="latin-1")
        (config / "config.toml").chmod(mode)
        for env in ({}, {"TERM": "dumb", "LANG": "C", "LC_ALL": "C"}, {"HOME": ""}, {"HOME": "/nowhere"}):
            ran = command(stage, "config", **env)
            if "Traceback" in ran.stderr or (ran.returncode and not ran.stderr.strip()):
                problems.append(f"config {number} with {env}: {ran.stderr[-150:]}")
        (config / "config.toml").unlink()
    (config / "config.toml").mkdir()
    if "Traceback" in command(stage, "config").stderr:
        problems.append("a folder in the place of the settings")
    (config / "config.toml").rmdir()
    gone = script(_WITHOUT_FOLDER, str(stage.own / "gone"))
    return problems + (
        [f"without a working folder: {gone.stdout[-150:]}"] if "Traceback" in gone.stdout else []
    )


_WITHOUT_FOLDER = """
import os, subprocess, sys
os.mkdir(sys.argv[1]); os.chdir(sys.argv[1]); os.rmdir(sys.argv[1])
ran = subprocess.run((sys.executable, "-P", "-m", "mycoder", "config"), capture_output=True, text=True)
print(ran.stderr, ran.returncode)
"""


def locks_of_others(stage: Stage) -> list[str]:
    asyncio.run(git.status(stage.app))
    asyncio.run(git.worktrees(stage.app))
    command(stage, "diff")
    command(stage, "doctor")
    problems = [] if (stage.app / ".git/index.lock").exists() else ["the lock of git is gone"]
    with contextlib.closing(Workspace(stage.app, stage.own / "state", "s")) as work:
        with work.journal.change("tool", "1") as change:
            change.write("f", b"x")
        work.journal.undo()
    return problems if (stage.app / ".git/index.lock").exists() else ["a change takes the lock of git away"]


ATTACKS: dict[str, Attack] = {
    "reliability-killed": killed,
    "reliability-failing-writes": failing,
    "reliability-broken-log": broken_log,
    "reliability-two-sessions": two_sessions,
    "reliability-person-edits": person_edits,
    "reliability-undo": undo,
    "reliability-encodings": encodings,
    "reliability-surroundings": surroundings,
    "reliability-locks-of-others": locks_of_others,
}
