import asyncio
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from mycoder.tools.outline import outline
from mycoder.tools.tool import ToolContext
from mycoder.workspace.workspace import Workspace


@pytest.fixture
def context(tmp_path: Path) -> ToolContext:
    root = tmp_path / "project"
    (root / "src").mkdir(parents=True)
    (root / "src/app.py").write_text("class App:\n    def run(self):\n        pass\n")
    (root / "src/use_it.py").write_text("from app import App\n\n\ndef start_it():\n    App().run()\n")
    (root / "notes.txt").write_text("x\n")
    unused: Any = SimpleNamespace()
    return ToolContext(
        workspace=Workspace(root, tmp_path / "state"),
        sandbox=unused,
        tests=unused,
        progress=lambda text: None,
    )


async def ask(context: ToolContext, **arguments: Any) -> str:
    result = await outline.call(context, outline.arguments(**arguments))
    return result.output if result.ok else f"ERROR {result.output}"


async def test_a_file(context: ToolContext) -> None:
    assert await ask(context, path="src/app.py") == "src/app.py, 3 lines\n1-3 class App\n2-3   def run(self)"


async def test_a_map(context: ToolContext) -> None:
    assert await ask(context) == (
        "3 of 3 definitions in 2 source files, the most used first\n"
        "src/app.py\n    1 class App\n    2   def run(self)\nsrc/use_it.py\n    4 def start_it()"
    )
    assert (context.workspace.state / "outline.msgpack").exists()
    assert (await ask(context, query="start", budget=100)).split("\n")[1] == "src/use_it.py"


async def test_mistakes_are_answered(context: ToolContext) -> None:
    assert await ask(context, path="notes.txt") == (
        "ERROR notes.txt (1 line) is in no language that can be outlined; read it"
    )
    assert (await ask(context, path="nope.py")).startswith("ERROR there is no nope.py here")
    assert (await ask(context, path="/etc")).startswith("ERROR /etc is outside")
    (context.workspace.root / "docs").mkdir()
    assert (await ask(context, path="docs")).startswith("No source file here")


async def test_progress_is_told(context: ToolContext) -> None:
    for i in range(120):
        (context.workspace.root / f"m{i}.py").write_text("def f(): pass\n")
    told: list[str] = []
    context.progress = told.append
    await ask(context)
    assert told[-1] == "100 of 122 files read\n"


async def test_cancelling_ends_the_child(context: ToolContext, monkeypatch: pytest.MonkeyPatch) -> None:
    pid = context.workspace.root / "pid"
    child = f"import os, time; open({str(pid)!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    monkeypatch.setattr("mycoder.workspace.repo_map._CHILD", child)
    task = asyncio.ensure_future(ask(context))
    while not pid.exists() or not pid.read_text():
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)


async def test_a_child_that_fails_is_answered(context: ToolContext, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mycoder.workspace.repo_map._CHILD", "raise SystemExit(3)")
    assert (await ask(context)).startswith("ERROR The map could not be drawn")


def test_what_the_model_is_told() -> None:
    assert outline.spec.schema["required"] == []
    assert len(outline.description) < 400
