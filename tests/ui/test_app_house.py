"""The app only wires: it stays small, and nothing heavy is loaded before the first paint."""

import ast
import subprocess
import sys
from pathlib import Path

import mycoder.ui.tui.app as app

UI = Path(app.__file__).parents[1]


def test_the_app_stays_small():
    source = Path(app.__file__).read_text()
    classes = [node for node in ast.parse(source).body if isinstance(node, ast.ClassDef)]
    assert source.count("\n") <= 260
    for each in classes:
        methods = [node for node in each.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
        assert len(methods) <= 20


def test_no_file_of_the_faces_is_too_long():
    assert [f.name for f in UI.rglob("*.py") if f.read_text().count("\n") > 400] == []


def test_the_first_paint_waits_for_nothing_heavy():
    code = "import sys, mycoder.ui.tui.app; print(*sys.modules)"
    loaded = set(
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        ).stdout.split()
    )
    heavy = {
        "litellm",
        "git",
        "httpx",
        "mycoder.session",
        "mycoder.agent",
        "sqlite3",
        "prompt_toolkit",
    }
    assert loaded & heavy == set()


def test_the_stylesheet_has_no_selectors_that_restyle_the_transcript():
    sheet = (UI / "tui" / "app.tcss").read_text()
    rules = "\n".join(line for line in sheet.splitlines() if not line.startswith("/*"))
    assert "*" not in rules
    assert ":hover" not in rules
    assert ":focus-within" not in rules
