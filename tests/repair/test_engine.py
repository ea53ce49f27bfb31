"""The engine end to end on small projects, with real workers."""

import asyncio
import os
import sys
from pathlib import Path

import msgspec
import pytest

from mycoder.repair.engine import repair
from mycoder.repair.outcome import RepairProgress, RepairRequest
from mycoder.sandbox.sandbox import open_sandbox

ARGV = ("python", "-m", "pytest")


def _tree(root: Path) -> dict[str, bytes]:
    return {str(p.relative_to(root)): p.read_bytes() for p in sorted(root.rglob("*")) if p.is_file()}


def _request(**more: object) -> RepairRequest:
    return RepairRequest(argv=ARGV, seconds=20, extra=0.3, **more)  # type: ignore[arg-type]


async def test_mends_a_wrong_name_and_keeps_every_other_byte(project: Path, tmp_path: Path) -> None:
    before = _tree(project)
    told: list[RepairProgress] = []
    outcome = await repair(project, _request(), None, told.append, home=tmp_path)
    assert outcome.status == "fixed", outcome.why
    assert outcome.best is not None
    assert outcome.is_verified
    new = outcome.best.files["median.py"]
    old = before["median.py"]
    assert new.count(b"\n") == old.count(b"\n")
    changed = [(a, b) for a, b in zip(old.splitlines(), new.splitlines(), strict=True) if a != b]
    assert changed == [(b"            m = b", b"            m = a")]
    assert outcome.before.failing == ("test_median.py::test_middle_first",)
    assert (outcome.after.passed, outcome.after.failed) == (5, 0)
    assert _tree(project) == before, "the user's tree is only read"
    assert not list(tmp_path.glob("mcr-*")), "no litter"
    assert [p.stage for p in told][:2] == ["preparing", "baseline"]
    assert told[-1].tried == outcome.tried > 0
    assert "-            m = b\n+            m = a\n" in outcome.best.diff


async def test_crlf_bom_and_methods(tmp_path: Path) -> None:
    root = tmp_path / "p"
    root.mkdir()
    code = "\ufeffclass Account:\n    def __init__(self):\n        self.sum = 0\n\n"
    code += "    def add(self, n):\n        # é\n"
    code += "        self.sum -= n\n        return self\n"
    (root / "account.py").write_bytes(code.replace("\n", "\r\n").encode("utf-8"))
    (root / "test_account.py").write_text(
        "from account import Account\ndef test_add():\n    assert Account().add(2).add(3).sum == 5\n"
    )
    outcome = await repair(root, _request(), None, home=tmp_path)
    assert outcome.best is not None, outcome.why
    assert outcome.best.files["account.py"] == code.replace("-=", "+=").replace("\n", "\r\n").encode("utf-8")


async def test_two_edits_are_found_by_partial_progress(tmp_path: Path) -> None:
    root = tmp_path / "p"
    root.mkdir()
    (root / "span.py").write_text(
        "def span(a, b):\n    low = a + 1\n    high = b - 1\n    return (low, high)\n"
    )
    (root / "test_span.py").write_text(
        "from span import span\ndef test_span():\n    assert span(1, 5)[0] == 1\n"
        "    assert span(2, 9)[0] == 2\n"
        "    assert span(1, 5)[1] == 5\n    assert span(2, 9)[1] == 9\n"
    )
    outcome = await repair(root, _request(), None, home=tmp_path)
    assert outcome.best is not None, outcome.why
    space: dict[str, object] = {}
    exec(outcome.best.files["span.py"], space)
    assert space["span"](30, 70) == (30, 70)  # type: ignore[operator]


async def test_no_failing_test_is_unsuited(tmp_path: Path) -> None:
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "test_ok.py").write_text("def test_ok():\n    assert True\n")
    outcome = await repair(tmp_path / "p", _request(), None, home=tmp_path)
    assert outcome.status == "unsuited"
    assert "no test fails" in outcome.why


async def test_no_tests_and_broken_collection_are_unsuited(tmp_path: Path) -> None:
    (tmp_path / "p").mkdir()
    outcome = await repair(tmp_path / "p", _request(), None, home=tmp_path)
    assert outcome.status == "unsuited"
    (tmp_path / "p" / "test_bad.py").write_text("import not_there\n")
    outcome = await repair(tmp_path / "p", _request(), None, home=tmp_path)
    assert outcome.status == "unsuited"
    assert "not_there" in outcome.why


async def test_other_runners_are_unsuited_at_once(project: Path) -> None:
    outcome = await repair(project, RepairRequest(argv=("npm", "test")), None, home=project / "h")
    assert outcome.status == "unsuited"
    assert "Python tests" in outcome.why


async def test_nothing_found_says_so_and_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "far.py").write_text("def far(x):\n    return x\n")
    (tmp_path / "p" / "test_far.py").write_text(
        "from far import far\nimport hashlib\n"
        "def test_far():\n    for n in range(5):\n"
        "        assert far(n) == hashlib.sha256(bytes([n])).hexdigest()\n"
    )
    outcome = await repair(tmp_path / "p", _request(), None, home=tmp_path)
    assert outcome.status == "nothing"
    assert "OPENAI_API_KEY" in outcome.why
    assert outcome.best is None
    assert outcome.tried > 50


async def test_stop_and_cancel_leave_nothing_behind(project: Path, tmp_path: Path) -> None:
    before = _tree(project)
    (project / "test_median.py").write_text(
        "from median import mid\ndef test_no():\n    assert mid(1, 2, 3) == 'x' * 9\n"
    )
    changed = _tree(project)
    searching = asyncio.Event()

    def hear(progress: RepairProgress) -> None:
        if progress.stage == "searching":
            searching.set()

    task = asyncio.create_task(repair(project, _request(), None, hear, home=tmp_path))
    await asyncio.wait_for(searching.wait(), 30)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert _tree(project) == changed
    assert before["median.py"] == changed["median.py"]
    assert not list(tmp_path.glob("mcr-*"))
    assert not _processes_below(tmp_path)


async def test_kill_9_in_mid_search_leaves_the_tree_and_no_litter(project: Path, tmp_path: Path) -> None:
    (project / "test_median.py").write_text(
        "from median import mid\ndef test_no():\n    assert mid(1, 2, 3) == 'x' * 9\n"
    )
    before = _tree(project)
    script = (
        "import asyncio, sys\nfrom pathlib import Path\nfrom mycoder.repair.engine import repair\n"
        "from mycoder.repair.outcome import RepairRequest\n"
        "def hear(p):\n    print(p.stage, flush=True)\n"
        "argv = ('python', '-m', 'pytest')\n"
        "root, home = map(Path, sys.argv[1:])\n"
        "asyncio.run(repair(root, RepairRequest(argv=argv), None, hear, home=home))\n"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, str(project), str(tmp_path / "h"), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    while b"searching" not in await asyncio.wait_for(process.stdout.readline(), 60):
        assert process.returncode is None
    process.kill()
    await process.wait()
    for _ in range(100):
        if not _processes_below(tmp_path) and not list(tmp_path.glob("h/mcr-*")):
            break
        await asyncio.sleep(0.1)
    assert _tree(project) == before
    assert not _processes_below(tmp_path)
    assert not list(tmp_path.glob("h/mcr-*"))


KILLER = """\
import ctypes
import os
from pathlib import Path

LIBC = ctypes.CDLL(None)


def keep(n, k):
    return n


def quit(n, k):
    parent = os.getppid()
    if "repair/worker" in Path(f"/proc/{parent}/cmdline").read_text():
        LIBC.kill(parent, 9)


def half(n):
    return keep(n, 2)
"""


async def test_a_candidate_that_kills_the_worker_is_left_out_and_the_search_goes_on(tmp_path: Path) -> None:
    root = tmp_path / "p"
    root.mkdir()
    (root / "half.py").write_text(KILLER)
    (root / "test_half.py").write_text(
        "from half import half\n\n\ndef test_half():\n    assert half(4) == 2\n    assert half(10) == 5\n"
    )
    told: list[str] = []
    request = msgspec.structs.replace(_request(), seconds=60.0)
    outcome = await repair(root, request, None, lambda p: told.append(p.text), home=tmp_path)
    assert outcome.status == "fixed"
    assert any("starting it again" in text for text in told)
    assert not _processes_below(tmp_path)


async def test_the_budget_is_held_also_before_the_search(project: Path, tmp_path: Path) -> None:
    (project / "conftest.py").write_text("import time\ntime.sleep(600)\n")
    outcome = await repair(project, msgspec.structs.replace(_request(), seconds=2.0), None, home=tmp_path)
    assert outcome.status == "nothing"
    assert "before the search began" in outcome.why
    assert outcome.seconds < 30
    assert not _processes_below(tmp_path)


def _processes_below(folder: Path) -> list[str]:
    """Command lines of running processes that name the folder (Linux)."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            words = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        except OSError:
            continue
        if str(folder) in words and int(entry.name) != os.getpid():
            found.append(words)
    return found


@pytest.mark.isolation
async def test_inside_the_sandbox(project: Path, tmp_path: Path) -> None:
    sandbox = open_sandbox("auto", project, env=os.environ)
    try:
        outcome = await repair(project, _request(), sandbox, home=tmp_path)
        assert outcome.status == "fixed", outcome.why
        assert outcome.sandbox == sandbox.level
    finally:
        await sandbox.close()
    assert not list(tmp_path.glob("mcr-*"))


async def test_cached_functions_do_not_carry_answers_over(tmp_path: Path) -> None:
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "fib.py").write_text(
        "from functools import lru_cache\n_memo = {}\n\n\n@lru_cache(maxsize=None)\ndef fib(n):\n"
        "    if n in _memo:\n        return _memo[n]\n    if n < 2:\n        return n\n"
        "    _memo[n] = fib(n - 1) + fib(n - 3)\n    return _memo[n]\n"
    )
    (tmp_path / "p" / "test_fib.py").write_text(
        "from fib import fib\ndef test_fib():\n"
        "    assert [fib(n) for n in range(9)] == [0, 1, 1, 2, 3, 5, 8, 13, 21]\n"
    )
    outcome = await repair(tmp_path / "p", _request(), None, home=tmp_path)
    assert outcome.best is not None, outcome.why
    assert b"fib(n - 1) + fib(n - 2)" in outcome.best.files["fib.py"]


BOX = """\
import asyncio


class Box:
    def __init__(self):
        self.items = []

    async def put(self, item):
        await asyncio.sleep(0)
        self.items.append(item)

    async def total(self, least):
        await asyncio.sleep(0)
        return sum(i for i in self.items if i > least)
"""
BOX_TEST = """\
import asyncio

import pytest

from box import Box

pytestmark = pytest.mark.{mark}


@pytest.fixture
async def box():
    made = Box()
    await made.put(1)
    yield made
    await asyncio.sleep(0)
    made.items.clear()


@pytest.fixture
def anyio_backend():
    return "asyncio"


async def test_total(box):
    await box.put(5)
    assert await box.total(1) == 6
    assert await box.total(5) == 5


async def test_none(box):
    assert await box.total(7) == 0
"""


@pytest.mark.parametrize(
    ("mark", "options"), [("asyncio", "asyncio_mode = auto"), ("anyio", "addopts = -p no:asyncio")]
)
async def test_async_tests_and_fixtures_judge(
    mark: str, options: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD")
    root = tmp_path / "p"
    root.mkdir()
    (root / "pytest.ini").write_text(f"[pytest]\n{options}\n")
    (root / "box.py").write_text(BOX)
    (root / "test_box.py").write_text(BOX_TEST.replace("{mark}", mark))
    request = RepairRequest(argv=(sys.executable, "-m", "pytest"), seconds=60, extra=0.3)
    outcome = await repair(root, request, None, home=tmp_path)
    assert outcome.status == "fixed", outcome.why
    assert outcome.after.passed == 2
