"""The sandbox that waits for its command: it must make no difference but time."""

import asyncio
import os
import time
from pathlib import Path

import pytest

from mycoder.sandbox import standby
from mycoder.sandbox.bubblewrap import Bubblewrap, end_sandbox
from mycoder.sandbox.job import Job
from mycoder.sandbox.sandbox import Sandbox
from mycoder.sandbox.tree import is_alive
from tests.sandbox.conftest import SECRET, Opener, git, processes_with, sh
from tests.sandbox.test_protection import PROTECTED, protected_state

pytestmark = pytest.mark.isolation


def level(sandbox: Sandbox) -> Bubblewrap:
    chosen = sandbox._confinement
    assert isinstance(chosen, Bubblewrap)
    return chosen


async def ready(sandbox: Sandbox, **more: object) -> int:
    """Two commands in quick succession, after which a third one is waited for; gives its process."""
    for _ in range(3):
        await sh(sandbox, "true", **more)
    until = time.monotonic() + 3
    while level(sandbox)._standby is None and time.monotonic() < until:
        await asyncio.sleep(0.01)
    waiting = level(sandbox)._standby
    assert waiting is not None
    return waiting.popen.pid


async def woken(sandbox: Sandbox, pid: int, command: str, **more: object) -> tuple[str, bool]:
    """The output of a command, and whether the process that waited became it."""
    job = {"cwd": sandbox.root, **more}
    running = await sandbox.start(Job(argv=sandbox.shell(command), **job))  # type: ignore[arg-type]
    completed = await running.wait(20)
    assert completed is not None
    return completed.output, running._started.popen.pid == pid


async def test_a_single_command_makes_nothing_ready(bubblewrap: Sandbox) -> None:
    await sh(bubblewrap, "true")
    await asyncio.sleep(0.05)
    assert level(bubblewrap)._standby is None


async def test_what_waited_becomes_the_command(bubblewrap: Sandbox) -> None:
    command = "echo \"it's $0 in $(pwd)\"; env | sort | grep -v '^_='; ulimit -a; ls -a; ls -l /proc/self/fd | wc -l; exit 3"
    cold = await sh(bubblewrap, command)
    pid = await ready(bubblewrap)
    output, is_same = await woken(bubblewrap, pid, command)
    assert is_same
    for one, other in zip(cold.output.splitlines(), output.splitlines(), strict=True):
        assert one == other or "max user processes" in one


@pytest.mark.parametrize(
    "word", ["'", '"', "a b", "$(id)", "`id`", "\n", "\\", "*", "~", "", "ü", "\udcff", ";", "-"]
)
async def test_words_arrive_as_they_are(bubblewrap: Sandbox, word: str) -> None:
    pid = await ready(bubblewrap)
    running = await bubblewrap.start(Job(argv=("printf", "<%s>", word, word), cwd=bubblewrap.root))
    completed = await running.wait(10)
    assert completed is not None
    assert completed.output == f"<{word}><{word}>".replace("\udcff", "\ufffd")
    assert running._started.popen.pid == pid


async def test_a_program_that_is_not_there_is_said(bubblewrap: Sandbox) -> None:
    pid = await ready(bubblewrap)
    running = await bubblewrap.start(Job(argv=("/no/such/program",), cwd=bubblewrap.root))
    completed = await running.wait(10)
    assert completed is not None
    assert running._started.popen.pid == pid
    assert completed.problem.startswith("/no/such/program: ")
    assert completed.exit_code == 127


async def test_it_starts_where_it_is_told(bubblewrap: Sandbox) -> None:
    (bubblewrap.root / "it's a dir").mkdir()
    pid = await ready(bubblewrap)
    output, is_same = await woken(bubblewrap, pid, "pwd", cwd=bubblewrap.root / "it's a dir")
    assert (output, is_same) == (f"{bubblewrap.root}/it's a dir\n", True)


@pytest.mark.parametrize("change", ["environment", "network", "writable", "long"])
async def test_what_needs_something_else_gets_a_fresh_one(
    open_at: Opener, tmp_path: Path, change: str
) -> None:
    bubblewrap = open_at("bubblewrap", hosts=("a.example",))
    pid = await ready(bubblewrap)
    more: dict[str, object] = {}
    command = "echo $X"
    if change == "environment":
        more["env"] = {"X": "y"}
    elif change == "network":
        more["network"] = True
    elif change == "writable":
        more["writable"] = (tmp_path,)
    else:
        command = f"echo {'x' * 50_000} | wc -c"
    output, is_same = await woken(bubblewrap, pid, command, **more)
    assert not is_same
    assert output == {"environment": "y\n", "long": "50001\n"}.get(change, "\n")
    await asyncio.sleep(0.05)
    assert not is_alive(pid)


async def test_a_replaced_file_is_seen_as_it_is_now(bubblewrap: Sandbox) -> None:
    """A mount holds the file that was there, not its name."""
    pid = await ready(bubblewrap)
    git(bubblewrap.root, "config", "alias.new", "status")
    output, is_same = await woken(bubblewrap, pid, "git config alias.new")
    assert (output, is_same) == ("status\n", False)


async def test_a_name_that_appeared_is_protected(bubblewrap: Sandbox) -> None:
    pid = await ready(bubblewrap)
    (bubblewrap.root / ".devcontainer").mkdir()
    _, is_same = await woken(bubblewrap, pid, "echo evil > .devcontainer/x")
    assert not is_same
    assert not list((bubblewrap.root / ".devcontainer").iterdir())


async def test_a_secret_that_appeared_is_hidden(bubblewrap: Sandbox, home: Path) -> None:
    pid = await ready(bubblewrap)
    (home / ".kube").mkdir()
    (home / ".kube" / "config").write_text(SECRET)
    output, is_same = await woken(bubblewrap, pid, "cat ~/.kube/config")
    assert not is_same
    assert SECRET not in output


@pytest.mark.parametrize("way", PROTECTED)
async def test_protection_is_the_same(bubblewrap: Sandbox, way: str) -> None:
    before = protected_state(bubblewrap.root)
    pid = await ready(bubblewrap)
    _, is_same = await woken(bubblewrap, pid, PROTECTED[way])
    assert is_same
    await bubblewrap.close()
    assert protected_state(bubblewrap.root) == before


async def test_its_tree_dies_at_the_time_limit(bubblewrap: Sandbox) -> None:
    await ready(bubblewrap)
    mark = f"8{os.getpid():09d}"
    completed = await sh(
        bubblewrap, f"setsid sleep {mark} & trap '' TERM; sleep {mark}; sleep {mark}", seconds=0.3
    )
    assert completed.timed_out
    await asyncio.sleep(0.1)
    assert not processes_with(mark)


async def test_it_does_not_wait_for_ever_and_leaves_nothing(
    bubblewrap: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standby, "PATIENCE", 0.2)
    before = sorted(os.listdir(bubblewrap.root))
    pid = await ready(bubblewrap)
    await asyncio.sleep(0.8)
    assert not is_alive(pid)
    assert level(bubblewrap)._standby is None
    assert sorted(os.listdir(bubblewrap.root)) == before


async def test_one_that_died_is_not_used(bubblewrap: Sandbox) -> None:
    pid = await ready(bubblewrap)
    end_sandbox(pid)
    await asyncio.sleep(0.05)
    assert await woken(bubblewrap, pid, "echo fine") == ("fine\n", False)


async def test_closing_ends_it(bubblewrap: Sandbox) -> None:
    pid = await ready(bubblewrap)
    await bubblewrap.close()
    assert not is_alive(pid)


async def test_a_command_that_cannot_be_does_not_lose_it(bubblewrap: Sandbox) -> None:
    pid = await ready(bubblewrap)
    assert (await bubblewrap.run(Job(argv=("echo", "a\0b"), cwd=bubblewrap.root))).problem
    assert await woken(bubblewrap, pid, "echo fine") == ("fine\n", True)


def test_a_line_holds_no_nul() -> None:
    with pytest.raises(ValueError):
        standby.line_for(("echo", "a\0b"), "/")


async def test_ending_it_at_any_moment_leaves_no_process(bubblewrap: Sandbox) -> None:
    """Until bwrap's first process has let its second one go on, that one would wait for it for ever."""
    for step in range(60):
        running = await bubblewrap.start(Job(argv=("sleep", "30"), cwd=bubblewrap.root))
        outer = running._started.popen.pid
        await asyncio.sleep(0)
        time.sleep(step * 0.0001)  # noqa: ASYNC251  # to the tenth of a millisecond, which no timer of the loop gives
        running.kill_now()
        await running.wait(5)
        assert not is_alive(outer)
    await bubblewrap.close()
    left = processes_with(str(bubblewrap.root))
    until = time.monotonic() + 2
    while left and time.monotonic() < until:
        await asyncio.sleep(0.02)
        left = processes_with(str(bubblewrap.root))
    assert not left
