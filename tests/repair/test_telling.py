"""What a failing assertion tells, and what that says of the statements."""

import ast
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mycoder.repair.candidate import Candidate
from mycoder.repair.locate import locate
from mycoder.repair.outcome import RepairRequest
from mycoder.repair.site import Literals
from mycoder.repair.source import Source
from mycoder.repair.space import IDLE_AFTER, IDLE_COST, Space
from mycoder.repair.worker.telling import Telling, told
from mycoder.testing.localise import Place


def _error_of(body: str, **names: Any) -> BaseException:
    tree = Telling().visit(ast.parse(f"def test(x, y):\n    {body}\n"))
    space: dict[str, Any] = {}
    exec(compile(tree, "t.py", "exec"), space)
    try:
        space["test"](**names)
    except AssertionError as error:
        return error
    pytest.fail("the assertion held")


@pytest.mark.parametrize(
    ("body", "args"),
    [
        ("assert x == y", ((1, 2),)),
        ("assert x == 3", ((1,),)),
        ("assert 3 == x", ((1,),)),
        ("assert not y", ((2,),)),
        ("assert x is y", ((1, 2),)),
        ("assert x > 5 and y", ()),
        ("assert x > 5, 'own words'", ("own words",)),
        ("assert isinstance(x, str)", ((False,),)),
    ],
)
def test_a_failing_assertion_tells_its_operands(body: str, args: tuple[Any, ...]) -> None:
    assert _error_of(body, x=1, y=2).args == args


def test_what_holds_stays_as_it_was_and_classes_get_no_attributes() -> None:
    text = "class T:\n    assert 1 + 1 == 2\n    def test(self):\n        assert len('ab') == 2\n        return locals()\n"
    space: dict[str, Any] = {}
    exec(compile(Telling().visit(ast.parse(text)), "t.py", "exec"), space)
    assert [n for n in vars(space["T"]) if "mycoder" in n] == []
    assert space["T"]().test()


@given(st.text())
def test_any_text_is_told_the_same_way_twice(text: str) -> None:
    assert told(ValueError(text)) == told(ValueError(text))


def test_addresses_do_not_count_and_silence_is_no_word() -> None:
    assert told(ValueError("at 0x7f12aa5500")) == told(ValueError("at 0x7e00000001"))
    assert told(ValueError("1")) != told(ValueError("2"))
    assert told(ValueError()) is None
    assert told(None) is None

    class Broken:
        def __repr__(self) -> str:
            raise RuntimeError

    assert told(ValueError(Broken())) is None


TEXT = "def f(a, b):\n    c = a + 1\n    d = b + 2\n    return c, d\n"


def test_edits_of_a_statement_that_changes_nothing_come_later_and_are_not_lost() -> None:
    def run(idle: bool) -> list[Candidate]:
        source = Source("m.py", TEXT.encode())
        space = Space([source], [Place("m.py", line, line, 1.0) for line in (2, 3, 4)], Literals())
        found: list[Candidate] = []
        while taken := space.take(20):
            for one in taken:
                if len(one.edits) == 1:
                    found.append(one)
                    if idle:
                        space.heed(one, moves=one.line != 2)
            if len(found) > 4_000 or len(taken[0].edits) > 1:
                break
        return found

    plain, later = run(idle=False), run(idle=True)

    def place(found: list[Candidate]) -> float:
        numbers = [n for n, c in enumerate(found) if c.line == 2]
        return sum(numbers) / len(numbers)

    assert place(later) > place(plain)
    assert sum(c.line == 2 for c in later[: 3 * IDLE_AFTER]) <= sum(
        c.line == 2 for c in plain[: 3 * IDLE_AFTER]
    )
    wanted = {c.edits for c in plain if c.line == 2 and c.cost < 2.5}
    assert wanted <= {c.edits for c in later}
    assert IDLE_COST > 0


def test_one_edit_that_changes_something_clears_the_statement() -> None:
    source = Source("m.py", TEXT.encode())
    space = Space([source], [Place("m.py", 2, 2, 1.0)], Literals())
    candidates = space.take(IDLE_AFTER + 2)
    for candidate in candidates[:IDLE_AFTER]:
        space.heed(candidate, moves=False)
    assert space.is_idle(0, 2)
    space.heed(candidates[-1], moves=True)
    assert not space.is_idle(0, 2)
    for candidate in candidates:
        space.heed(candidate, moves=False)
    assert not space.is_idle(0, 2)


async def test_what_the_failing_test_does_not_look_at_is_ranked_low(tmp_path: Path) -> None:
    noise = "".join(f"    n{i} = n + {i} * 2\n    log.append(n{i})\n" for i in range(12))
    (tmp_path / "m.py").write_text(f"def f(n, log):\n{noise}    found = n * 3\n    return found - 1\n")
    (tmp_path / "test_m.py").write_text(
        "from m import f\n\n\ndef test_f():\n    assert f(2, []) == 4\n    assert f(3, []) == 6\n"
    )
    plain = await locate(tmp_path, RepairRequest(seconds=20), None)
    asked = await locate(tmp_path, RepairRequest(seconds=20, mutants=4), None)
    before = {p.line: p.score for p in plain.statements}
    after = {p.line: p.score for p in asked.statements}
    assert len({before[line] for line in range(2, 28)}) == 1  # coverage alone cannot tell
    assert after[27] == max(after.values())
    lowered = [line for line in range(2, 26) if after[line] < before[line]]
    assert len(lowered) > 6, after
    assert after[26] >= before[26]


def test_edits_of_a_statement_that_moves_something_come_sooner_and_once() -> None:
    def run(moving: bool) -> list[Candidate]:
        source = Source("m.py", TEXT.encode())
        places = [Place("m.py", 2, 2, 1.0), Place("m.py", 3, 3, 0.1), Place("m.py", 4, 4, 1.0)]
        space, found = Space([source], places, Literals()), []
        while len(found) < 1_500:
            for one in space.take(20):
                if moving and one.line == 3:
                    space.heed(one, moves=True)
                found.append(one)
        return found

    plain, sooner = run(moving=False), run(moving=True)
    first = next(n for n, c in enumerate(plain) if c.line == 3)
    until = first + 400
    assert sum(c.line == 3 for c in sooner[:until]) > 1.5 * sum(c.line == 3 for c in plain[:until])
    singles = [c.key for c in sooner if len(c.edits) == 1]
    assert len(singles) == len(set(singles))
