import pytest

from mycoder.agent.gate import Gate, GateRules, Ruling
from mycoder.protocol.events import FilesChanged, Noticed, TestsRan, TurnStarted
from mycoder.protocol.report import FileChange

GREEN = TestsRan(command="pytest", passed=3)
RED = TestsRan(command="pytest", passed=2, failed=1, failing=("t",))
KNOWN = RED
EDIT = FilesChanged(changes=(FileChange(path="a"),))


class Tests:
    __test__ = False

    def __init__(self, *runs, command="pytest -q"):
        self.runs, self.command, self.ran = list(runs), command, 0

    async def run(self):
        self.ran += 1
        yield self.runs.pop(0)

    def digest(self):
        return "assert 1 == 2"


async def rule(gate):
    items = []
    async for item in gate.rule():
        if not isinstance(item, Ruling):
            gate.see(item)
        items.append(item)
    return items[-1], [i for i in items[:-1] if not isinstance(i, Noticed)]


def gate_after(tests, *events, **rules):
    gate = Gate(tests, GateRules(**rules))
    for event in [TurnStarted(prompt="x"), *events]:
        gate.see(event)
    return gate


async def test_a_talk_without_edits_just_ends():
    tests = Tests()
    ruling, _ = await rule(gate_after(tests))
    assert ruling == Ruling("done")
    assert tests.ran == 0


async def test_edited_and_not_run_is_nudged_once_and_then_run_for_the_model():
    tests = Tests(GREEN)
    gate = gate_after(tests, EDIT)
    first, _ = await rule(gate)
    assert "pytest -q" in first.words
    second, ran = await rule(gate)
    assert second == Ruling("done")
    assert ran == [GREEN]


async def test_green_after_the_last_edit_is_done_without_another_run():
    tests = Tests()
    ruling, _ = await rule(gate_after(tests, EDIT, GREEN))
    assert ruling == Ruling("done")
    assert tests.ran == 0


async def test_an_edit_after_green_is_run_again():
    tests = Tests(RED)
    ruling, ran = await rule(gate_after(tests, EDIT, GREEN, EDIT))
    assert ran == [RED]
    assert "assert 1 == 2" in ruling.words


async def test_red_is_refused_so_often_and_then_reported():
    gate = gate_after(Tests(), EDIT, RED, refusals=2)
    rulings = [(await rule(gate))[0] for _ in range(3)]
    assert [bool(r.words) for r in rulings] == [True, True, False]
    assert rulings[-1].reason == "tests_failing"


async def test_red_without_an_edit_is_asked_about_once():
    gate = gate_after(Tests(), RED)
    assert (await rule(gate))[0].words
    assert (await rule(gate))[0].reason == "tests_failing"


async def test_without_tests_it_ends_and_says_so():
    ruling, _ = await rule(gate_after(Tests(command=""), EDIT))
    assert ruling.reason == "done"
    assert "no tests were found" in ruling.message


async def test_a_task_about_tests_cannot_end_well_where_there_are_none():
    gate = gate_after(Tests(command=""))
    gate.expects_tests = True
    ruling, _ = await rule(gate)
    assert ruling.reason == "failed"
    assert "no tests were found" in ruling.message


@pytest.mark.parametrize("problem", ["no tests were found", "collection error", "the runner crashed"])
async def test_a_run_that_proves_nothing_is_never_green(problem):
    gate = gate_after(Tests(), EDIT, TestsRan(command="pytest", passed=5, problem=problem), refusals=0)
    ruling, _ = await rule(gate)
    assert ruling.reason == "tests_failing"
    assert problem in ruling.message


async def test_known_failures_may_be_accepted():
    gate = gate_after(Tests(), EDIT, RED, accepts_known=True)
    assert (await rule(gate))[0].reason == "done"
    broken = TestsRan(command="pytest", passed=2, failed=1, failing=("t",), broken=("t",))
    gate = gate_after(Tests(), EDIT, broken, accepts_known=True)
    assert (await rule(gate))[0].words


async def test_edits_of_a_stopped_turn_are_verified_by_the_next():
    gate = gate_after(Tests(), EDIT)
    gate.see(TurnStarted(prompt="go on"))
    assert (await rule(gate))[0].words


async def test_when_tests_are_the_task_a_claim_without_any_work_is_judged_too():
    tests = Tests(RED)
    gate = gate_after(tests)
    gate.expects_tests = True
    ruling, ran = await rule(gate)
    assert ran == [RED]
    assert ruling.words
    assert (await rule(gate))[0].reason == "tests_failing"


async def test_failing_tests_that_are_gone_prove_nothing():
    gone = TestsRan(command="pytest", passed=2, vanished=("t",))
    gate = gate_after(Tests(), EDIT, gone, refusals=1)
    assert "gone or skipped" in (await rule(gate))[0].words
    ruling, _ = await rule(gate)
    assert ruling.reason == "tests_failing"
    assert "gone or skipped" in ruling.message
