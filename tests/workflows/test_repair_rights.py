"""The offline repair may do what a call of a model might do, and no more."""

from pathlib import Path

import pytest

from mycoder import Session
from mycoder.config.settings import Policy, Repair, Settings
from mycoder.protocol.commands import Answer
from mycoder.protocol.events import Asked, AskSettled, FilesChanged, GoalChanged, TestsRan, TurnEnded

WRONG = "def double(number):\n    return number + 3\n"
TEST = (
    "from code_of_mine import double\n\n\ndef test_double():\n    assert double(2) == 4 and double(0) == 2\n"
)
TASK = "make the failing tests pass"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    root.mkdir()
    (root / "code_of_mine.py").write_text(WRONG)
    (root / "test_code.py").write_text(TEST)
    return root


async def turn(project: Path, *, answers=(), mode="auto", now="", policy=Policy(), check=""):
    """The events of a turn without a model; each Asked gets what the next of `answers` returns."""
    settings = Settings(mode=mode, policy=policy, repair=Repair(engine="repair", alone_seconds=60))
    env = {"HOME": str(project.parent / "home"), "PATH": "/usr/local/bin:/usr/bin:/bin"}
    given, events = list(answers), []
    session = await Session.open(
        project, settings=settings, can_ask=bool(answers), env=env, is_ephemeral=True
    )
    async with session:
        if check:
            session.set_goal(GoalChanged(text="all is well", checks=(check,)))
        if now:
            session.set_mode(now)
        async for event in session.run(TASK):
            events.append(event)
            if isinstance(event, Asked) and given:
                await session.send(Answer(ask_id=event.ask_id, choice=given.pop(0)()))
    return events


def of(events, kind):
    return [event for event in events if isinstance(event, kind)]


def is_untouched(project: Path) -> bool:
    return (project / "code_of_mine.py").read_text() == WRONG


async def test_the_mode_of_now_holds_and_not_that_of_the_start(project):
    events = await turn(project, now="plan")
    assert not of(events, FilesChanged)
    assert not of(events, TestsRan)
    assert is_untouched(project)


async def test_where_nobody_can_approve_the_mode_ask_runs_nothing(project):
    events = await turn(project, mode="ask")
    assert of(events, TurnEnded)[-1].reason == "refused"
    assert not of(events, TestsRan)
    assert is_untouched(project)


async def test_the_mode_ask_shows_the_patch_before_it_is_written(project):
    events = await turn(project, mode="ask", answers=(lambda: "once", lambda: "once"))
    running, writing = of(events, Asked)
    assert "tries of a repair" in running.question
    assert writing.question == "Allow edit code_of_mine.py?"
    assert "+    return number + 2" in writing.blocks[0].text
    assert events.index(of(events, FilesChanged)[0]) > events.index(of(events, AskSettled)[1])
    assert of(events, TurnEnded)[-1].reason == "done"
    assert not is_untouched(project)


async def test_a_denied_patch_is_not_written(project):
    events = await turn(project, mode="ask", answers=(lambda: "once", lambda: "deny"))
    assert not of(events, FilesChanged)
    assert is_untouched(project)
    assert of(events, TurnEnded)[-1].reason == "refused"


async def test_what_a_person_writes_while_they_are_asked_is_left_alone(project):
    mine = "def double(number):\n    return number + 2  # mine\n"

    def write_then_agree() -> str:
        (project / "code_of_mine.py").write_text(mine)
        return "once"

    events = await turn(project, mode="ask", answers=(lambda: "once", write_then_agree))
    assert not of(events, FilesChanged)
    assert (project / "code_of_mine.py").read_text() == mine


@pytest.mark.parametrize(("check", "reason"), [("test -f test_code.py", "done"), ("test -f no.py", "failed")])
async def test_green_tests_do_not_end_a_turn_whose_goal_is_open(project, check, reason):
    ended = of(await turn(project, check=check), TurnEnded)[-1]
    assert ended.reason == reason
    assert ended.report.verified
    if reason == "failed":
        assert "the goal is not reached, and that needs a model: `test -f no.py` fails" in ended.message


@pytest.mark.parametrize("rule", ["edit(code_of_mine.py)", "test"])
async def test_deny_rules_hold(project, rule):
    events = await turn(project, policy=Policy(deny=(rule,)))
    ended = of(events, TurnEnded)[-1]
    assert ended.reason == "refused"
    assert f"the rule deny {rule} forbids it" in ended.message
    assert is_untouched(project)
