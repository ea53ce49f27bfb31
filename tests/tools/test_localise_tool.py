"""The tool `localise` on a real project with a failing test."""

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from mycoder.protocol.blocks import Code
from mycoder.repair.locate import Located
from mycoder.testing.command import TestCommand
from mycoder.testing.localise import Place
from mycoder.testing.several import together
from mycoder.tools.localise import described, localise
from mycoder.tools.tool import ToolContext


def _context(root: Path, argv: tuple[str, ...] | None) -> ToolContext:
    command = argv and TestCommand(runner="pytest", argv=argv, cwd=root, text="pytest", why="asked for")
    parts: Any = {
        "workspace": SimpleNamespace(root=root),
        "sandbox": None,
        "tests": SimpleNamespace(command=command),
    }
    return ToolContext(progress=lambda text: None, **parts)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    (tmp_path / "area.py").write_text(
        "def area(kind, n):\n    if kind == 'square':\n        return n * n\n    return n * 3\n"
    )
    (tmp_path / "test_area.py").write_text(
        "from area import area\ndef test_square():\n    assert area('square', 2) == 4\n"
        "def test_half():\n    assert area('half', 4) == 8\n"
    )
    return tmp_path


async def test_names_the_line_the_function_and_shows_heat(project: Path) -> None:
    before = sorted(os.listdir(project))
    result = await localise.function(_context(project, ("python", "-m", "pytest")))
    assert result.ok, result.output
    first = result.output.splitlines()[1]
    assert first.startswith("area.py:4 1.00")
    assert "return n * 3" in first
    assert "a small edit mends" in first
    assert "mends" not in result.output.splitlines()[2]
    assert "Functions: area (area.py:1-4" in result.output
    block = result.blocks[0]
    assert isinstance(block, Code)
    assert dict(block.heat)[4] == 1.0
    assert sorted(os.listdir(project)) == before


async def test_says_why_there_is_nothing(project: Path) -> None:
    result = await localise.function(_context(project, None))
    assert not result.ok
    (project / "test_area.py").write_text("def test_fine():\n    assert True\n")
    result = await localise.function(_context(project, ("pytest",)))
    assert not result.ok
    assert "no test fails" in result.output


def test_what_edits_showed_stays_within_the_scale_that_is_told() -> None:
    raised, lowered = Place("a.py", 1, 1, 2.3, "f", 1, 0), Place("a.py", 2, 2, -0.2, "g", 1, 9)
    text = described(
        Located(statements=(raised, lowered), functions=(raised, lowered), texts={"a.py": "x = 1\ny = 2\n"})
    )
    assert "a.py:1 1.00" in text
    assert "a.py:2 0.00" in text
    assert "g (a.py:2-2, 0.00)" in text


def test_failing_tests_that_have_nothing_in_common_are_to_be_looked_at_alone() -> None:
    faint, plain = Place("a.py", 1, 1, 0.05, "f", 6, 9), Place("a.py", 2, 2, 0.9, "g", 2, 0)
    texts, failing = {"a.py": "x = 1\ny = 2\n"}, ("t.py::a", "t.py::b")
    alone = "several causes: look at one alone by naming it, e.g. t.py::a"
    assert alone in described(Located(statements=(faint,), texts=texts, failing=failing))
    assert alone not in described(Located(statements=(plain, faint), texts=texts, failing=failing))
    assert alone not in described(Located(statements=(faint,), texts=texts, failing=failing[:1]))


async def test_of_several_folders_the_one_of_the_failing_test_is_looked_at(project: Path) -> None:
    whole = project.parent / "whole"
    for name in ("a", "b"):
        (whole / name).mkdir(parents=True)
    (whole / "a/test_fine.py").write_text("def test_fine():\n    assert True\n")
    for name in ("area.py", "test_area.py"):
        os.rename(project / name, whole / "b" / name)
    context = _context(whole, None)
    argv = ("python", "-m", "pytest")
    parts = [
        TestCommand(runner="pytest", argv=argv, cwd=whole / name, text="pytest", why="")
        for name in ("a", "b")
    ]
    tests: Any = context.tests
    tests.command, tests.last = together(parts, whole), None
    result = await localise.function(context)
    assert not result.ok
    assert "name the ids" in result.output
    result = await localise.function(context, ("b/test_area.py::test_half",))
    assert result.output.splitlines()[1].startswith("b/area.py:4 1.00"), result.output
