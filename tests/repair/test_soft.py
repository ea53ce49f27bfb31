"""Soft assertions, and when it is certain without a soft run that nothing more holds."""

from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from mycoder.repair.worker.apply import live_functions
from mycoder.repair.worker.items import FAILED, Outcome, signature
from mycoder.repair.worker.soft import Softening

SHAPES = (
    "    assert ok({})",
    "    ok({})",
    "    for _ in range(2):\n        assert ok({})",
    "    if ok({}):\n        assert ok({})",
    "    try:\n        assert ok({})\n    finally:\n        assert ok({})",
    "    try:\n        ok({})\n    except ValueError:\n        assert ok({})",
    "    assert ok({}); assert ok({})",
    "    check({})",
    "    assert (\n        ok({})\n        and ok({})\n    )",
)
HEAD = "def check(n):\n    assert ok(n)\n\n\ndef test_it():\n"
RIGHT, WRONG, RAISING = "right", "wrong", "raising"


class _Test:
    """What `Softening` asks of a runner."""

    def __init__(self, id: str, code: Any) -> None:
        self.id = id
        self.code = code


@settings(deadline=None, max_examples=150)
@given(st.data())
def test_a_soft_run_that_is_left_out_would_have_shown_nothing(
    tmp_path_factory: Any, data: st.DataObject
) -> None:
    path: Path = tmp_path_factory.mktemp("s") / "test_m.py"
    shapes = data.draw(st.lists(st.sampled_from(SHAPES), min_size=1, max_size=5))
    count = 0
    text = HEAD
    for shape in shapes:
        places = shape.count("{}")
        text += shape.format(*range(count, count + places)) + "\n"
        count += places
    path.write_text(text)
    answers = st.lists(st.sampled_from((RIGHT, WRONG, RAISING)), min_size=count, max_size=count)
    original, candidate = data.draw(answers), data.draw(answers)
    space = _Space(path, text)
    before = space.soft(original)
    outcome = space.hard(candidate)
    if outcome is None:
        return
    may = space.softening.may_gain(space.test, before, outcome)  # type: ignore[arg-type]
    after = space.soft(candidate)
    gained = sum(max(0.0, _share(after.get(n, (0, 1))) - _share(seen)) for n, seen in before.items())
    assert may or gained == 0


def test_a_single_assertion_that_raises_needs_no_soft_run(tmp_path: Path) -> None:
    path = tmp_path / "test_m.py"
    text = HEAD + "    assert ok(0)\n"
    path.write_text(text)
    space = _Space(path, text)
    before = space.soft([WRONG])
    outcome = space.hard([RAISING])
    assert outcome is not None
    assert not space.softening.may_gain(space.test, before, outcome)  # type: ignore[arg-type]


def test_a_helper_that_fails_by_its_own_assertion_does_not_end_a_soft_run(tmp_path: Path) -> None:
    path = tmp_path / "test_m.py"
    text = HEAD + "    check(0)\n    assert ok(1)\n"
    path.write_text(text)
    space = _Space(path, text)
    before = space.soft([RIGHT, WRONG])
    outcome = space.hard([WRONG, RIGHT])
    assert outcome is not None
    assert space.softening.may_gain(space.test, before, outcome)  # type: ignore[arg-type]


def test_only_the_tests_own_function_is_softened(tmp_path: Path) -> None:
    path = tmp_path / "test_m.py"
    text = HEAD + "    check(0)\n    test_other()\n\n\ndef test_other():\n    assert ok(1)\n"
    path.write_text(text)
    space = _Space(path, text, "test_other")
    assert [list(seen) for seen in space.soft([WRONG, RIGHT]).values()] == [[0, 1]]


class _Space:
    """A test module that is executed with answers for `ok`."""

    def __init__(self, path: Path, text: str, *others: str) -> None:
        self.answers: list[str] = []
        self.space: dict[str, Any] = {"ok": self._ok, "__name__": "m"}
        self.path = str(path)
        exec(compile(text, self.path, "exec"), self.space)
        live = live_functions({self.path})
        tests = [_Test(name, self._key(name)) for name in ("test_it", *others)]
        self.test = tests[0]
        self.softening = Softening({self.path}, live, tests)  # type: ignore[arg-type]
        self.softening.plain.on()

    def _key(self, name: str) -> Any:
        code = self.space[name].__code__
        return code.co_filename, code.co_firstlineno, code.co_name

    def _ok(self, place: int) -> bool:
        answer = self.answers[place]
        if answer == RAISING:
            raise ValueError(place)
        return answer == RIGHT

    def hard(self, answers: list[str]) -> Outcome | None:
        self.answers = answers
        try:
            self.space["test_it"]()
        except Exception as error:
            return Outcome(FAILED, error, signature(error, frozenset([self.path])))
        return None

    def soft(self, answers: list[str]) -> dict[str, Any]:
        notes, swap = self.softening.notes, self.softening.of(self.test)  # type: ignore[arg-type]
        notes.clear()
        swap.on()
        self.hard(answers)
        swap.off()
        return {str(n): list(seen) for n, seen in notes.seen.items()}


def _share(seen: Any) -> float:
    held, failed = seen
    return float(held / (held + failed))
