from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from mycoder.tools.grep import grep
from mycoder.tools.lines import render
from mycoder.tools.tool import ToolContext
from mycoder.workspace.grep import Found
from mycoder.workspace.workspace import Workspace


@pytest.fixture
def context(tmp_path: Path) -> ToolContext:
    root = tmp_path / "project"
    (root / "src").mkdir(parents=True)
    (root / "src/a.py").write_text("def load(path):\n    return open(path)\n\n\ndef save(path):\n    pass\n")
    (root / "b.py").write_text("load('x')\n")
    (tmp_path / "spill").mkdir()
    (tmp_path / "spill/run.txt").write_text("ok\nFAILED test_a\n")
    unused: Any = SimpleNamespace()
    return ToolContext(
        workspace=Workspace(root, tmp_path / "state"),
        sandbox=unused,
        tests=unused,
        progress=lambda text: None,
        spill=tmp_path / "spill",
    )


async def ask(services: ToolContext, pattern: str, **arguments: Any) -> str:
    result = await grep.call(services, grep.arguments(pattern=pattern, **arguments))
    return result.output if result.ok else f"ERROR {result.output}"


async def test_lines_by_file_with_the_total(context: ToolContext) -> None:
    assert await ask(context, "load") == (
        "2 matching lines in 2 files\nb.py\n1:\tload('x')\nsrc/a.py\n1:\tdef load(path):"
    )


async def test_context(context: ToolContext) -> None:
    assert await ask(context, "^def", path="src", context=1) == (
        "2 matching lines in 1 file\nsrc/a.py\n1:\tdef load(path):\n2-\t    return open(path)\n--\n4-\t\n"
        "5:\tdef save(path):\n6-\t    pass"
    )


async def test_what_is_left_out_is_said(context: ToolContext) -> None:
    for i in range(5):
        (context.workspace.root / f"many{i}").write_text("needle\n" * 40)
    text = await ask(context, "needle", limit=25)
    assert text.startswith("200 matching lines in 5 files\nmany0\n1:\tneedle\n")
    assert text.count("[30 more in this file]") == 2
    assert text.count("[35 more in this file]") == 1
    assert text.endswith(
        "\n[80 matching lines in 2 more files; narrow path, glob or pattern, or raise limit]"
    )


async def test_no_match(context: ToolContext) -> None:
    assert await ask(context, "nothing") == "No match in 2 files"
    assert "no file here to look in" in await ask(context, "load", glob="*.rs")
    assert "No match in 2 files (not a regular expression (" in await ask(context, "x(")


async def test_mistakes_are_answered(context: ToolContext) -> None:
    assert (await ask(context, "x(", regex=True)).startswith("ERROR not a regular expression")
    assert (await ask(context, "")).startswith("ERROR the pattern is empty")
    assert (await ask(context, "x", path="/etc")).startswith("ERROR /etc is outside of the project")


async def test_full_outputs_can_be_searched(context: ToolContext) -> None:
    full = str(context.spill / "run.txt")
    assert await ask(context, "FAILED", path=full) == "1 matching line in 1 file\nrun.txt\n2:\tFAILED test_a"
    assert (await ask(context, "x", path=str(context.spill.parent))).startswith("ERROR")


async def test_bytes_that_are_not_utf8(context: ToolContext) -> None:
    (context.workspace.root / "latin").write_bytes(b"caf\xe9 needle\n")
    text = await ask(context, "needle")
    assert text.endswith("latin\n1:\tcaf? needle")
    text.encode()


def test_time_ran_out_is_said() -> None:
    found = Found(matches=1, files=1, candidates=10, searched=4, is_complete=False)
    assert render(found).startswith(
        "1 matching line in 1 file; stopped after 4 of 10 files, it took too long"
    )


def test_what_the_model_is_told() -> None:
    assert grep.spec.schema["required"] == ["pattern"]
    assert grep.spec.schema["properties"]["regex"] == {"type": "boolean"}
    assert len(grep.description) < 400
