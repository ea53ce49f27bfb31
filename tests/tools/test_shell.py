"""The shell as the model sees it."""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from mycoder.protocol.blocks import Terminal
from mycoder.sandbox.sandbox import Sandbox, open_sandbox
from mycoder.tools.shell import KEEP, shell
from mycoder.tools.tool import ToolContext
from mycoder.workspace.workspace import Workspace


@pytest_asyncio.fixture(params=["auto", "off"])
async def context(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[ToolContext]:
    root = tmp_path / "app"
    root.mkdir()
    sandbox = open_sandbox(request.param, root, env={**os.environ, "TMPDIR": str(tmp_path)})
    shown: list[str] = []
    yield ToolContext(
        workspace=Workspace(root, tmp_path / "state"),
        sandbox=sandbox,
        tests=None,  # type: ignore[arg-type]
        progress=shown.append,
        spill=tmp_path / "spill",
    )
    await sandbox.close()


async def run(context: ToolContext, **arguments: object) -> tuple[str, bool]:
    result = await shell.function(context, **arguments)
    return result.output, result.ok


async def test_exit_0_is_the_output_alone(context: ToolContext) -> None:
    assert await run(context, command="echo a; echo b >&2") == ("a\nb", True)


async def test_no_output_is_said(context: ToolContext) -> None:
    assert await run(context, command="true") == ("(no output)", True)


async def test_another_exit_code_is_one_line_at_the_end_and_no_failed_call(context: ToolContext) -> None:
    assert await run(context, command="echo a; exit 3") == ("a\nexit code: 3", True)
    assert await run(context, command="exit 3") == ("(no output)\nexit code: 3", True)


async def test_a_crash_is_named(context: ToolContext) -> None:
    assert (await run(context, command="kill -SEGV $$"))[0] == "(no output)\nexit code: 139 (SIGSEGV)"


async def test_a_command_that_is_not_found(context: ToolContext) -> None:
    output, ok = await run(context, command="no-such-program-x")
    assert "no-such-program-x: command not found\nexit code: 127" in output
    assert ok


async def test_what_people_see(context: ToolContext) -> None:
    result = await shell.function(context, "echo a; exit 2")
    (block,) = result.blocks
    assert isinstance(block, Terminal)
    assert (block.command, block.output, block.exit_code) == ("echo a; exit 2", "a\n", 2)


async def test_long_output_is_cut_and_can_be_read_in_a_file(context: ToolContext) -> None:
    output, _ = await run(context, command="seq 1 20000; exit 1")
    assert len(output) < KEEP + 400
    assert output.startswith("1\n2\n3\n")
    assert output.endswith("\n19999\n20000\nexit code: 1")
    (spilled,) = context.spill.iterdir()
    assert str(spilled) in output
    assert spilled.read_text().splitlines() == [str(n) for n in range(1, 20001)]


async def test_past_the_limit_it_goes_on_under_a_handle(context: ToolContext) -> None:
    command = "echo early; until [ -e go ]; do sleep 0.05; done; echo late > done"
    output, ok = await run(context, command=command, seconds=0.4)
    assert ok
    assert output.startswith("early\nstill running after 0.4 s; it goes on as handle 1:")
    (running,) = context.sandbox.running
    (context.workspace.root / "go").touch()
    completed = await running.wait(20)
    assert completed is not None
    assert (context.workspace.root / "done").read_text() == "late\n"


async def test_in_the_background(context: ToolContext) -> None:
    output, ok = await run(context, command="echo up; sleep 30", background=True)
    assert (output, ok) == ("up\nruns in the background as handle 1", True)


async def test_a_background_command_that_fails_at_once_is_told(context: ToolContext) -> None:
    assert await run(context, command="echo bad; exit 1", background=True) == ("bad\nexit code: 1", True)


async def test_a_background_child_does_not_hold_the_call(context: ToolContext) -> None:
    started = time.monotonic()
    assert await run(context, command="sleep 60 & echo x") == ("x", True)
    assert time.monotonic() - started < 30


async def test_progress_is_shown(context: ToolContext) -> None:
    await run(context, command="echo now")
    assert context.progress.__self__ == ["now\n"]  # type: ignore[attr-defined]


async def test_nothing_to_run(context: ToolContext) -> None:
    assert not (await run(context, command=" \n"))[1]
    output, ok = await run(context, command="echo \0")
    assert not ok
    assert output.startswith("The command was not run: ")


async def test_a_root_that_is_gone(context: ToolContext) -> None:
    context.workspace.root.rmdir()
    output, ok = await run(context, command="true")
    assert not ok
    assert "is not there any more" in output


async def test_cancelling_the_call_ends_the_command(context: ToolContext) -> None:
    task = asyncio.create_task(run(context, command="touch on; sleep 30"))
    while not (context.workspace.root / "on").exists():
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not context.sandbox.running


async def test_each_call_starts_afresh_in_the_root(context: ToolContext) -> None:
    await run(context, command="cd /; export X=1; f() { :; }")
    assert (await run(context, command='echo "$X"; pwd; type -t f'))[
        0
    ] == f"\n{context.workspace.root}\nexit code: 1"


async def test_it_is_said_when_sh_had_to_do(context: ToolContext, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Sandbox, "has_bash", False)
    assert (await run(context, command="echo x"))[0] == "x\nsh ran this, there is no bash here"


async def test_what_was_put_right_is_said(context: ToolContext) -> None:
    if context.sandbox.level != "bubblewrap":
        pytest.skip("nothing is put right at this level")
    (context.workspace.root / ".vscode").symlink_to("tools")
    output, _ = await run(context, command="rm .vscode; mkdir .vscode")
    assert "is protected: what the command did to it was undone" in output


def test_the_specification_is_small() -> None:
    assert list(shell.spec.schema["properties"]) == ["command", "seconds", "background", "network"]
    assert shell.spec.schema["required"] == ["command"]
    assert len(shell.description.split()) <= 90


async def test_the_network_needs_hosts_that_somebody_allows(context: ToolContext) -> None:
    output, ok = await run(context, command="echo ran", network=True)
    if context.sandbox.level == "limits":
        assert (output, ok) == ("ran", True)
    else:
        assert not ok
        assert "sandbox_network.allow" in output or "bubblewrap is needed" in output
