"""Examples in docstrings: how they are read, what they decide, and that they refuse nothing."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mycoder.repair.candidate import Candidate
from mycoder.repair.engine import repair
from mycoder.repair.outcome import RepairOutcome, RepairRequest
from mycoder.repair.promises import by_promises, promises
from mycoder.repair.source import Source
from mycoder.repair.worker import limits
from mycoder.repair.worker.promised import _agrees, _shown


def _read(text: str) -> list[tuple[str, str]]:
    return [(p.code, p.wanted) for p in promises([Source("m.py", text.encode())])]


def test_sessions_with_several_lines_and_statements_without_an_answer() -> None:
    found = _read(
        'def f(x):\n    """Text.\n\n    >>> y = [\n    ...     1]\n    >>> f(y)\n    [1,\n     2]\n\n    More.\n    """\n'
    )
    assert found == [("y = [\n    1]", ""), ("f(y)", "[1,\n2]")]


def test_a_text_below_the_function_is_read_too() -> None:
    assert _read('def f(x):\n    return x\n\n"""\nExample:\n    >>> f(2)\n    2\n"""\n') == [("f(2)", "2")]


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("area(2, 3) -> 6", "6"),
        ("e.g. area(2, h=3) should return 6.", "6"),
        ("`area([1, 2], ')')` => [1, 'a b'].", "[1, 'a b']"),
        ("area(1, 1) == 1.5 because of it", "1.5"),
        ("area(2, 3) returns None", "None"),
    ],
)
def test_calls_with_an_answer_behind_them(line: str, wanted: str) -> None:
    found = _read(f'def area(w, h):\n    """{line}"""\n')
    assert [w.replace('"', "'") for _, w in found] == [wanted], found


@pytest.mark.parametrize(
    "line",
    [
        "area(w, h) -> 6",
        "other(2, 3) -> 6",
        "area(2, 3) is large",
        ">>> area(2",
        "area(2, 3) -> [6, ...",
        "area(",
    ],
)
def test_what_is_no_example_is_left(line: str) -> None:
    assert _read(f'def area(w, h):\n    """{line}"""\n') == []


@settings(deadline=None, max_examples=150)
@given(st.text(alphabet=">>>. f()[],1\n#=-'\\x", max_size=60))
def test_any_text_is_read_without_an_error(text: str) -> None:
    for code, _ in _read(f"def f(x):\n    {text!r}\n"):
        compile(code, "m.py", "exec")


def _candidate(name: str) -> Candidate:
    return Candidate(0, ((0, 0, name),), 1.0, name, 1)


def test_the_candidate_that_keeps_more_comes_first_and_the_order_stays_otherwise() -> None:
    a, b, c = map(_candidate, "abc")
    kept = by_promises([a, b, c], {0: [True, False], 1: [True, True], 2: [True, True]}, [1, 2])
    assert kept.chosen == [b, c, a]
    assert (kept.broken, kept.is_doubtful) == (0, False)


def test_an_example_that_nobody_keeps_counts_against_nobody() -> None:
    a, b = map(_candidate, "ab")
    kept = by_promises([a, b], {0: [False, True], 1: [False, False]}, [1, 2])
    assert (kept.chosen, kept.is_doubtful) == ([a, b], False)
    assert by_promises([a, b], {0: [False, True], 1: [False, False]}, [1, 1]).is_doubtful


def test_a_candidate_that_could_not_be_asked_keeps_its_place() -> None:
    a, b = map(_candidate, "ab")
    assert by_promises([a, b], {1: [False]}, [1]).chosen == [a, b]
    assert by_promises([a, b], {}, [1]).chosen == [a, b]


@pytest.mark.parametrize(
    ("code", "wanted", "agrees"),
    [
        ("{2: 1, 1: 2}", "{1: 2, 2: 1}", True),
        ("0.1 + 0.2", "0.3", True),
        ("1", "True", False),
        ("print('a  b')", "a b", True),
        ("None", "None", True),
        ("[][0]", "None", False),
        ("[][0]", "Traceback (most recent call last):\nIndexError: list index out of range", True),
        ("[][0]", "Traceback (most recent call last):\nKeyError: 1", False),
        ("while True: pass", "1", False),
    ],
)
def test_an_answer_is_compared_as_a_person_would(armed: None, code: str, wanted: str, agrees: bool) -> None:
    assert _agrees(*_shown(code, {}), wanted) is agrees


@pytest.fixture
def armed() -> Iterator[None]:
    """The handlers of the limits, which otherwise live in children only."""
    kinds = (signal.SIGPROF, signal.SIGVTALRM, signal.SIGALRM)
    before = [signal.getsignal(kind) for kind in kinds]
    limits.arm()
    yield
    limits.stop()
    for kind, handler in zip(kinds, before, strict=True):
        signal.signal(kind, handler)


async def _mended(home: Path, code: str) -> RepairOutcome:
    root = home / "p"
    root.mkdir()
    (root / "double.py").write_text(code)
    (root / "test_double.py").write_text(
        "from double import double\n\n\ndef test_two():\n    assert double(2) == 4\n"
    )
    return await repair(root, RepairRequest(argv=("pytest",), seconds=60, extra=1.0), None, home=home)


async def test_the_patch_that_keeps_the_example_is_chosen(tmp_path: Path) -> None:
    code = 'def double(n):\n    """Twice.\n\n    >>> double(2)\n    4\n    >>> double(5)\n    10\n    """\n    return n + 1\n'
    outcome = await _mended(tmp_path, code)
    assert outcome.best is not None, outcome.why
    space: dict[str, object] = {}
    exec(outcome.best.files["double.py"], space)
    assert space["double"](21) == 42  # type: ignore[operator]
    assert "docstrings" not in outcome.why


async def test_an_example_that_is_wrong_hinders_nothing(tmp_path: Path) -> None:
    code = 'def double(n):\n    """Twice.\n\n    >>> double(5)\n    "ten"\n    """\n    return n + 1\n'
    outcome = await _mended(tmp_path, code)
    assert outcome.status == "fixed", outcome.why
    assert outcome.is_verified
