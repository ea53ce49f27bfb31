from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from mycoder.tools.find import find
from mycoder.tools.tool import ToolContext
from mycoder.workspace.workspace import Workspace


@pytest.fixture
def context(tmp_path: Path) -> ToolContext:
    root = tmp_path / "project"
    for path in ("README.md", "src/app.py", "src/util.py", "src/deep/app_test.py"):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text("")
    unused: Any = SimpleNamespace()
    return ToolContext(
        workspace=Workspace(root, tmp_path / "state"),
        sandbox=unused,
        tests=unused,
        progress=lambda text: None,
    )


async def ask(context: ToolContext, **arguments: Any) -> str:
    result = await find.call(context, find.arguments(**arguments))
    return result.output if result.ok else f"ERROR {result.output}"


async def test_globs_names_and_folders(context: ToolContext) -> None:
    assert await ask(context, pattern="*.py") == "src/app.py\nsrc/deep/app_test.py\nsrc/util.py"
    assert await ask(context, pattern="app") == "src/app.py\nsrc/deep/app_test.py"
    assert await ask(context) == "README.md\nsrc/"
    assert await ask(context, path="src") == "src/app.py\nsrc/deep/\nsrc/util.py"


async def test_what_is_left_out_is_said(context: ToolContext) -> None:
    text = await ask(context, pattern="*.py", limit=2)
    assert text.endswith("\n[2 of 3 paths; narrow the pattern or raise limit]")
    assert len(text.splitlines()) == 3


async def test_nothing_found(context: ToolContext) -> None:
    assert await ask(context, pattern="*.rs") == "Nothing here is named *.rs."
    assert await ask(context, pattern="utli.py") == "Nothing is named utli.py. Closest:\nsrc/util.py"
    (context.workspace.root / "empty").mkdir()
    assert await ask(context, path="empty") == "empty is empty."


async def test_mistakes_are_answered(context: ToolContext) -> None:
    assert (await ask(context, pattern="x", path="../..")).startswith("ERROR ../.. is outside of the project")
    assert (await ask(context, pattern="x", path="nope")).startswith("ERROR there is no nope here")
    assert await ask(context, pattern="qq[") == "Nothing here is named qq[."


async def test_hostile_names(context: ToolContext) -> None:
    (context.workspace.root / "a\nb\x1b[2J").write_text("")
    assert "a\\x0ab\\x1b[2J" in await ask(context, pattern="a*b*")


def test_what_the_model_is_told() -> None:
    assert find.spec.schema["required"] == []
    assert len(find.description) < 400
