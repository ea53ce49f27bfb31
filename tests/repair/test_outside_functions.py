"""Faults outside of functions: constants, class attributes, defaults, decorators, and what judges them."""

import types
from pathlib import Path

import pytest

from mycoder.repair.definitions import definitions
from mycoder.repair.engine import repair
from mycoder.repair.outcome import RepairOutcome, RepairRequest
from mycoder.repair.source import Source
from mycoder.repair.worker.anew import carry_over
from mycoder.testing.localise import Place

LIMITS = '''\
"""Limits."""   # é

MOST = 9
CODES = {"red": 1, "green": 3}


class Box:
    size = 3

    def __init__(self, n=0):
        self.n = n

    def full(self):
        return self.n >= self.size


def too_many(n):
    return n > MOST


def code(name, default=1):
    return CODES.get(name, default)
'''
TESTS = {
    "constant": "assert too_many(11)\n    assert not too_many(10)\n",
    "display": "assert code('red') == 1\n    assert code('green') == 2\n",
    "default": "assert code('red') == 1\n    assert code('blue') == 0\n    assert code('green') == 3\n",
    "class": "assert Box(2).full()\n    assert not Box(1).full()\n    assert not Box().full()\n",
}


async def mended(root: Path, test: str, code: str = LIMITS) -> RepairOutcome:
    root.mkdir()
    (root / "limits.py").write_text(code, encoding="utf-8")
    (root / "test_limits.py").write_text(
        f"from limits import *\n\n\ndef test_it():\n    {test}", encoding="utf-8"
    )
    return await repair(root, RepairRequest(seconds=40, extra=10), None)


@pytest.mark.parametrize(
    ("name", "was", "becomes"),
    [
        ("constant", "MOST = 9", "MOST = 10"),
        ("display", '"green": 3', '"green": 2'),
        ("default", "default=1", "default=0"),
        ("class", "size = 3", "size = 2"),
    ],
)
async def test_a_fault_outside_of_functions_is_mended(
    tmp_path: Path, name: str, was: str, becomes: str
) -> None:
    outcome = await mended(tmp_path / "p", TESTS[name])
    assert outcome.status == "fixed", outcome.why
    assert outcome.best
    assert outcome.best.files["limits.py"].decode() == LIMITS.replace(was, becomes)
    assert (tmp_path / "p" / "limits.py").read_text(encoding="utf-8") == LIMITS


def test_what_others_hold_of_a_module_changes_with_it() -> None:
    old = "TOP = (1, 2)\nNAMES = {'a': 1}\nclass C:\n    x = 1\n    def f(self, n=1): return n + self.x\n"
    old += "def g(n=TOP): return n\n"
    new = old.replace("(1, 2)", "(3,)").replace("'a'", "'b'").replace("x = 1", "x = 5").replace("n=1", "n=2")
    home = vars(types.ModuleType("sample"))
    exec(old, home)
    holder = {"TOP": home["TOP"], "other": (1, 2), "names": home["NAMES"], "C": home["C"], "g": home["g"]}
    instance = home["C"]()
    carry_over(home, compile(new, "sample.py", "exec"), [holder])
    assert (home["TOP"], holder["TOP"], holder["other"]) == ((3,), (3,), (1, 2))
    assert holder["names"] == {"b": 1}
    assert instance.f() == 7
    assert isinstance(instance, holder["C"])
    assert holder["g"]() == (3,)


def test_definitions_that_suspicious_functions_use_are_suspects() -> None:
    files = {
        "a.py": "from b import LIMIT, Base\nMINE = 1\nOTHER = 2\n\ndef f(n, k=3):\n    return n + MINE + LIMIT\n",
        "b.py": "LIMIT = 4\nUNUSED = 5\nclass Base:\n    size = 1\n",
    }
    sources = {path: Source(path, text.encode()) for path, text in files.items()}
    found = definitions([Place("a.py", 6, 6, 1.0, "f")], [], sources.get)
    assert {(p.path, p.line) for p in found} == {("a.py", 2), ("a.py", 5), ("b.py", 1)}


async def test_a_patch_that_the_whole_suite_refuses_is_not_offered(tmp_path: Path) -> None:
    """A strict xfail cannot judge candidates one by one, but fails in the whole suite when it passes."""
    root = tmp_path / "p"
    root.mkdir()
    (root / "pick.py").write_text("def pick(a, b, c):\n    return a\n")
    (root / "test_pick.py").write_text(
        "import pytest\nfrom pick import pick\n\n\ndef test_it():\n    assert pick(1, 2, 2) == 2\n\n\n"
        "@pytest.mark.xfail(strict=True)\ndef test_not_yet():\n    assert pick(7, 9, 8) == 9\n"
    )
    outcome = await repair(root, RepairRequest(seconds=20), None)
    assert outcome.status == "fixed", outcome.why
    assert outcome.best
    assert outcome.best.files["pick.py"] == b"def pick(a, b, c):\n    return c\n"
