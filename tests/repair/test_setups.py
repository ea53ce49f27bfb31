"""Projects that are set up in other ways than one package beside its tests."""

import sys
from pathlib import Path

import pytest

from mycoder.repair.asked import as_collected, behind
from mycoder.repair.engine import repair
from mycoder.repair.interpreter import UnsuitedError, find
from mycoder.repair.locate import locate
from mycoder.repair.outcome import RepairOutcome, RepairRequest
from mycoder.repair.tree import copy_tree
from mycoder.testing.command import TestCommand
from mycoder.testing.detect import detect
from tests.testing.projects import write

BUG = "def total(items):\n    sum_ = 0\n    for item in items:\n        sum_ -= item\n    return sum_\n"
MENDED = BUG.replace("-=", "+=").encode()
TEST = "from {module} import total\n\n\ndef test_two():\n    assert total([1, 2]) == 3\n"
UNIT = """\
import unittest

from {module} import total


class TotalTest(unittest.TestCase):
    def test_two(self):
        self.assertEqual(total([1, 2]), 3)

    def test_known(self):
        self.assertEqual(total([]), 7)
"""


async def _mend(root: Path, request: RepairRequest) -> RepairOutcome:
    return await repair(root, request, None)


def _patch(outcome: RepairOutcome) -> dict[str, bytes]:
    assert outcome.best is not None, outcome.why
    return dict(outcome.best.files)


async def test_src_layout_that_is_not_installed_is_found_as_the_command_finds_it(tmp_path: Path) -> None:
    root = write(tmp_path, {"src/pk/__init__.py": BUG, "tests/test_pk.py": TEST.format(module="pk")})
    command = detect(root, "", {"PATH": "/nonexistent"})
    assert command is not None
    request = behind(RepairRequest(seconds=60), command, root)
    assert _patch(await _mend(root, request)) == {"src/pk/__init__.py": MENDED}


async def test_unittest_names_are_understood(tmp_path: Path) -> None:
    files = {"pk.py": BUG, "tests/__init__.py": "", "tests/testtotal.py": UNIT.format(module="pk")}
    root = write(tmp_path, files)
    command = detect(root, "", {"PATH": "/nonexistent"})
    assert command is not None
    assert command.runner == "unittest"
    name = "tests.testtotal.TotalTest.test_"
    request = RepairRequest(seconds=60, failing=(f"{name}two",), red=(f"{name}known",))
    outcome = await _mend(root, behind(request, command, root))
    assert _patch(outcome) == {"pk.py": MENDED}
    assert (outcome.after.passed, outcome.after.failed) == (1, 1)


async def test_a_command_in_a_folder_below_with_settings_of_its_own(tmp_path: Path) -> None:
    root = write(
        tmp_path,
        {
            "packages/a/pytest.ini": "[pytest]\n",
            "packages/a/pk.py": BUG,
            "packages/a/tests/test_pk.py": TEST.format(module="pk"),
            "other.py": "",
        },
    )
    argv = (sys.executable, "-m", "pytest")
    command = TestCommand(runner="pytest", argv=argv, cwd=root / "packages/a", text="", why="")
    request = behind(RepairRequest(seconds=60, failing=("tests/test_pk.py::test_two",)), command, root)
    outcome = await _mend(root, request)
    assert _patch(outcome) == {"packages/a/pk.py": MENDED}
    assert outcome.before.failing == ("packages/a/tests/test_pk.py::test_two",)


async def test_options_that_leave_no_room_for_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The import mode must survive: the two test files of one name cannot be collected otherwise."""
    monkeypatch.delenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD")
    options = "--import-mode=importlib --strict-config -p no:cacheprovider -p no:xdist -p no:timeout"
    test = TEST.format(module="pk")
    root = write(
        tmp_path,
        {
            "pytest.ini": f"[pytest]\naddopts = {options}\npythonpath = .\nfilterwarnings = error\n",
            "pk.py": BUG,
            "a/test_pk.py": test,
            "b/test_pk.py": test,
        },
    )
    outcome = await _mend(root, RepairRequest(seconds=60))
    assert _patch(outcome) == {"pk.py": MENDED}
    assert outcome.after.passed == 2


INPUT = """

def test_input():
    with pytest.raises(OSError):
        input()


def test_interrupt():
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
"""


async def test_stdin_and_signals_are_as_under_pytest_and_checkers_make_no_test_files(tmp_path: Path) -> None:
    conftest = (
        "import pytest\n\n\nclass Style(pytest.Item):\n    def runtest(self):\n        pass\n\n\n"
        "class Checked(pytest.File):\n    def collect(self):\n"
        "        return [Style.from_parent(self, name='style')]\n\n\n"
        "def pytest_collect_file(file_path, parent):\n    if file_path.name == 'pk.py':\n"
        "        return Checked.from_parent(parent, path=file_path)\n"
    )
    test = "import signal\n\nimport pytest\n" + TEST.format(module="pk") + INPUT
    root = write(tmp_path, {"conftest.py": conftest, "pk.py": BUG, "test_pk.py": test})
    outcome = await _mend(root, RepairRequest(seconds=60))
    assert _patch(outcome) == {"pk.py": MENDED}
    assert outcome.before.failing == ("test_pk.py::test_two",)
    assert outcome.after.passed == 4


async def test_an_installed_copy_is_told_from_the_tree(tmp_path: Path) -> None:
    site = write(tmp_path / "v/lib/python3/site-packages", {"pk/__init__.py": BUG})
    root = write(tmp_path / "p", {"src/pk/__init__.py": BUG, "test_pk.py": TEST.format(module="pk")})
    outcome = await _mend(root, RepairRequest(seconds=60, env=(("PYTHONPATH", str(site)),)))
    assert outcome.status == "unsuited"
    assert f"the tests import pk from {site}/pk: that is an installed copy" in outcome.why
    assert "-m pip install -e .`" in outcome.why


def test_a_package_called_env_is_copied_and_an_environment_is_not(tmp_path: Path) -> None:
    root = write(
        tmp_path / "p",
        {"pk/env/__init__.py": "", "venv/pyvenv.cfg": "", "env/bin/activate": "", "env/x.py": ""},
    )
    copy_tree(root, tmp_path / "copy")
    assert [p.relative_to(tmp_path / "copy").as_posix() for p in (tmp_path / "copy").rglob("*.py")] == [
        "pk/env/__init__.py"
    ]


def test_names_of_tests_as_runners_tell_them() -> None:
    ids = ["a/tests/test_x.py::T::test_y", "a/tests/test_x.py::test_p[b::c/d]", "tests/test_x.py::test_z"]
    found = as_collected(
        ["tests/test_x.py::T::test_y", "tests.test_x.T.test_y", "tests/test_x.py::test_p[b::c/d]", "gone"],
        ids,
        "a",
    )
    assert found == (ids[0], ids[0], ids[1], "gone")
    assert as_collected(["tests/test_x.py::test_z"], ids, "") == (ids[2],)


async def test_djangos_own_runner_is_told_from_other_languages(tmp_path: Path) -> None:
    with pytest.raises(UnsuitedError, match="Install pytest and pytest-django"):
        await find(tmp_path, (sys.executable, "manage.py", "test"))


OLD = "import warnings\n\n\ndef old(x):\n    if x >= 0:\n        warnings.warn('negative', DeprecationWarning)\n    return x\n"
OLD_TEST = "from m import old\n\n\ndef test_above():\n    assert old(5) == 5\n\n\ndef test_zero():\n    assert old(0) == 0\n"
KEPT = "\n\ndef test_kept():\n    assert [old(x) for x in range(0, 5000, 7)] == list(range(0, 5000, 7))\n"


async def test_a_warning_that_the_settings_make_an_error_judges(tmp_path: Path) -> None:
    files = {
        "pytest.ini": "[pytest]\nfilterwarnings =\n    error\n    ignore::ImportWarning\n",
        "m.py": OLD,
        "test_m.py": OLD_TEST + KEPT,
    }
    outcome = await _mend(write(tmp_path, files), RepairRequest(seconds=60))
    assert _patch(outcome) == {"m.py": OLD.replace("x >= 0", "x < 0").encode()}
    assert outcome.before.failed == 3


async def test_a_warning_that_a_mark_makes_an_error_judges(tmp_path: Path) -> None:
    test = (
        "import pytest\n"
        + OLD_TEST.replace("def test", "@pytest.mark.filterwarnings('error')\ndef test")
        + KEPT.replace("def test", "@pytest.mark.filterwarnings('error')\ndef test")
    )
    outcome = await _mend(write(tmp_path, {"m.py": OLD, "test_m.py": test}), RepairRequest(seconds=60))
    assert _patch(outcome) == {"m.py": OLD.replace("x >= 0", "x < 0").encode()}


async def test_hooks_of_the_project_around_each_test_are_called(tmp_path: Path) -> None:
    """Without them no test would find the items."""
    conftest = (
        "import shop\n\n\ndef pytest_runtest_setup(item):\n    shop.ITEMS[:] = [1, 2]\n\n\n"
        "def pytest_runtest_teardown(item):\n    shop.ITEMS.clear()\n"
    )
    shop = "ITEMS = []\n\n\ndef total():\n    sum_ = 0\n    for item in ITEMS:\n        sum_ -= item\n    return sum_\n"
    test = "import shop\n\n\ndef test_total():\n    assert shop.total() == 3\n\n\ndef test_count():\n    assert len(shop.ITEMS) == 2\n"
    root = write(tmp_path, {"conftest.py": conftest, "shop.py": shop, "test_shop.py": test})
    outcome = await _mend(root, RepairRequest(seconds=60))
    assert _patch(outcome) == {"shop.py": shop.replace("-=", "+=").encode()}


async def test_properties_are_not_given_up_for_what_hypothesis_makes_at_first(tmp_path: Path) -> None:
    """Its tables take longer than a test of a small suite may, and the sleep longer than its deadline."""
    test = """\
import time

from hypothesis import given, settings
from hypothesis import strategies as st

from m import glue


@settings(max_examples=3, deadline=10)
@given(st.text(max_size=3))
def test_slow(text):
    time.sleep(0.02)
    assert glue(text, "") == text


@given(st.text(), st.text())
def test_glue(left, right):
    assert glue(left, right) == left + right
"""
    files = {"m.py": "def glue(left, right):\n    return right + left\n", "test_m.py": test}
    outcome = await _mend(write(tmp_path, files), RepairRequest(seconds=90))
    assert _patch(outcome) == {"m.py": b"def glue(left, right):\n    return left + right\n"}
    assert outcome.before.failing == ("test_m.py::test_glue",)
    assert outcome.after.failed == 0


async def test_a_tree_that_cannot_be_copied_is_no_crash(tmp_path: Path) -> None:
    """Its paths are as long as the system takes them, and those of the copy longer."""
    root = write(tmp_path / "p", {"pk.py": BUG, "test_pk.py": TEST.format(module="pk")})
    deep = root
    while len(str(deep)) < 3800:
        deep = deep / ("d" * 200)
    deep.mkdir(parents=True)
    home = tmp_path / ("h" * 250) / ("h" * 250)
    home.mkdir(parents=True)
    outcome = await repair(root, RepairRequest(seconds=20), None, home=home)
    assert outcome.status == "unsuited"
    assert "the private copy of the project cannot be made" in outcome.why
    assert list(home.iterdir()) == []
    located = await locate(root, RepairRequest(seconds=20), None, home=home)
    assert "too long" in located.problem


async def test_tests_that_never_end_are_called_so(tmp_path: Path) -> None:
    test = "import time\n\n\ndef test_wait():\n    while True:\n        time.sleep(0.01)\n"
    outcome = await _mend(write(tmp_path, {"test_m.py": test}), RepairRequest(seconds=30))
    assert outcome.status == "unsuited"
    assert "1 of the failing tests neither passed nor failed in the time" in outcome.why
