"""Statements that the rest of a function, its class or what a test expected gives a reason for."""

import ast

import pytest

from mycoder.repair.members import constant_marks, unfilled
from mycoder.repair.operators.early_exit import EarlyExit
from mycoder.repair.operators.emission import Emission
from mycoder.repair.operators.filling import Filling
from mycoder.repair.operators.method_above import MethodAbove
from mycoder.repair.operators.yielding import Yielding
from tests.repair.operators.proposed import proposed

JOIN = """\
def listed(items):
    out = "["
    for item in items:
        out += str(item)
    return out
"""


def _with(text: str, before: str, new: str) -> str:
    at = text.index(before)
    return text[:at] + new + text[at:]


@pytest.mark.parametrize(
    ("actual", "expected", "before", "new"),
    [
        ("[12", "[12]", "    return out", '    out += "]"\n'),
        ("[12", "[1,2,", "    return out", '        out += ","\n'),
    ],
)
def test_a_piece_that_the_output_misses_is_given_out(
    actual: str, expected: str, before: str, new: str
) -> None:
    assert _with(JOIN, before, new) in proposed(Emission(), JOIN, ("==", actual, expected))


@pytest.mark.parametrize(
    ("way", "new"),
    [
        ("found.append(str(item))", 'found.append("</li>")'),
        ("self.file.write(str(item))", 'self.file.write("</li>")'),
        ("yield str(item)", 'yield "</li>"'),
    ],
)
def test_it_is_given_out_as_the_other_pieces_are(way: str, new: str) -> None:
    text = f"END = '</li>'\ndef f(self, items, found):\n    for item in items:\n        {way}\n"
    made = proposed(Emission(), text, ("==", "<li>1", "<li>1</li>"))
    assert f"{text}        {new}\n" in made


def test_words_that_only_the_test_knows_are_not_given_out() -> None:
    assert not proposed(Emission(), JOIN, ("==", "[12", "[12secret"))
    assert not proposed(Emission(), JOIN, ("==", "[12]", "[12]"))
    assert not proposed(Emission(), JOIN)


def test_a_block_may_leave_at_its_end() -> None:
    text = (
        "def f(things):\n"
        "    for thing in things:\n"
        "        if thing is None:\n"
        "            print(thing)\n"
        "        print(1)\n"
    )
    made = proposed(EarlyExit(), text)
    for word in ("continue", "break", "return"):
        assert _with(text, "        print(1)", f"            {word}\n") in made
    assert text + "        continue\n" not in made  # that would change nothing


def test_what_is_given_back_early_is_what_is_given_back_elsewhere() -> None:
    text = "def f(x):\n    if x:\n        print(x)\n    y = 1\n    return y\n"
    assert set(proposed(EarlyExit(), text)) == {_with(text, "    y = 1", "        return y\n")}


def test_a_list_is_filled_with_an_expression_of_the_function() -> None:
    text = "def f(rows):\n    found = []\n    for i in rows:\n        print(rows[i])\n    return found\n"
    assert _with(text, "    return", "        found.append(rows[i])\n") in proposed(Filling(), text)


def test_a_collection_of_the_object_that_nothing_fills() -> None:
    text = (
        "class Shop:\n"
        "    def __init__(self):\n"
        "        self.names = []\n"
        "        self.prices = {}\n"
        "        self.seen = set()\n"
        "        self.full = []\n"
        "    def add(self, name, price):\n"
        "        self.full.append(name)\n"
    )
    made = proposed(Filling(), text)
    assert text + "        self.names.append(name)\n" in made
    assert text + "        self.prices[name] = price\n" in made
    assert text + "        self.seen.add(name)\n" in made
    assert text + "        self.full.append(price)\n" not in made
    assert unfilled(ast.parse(text)) == [("names", "list"), ("prices", "dict"), ("seen", "set")]


def test_marks_that_only_ever_have_one_value() -> None:
    text = (
        "a.open = True\nb.open = True\nc.both = True\nc.both = False\nd.any = True\nd.any = f()\ne.idle = False\n"
        "a.unread = True\nfor z.loop in x: pass\nz.loop = True\n"
        "print(a.open, c.both, d.any, e.idle, z.loop)\n"
    )
    assert constant_marks(ast.parse(text)) == [("open", True), ("idle", False)]


def test_what_a_method_uses_itself_need_not_go_to_the_one_above() -> None:
    text = "class A(B):\n    def __init__(self, label, size, **more):\n        self.size = size\n"
    made = proposed(MethodAbove(), text)
    assert text + "        super().__init__(label, **more)\n" in made
    assert text + "        super().__init__(label, size, **more)\n" in made


def test_a_generator_gives_out_what_nothing_uses() -> None:
    text = "def f(rows):\n    for row in rows:\n        yield row\n    tail = len(rows)\n"
    made = proposed(Yielding(), text)
    wanted = text + "    yield tail\n"
    assert made[wanted] == min(cost for after, cost in made.items() if after.startswith(text))
    assert not proposed(Yielding(), text.replace("yield row", "print(row)"))
