"""What holds at every level: output, exit codes, time limits, and that nothing is left behind."""

import asyncio
import os
import resource
import time
import uuid
from pathlib import Path

import pytest

from mycoder.sandbox.job import CannotStart, Job, Limits
from mycoder.sandbox.sandbox import Sandbox
from tests.sandbox.conftest import Opener, processes_with, sh


async def until_gone(mark: str, seconds: float = 3.0) -> list[int]:
    until = time.monotonic() + seconds
    while (left := processes_with(mark)) and time.monotonic() < until:
        await asyncio.sleep(0.02)
    return left


@pytest.fixture
def mark() -> str:
    """A number of seconds that no other process sleeps for."""
    return f"9{uuid.uuid4().int % 10**9:09d}"


async def test_output_comes_merged_and_in_order(sandbox: Sandbox) -> None:
    completed = await sh(sandbox, "for n in 1 2 3; do echo out $n; echo err $n >&2; done")
    assert completed.output == "out 1\nerr 1\nout 2\nerr 2\nout 3\nerr 3\n"
    assert (completed.exit_code, completed.cut, completed.path, completed.level) == (0, 0, "", sandbox.level)


@pytest.mark.parametrize(
    ("command", "code"), [("exit 3", 3), ("kill -SEGV $$", 139), ("no-such-program-x", 127)]
)
async def test_exit_codes(sandbox: Sandbox, command: str, code: int) -> None:
    assert (await sh(sandbox, command)).exit_code == code


async def test_it_is_bash_without_a_terminal_and_with_stdin_closed(sandbox: Sandbox) -> None:
    completed = await sh(sandbox, '[[ -t 0 || -t 1 ]] || echo {a..c} $TERM "$(cat)"; (: </dev/tty) 2>&1')
    assert completed.output.startswith("a b c dumb \n")
    assert "/dev/tty" in completed.output


async def test_the_working_directory_is_given(sandbox: Sandbox) -> None:
    (sandbox.root / "sub").mkdir()
    completed = await sh(sandbox, "pwd; echo x > here", cwd=sandbox.root / "sub")
    assert completed.output.strip() == str(sandbox.root / "sub")
    assert (sandbox.root / "sub" / "here").read_text() == "x\n"


async def test_variables_are_added(sandbox: Sandbox) -> None:
    assert (await sh(sandbox, "echo $MORE", env={"MORE": "é and more"})).output == "é and more\n"


async def test_no_key_reaches_the_environment(open_at: Opener, sandbox: Sandbox) -> None:
    secrets = {
        "OPENAI_API_KEY": "sk-CANARY-9f3",
        "MY_TOKEN": "CANARY-9f3",
        "HTTP_PROXY": "http://u:CANARY-9f3@h/",
    }
    keyed = open_at(sandbox.level, env={**secrets, "LC_TIME": "C"}, pass_env=("OPENAI_API_KEY", "HTTP_PROXY"))
    completed = await sh(keyed, "env; cat /proc/self/environ")
    assert "CANARY" not in completed.output
    assert "LC_TIME=C" in completed.output
    assert "CI=" not in completed.output.splitlines()
    assert "LC_ALL=" not in completed.output


async def test_a_background_child_holding_the_pipe_is_not_waited_for(sandbox: Sandbox, mark: str) -> None:
    started = time.monotonic()
    completed = await sh(sandbox, f"sleep {mark} & echo x")
    assert completed.output == "x\n"
    assert time.monotonic() - started < 30
    assert not await until_gone(mark)


LEFTOVERS = {
    "background": "sleep {} >/dev/null 2>&1 & echo ready",
    "session": "setsid sleep {} >/dev/null 2>&1 & echo ready; sleep 0.1",
    "double fork": "( ( setsid sleep {} >/dev/null 2>&1 & ) & ) ; echo ready; sleep 0.1",
    "bare environment": "( ( env -i setsid /bin/sleep {} >/dev/null 2>&1 & ) & ) ; echo ready; sleep 0.1",
    "deaf": "( trap '' TERM HUP INT; setsid sleep {} >/dev/null 2>&1 & ) ; echo ready; sleep 0.1",
}


@pytest.mark.parametrize("kind", LEFTOVERS)
async def test_nothing_is_left_behind(sandbox: Sandbox, kind: str, mark: str) -> None:
    completed = await sh(sandbox, LEFTOVERS[kind].format(mark))
    assert completed.output == "ready\n"
    assert not await until_gone(mark)


@pytest.mark.parametrize("kind", LEFTOVERS)
async def test_the_time_limit_ends_the_whole_tree(sandbox: Sandbox, kind: str, mark: str) -> None:
    started = time.monotonic()
    completed = await sh(
        sandbox, LEFTOVERS[kind].format(mark) + f"; trap '' TERM; sleep {mark}; sleep {mark}", seconds=0.5
    )
    assert time.monotonic() - started < 30
    assert (completed.timed_out, completed.killed, completed.exit_code) == (True, True, None)
    assert completed.output == "ready\n"
    assert "0.5 s" in completed.problem
    assert not await until_gone(mark)


async def test_a_command_is_asked_before_it_is_killed(sandbox: Sandbox) -> None:
    """Git takes its locks away when it is asked; a killed one leaves them."""
    await sh(sandbox, "trap 'rm lock; exit' TERM; touch lock; while :; do sleep 0.05; done", seconds=0.5)
    assert not (sandbox.root / "lock").exists()


async def test_cancelling_kills(sandbox: Sandbox, mark: str) -> None:
    task = asyncio.create_task(sh(sandbox, f"setsid sleep {mark} & sleep {mark}"))
    while len(processes_with(mark)) < 2:
        await asyncio.sleep(0.02)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not await until_gone(mark)


async def test_closing_kills_what_runs_and_takes_the_scratch_folder_away(sandbox: Sandbox, mark: str) -> None:
    running = await sandbox.start(
        Job(
            argv=sandbox.shell(f"mkdir -p $TMPDIR/d/e; chmod 0 $TMPDIR/d; echo on; sleep {mark}"),
            cwd=sandbox.root,
        )
    )
    while not running.tail():
        await asyncio.sleep(0.01)
    scratch = sandbox._make_scratch()
    assert list(scratch.iterdir())
    await sandbox.close()
    assert not await until_gone(mark)
    assert not scratch.exists()
    with pytest.raises(CannotStart):
        await sandbox.start(Job(argv=("true",), cwd=sandbox.root))


async def test_a_handle_waits_tells_and_stops(sandbox: Sandbox) -> None:
    running = await sandbox.start(
        Job(argv=sandbox.shell("echo one; sleep 0.4; echo two; sleep 60"), cwd=sandbox.root)
    )
    assert await running.wait(0.2) is None
    assert running.is_running
    assert running.tail() == "one\n"
    assert await running.wait(0.5) is None
    assert running.snapshot().output == "one\ntwo\n"
    assert running.snapshot().is_running
    assert sandbox.find(running.id) is running
    completed = await running.kill("enough")
    assert (completed.killed, completed.problem, completed.output) == (True, "enough", "one\ntwo\n")
    assert await running.wait(1) == completed
    assert not sandbox.running


async def test_commands_run_side_by_side(sandbox: Sandbox) -> None:
    """Each waits until all four have begun."""
    meet = "touch begun{0}; until [ -e begun0 -a -e begun1 -a -e begun2 -a -e begun3 ]; do sleep 0.05; done; echo {0}"
    done = await asyncio.gather(*(sh(sandbox, meet.format(n), seconds=60) for n in range(4)))
    assert [one.output for one in done] == ["0\n", "1\n", "2\n", "3\n"]


async def test_one_that_ends_does_not_take_another_along(sandbox: Sandbox) -> None:
    other = await sandbox.start(Job(argv=sandbox.shell("sleep 1; echo still here"), cwd=sandbox.root))
    await sh(sandbox, "sleep 50 & sleep 0.1")
    completed = await other.wait(5)
    assert completed is not None
    assert completed.output == "still here\n"


async def test_a_flood_costs_little_memory_and_the_end_of_it_is_kept(open_at: Opener, tmp_path: Path) -> None:
    """600 MB printed: less than 50 MB more, and a spill file of 64 MB."""
    sandbox = open_at("limits")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    completed = await sh(
        sandbox, "yes 0123456789abcdef | head -c 600M; echo THE END", seconds=100, spill=tmp_path / "spill"
    )
    assert completed.exit_code == 0
    assert completed.output.startswith("0123456789abcdef\n")
    assert completed.output.endswith("THE END\n")
    assert len(completed.output) < 31_000
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024 < 50
    spilled = Path(completed.path)
    assert (64 << 20) <= spilled.stat().st_size < (65 << 20)
    assert spilled.read_bytes().endswith(b"THE END\n")


async def test_the_middle_is_cut_and_kept_in_a_file(sandbox: Sandbox, tmp_path: Path) -> None:
    completed = await sh(sandbox, "seq 1 50000", keep=4000, spill=tmp_path / "spill")
    head, _, tail = completed.output.partition("\n[... ")
    assert head.startswith("1\n2\n")
    assert tail.endswith("\n50000\n")
    assert len(tail) > 2 * len(head)
    assert completed.path in completed.output
    assert Path(completed.path).read_text() == "".join(f"{n}\n" for n in range(1, 50001))
    assert Path(completed.path).stat().st_mode & 0o777 == 0o600
    assert completed.cut > 200_000


async def test_binary_and_broken_output(sandbox: Sandbox) -> None:
    completed = await sh(
        sandbox,
        r"printf 'a\377\000b\033[31mred\033[0m\n 10%%\r 50%%\r100%%\r\n'; head -c 3000 /dev/zero; printf x",
    )
    assert completed.output == "a\ufffd\ufffdbred\n100%\n[3000 unreadable bytes]x"


async def test_output_without_any_newline(sandbox: Sandbox) -> None:
    completed = await sh(sandbox, "head -c 300000 /dev/zero | tr '\\0' x", keep=4000)
    assert set(completed.output.replace("\n", "x")) <= set("x[.] 0123456789,bytesleftout")
    assert len(completed.output) < 4200
    assert completed.cut == pytest.approx(296_000, abs=200)


async def test_closed_output_does_not_end_the_wait(sandbox: Sandbox) -> None:
    completed = await sh(sandbox, "echo before; exec >&- 2>&-; sleep 0.3; exit 4")
    assert (completed.output, completed.exit_code) == ("before\n", 4)
    assert completed.seconds >= 0.3


async def test_a_deleted_working_directory_is_said(sandbox: Sandbox, tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    completed = await sh(sandbox, "true", cwd=gone)
    assert completed.exit_code is None
    assert "is not there any more" in completed.problem
    assert str(gone) in completed.output


async def test_a_command_that_deletes_its_own_directory(sandbox: Sandbox) -> None:
    (sandbox.root / "sub").mkdir()
    completed = await sh(sandbox, "rmdir ../sub; echo done", cwd=sandbox.root / "sub")
    assert completed.output.endswith("done\n")


async def test_a_command_of_a_megabyte_runs(sandbox: Sandbox) -> None:
    long = "echo " + "x" * 1_000_000 + " | wc -c"
    assert (await sh(sandbox, long)).output.strip() == "1000001"


async def test_what_cannot_be_a_command_is_said(sandbox: Sandbox) -> None:
    for argv in (("echo", "a\0b"), ("echo", "\ud800"), ()):
        completed = await sandbox.run(Job(argv=argv, cwd=sandbox.root))
        assert completed.exit_code is None
        assert completed.problem
    completed = await sandbox.run(Job(argv=("echo", *["x" * 100_000] * 40), cwd=sandbox.root))
    assert completed.problem


async def test_a_program_that_is_not_there(sandbox: Sandbox) -> None:
    completed = await sandbox.run(Job(argv=("/no/such/program",), cwd=sandbox.root))
    assert "/no/such/program" in completed.problem


async def test_progress_comes_while_it_runs(sandbox: Sandbox) -> None:
    """The command goes on only when its first words were seen."""
    seen: list[str] = []

    def show(text: str) -> None:
        seen.append(text)
        (sandbox.root / "go").touch()

    await sh(
        sandbox,
        "echo näh; until [ -e go ]; do sleep 0.05; done; printf 'sp\\303'; sleep 0.3; printf '\\244t'",
        on_output=show,
        seconds=60,
    )
    assert "".join(seen) == "näh\nspät"
    assert seen[0] == "näh\n"


async def test_there_is_a_most_number_of_running_commands(open_at: Opener) -> None:
    sandbox = open_at("limits")
    for _ in range(16):
        await sandbox.start(Job(argv=("sleep", "30"), cwd=sandbox.root))
    with pytest.raises(CannotStart, match="wait for one"):
        await sandbox.start(Job(argv=("sleep", "30"), cwd=sandbox.root))


async def test_a_fork_bomb_is_bounded(sandbox: Sandbox, open_at: Opener, mark: str) -> None:
    """As root there is no limit of the kernel's on processes, so it is seen and ended by us. This bomb stops
    by itself after 10 rounds, so that a broken sandbox does not stop the machine."""
    bounded = open_at(sandbox.level, limits=Limits(processes=150))
    bomb = (
        f"bomb() {{ [ $1 -gt 9 ] || {{ sleep {mark} & bomb $(($1+1)) & bomb $(($1+1)) & wait; }}; }}; bomb 0"
    )
    completed = await sh(bounded, bomb, seconds=60)
    assert not completed.timed_out
    assert completed.killed or completed.exit_code != 0
    assert not await until_gone(mark, 5)
    assert (await sh(bounded, "echo alive")).output == "alive\n"


async def test_a_memory_hog_is_ended(sandbox: Sandbox, open_at: Opener) -> None:
    bounded = open_at(sandbox.level, limits=Limits(memory=200 << 20))
    completed = await sh(bounded, "python3 -c 'x = bytearray(600 << 20); print(len(x))'")
    assert completed.exit_code != 0
    assert "629145600" not in completed.output


async def test_a_large_file_is_refused(sandbox: Sandbox, open_at: Opener) -> None:
    bounded = open_at(sandbox.level, limits=Limits(file_size=1 << 20))
    completed = await sh(bounded, "head -c 3M /dev/zero > big; echo code $?")
    assert "code 0" not in completed.output
    assert (sandbox.root / "big").stat().st_size == 1 << 20


async def test_processor_time_is_limited(sandbox: Sandbox, open_at: Opener) -> None:
    bounded = open_at(sandbox.level, limits=Limits(cpu_seconds=1))
    completed = await sh(bounded, "while :; do :; done", seconds=15)
    assert completed.exit_code in (128 + 9, 128 + 24)


async def test_no_core_dump_is_written(sandbox: Sandbox) -> None:
    assert (await sh(sandbox, "ulimit -c")).output == "0\n"


async def test_without_bash_sh_is_used(open_at: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mycoder.sandbox.sandbox.FIXED_SHELLS", ())
    sandbox = open_at("limits", env={"PATH": "/nowhere"})
    assert not sandbox.has_bash
    assert (await sh(sandbox, "echo $0")).output == "/bin/sh\n"


async def test_a_bash_in_the_repository_is_never_used(
    open_at: Opener, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mycoder.sandbox.sandbox.FIXED_SHELLS", ())
    fake = root / "bash"
    fake.write_text("#!/bin/sh\ntouch caught\n")
    fake.chmod(0o755)
    sandbox = open_at("limits", env={"PATH": f"{root}:."})
    assert sandbox.shell("true")[0] == "/bin/sh"


@pytest.mark.parametrize(
    "name", ["with space", "new\nline", "-dash", "$(touch caught)", "ünï", "b\udcffytes", "[red]"]
)
async def test_repositories_with_any_name(sandbox: Sandbox, open_at: Opener, home: Path, name: str) -> None:
    """Case 51."""
    odd = home / name
    odd.mkdir()
    named = open_at(sandbox.level, root=odd)
    completed = await sh(named, "echo x > f && mkdir .vscode; ls")
    assert completed.output.splitlines()[-1] == "f"
    await named.close()
    assert set(os.listdir(odd)) == ({"f"} if sandbox.level != "limits" else {".vscode", "f"})
    assert not (home / "caught").exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root can write everywhere")
async def test_a_repository_that_cannot_be_written(sandbox: Sandbox) -> None:
    sandbox.root.chmod(0o555)
    try:
        assert (await sh(sandbox, "cat a.txt; { echo x > b; } 2>/dev/null")).output == "one\n"
    finally:
        sandbox.root.chmod(0o755)


async def test_without_pidfds_a_thread_watches(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(pid: int) -> int:
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr(os, "pidfd_open", missing)
    assert (await sh(sandbox, "echo x; sleep 0.1; exit 3")).exit_code == 3
    assert (await sh(sandbox, "sleep 30", seconds=0.3)).timed_out


async def test_where_the_kernel_lists_no_children_orphans_are_still_found(
    open_at: Opener, monkeypatch: pytest.MonkeyPatch, mark: str
) -> None:
    """Some kernels have no /proc/PID/task/TID/children."""
    monkeypatch.setattr("mycoder.sandbox.tree.children_of_main", lambda pid: None)
    for level in ("bubblewrap", "limits"):
        sandbox = open_at(level, limits=Limits(file_size=1 << 20))
        completed = await sh(sandbox, f"( setsid sleep {mark} & ); head -c 2M /dev/zero > big; echo $?")
        assert "0" not in completed.output.split()[-1:]
        assert not await until_gone(mark)


async def test_a_link_in_tmp_does_not_lead_us_out(sandbox: Sandbox, home: Path) -> None:
    """A command can prepare /tmp for what we write there next."""
    names = " ".join(f"command-{n}.sh" for n in range(200))
    await sh(sandbox, f"cd $TMPDIR && for n in {names}; do ln -s {home}/.bashrc $n; done")
    assert (await sh(sandbox, "echo fine" + " " * 200_000)).output == "fine\n"
    assert (home / ".bashrc").read_text() == "# mine\n"


async def test_an_argument_list_that_is_too_long_says_what_to_do(sandbox: Sandbox) -> None:
    completed = await sandbox.run(Job(argv=("echo", *["x" * 100_000] * 40), cwd=sandbox.root))
    assert "put it into a file" in completed.problem
