"""A repository with tests in two folders and none at its root, through the console script."""

import json
import subprocess

import pytest

from mycoder.models.scripted_server import ScriptedServer
from tests.e2e.console import call, mycoder, say, task

pytestmark = pytest.mark.e2e

GOOD = "def add(a, b):\n    return a + b\n"
BUG = "def total(prices):\n    result = 0\n    for price in prices:\n        result -= price\n    return result\n"
FILES = {
    "services/api/calc.py": GOOD,
    "services/api/test_calc.py": "from calc import add\n\n\ndef test_add():\n    assert add(1, 2) == 3\n",
    "services/web/cart.py": BUG,
    "services/web/test_cart.py": "from cart import total\n\n\ndef test_total():\n    assert total([1, 2]) == 3\n\n\n"
    "def test_none():\n    assert total([]) == 0\n\n\ndef test_one():\n    assert total([4]) == 4\n",
}
RED = {"services/web/test_cart.py::test_total", "services/web/test_cart.py::test_one"}


def project(root):
    for name, text in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    subprocess.run(["git", "init", "-q", root], check=True)
    return root


async def test_both_folders_are_seen_and_the_second_is_mended(tmp_path):
    root, home = project(tmp_path / "project"), tmp_path / "home"
    ran = await mycoder("test", "--json", cwd=root, home=home)
    told = json.loads(ran.out)
    assert ran.code == 6
    assert (told["passed"], told["failed"], told["problem"]) == (2, 2, "")
    assert {name for name, outcome in told["cases"].items() if outcome == "failed"} == RED
    assert told["command"].endswith(" in services/api and services/web")

    # From within the first folder too, whose own tests are all green.
    ran = await mycoder("test", cwd=root / "services/api", home=home)
    assert ran.code == 6
    assert "services/web/test_cart.py::test_total" in ran.out
    ran = await mycoder("test", "services/api/test_calc.py", cwd=root, home=home)
    assert (ran.code, "1 passed" in ran.out) == (0, True)

    ran = await mycoder("doctor", cwd=root, home=home)
    assert "-m pytest in services/api (" in ran.out
    assert "-m pytest in services/web (" in ran.out

    ran = await mycoder("--engine", "repair", "--task", "make the failing tests pass", cwd=root, home=home)
    assert ran.code == 0, ran.out + ran.err
    assert "result += price" in (root / "services/web/cart.py").read_text()
    assert (root / "services/api/calc.py").read_text() == GOOD
    ran = await mycoder("test", cwd=root, home=home)
    assert (ran.code, "4 passed" in ran.out) == (0, True)


async def test_a_model_that_mends_or_empties_one_folder_is_not_done_with_the_other(tmp_path):
    root, home = project(tmp_path / "project"), tmp_path / "home"
    lie = say("Fixed, all tests pass.", repeat=9)
    edit = call(("edit", {"path": "services/api/calc.py", "old": "a + b", "new": "b + a"}))
    async with ScriptedServer((edit, lie)) as server:
        ran = await task("tidy up", server=server, cwd=root, home=home)
    assert ran.code == 6, ran.err + ran.out[-1500:]
    assert set(ran.report["failing"]) == RED
    assert not ran.report.get("verified", False)

    async with ScriptedServer((call(("shell", {"command": "rm services/web/test_cart.py"})), lie)) as server:
        ran = await task("make the failing tests pass", server=server, cwd=root, home=home)
    assert ran.code != 0, ran.out[-1500:]
    assert not ran.report.get("verified", False)
