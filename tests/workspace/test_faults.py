"""The disk says no at every write: nothing is half done, the error is told, and what was there stays.

For each n a process of its own, in which the n-th call that could fail does (once), or it and all after it do."""

import subprocess
import sys
from pathlib import Path

import pytest

from mycoder.workspace.workspace import Workspace
from tests.workspace.test_crash import prepare
from tests.workspace.trees import tree_of

CHILD = """
import errno, os, sys
from pathlib import Path
from mycoder.workspace.journal_log import JournalError
from mycoder.workspace.workspace import Workspace

base, action, name, lasts, most = Path(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4] == "lasts", int(sys.argv[5])
MAKING = "write mkdir symlink".split()
CHANGING = "rename unlink mkdir rmdir chmod fchmod symlink".split()
CALLS = {"ENOSPC": MAKING, "EROFS": CHANGING, "EACCES": CHANGING, "EMFILE": []}[name]

def failing(n):
    left = [n]
    def fails():
        left[0] -= 1
        return left[0] == 0 or (lasts and left[0] < 0)
    def error():
        return OSError(getattr(errno, name), os.strerror(getattr(errno, name)))
    def wrap(call):
        def called(*args, **kwargs):
            if fails():
                raise error()
            return call(*args, **kwargs)
        return called
    for call in CALLS:
        setattr(os, call, wrap(getattr(os, call)))
    real = os.open
    def opened(path, flags, *args, **kwargs):
        writes = flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        counts = name == "EMFILE" or (flags & os.O_CREAT if name == "ENOSPC" else writes)
        if counts and fails():
            raise error()
        return real(path, flags, *args, **kwargs)
    os.open = opened

def act(journal):
    if action == "undo":
        result = journal.undo(1)
        return 1 if result.refused else 0
    with journal.change("tool", "call-1") as change:
        change.write("a.txt", b"after a" * 50)
        change.write("new/deep/n.txt", b"new")
        change.move("m.txt", "moved.txt")
        change.delete("gone.txt")
        change.chmod("run.sh", 0o755)
    return 0

for n in range(1, most):
    place = base / str(n)
    if os.fork() == 0:
        work = Workspace(place / "project", place / "state", "s")
        failing(n)
        try:
            code = act(work.journal)
        except (OSError, JournalError) as fault:
            code = 1 if str(fault) else 9
        except BaseException as fault:
            sys.stderr.write(repr(fault))
            code = 9
        os._exit(code)
    _, status = os.wait()
    print(os.waitstatus_to_exitcode(status))
"""

POINTS = 34


@pytest.mark.parametrize(
    ("error", "lasts"),
    [(error, "lasts") for error in ("ENOSPC", "EROFS", "EACCES", "EMFILE")]
    + [("EROFS", "once"), ("EMFILE", "once")],
)
@pytest.mark.parametrize("action", ["change", "undo"])
def test_a_failing_disk_leaves_all_as_it_was_or_as_it_should_be(
    tmp_path: Path, action: str, error: str, lasts: str
) -> None:
    expected = [prepare(tmp_path / str(n), action) for n in range(1, POINTS)]
    run = subprocess.run(
        [sys.executable, "-c", CHILD, str(tmp_path), action, error, lasts, str(POINTS)],
        capture_output=True,
        text=True,
        check=True,
    )
    codes = [int(code) for code in run.stdout.split()]
    assert set(codes) <= {0, 1}, run.stderr
    assert 1 in codes, "nothing failed"
    for n, (code, (before, after)) in enumerate(zip(codes, expected, strict=True), 1):
        place = tmp_path / str(n)
        torn = tree_of(place / "project")
        for path in before.keys() | after.keys():
            there = torn.get(path)
            assert there is None or there[2] in {t[path][2] for t in (before, after) if path in t}, (n, path)
        if lasts == "once" and code == 1:
            assert torn == before, n
        work = Workspace(place / "project", place / "state", "s")
        work.journal.recover()
        now = tree_of(place / "project")
        assert now in (before, after), (n, code)
        assert code == 1 or now == after, n
        again = work.journal.redo(1) if action == "undo" else work.journal.undo(1)
        assert not again.refused, n
        assert tree_of(place / "project") == before, n
        work.close()
