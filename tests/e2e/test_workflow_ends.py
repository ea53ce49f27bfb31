"""What stands at the end of a workflow: the goal of the session, late words, and a count of all that was asked."""

import asyncio

import pytest

from mycoder.config.layers import load
from mycoder.models.scripted_server import ScriptedServer
from mycoder.protocol.commands import Steer, Submit
from mycoder.protocol.events import NodeStarted, Noticed, TurnEnded, TurnStarted
from mycoder.session import Session
from tests.e2e.console import repository, task
from tests.e2e.roles import BROKEN, DIAGNOSIS, FILES, RIGHT, TASK, Cast, block, bodies, options, said
from tests.e2e.test_workflows import FAST, UNITTEST, flow, nodes

pytestmark = pytest.mark.e2e

DOCUMENTED = RIGHT.replace("    if not", '    """Area of the largest rectangle."""\n    if not', 1)
GOAL = ("--goal", "it has a docstring", "--check", 'grep -q \'"""\' hist.py')
COMMAND = {"MYCODER_TEST_COMMAND": "python3 -m unittest"}


@pytest.fixture
def place(tmp_path):
    return {"cwd": repository(tmp_path / "hist", UNITTEST), "home": tmp_path / "home"}


async def test_the_goal_is_looked_at_and_the_one_who_wrote_goes_on_until_it_is_reached(place):
    cast = Cast(
        coder_a=lambda n, _: block("hist.py", (BROKEN, RIGHT, DOCUMENTED)[n - 1]), thinker_b=DIAGNOSIS
    )
    async with ScriptedServer((), cast) as server:
        ran = await flow("tdd", server, place, *GOAL, **COMMAND)
    assert ran.code == 0, ran.err + ran.out[-3000:]
    assert nodes(ran) == ["generate", "test", "debug", "fix", "test", "goal"]
    _, fix, goal = bodies(server, "coder-a")
    assert goal["messages"][: len(fix["messages"])] == fix["messages"], "it goes on in its own conversation"
    assert "it has a docstring" in goal["messages"][-1]["content"]
    assert ran.of("GoalChanged")[-1]["status"] == "met"
    assert ran.report["verified"], "the tests ran again after the work for the goal"
    assert ran.report["steps_by"] == {"generate": 1, "debug": 1, "fix": 1, "goal": 1}
    assert ran.report["steps"] == 4


async def test_a_goal_out_of_reach_ends_as_failed(place):
    cast = Cast(coder_a=block("hist.py", RIGHT), thinker_b=DIAGNOSIS)
    async with ScriptedServer((), cast) as server:
        ran = await flow("tdd", server, place, *GOAL, "--set", "goals.attempts=3", **COMMAND)
    assert ran.code == 1, ran.err
    assert nodes(ran) == ["generate", "test", "goal", "goal"]
    assert "not reached after 3 attempts" in ran.ended["message"]
    assert (place["cwd"] / "hist.py").read_text() == RIGHT


async def test_work_for_the_goal_must_leave_the_tests_green(place):
    broken = DOCUMENTED.replace("return best", "return -best")
    told = (RIGHT, broken, DOCUMENTED)
    cast = Cast(coder_a=lambda n, _: block("hist.py", told[n - 1]), thinker_b=DIAGNOSIS)
    async with ScriptedServer((), cast) as server:
        ran = await flow("tdd", server, place, *GOAL, **COMMAND)
    assert ran.code == 0, ran.err + ran.out[-3000:]
    assert nodes(ran) == ["generate", "test", "goal", "goal"]
    assert "tests are red" in bodies(server, "coder-a")[-1]["messages"][-1]["content"]


async def test_a_goal_in_words_is_judged_by_the_role_from_what_was_done(place):
    verdicts = ('{"met": false, "reason": "no docstring"}', '{"met": true, "reason": "there it is"}')
    cast = Cast(
        coder_a=lambda n, _: block("hist.py", (RIGHT, DOCUMENTED)[n - 1]),
        judge_d=lambda n, _: verdicts[n - 1],
    )
    async with ScriptedServer((), cast) as server:
        ran = await flow("tdd", server, place, "--goal", "it has a docstring", **COMMAND)
    assert ran.code == 0, ran.err + ran.out[-3000:]
    first, second = bodies(server, "judge-d")
    assert "+def largest_rectangle" in said(first)
    assert '"""Area' in said(second)
    assert ran.report["steps_by"] == {"generate": 1, "judge": 2, "goal": 1}


async def test_a_limit_that_is_just_used_up_is_no_leave_to_go_on(place):
    cast = Cast(coder_a=block("hist.py", BROKEN), thinker_b=DIAGNOSIS)
    async with ScriptedServer((), cast) as server:
        ran = await flow("tdd", server, place, "--max-steps", "1", **COMMAND)
    assert ran.code == 5, ran.err
    assert dict(cast.calls) == {"coder-a": 1}


async def test_the_plain_loop_is_played_by_the_role_that_codes(place):
    cast = Cast(coder_a="Nothing to do.", usual="Not me.")
    async with ScriptedServer((), cast) as server:
        ran = await task("look", "--model", "openai/usual", *options(), server=server, **place)
        assert ran.code == 0, ran.err
        assert dict(cast.calls) == {"coder-a": 1}
        limit = ("--set", "roles.code.max_calls=1", "--goal", "x", "--check", "false")
        again = await task("look", "--model", "openai/usual", *options(), *limit, server=server, **place)
    assert again.code == 5, again.err
    assert "roles.code.max_calls" in again.ended["message"]
    assert cast.calls["coder-a"] == 2


async def test_a_role_that_there_is_not_is_said_with_those_there_are(place):
    async with ScriptedServer((), Cast()) as server:
        ran = await task("look", "--role", "coder=openai/x", server=server, **place)
    assert ran.code == 2, ran.err
    assert "no role 'coder'; the roles are plan, code, debug" in ran.err


async def test_a_role_that_cannot_play_is_said(place):
    async with ScriptedServer((), Cast(usual="Not me.")) as server:
        ran = await task(
            "look", "--role", "code=nowhere/x", "--model", "openai/usual", server=server, **place
        )
    assert ran.code == 3, ran.err
    assert "nowhere" in ran.ended["message"]


async def test_an_answer_replaces_a_file_after_it_was_shown(tmp_path):
    """The model only answers with code: what it never asked to read is shown to it before it may replace it."""
    files = {**FILES, "hist.py": "LIMIT = 7\n\n\ndef largest_rectangle(heights):\n    return 0\n"}
    place = {"cwd": repository(tmp_path / "hist", files), "home": tmp_path / "home"}
    cast = Cast(coder_a=block("hist.py", f"LIMIT = 7\n\n\n{RIGHT}"), thinker_b=DIAGNOSIS)
    async with ScriptedServer((), cast) as server:
        ran = await flow("tdd", server, place)
    assert ran.code == 0, ran.err + ran.out[-3000:]
    first, second = bodies(server, "coder-a")
    assert "LIMIT = 7" not in said(first)
    assert "LIMIT = 7" in second["messages"][-1]["content"]
    assert "largest_rectangle" in (place["cwd"] / "hist.py").read_text()


async def test_a_node_without_tools_is_shown_the_files_that_the_task_names(tmp_path):
    files = {**FILES, "hist.py": "LIMIT = 7\n"}
    place = {"cwd": repository(tmp_path / "hist", files), "home": tmp_path / "home"}
    cast = Cast(coder_a=block("hist.py", RIGHT), thinker_b=DIAGNOSIS)
    sets = ("--set", "workflow.set.nodes.generate.tools=none")
    async with ScriptedServer((), cast) as server:
        ran = await flow("tdd", server, place, *sets)
    assert ran.code == 0, ran.err + ran.out[-3000:]
    (only,) = bodies(server, "coder-a")
    assert "LIMIT = 7" in said(only)


async def test_every_file_of_an_answer_is_written_although_one_was_refused_at_first(tmp_path):
    files = {**FILES, "hist.py": "LIMIT = 7\n"}
    place = {"cwd": repository(tmp_path / "hist", files), "home": tmp_path / "home"}
    cast = Cast(coder_a=block("new.py", "NEW = 1\n") + block("hist.py", RIGHT), thinker_b=DIAGNOSIS)
    async with ScriptedServer((), cast) as server:
        ran = await flow("tdd", server, place)
    assert ran.code == 0, ran.err + ran.out[-3000:]
    assert cast.calls["coder-a"] == 2
    assert (place["cwd"] / "new.py").read_text() == "NEW = 1\n"


def session(place, server, **flags):
    env = {"HOME": str(place["home"]), "PATH": "/usr/bin:/bin", "OPENAI_BASE_URL": server.url}
    env |= {"OPENAI_API_KEY": "sk-x", **FAST, **COMMAND}
    roles = {"roles.code": "openai/coder-a", "roles.debug": "openai/thinker-b"}
    flags = {"model": "openai/usual", "workflow": "tdd", "repair.engine": "model"} | roles | flags
    settings = load(place["cwd"], flags=flags, env=env, is_trusted=False).settings
    return Session.open(place["cwd"], settings=settings, env=env)


async def events_until(session, events, ends):
    """The events up to the `ends`-th end of a turn; a word is said when the first test node begins."""
    seen, said_it = [], False
    async for event in events:
        seen.append(event)
        if isinstance(event, NodeStarted) and event.kind == "test" and not said_it:
            said_it = True
            await session.send(Steer(text="Mind the empty list."))
        if sum(isinstance(e, TurnEnded) and not e.agent for e in seen) == ends:
            return seen
    return seen


async def test_words_while_the_tests_run_reach_the_next_node(place):
    cast = Cast(coder_a=lambda n, _: block("hist.py", BROKEN if n == 1 else RIGHT), thinker_b=DIAGNOSIS)
    async with ScriptedServer((), cast) as server, session(place, server) as door:
        feed = door.events()
        listening = asyncio.ensure_future(events_until(door, feed, 1))
        await asyncio.sleep(0)
        await door.send(Submit(text=TASK))
        seen = await listening
    (debug,) = bodies(server, "thinker-b")
    assert debug["messages"][-1]["content"] == "Mind the empty list."
    assert not [e for e in seen if isinstance(e, Noticed) and "Not read" in e.text]
    assert dict(cast.calls) == {"coder-a": 2, "thinker-b": 1}


async def test_words_after_the_last_reply_are_the_next_task(place):
    cast = Cast(coder_a=lambda n, _: block("hist.py", RIGHT), thinker_b=DIAGNOSIS)
    async with ScriptedServer((), cast) as server, session(place, server) as door:
        feed = door.events()
        listening = asyncio.ensure_future(events_until(door, feed, 2))
        await asyncio.sleep(0)
        await door.send(Submit(text=TASK))
        seen = await listening
    tasks = [e.prompt for e in seen if isinstance(e, TurnStarted) and not e.agent]
    assert tasks == [TASK, "Mind the empty list."]
    assert any("it is the next task" in e.text for e in seen if isinstance(e, Noticed))
