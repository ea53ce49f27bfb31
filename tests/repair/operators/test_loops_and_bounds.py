"""Operators for what people forget: parentheses, bounds, old values, the state of loops, a neighbour in a table."""

import ast

import pytest

from mycoder.repair.operators.bounds import Bounds
from mycoder.repair.operators.early_exit import EarlyExit
from mycoder.repair.operators.grouping import Grouping
from mycoder.repair.operators.loop_state import LoopState
from mycoder.repair.operators.neighbour import Neighbour
from mycoder.repair.operators.operator import Operator
from mycoder.repair.operators.otherwise import Otherwise
from mycoder.repair.operators.parallel import Parallel
from mycoder.repair.operators.slices import Slices
from mycoder.repair.operators.unused import Unused
from tests.repair.operators.proposed import proposed


def _same(one: str, other: str) -> bool:
    return ast.dump(ast.parse(one)) == ast.dump(ast.parse(other))


@pytest.mark.parametrize(
    ("operator", "before", "after"),
    [
        (
            Grouping(),
            "def f(a, b):\n    return a / 2 * b - 1\n",
            "def f(a, b):\n    return a / (2 * b - 1)\n",
        ),
        (Grouping(), "def f(a, b):\n    return a + '-' + b\n", "def f(a, b):\n    return b + '-' + a\n"),
        (
            Grouping(),
            'def f(d, m):\n    return f"{m}-{d:02}"\n',
            'def f(d, m):\n    return f"{d}-{m:02}"\n',
        ),
        (
            Bounds(),
            "def f(a, i):\n    while a[i + 1] > a[i]:\n        i += 1\n",
            "def f(a, i):\n    while i + 1 < len(a) and a[i + 1] > a[i]:\n        i += 1\n",
        ),
        (
            Bounds(),
            "def f(n, d):\n    if n % d != 0:\n        return 1\n",
            "def f(n, d):\n    if d == 0 or n % d != 0:\n        return 1\n",
        ),
        (
            Bounds(),
            "def f(s, c):\n    return s[-1] == c\n",
            "def f(s, c):\n    return s and s[-1] == c\n",
        ),
        (
            Parallel(),
            "def f(a, b):\n    a = min(a, b)\n    b = max(a, b)\n    return a, b\n",
            "def f(a, b):\n    a, b = min(a, b), max(a, b)\n    return a, b\n",
        ),
        (
            LoopState(),
            "def f(t):\n    n = 0\n    for r in t:\n        for x in r:\n            n += x\n        print(n)\n",
            "def f(t):\n    n = 0\n    for r in t:\n        n = 0\n        for x in r:\n            n += x\n"
            "        print(n)\n",
        ),
        (
            LoopState(),
            "def f(n):\n    m = n\n    while m > 0:\n        m //= 2\n    while m > 0:\n        m //= 3\n",
            "def f(n):\n    m = n\n    while m > 0:\n        m //= 2\n    m = n\n    while m > 0:\n        m //= 3\n",
        ),
        (
            LoopState(),
            "def f(t, out):\n    now = []\n    for x in t:\n        if x:\n            out.append(now)\n"
            "            now = []\n        now.append(x)\n    return out\n",
            "def f(t, out):\n    now = []\n    for x in t:\n        if x:\n            out.append(now)\n"
            "            now = []\n        now.append(x)\n    if now:\n        out.append(now)\n    return out\n",
        ),
        (
            LoopState(),
            "def f(t):\n    a = b = 0\n    for x in t:\n        a += x\n        if a > b:\n            b = a\n",
            "def f(t):\n    a = b = 0\n    for x in t:\n        a += x\n        if a > b:\n            b = a\n"
            "    if a > b:\n        b = a\n",
        ),
        (
            EarlyExit(),
            "def f(t):\n    for x in t:\n        if x:\n            print(x)\n",
            "def f(t):\n    for x in t:\n        if x:\n            print(x)\n            break\n",
        ),
        (
            Neighbour(),
            "def f(t, i, j):\n    return min(t[i - 1][j], t[i][j - 1])\n",
            "def f(t, i, j):\n    return min(t[i - 1][j], t[i][j - 1], t[i - 1][j - 1])\n",
        ),
        (
            Neighbour(),
            "def f(t, n):\n    return t[n - 1] + t[n - 2]\n",
            "def f(t, n):\n    return t[n - 1] + t[n - 2] + t[n - 3]\n",
        ),
        (Slices(), "def f(w):\n    return w.upper()\n", "def f(w):\n    return w[0].upper()\n"),
        (Slices(), "def f(s):\n    top = s[-1]\n", "def f(s):\n    top = s.pop()\n"),
        (Slices(), "def f(s):\n    top = s.pop(0)\n", "def f(s):\n    top = s[0]\n"),
        (Slices(), "def f(t, i, j):\n    return t[i][j]\n", "def f(t, i, j):\n    return t[j][i]\n"),
        (
            Otherwise(),
            "def f(c, a, b):\n    if c:\n        a += c\n    b += c\n    return a\n",
            "def f(c, a, b):\n    if c:\n        a += c\n    else:\n        b += c\n    return a\n",
        ),
        (
            Unused(),
            "def f(p, q, r):\n    return p + q\n",
            "def f(p, q, r):\n    return p + q - r\n",
        ),
    ],
)
def test_what_was_forgotten_is_proposed(operator: Operator, before: str, after: str) -> None:
    assert any(_same(text, after) for text in proposed(operator, before))


def test_assignments_that_do_not_need_each_other_stay_apart() -> None:
    assert not proposed(Parallel(), "def f(a):\n    b = a + 1\n    c = a + 2\n    return b, c\n")


def test_a_comment_between_assignments_is_not_lost() -> None:
    assert not proposed(Parallel(), "def f(a, b):\n    a = b  # first\n    b = a\n    return a, b\n")


def test_a_cell_like_the_others_comes_before_stranger_ones() -> None:
    text = "def f(t, i, j, k):\n    return max(t[i - 1][j][k], t[i][j - 1][k])\n"
    first = min(proposed(Neighbour(), text).items(), key=lambda pair: pair[1])[0]
    assert "t[i][j][k - 1]" in first


def test_what_is_left_is_handed_in_only_where_there_is_some_at_first() -> None:
    text = "def f(t, out):\n    now = []\n    for x in t:\n        out.append(now)\n    return out\n"
    found = {
        text: cost for text, cost in proposed(LoopState(), text).items() if text.count("out.append") == 2
    }
    guarded = min(cost for text, cost in found.items() if "if now:" in text)
    assert guarded < min(cost for text, cost in found.items() if "if " not in text)


def test_a_decision_of_one_line_after_a_colon_is_left_alone() -> None:
    text = "def f(t):\n    for x in t: print(x)\n    while t: t.pop()\n"
    for after in proposed(LoopState(), text):
        ast.parse(after)
