"""What failing assertions compare is told in whole, without ending the test."""

import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest

from mycoder.repair.worker.compared import LONGEST, Compared
from mycoder.repair.worker.items import FAILED, PASSED, Outcome

HEAD = "import unittest\nimport pytest\n\n\nclass Odd:\n    def __eq__(self, other):\n        return self\n"
HEAD += "    def __bool__(self):\n        raise ValueError('which?')\n\n\n"


class _Runner:
    def __init__(self, function: Any) -> None:
        self.run = function


def _timed(runner: Any, seconds: float) -> tuple[Outcome, float]:
    try:
        runner.run()
    except Exception as error:
        return Outcome(FAILED, error), 0.0
    return Outcome(PASSED), 0.0


def _compared(folder: Path, body: str) -> list[list[str]]:
    path = folder / "test_sample.py"
    path.write_text(HEAD + body, encoding="utf-8")
    spec = importlib.util.spec_from_file_location("test_sample_of_compared", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    try:
        spec.loader.exec_module(module)
        old = module.test.__code__
        pairs = Compared({str(path)}).of([_Runner(module.test)], _timed, 1.0)
        assert module.test.__code__ is old, "the test is as it was"
    finally:
        del sys.modules[spec.name]
    return pairs


@pytest.mark.parametrize(
    ("body", "pairs"),
    [
        ("def test():\n    assert 'ab' == 'ac'\n    assert 'x' == 'y'\n", [["==", "ab", "ac"], ["==", "x", "y"]]),
        ("def test():\n    assert b'\\xff' == b'a'\n", [["==", "\xff", "a"]]),
        ("def test():\n    assert 'a' in 'bcd'\n", [["in", "bcd", "a"]]),
        ("def test():\n    assert 'abc' in ['abd']\n", [["==", "abd", "abc"]]),
        ("def test():\n    assert 'hello you'.startswith('help')\n", [["in", "hello yo", "help"]]),
        ("def test():\n    assert {'a': ['x', 'y'], 'b': 1} == {'a': ['x', 'z'], 'b': 1}\n", [["==", "y", "z"]]),
        ("def test():\n    assert {'nmae': 1} == {'name': 1}\n", [["==", "nmae", "name"]]),
        ("def test():\n    assert ['a', 'b', 'c'] == ['a', 'd', 'c']\n", [["==", "b", "d"]]),
        ("def test():\n    assert len('ab') == 3\n    assert 1 == 1 and 'a' == 'a'\n", []),
        ("def test():\n    assert Odd() == 'a'\n", []),
        ("class T(unittest.TestCase):\n    def t(self):\n        self.assertEqual('ab', 'ac')\n"
         "        self.assertIn('q', 'rs')\n        self.assertNotEqual('a', 'a')\n"
         "        self.assertRegex('abc', r'^b')\n"
         "def test():\n    T('t').t()\n",
         [["==", "ab", "ac"], ["in", "rs", "q"], ["re", "abc", "^b"]]),
        ("def test():\n    with pytest.raises(ValueError, match='name'):\n        raise ValueError('nmae')\n",
         [["re", "nmae", "name"]]),
        ("def f():\n    raise ValueError('nmae')\nclass T(unittest.TestCase):\n    def t(self):\n"
         "        with self.assertRaisesRegex(ValueError, 'name'):\n            f()\n"
         "def test():\n    T('t').t()\n",
         [["re", "nmae", "name"]]),
    ],
)  # fmt: skip
def test_pairs(tmp_path: Path, body: str, pairs: list[list[str]]) -> None:
    assert _compared(tmp_path, body) == pairs


def test_long_texts_begin_a_little_before_the_difference(tmp_path: Path) -> None:
    body = "def test():\n    assert 'a' * 50_000 + 'x' + 'b' * 50_000 == 'a' * 50_000 + 'y' + 'b' * 50_000\n"
    ((kind, actual, expected),) = _compared(tmp_path, body)
    assert (kind, len(actual), len(expected)) == ("==", LONGEST, LONGEST)
    assert actual.replace("x", "y") == expected


def test_endless_comparisons_are_bounded(tmp_path: Path) -> None:
    body = "def test():\n    for n in range(1000):\n        assert str(n) == 'x' * n\n"
    assert len(_compared(tmp_path, body)) <= 60


def test_values_that_cannot_be_shown_are_left_out(tmp_path: Path) -> None:
    body = "class Bad:\n    def __repr__(self):\n        raise RuntimeError\n"
    body += "def test():\n    assert Bad() == Bad()\n    assert 'a' == 'b'\n"
    assert _compared(tmp_path, body) == [["==", "a", "b"]]
