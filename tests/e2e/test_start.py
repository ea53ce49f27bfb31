"""What the way to the first request costs, in things that can be counted: they are the same on every machine."""

import sys

import pytest

from mycoder.bench.overhead import make_repository, script_of
from mycoder.models.scripted_server import ScriptedServer
from tests.e2e.console import mycoder

MOST_MODULES = 205
"""Of mycoder itself when the first connection is opened; each costs about a quarter of a millisecond. Before raising
this, see whether what is new is needed before the model has answered."""

NEVER = (
    *(
        "textual",
        "rich",
        "typer",
        "click",
        "prompt_toolkit",
        "litellm",
        "git",
        "tree_sitter",
        "yaml",
        "tomlkit",
    ),
    *(
        "sqlite3",
        "shutil",
        "tempfile",
        "hashlib",
        "random",
        "secrets",
        "email",
        "urllib.request",
        "rapidfuzz",
    ),
    *("difflib", "configparser", "tomllib", "json", "shlex", "typing_extensions", "importlib.metadata"),
    *(
        "mycoder.workspace.journal",
        "mycoder.workspace.grep",
        "mycoder.workspace.edit",
        "mycoder.workspace.syntax",
    ),
    *("mycoder.sandbox.levels", "mycoder.sandbox.bubblewrap", "mycoder.testing.integrity", "mycoder.repair"),
    *("mycoder.workflows.agents", "mycoder.workflows.engine", "mycoder.session.agents", "mycoder.ui.tui"),
)
"""Modules that the first request does not need, and what is below them."""

WATCHED = """
import os, sys
place, started = sys.argv.pop(1), []

def hear(name, told):
    if name == "subprocess.Popen":
        started.append(os.fspath(told[1][0]))
    elif name == "socket.connect" and isinstance(told[1], tuple) and not os.path.exists(place):
        with open(place, "w") as file:
            file.write(" ".join(started) + "\\n" + " ".join(sys.modules))

sys.addaudithook(hear)
from mycoder.__main__ import main
sys.exit(main())
"""
"""Tells which programs were started and which modules were loaded when the first connection is opened."""


@pytest.fixture
def place(tmp_path):
    (tmp_path / "project").mkdir()
    make_repository(tmp_path / "project", 30)
    return tmp_path


async def at_first_request(place, name):
    """Programs and modules of one run."""
    async with ScriptedServer(script_of(0)) as server:
        ran = await mycoder(
            place / name,
            *("--task", "Say something.", "--model", "openai/scripted"),
            cwd=place / "project",
            home=place / "home",
            url=server.url,
            command=(sys.executable, "-c", WATCHED),
            PYTHONPATH=":".join(filter(None, sys.path)),
        )
    assert ran.code == 0, ran.err
    programs, modules = (place / name).read_text().split("\n")
    return programs.split(), modules.split()


async def test_what_is_loaded_and_started_before_the_first_request(place):
    programs, modules = await at_first_request(place, "new")
    needless = [name for name in modules if any(f"{name}.".startswith(f"{never}.") for never in NEVER)]
    assert not needless, needless
    own = [name for name in modules if name.partition(".")[0] == "mycoder"]
    assert len(own) <= MOST_MODULES, f"{len(own)}: {' '.join(own)}"
    # status, files and last commits; of a project that is not known yet its address and first commit
    assert programs == ["git"] * 5, programs
    known, _ = await at_first_request(place, "known")
    assert known == ["git"] * 3, known
