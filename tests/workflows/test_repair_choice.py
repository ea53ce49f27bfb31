"""Where patches that pass behave differently, the person says which behaviour is right."""

import asyncio
import re
import sys
from pathlib import Path

import pytest

from mycoder import Session
from mycoder.config.settings import Policy, Repair, Settings
from mycoder.models.script import Script, Step
from mycoder.models.scripted import ScriptedModel
from mycoder.protocol.commands import Answer, Interrupt
from mycoder.protocol.events import (
    Asked,
    AskSettled,
    FilesChanged,
    PromptAdded,
    TestsRan,
    ToolFinished,
    ToolProgressed,
    TurnEnded,
)
from mycoder.ui.transcript import Transcript

CLAMP = """\
def clamp(value, low, high):
    if value < low:
        return high
    if value > high:
        return high
    return value
"""
THIN = """\
from clamp import clamp


def test_below():
    assert clamp(-3, 0, 10) == 0


def test_above():
    assert clamp(12, 0, 10) == 10
"""
APART = '''\
import subprocess
import sys

CALL = """
from clamp import clamp
for low in range(-5, 6):
    for value in range(low - 3, low):
        found = clamp(value, low, 10)
        assert type(found) is int and found in (low, 10), (value, low, found)
"""


def test_in_a_process_of_its_own():
    assert subprocess.run([sys.executable, "-c", CALL]).returncode == 0
'''
"""No search can see what this test covers: only a run of the whole suite refuses what answers neither as the code does
nor rightly."""
ONE_WAY = "from clamp import clamp\n\n\ndef test_it():\n    for n in range(-9, 9):\n        assert clamp(n, -3, 4) == min(max(n, -3), 4)\n"


@pytest.fixture(autouse=True)
def _few_plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    """The workers need none of the plugins installed here, and start faster without."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    root.mkdir()
    (root / "clamp.py").write_text(CLAMP)
    (root / "test_clamp.py").write_text(THIN)
    return root


async def turn(
    project: Path, *answers, mode="auto", can_ask=True, policy=Policy(), asks=True, has_model=False
):
    """The events of a turn, as a rule without a model. Each question gets what the next of `answers` makes of it: the id of
    an option, with words behind it."""
    engine = "auto" if has_model else "repair"
    repair = Repair(engine=engine, seconds=60, alone_seconds=60, ask=asks)
    model = ScriptedModel(Script(otherwise=Step(text="I give up.")), "scripted/x") if has_model else ""
    settings = Settings(mode=mode, policy=policy, repair=repair)
    env = {"HOME": str(project.parent / "home"), "PATH": "/usr/local/bin:/usr/bin:/bin"}
    given, events = list(answers), []
    session = Session.open(
        project, settings=settings, model=model, can_ask=can_ask, env=env, is_ephemeral=True
    )
    async with session as session:
        async for event in session.run("make the failing tests pass"):
            events.append(event)
            if isinstance(event, Asked):
                choice, _, note = given.pop(0)(event).partition(" ")
                command = (
                    Interrupt() if choice == "esc" else Answer(ask_id=event.ask_id, choice=choice, note=note)
                )
                await session.send(command)
    assert not given, "a question was expected"
    return events


def of(events, kind):
    return [event for event in events if isinstance(event, kind)]


def of_search(events, kind):
    """Those of the calls that search, without those that run all tests."""
    return [event for event in of(events, kind) if not event.call_id.startswith("repair-tests")]


def option(words):
    """The option that says these words."""
    return lambda asked: next(option.id for option in asked.options if words in option.label)


def told(text):
    """The calls in words about a behaviour, as their arguments, each with what it returns."""
    return [
        (call.split(", "), answer) for call, answer in re.findall(r"clamp\((.*?)\) returns ([^;]+)", text)
    ]


def always(choice):
    return lambda asked: choice


async def test_the_question_shows_each_behaviour_and_in_the_mode_ask_it_is_the_only_one_about_the_patch(
    project,
):
    events = await turn(project, always("once"), option("the engine's choice"), mode="ask")
    running, asked = of(events, Asked)
    assert "tries of a repair" in running.question
    assert asked.kind == "question"
    assert re.fullmatch(r"What should clamp\(.* do\?", asked.question)
    assert asked.options[0].label.endswith(" (line 3, the engine's choice)")
    assert 3 <= len(asked.options) <= 5
    assert [option.id for option in asked.options][-1] == "deny"
    behaviours = [option.label.partition(" (")[0] for option in asked.options[:-1]]
    assert len(set(behaviours)) == len(behaviours)
    texts, diffs = asked.blocks[::2], asked.blocks[1::2]
    assert len(diffs) == len(behaviours)
    assert texts[0].text.startswith("1  clamp.py:3: clamp(")
    for call, answer in told(texts[0].text):
        value, low, high = map(int, call)
        assert int(answer) == (low if value < low else min(value, high)), "the best is right here"
    assert diffs[0].text.splitlines()[2:] == ["@@ -3 +3 @@", "-        return high", "+        return low"]
    assert events.index(of(events, FilesChanged)[0]) > events.index(of(events, AskSettled)[1])
    ended = of(events, TurnEnded)[-1]
    assert ended.reason == "done"
    assert ended.report.verified
    assert f"Chosen by the person: {texts[0].text.partition(': ')[2]}." in ended.answer
    assert (project / "clamp.py").read_text() == CLAMP.replace("return high", "return low", 1)


async def test_the_patch_that_the_person_takes_is_run_with_the_whole_suite_and_written(project):
    events = await turn(project, always("patch-1"))
    (asked,) = of(events, Asked)
    first, second = asked.blocks[0].text, asked.blocks[2].text
    new = asked.blocks[3].text.splitlines()[-1].removeprefix("+")
    assert (project / "clamp.py").read_text().splitlines()[2] == new != "        return low"
    assert any("running the whole suite" in e.text for e in of_search(events, ToolProgressed)[-2:])
    ended = of(events, TurnEnded)[-1]
    assert ended.reason == "done"
    assert f"Chosen by the person: {second.partition(': ')[2]}." in ended.answer
    assert "the best one" not in ended.answer
    notices = [block.text for block in of_search(events, ToolFinished)[-1].blocks[1:]]
    assert f"Not chosen: clamp.py:3, where {first.partition(': ')[2]}" in notices


async def test_what_the_whole_suite_refuses_is_never_written_and_the_question_comes_again(project):
    (project / "test_apart.py").write_text(APART)
    events = await turn(project, always("patch-1"), option("the engine's choice"))
    first, second = of(events, Asked)
    assert len(second.options) == len(first.options) - 1
    assert "test_in_a_process_of_its_own" in second.reason
    assert second.options[1].label != first.options[1].label
    assert len(of(events, FilesChanged)) == 1
    ended = of(events, TurnEnded)[-1]
    assert ended.reason == "done"
    assert "does not stand the whole suite" in ended.answer
    assert "return low" in (project / "clamp.py").read_text()


async def test_none_of_them_writes_nothing_and_asks_no_second_time(project):
    events = await turn(project, always("deny it should raise ValueError"))
    assert not of(events, FilesChanged)
    assert (project / "clamp.py").read_text() == CLAMP
    ended = of(events, TurnEnded)[-1]
    assert ended.reason == "refused"
    assert "was wanted (it should raise ValueError), so nothing was written." in ended.message
    assert "Add a test that says what is right" in ended.message
    assert len(of(events, TestsRan)) == 1


async def test_an_interrupt_during_the_question_writes_nothing(project):
    events = await turn(project, always("esc"))
    assert of(events, AskSettled)[-1].by == "interrupt"
    assert of(events, TurnEnded)[-1].reason == "interrupted"
    assert (project / "clamp.py").read_text() == CLAMP
    assert not list((project.parent / "home").rglob("mcr-*"))


async def test_an_interrupt_while_the_whole_suite_judges_writes_nothing(project):
    env = {"HOME": str(project.parent / "home"), "PATH": "/usr/local/bin:/usr/bin:/bin"}
    settings = Settings(repair=Repair(engine="repair", alone_seconds=60))
    events, is_chosen = [], False
    async with Session.open(project, settings=settings, can_ask=True, env=env) as session:
        async for event in session.run("make the failing tests pass"):
            events.append(event)
            if isinstance(event, Asked):
                is_chosen = True
                await session.send(Answer(ask_id=event.ask_id, choice="patch-1"))
            elif is_chosen and isinstance(event, ToolProgressed) and "whole suite" in event.text:
                await session.send(Interrupt())
    assert of(events, TurnEnded)[-1].reason == "interrupted"
    assert len(of_search(events, ToolFinished)) == 1
    assert (project / "clamp.py").read_text() == CLAMP
    assert not list((project.parent / "home").rglob("mcr-*"))


async def test_a_choice_does_not_lift_a_rule(project):
    events = await turn(project, policy=Policy(deny=("edit(clamp.py)",)))
    assert not of(events, Asked), "nobody need look at what is denied anyway"
    assert of(events, TurnEnded)[-1].reason == "refused"
    assert (project / "clamp.py").read_text() == CLAMP


async def test_a_file_that_was_changed_meanwhile_is_left_alone(project):
    mine = CLAMP.replace("return value", "return value  # mine")

    def write_then_choose(asked):
        (project / "clamp.py").write_text(mine)
        return "patch-0"

    events = await turn(project, write_then_choose)
    assert not of(events, FilesChanged)
    assert (project / "clamp.py").read_text() == mine


async def test_by_the_setting_the_best_is_taken_and_the_difference_told(project):
    events = await turn(project, asks=False)
    assert not of(events, Asked)
    ended = of(events, TurnEnded)[-1]
    assert ended.reason == "done"
    assert "Another of them for clamp(" in ended.answer
    assert "return low" in (project / "clamp.py").read_text()


async def test_where_nothing_differs_nobody_is_asked(project):
    (project / "test_clamp.py").write_text(ONE_WAY)
    (project / "clamp.py").write_text("def clamp(value, low, high):\n    return min(max(value, low), low)\n")
    events = await turn(project)
    assert not of(events, Asked)
    assert of(events, TurnEnded)[-1].reason == "done"


async def test_a_model_that_goes_on_is_told_what_was_not_wanted(project):
    events = await turn(project, always("deny it should raise ValueError"), has_model=True)
    (words,) = [event.text for event in of(events, PromptAdded) if "offline repair" in event.text]
    assert "was wanted (it should raise ValueError)" in words
    assert "- clamp.py:3, where clamp(" in words
    assert "+        return low" in words
    assert "found no edit" not in words
    assert (project / "clamp.py").read_text() == CLAMP


KILLED = """\
import asyncio, sys
from mycoder import Session
from mycoder.config.settings import Repair, Settings
from mycoder.protocol.events import Asked

async def main(root, home):
    env = {"HOME": home, "PATH": "/usr/local/bin:/usr/bin:/bin"}
    settings = Settings(repair=Repair(engine="repair", alone_seconds=60))
    async with Session.open(root, settings=settings, can_ask=True, env=env) as session:
        async for event in session.run("make the failing tests pass"):
            if isinstance(event, Asked):
                session._parts.sync()
                print(session.id, flush=True)

asyncio.run(main(*sys.argv[1:]))
"""


async def test_a_session_that_was_killed_in_the_question_goes_on_without_it(project):
    home = project.parent / "home"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", KILLED, str(project), str(home), stdout=asyncio.subprocess.PIPE
    )
    id = (await asyncio.wait_for(process.stdout.readline(), 100)).decode().strip()
    process.kill()
    await process.wait()
    env = {"HOME": str(home), "PATH": "/usr/local/bin:/usr/bin:/bin"}
    settings = Settings(repair=Repair(engine="repair", alone_seconds=60))
    async with Session.open(project, settings=settings, can_ask=True, env=env, resume=id) as session:
        seen = Transcript()
        for event in session._parts.history():
            seen.push(event)
        assert not seen.asks
        assert not session.state.asks
        assert not seen.is_running
        assert (project / "clamp.py").read_text() == CLAMP
        assert await asyncio.wait_for(_taken(session), 100) == "done"
    assert "return low" in (project / "clamp.py").read_text()
    assert not list(home.rglob("mcr-*"))


async def _taken(session):
    """The end of a turn in which the best is taken."""
    reason = ""
    async for event in session.run("make the failing tests pass"):
        if isinstance(event, Asked):
            await session.send(Answer(ask_id=event.ask_id, choice="patch-0"))
        reason = event.reason if isinstance(event, TurnEnded) else reason
    return reason
