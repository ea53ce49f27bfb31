"""Every example in the documentation is tried: commands are run, settings are loaded, programs are executed.

The commands of a page run one after another in one small project, with a home of their own and the scripted
model of `model.py` in the place of a real one. What a page shows below a command is compared with what the
command prints; … stands for anything.
"""

import ast
import asyncio
import inspect
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
import yaml

from mycoder.cli.main import command_line
from mycoder.config.layers import load
from mycoder.config.paths import Paths
from mycoder.ui import themes
from mycoder.ui.tui.registry import key_problems
from tests.docs.pages import PAGES, ROOT, Block, blocks, commands, fits, name

MODEL = Path(__file__).with_name("model.py")
RUN = [page for page in PAGES if any(b.language == "console" and b.mark != "not run" for b in blocks(page))]
ALL = [block for page in PAGES for block in blocks(page)]

FILES = {
    "shop.py": (
        '"""Totals of orders, in cents."""\n\n\n'
        "def total(lines):\n    return sum(price for price, count in lines)\n"
    ),
    "test_shop.py": "from shop import total\n\n\ndef test_one():\n    assert total([(5, 1)]) == 5\n",
    "README.md": "A smal shop.\n",
    "pyproject.toml": '[tool.pytest.ini_options]\ntestpaths = ["."]\npythonpath = ["."]\n',
    "issue.txt": "Two pens cost as much as one.\n",
}


def make_project(folder: Path) -> None:
    folder.mkdir()
    for path, text in FILES.items():
        (folder / path).write_text(text)
    identity = ("-c", "user.name=docs", "-c", "user.email=docs@example.invalid")
    for arguments in (
        ("init", "-q", "-b", "main"),
        ("add", "-A"),
        (*identity, "commit", "-q", "-m", "A shop"),
    ):
        subprocess.run(("git", *arguments), cwd=folder, check=True)


def environment(home: Path) -> dict[str, str]:
    home.mkdir()
    return {
        "PATH": os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"])),
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "COLUMNS": "110",
        "MYCODER_MODEL": f"scripted/{MODEL}",
        "MYCODER_TESTS__BASELINE": "false",  # a second test run for each edit, which no page shows
    }


def run_all(page: Path, folder: Path) -> Iterator[str]:
    """Runs the commands of a page; yields what is wrong."""
    project = folder / "shop"
    make_project(project)
    env = environment(folder / "home")
    for block in blocks(page):
        if block.mark == "file":
            file = project / block.about.replace("~/", f"{env['HOME']}/")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(block.text)
        elif block.language == "console" and block.mark != "not run":
            yield from run_block(block, project, env)


def run_block(block: Block, project: Path, env: dict[str, str]) -> Iterator[str]:
    for command in commands(block):
        done = subprocess.run(
            ("bash", "-c", command.text),
            cwd=project,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60,
        )
        if done.returncode != command.exit_code:
            yield f"{block}: {command.text}\nexit code {done.returncode}, not {command.exit_code}\n{done.stdout}"
        elif command.output and not fits(command.output, done.stdout):
            yield f"{block}: {command.text}\nprinted\n{done.stdout}\nand not\n{command.output}"


@pytest.mark.e2e
@pytest.mark.parametrize("page", RUN, ids=name)
def test_commands_do_what_the_page_shows(page, tmp_path):
    wrong = list(run_all(page, tmp_path))
    assert not wrong, "\n\n".join(wrong)


def lines_of_mycoder() -> Iterator[tuple[str, str]]:
    """Every call of mycoder on any page, also where it is not run, and in jobs for CI."""
    for block in ALL:
        if block.language == "console":
            yield from ((str(block), command.text) for command in commands(block))
        elif block.language in ("yaml", "sh"):
            whole = block.text.replace("\\\n", " ")
            yield from ((str(block), line.strip()) for line in whole.splitlines())


def arguments_in(line: str) -> list[str] | None:
    """What comes after ``mycoder`` in a shell line, up to a pipe or redirection; None where it is not called."""
    lexer = shlex.shlex(line.replace("\\\n", " "), posix=True, punctuation_chars="|&;<>")
    lexer.whitespace_split = True
    words = list(lexer)
    at = next((i for i, word in enumerate(words) if word == "mycoder" or word.endswith("/bin/mycoder")), None)
    if at is None or any(word in ("install", "entry", "id:") for word in words[:at]):
        return None
    rest = words[at + 1 :]
    end = next((i for i, word in enumerate(rest) if set(word) <= set("|&;<>")), len(rest))
    after = [word for i, word in enumerate(rest[end:]) if i >= 2 and set(rest[end]) <= set("<>")]
    return rest[:end] + after


CALLS = [(where, found) for where, line in lines_of_mycoder() if (found := arguments_in(line)) is not None]


def test_every_call_on_a_page_is_one_that_the_command_line_takes():
    assert len(CALLS) > 30
    wrong = []
    for where, arguments in CALLS:
        try:
            parse(command_line(), "mycoder", list(arguments))
        except click.ClickException as error:
            wrong.append(f"{where}: {shlex.join(arguments)}: {error.format_message()}")
        except click.exceptions.Exit:
            continue  # --help and --version
    assert not wrong, "\n".join(wrong)


def parse(
    command: click.Command, called: str, arguments: list[str], parent: click.Context | None = None
) -> None:
    """Parses without running anything."""
    context = command.make_context(called, arguments, parent=parent)
    rest = [*context._protected_args, *context.args]
    if isinstance(command, click.Group) and rest:
        word, below, after = command.resolve_command(context, rest)
        parse(below, word, after, context)


TOML = [block for block in ALL if block.language == "toml"]


@pytest.mark.parametrize("block", TOML, ids=str)
def test_settings_are_ones_that_the_loader_takes(block, tmp_path):
    if block.mark == "file" and "/themes/" in block.about:
        file = tmp_path / "mine.toml"
        file.write_text(block.text)
        assert themes.weak_pairs(themes.read(file)) == []
        return
    paths = Paths.from_env({"HOME": str(tmp_path / "home")})
    root = tmp_path / "project"
    root.mkdir()
    is_ours = "[tool.mycoder" in block.text
    file = root / "pyproject.toml" if is_ours else paths.config_file
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(block.text)
    loaded = load(root, flags={}, env={}, is_trusted=True, paths=paths)
    assert loaded.warnings == ()
    assert loaded.origins, "the block sets nothing"
    assert key_problems(loaded.settings.ui.keys) == []


@pytest.mark.parametrize("block", [b for b in ALL if b.language == "python"], ids=str)
async def test_programs_run(block, tmp_path, monkeypatch):
    if block.mark == "not run":
        compile(block.text, str(block), "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        return
    make_project(tmp_path / "shop")
    for key, value in environment(tmp_path / "home").items():
        monkeypatch.setenv(key, value)
    monkeypatch.chdir(tmp_path / "shop")
    code = compile(block.text, str(block), "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    made = eval(code, {"__name__": "example"})
    if inspect.isawaitable(made):
        await asyncio.wait_for(made, 60)


@pytest.mark.parametrize("block", [b for b in ALL if b.language == "yaml"], ids=str)
def test_jobs_are_yaml(block):
    assert yaml.safe_load(block.text)


def test_every_block_says_what_it_is():
    known = {"console", "sh", "toml", "python", "yaml", "json", "text", "markdown"}
    assert [str(block) for block in ALL if block.language not in known] == []


def test_the_site_has_every_page():
    """mkdocs.yml lists the pages by hand, in the order in which they are read."""
    listed = str(yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))["nav"])
    pages = (page for page in PAGES if page.parent != ROOT)
    assert [name(page) for page in pages if str(page.relative_to(ROOT / "docs")) not in listed] == []
