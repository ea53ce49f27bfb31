"""Rewinding a real session with real files: the talk, the files, or both; nothing is ever deleted."""

import pytest

from mycoder.config.paths import Paths
from mycoder.models.script import Script, ScriptedCall, Step
from mycoder.models.scripted import ScriptedModel
from mycoder.protocol.events import Noticed, SessionStarted, TurnStarted
from mycoder.session import Session


@pytest.fixture
def place(tmp_path):
    root = tmp_path / "project"
    root.mkdir()
    env = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
    return {"root": root, "env": env, "paths": Paths.from_env(env)}


def script():
    steps = []
    for number in (1, 2, 3):
        call = ScriptedCall("write", {"path": f"{number}.txt", "content": f"{number}\n"})
        steps += [Step(calls=(call,)), Step(text=f"Wrote {number}.")]
    return ScriptedModel(Script(name="writes", steps=tuple(steps)))


def opened(place, **changes):
    return Session.open(**{"model": script(), "can_ask": True, **place, **changes})


async def worked(session):
    session.set_mode("auto")
    for number in (1, 2, 3):
        async for _ in session.run(f"write {number}"):
            pass


def prompts(session):
    return [event for event in session._parts.history() if isinstance(event, TurnStarted)]


def files(place):
    return sorted(path.name for path in place["root"].glob("*.txt"))


async def test_talk_and_files_go_back_and_the_session_before_stays(place):
    async with opened(place) as session:
        await worked(session)
        assert files(place) == ["1.txt", "2.txt", "3.txt"]
        new = await session.rewind(prompts(session)[1].seq, files=True, talk=True)
        assert files(place) == ["1.txt"]
        assert [event.prompt for event in prompts(session)] == ["write 1", "write 2", "write 3"]
        before = session.id
    async with opened(place, resume=new) as session:
        assert [event.prompt for event in prompts(session)] == ["write 1"]
        started = next(e for e in session._parts.history() if isinstance(e, SessionStarted))
        assert started.forked_from == before
        assert list(session.state.changed) == ["1.txt"]
        session.undo()
        assert files(place) == [], "a fork can undo what it inherited"


async def test_the_talk_alone_leaves_the_files_and_they_can_still_be_undone(place):
    async with opened(place) as session:
        await worked(session)
        new = await session.rewind(prompts(session)[1].seq, files=False, talk=True)
        assert files(place) == ["1.txt", "2.txt", "3.txt"]
    async with opened(place, resume=new) as session:
        assert [event.prompt for event in prompts(session)] == ["write 1"]
        assert sorted(session.state.changed) == ["1.txt", "2.txt", "3.txt"]
        session.undo(2)
        assert files(place) == ["1.txt"]


async def test_the_files_alone_leave_the_talk(place):
    async with opened(place) as session:
        await worked(session)
        assert await session.rewind(prompts(session)[0].seq, files=True, talk=False) == ""
        assert files(place) == []
        assert len(prompts(session)) == 3
        session.redo(3)
        assert files(place) == ["1.txt", "2.txt", "3.txt"]


async def test_what_the_person_changed_is_left_alone_and_said(place):
    async with opened(place) as session:
        await worked(session)
        (place["root"] / "2.txt").write_text("mine\n")
        await session.rewind(prompts(session)[0].seq, files=True, talk=False)
        assert files(place) == ["2.txt"]
        said = [event.text for event in session._parts.history() if isinstance(event, Noticed)]
        assert any("2.txt" in text and "alone" in text for text in said)


async def test_a_session_that_is_not_stored_says_so(place):
    async with opened(place, is_ephemeral=True) as session:
        await worked(session)
        assert await session.rewind(prompts(session)[1].seq, files=False, talk=True) == ""
        said = [event.text for event in session._parts.history() if isinstance(event, Noticed)]
        assert any("not stored" in text for text in said)
