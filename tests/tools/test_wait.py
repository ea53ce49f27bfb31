"""Waiting for commands that go on."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from mycoder.sandbox.sandbox import open_sandbox
from mycoder.tools.shell import shell
from mycoder.tools.tool import ToolContext
from mycoder.tools.wait import wait
from mycoder.workspace.workspace import Workspace


@pytest_asyncio.fixture
async def context(tmp_path: Path) -> AsyncIterator[ToolContext]:
    root = tmp_path / "app"
    root.mkdir()
    sandbox = open_sandbox("auto", root, env={**os.environ, "TMPDIR": str(tmp_path)})
    yield ToolContext(
        workspace=Workspace(root, tmp_path / "state"),
        sandbox=sandbox,
        tests=None,  # type: ignore[arg-type]
        progress=lambda text: None,
        spill=tmp_path / "spill",
    )
    await sandbox.close()


async def started(context: ToolContext, command: str) -> str:
    """Starts a command and gives its handle."""
    result = await shell.function(context, command, seconds=0.1)
    assert "still running" in result.output
    return context.sandbox.running[0].id


async def test_it_waits_for_the_end(context: ToolContext) -> None:
    handle = await started(context, "sleep 0.5; echo end; exit 2")
    result = await wait.function(context, handle, seconds=10)
    assert (result.output, result.ok) == ("end\nexit code: 2", True)


async def test_it_waits_no_longer_than_asked(context: ToolContext) -> None:
    handle = await started(context, "echo so far; sleep 30")
    result = await wait.function(context, handle, seconds=0.3)
    assert result.output.startswith("so far\nstill running as handle 1, 0 s so far")
    assert result.ok


async def test_it_stops(context: ToolContext) -> None:
    handle = await started(context, "echo so far; sleep 30")
    result = await wait.function(context, handle, kill=True)
    assert (result.output, result.ok) == ("so far\nstopped as you asked", True)
    assert not context.sandbox.running


async def test_a_command_that_has_ended_can_be_asked_for_again(context: ToolContext) -> None:
    handle = await started(context, "sleep 0.3; echo end")
    for _ in range(2):
        assert (await wait.function(context, handle, seconds=10)).output == "end"
    assert (await wait.function(context, handle, kill=True)).output == "end"


async def test_handles_are_taken_as_models_write_them(context: ToolContext) -> None:
    handle = await started(context, "sleep 0.3; echo end")
    assert (await wait.function(context, f"handle {handle}", seconds=10)).output == "end"
    assert (await wait.function(context, f"#{handle}", seconds=10)).output == "end"


async def test_an_unknown_handle_names_those_there_are(context: ToolContext) -> None:
    await started(context, "sleep 30")
    result = await wait.function(context, "77")
    assert not result.ok
    assert "Running: 1 (sleep 30)." in result.output


def test_the_specification_is_small() -> None:
    assert list(wait.spec.schema["properties"]) == ["handle", "seconds", "kill"]
    assert len(wait.description.split()) <= 40
