import pytest

from mycoder.agent.gate import Ruling
from mycoder.agent.goal import CheckRun, Ending, EndingRules
from mycoder.agent.limits import Meter
from mycoder.protocol.blocks import PlanItem
from mycoder.protocol.events import GoalChanged, ModeChanged, PlanChanged, TurnStarted
from mycoder.protocol.messages import Message, Request
from tests.agent.playing import Player, fails, says

REQUEST = Request((Message("system", "s"), Message("user", "go")))
GOAL = GoalChanged(text="it works", checks=("make check",))
JUDGED = GoalChanged(text="the words are kind")


def checks(*results):
    left = list(results)

    async def check(command):
        return left.pop(0) if len(left) > 1 else left[0]

    return check


PASSED, FAILED = CheckRun(is_passed=True), CheckRun(is_passed=False, output="2 errors")
MISSING = CheckRun(is_passed=False, output="sh: make: not found", problem="was not found")


async def ruled(ending, model=None):
    events = []
    async for item in ending.rule(model or Player([says("?")]), Meter(), REQUEST):
        if isinstance(item, Ruling):
            return item, events
        ending.see(item)
        events.append(item)
    raise AssertionError("no ruling")


def ending_with(*events, check=checks(PASSED), **rules):
    ending = Ending(check, EndingRules(**rules))
    for event in events:
        ending.see(event)
    return ending


async def test_without_goal_and_tasks_the_end_is_the_end():
    assert (await ruled(ending_with()))[0].reason == "done"


async def test_checks_decide_and_no_model_is_asked():
    model = Player([says("no")])
    ruling, events = await ruled(ending_with(GOAL), model)
    assert ruling.reason == "done"
    assert [e.status for e in events if isinstance(e, GoalChanged)] == ["met"]
    assert not model.requests


async def test_a_failed_check_goes_back_with_what_it_printed():
    ruling, _ = await ruled(ending_with(GOAL, check=checks(FAILED)))
    assert ruling.reason is None
    assert "2 errors" in ruling.words
    assert "make check" in ruling.words


async def test_after_the_last_attempt_it_fails_closed():
    ending = ending_with(GOAL, check=checks(FAILED), attempts=3)
    seen = [(await ruled(ending))[0] for _ in range(3)]
    assert [bool(r.words) for r in seen] == [True, True, False]
    assert seen[-1].reason == "failed"
    assert ending.goal.status == "unmet"


async def test_new_words_of_the_person_give_new_attempts():
    ending = ending_with(GOAL, check=checks(FAILED), attempts=1)
    await ruled(ending)
    ending.see(TurnStarted(prompt="try again"))
    assert (ending.goal.status, ending.goal.attempts) == ("open", 0)


async def test_a_check_that_cannot_run_says_so_and_ends_soon():
    ending = ending_with(GOAL, check=checks(MISSING))
    first, _ = await ruled(ending)
    assert "could not be checked" in first.words
    second, _ = await ruled(ending)
    assert second.reason == "failed"
    assert "was not found" in second.message


@pytest.mark.parametrize(
    ("said", "is_met"),
    [
        ('{"met": true, "reason": "seen"}', True),
        ('Verdict: {"met": false, "reason": "rude in line 3"}', False),
        ("yes, it is met", False),
        ('{"met": "true"}', False),
        ("{}", False),
    ],
)
async def test_the_judge_must_say_so_in_a_form_that_can_be_read(said, is_met):
    model = Player([says(said)])
    ruling, _ = await ruled(ending_with(JUDGED), model)
    assert (ruling.reason == "done") is is_met
    assert model.requests[0].messages[:2] == REQUEST.messages


async def test_a_judge_that_is_away_proves_nothing():
    ruling, _ = await ruled(ending_with(JUDGED), Player([fails("server")]))
    assert "no verdict" in ruling.words


async def test_a_judge_beside_checks_is_asked_after_them():
    model = Player([says('{"met": false, "reason": "unclear"}')])
    both = GoalChanged(text="it works", checks=("true",), judged=True)
    ruling, _ = await ruled(ending_with(both), model)
    assert "unclear" in ruling.words
    model.requests.clear()
    await ruled(ending_with(both, check=checks(FAILED)), model)
    assert not model.requests


async def test_open_tasks_are_returned_at_most_so_often():
    plan = PlanChanged(items=(PlanItem("a", "open", "T1"), PlanItem("b", "done", "T2")))
    ending = ending_with(TurnStarted(prompt="x"), plan, open_tasks=2)
    seen = [(await ruled(ending))[0] for _ in range(3)]
    assert ["T1 a" in r.words for r in seen] == [True, True, False]
    assert seen[-1].reason == "done"


async def test_a_plan_of_an_earlier_turn_does_not_hold_up_another():
    plan = PlanChanged(items=(PlanItem("a", "open", "T1"),))
    ending = ending_with(TurnStarted(prompt="x"), plan, TurnStarted(prompt="what is the time?"))
    assert (await ruled(ending))[0].reason == "done"


async def test_plan_mode_is_not_held_to_anything():
    plan = PlanChanged(items=(PlanItem("a", "open", "T1"),))
    ending = ending_with(GOAL, ModeChanged(mode="plan"), TurnStarted(prompt="x"), plan, check=checks(FAILED))
    assert (await ruled(ending))[0].reason == "done"


async def test_a_goal_that_is_taken_away_holds_nothing():
    assert (await ruled(ending_with(GOAL, GoalChanged(text=""), check=checks(FAILED))))[0].reason == "done"
