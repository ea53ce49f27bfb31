"""Operators and spans: whatever they propose, only the span changes, and most of it is Python."""

import ast
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mycoder.repair.candidate import Candidate
from mycoder.repair.contrast import Contrast
from mycoder.repair.operators.catalog import OPERATORS
from mycoder.repair.ranking import is_special_case
from mycoder.repair.site import Literals
from mycoder.repair.source import Source, UnreadableError
from mycoder.repair.space import Space
from mycoder.repair.vocabulary import Vocabulary
from mycoder.testing.localise import Place

SAMPLE = '''\
"""Módule."""
import math
import re
from dataclasses import dataclass

LIMIT = 10


@dataclass
class Böx:
    w: int = 1

    async def area(self, h: int = 2, *, deep: bool = True) -> int:
        """Docs stay."""
        total, found = 0, []   # ünïcode
        spare = [1]
        for i, x in enumerate([1, 2, 3]):
            if i > LIMIT and not deep or x in found:
                continue
            total += self.w * h ** 2 - (i + 1) % 3
            found.append("ä" + str(x))
        else:
            total = -total
        while total < 5 <= h:
            total = max(total, math.floor(h / 2))
            break
        total = max(spare[h - 1], spare[h - 2])
        h = total + h
        if spare[h] > 1:
            h = 0
        kind = re.sub(r"\\d+(a)", "tottal", str(h)).encode("utf8")
        try:
            y = {k: v for k, v in zip(found, found[1:]) if v}[0]
        except (KeyError, IndexError):
            y = f"{total!r:>3}"
        return sum(v for v in sorted(found, reverse=True)[::-1]) if y else (lambda q: q)(total)

    def __len__(self):
        return


class Shelf(list):
    def __init__(self, things, width=1):
        self.things = things
        self.is_open = False

    def paint(self, colour):
        marks = []
        seen = 0
        for thing in self.things:
            if thing is None:
                continue
            self.hang(seen)
        return marks, self.width, height, seen, self.is_open

    def hang(self, seen, colour=None):
        self.lock.acquire()
        yield seen
'''


def _space(text: str) -> tuple[Source, Space]:
    source = Source("m.py", text.encode("utf-8"))
    places = [
        Place("m.py", n.lineno, n.lineno, 1.0)
        for n in ast.walk(source.tree)
        if isinstance(n, ast.stmt) and source.function_of(n)
    ]
    compared = (Contrast("==", "a tottal", "a total"), Contrast("==", "(1", "(1)"))
    vocabulary = Vocabulary([source.text])
    literals = Literals((7, 2.5), ("yes", "("), vocabulary, compared, ("width", "lock"), ("ValueError",))
    return source, Space([source], places, literals)


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_every_candidate_changes_its_span_only_and_nearly_all_parse(newline: str) -> None:
    source, space = _space(SAMPLE.replace("\n", newline))
    candidates = space.take(20_000)
    assert len(candidates) > 5_000
    used, bad = set(), 0
    for number, candidate in enumerate(candidates):
        used.add(candidate.operator)
        data = source.apply(candidate.edits)
        start, end = min(e[0] for e in candidate.edits), max(e[1] for e in candidate.edits)
        assert data.startswith(source.data[:start])
        assert data.endswith(source.data[end:])
        assert data != source.data, candidate
        if number % 4:
            continue
        try:
            ast.parse(data)
        except SyntaxError:
            bad += 1
    assert bad / (len(candidates) / 4) < 0.03
    missing = {o.name for o in OPERATORS} - used
    assert not missing, f"operators that proposed nothing: {missing}"


def test_candidates_come_in_the_order_of_their_cost() -> None:
    _, space = _space(SAMPLE)
    costs = [c.cost for c in space.take(3_000)]
    assert all(a <= b + 1e-9 for a, b in pairwise(costs))


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="aé漢😀 #'", max_size=12), st.sampled_from(["<", "<=", "==", "not in", "is not"]))
def test_operator_tokens_are_found_behind_any_text(comment: str, word: str) -> None:
    text = f"def f(a, b):\n    s = {comment!r}; return (a) {word} ( b )  # {comment}\n"
    source, space = _space(text)
    for candidate in space.take(400):
        if candidate.operator == "comparison":
            ast.parse(source.apply(candidate.edits))


def test_unreadable_files_are_refused() -> None:
    for data in (b"\xff\xfe", b"def f(:\n", b"x = 1\ry = 2\n", "x = 'é'".encode("latin-1")):
        with pytest.raises(UnreadableError):
            Source("m.py", data)


def test_special_cases_are_told_from_guards() -> None:
    source = Source("m.py", b"def f(x):\n    return x\n")
    at = source.data.index(b"    return")

    def candidate(text: str) -> Candidate:
        return Candidate(0, ((at, at, text),), 1.0, "guard", 2)

    assert is_special_case(source, candidate("    if x == 17:\n        return 42\n"))
    assert not is_special_case(source, candidate("    if x is None:\n        return None\n"))
    assert not is_special_case(source, candidate("    if x == 0:\n        return 1\n"))


CALLED = """\
def check(file, n):
    known = ["a", "b"]
    def is_odd(x): return x % 2
    if n > 0: return file + "x"
    parts = file.split(".")
    if len(parts[0]) == 1:
        return "no"
    a = b = 0
    for c in file:
        if c == "a":
            a += 1
    return a, b
"""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("n > 0:", "n > 0 and is_odd(n):"),
        ("len(parts[0]) == 1:", "len(parts[0]) == 1 or parts[1] not in known:"),
        ("            a += 1\n", "            a += 1\n        else:\n            b += 1\n"),
        ('file + "x"', 'file + "." + "x"'),
        ('return file + "x"', "return file"),
    ],
)
def test_general_candidates_are_among_the_first(old: str, new: str) -> None:
    """A dead store and an uncalled function put to use, a missing else, a separator, and a body on the line of
    its ``if``."""
    source, space = _space(CALLED)
    made = {source.apply(c.edits).decode() for c in space.take(6_000)}
    assert CALLED.replace(old, new) in made


def test_pairs_also_meet_second_edits_that_come_later() -> None:
    _, space = _space("def f(a, b):\n    x = a + 1\n    y = b + 2\n    return x, y\n")
    first = space.take(1)[0]
    space.add_partial(first, 1.0, 0.0)
    taken = [c for _ in range(120) for c in space.take(64)]
    singles = {c.edits[0] for c in taken if len(c.edits) == 1 and c.scale == 1.0}
    paired = {e for c in taken if len(c.edits) == 2 and first.edits[0] in c.edits for e in c.edits}
    apart = {e for e in singles if e[0] >= first.edits[0][1] + 1 or e[1] < first.edits[0][0]}
    assert len(paired & apart) > 0.8 * len(apart)


def test_what_nobody_would_write_comes_late() -> None:
    source, space = _space("def f(a):\n    return a[a + 1:]\n")
    made = [source.apply(c.edits).decode() for c in space.take(200)]
    assert made.index("def f(a):\n    return a[a:]\n") < made.index("def f(a):\n    return a[a + 0:]\n")
