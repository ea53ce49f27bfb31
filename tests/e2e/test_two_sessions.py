"""Two processes at one project: neither loses anything, and one session is open only once."""

import asyncio

import pytest

from mycoder.models.script import When
from mycoder.models.scripted_server import ScriptedServer
from mycoder.session.store import Store
from tests.e2e.console import call, mycoder, repository, say, task

pytestmark = pytest.mark.e2e


def writer(name, count):
    """A model that writes `count` files of its own."""

    def model(request):
        done = sum(1 for message in request.messages if message.role == "tool")
        if done >= count:
            return {"text": "Written."}
        path = f"{name}-{done}.txt"
        return {"calls": [{"tool": "write", "arguments": {"path": path, "content": f"{name} {done}\n"}}]}

    return model


async def test_two_at_once_lose_nothing(tmp_path):
    place = {"cwd": repository(tmp_path / "r", {"a.txt": "a\n"}), "home": tmp_path / "h"}
    async with ScriptedServer((), writer("one", 6)) as first, ScriptedServer((), writer("two", 6)) as second:
        ran = await asyncio.gather(
            *(task("write", "--allow-unverified", server=server, **place) for server in (first, second))
        )
    assert [one.code for one in ran] == [0, 0], [one.err for one in ran]
    for name in ("one", "two"):
        for number in range(6):
            assert (place["cwd"] / f"{name}-{number}.txt").read_text() == f"{name} {number}\n"
    store = Store(place["home"] / ".local/state/mycoder")
    sessions = store.sessions()
    assert len(sessions) == 2
    for info in sessions:
        told = list(store.read(info.id))
        assert [event.seq for event in told] == sorted(event.seq for event in told)
        assert sum(type(event).__name__ == "FilesChanged" for event in told) == 6
    for _ in range(12):
        assert (await mycoder("undo", **place)).code == 0
    assert sorted(path.name for path in place["cwd"].glob("*.txt")) == ["a.txt"]


async def test_one_session_is_open_once(tmp_path):
    place = {"cwd": repository(tmp_path / "r", {"a.txt": "a\n"}), "home": tmp_path / "h"}
    steps = (
        call(
            ("shell", {"command": "touch started; while [ ! -e ended ]; do sleep 0.1; done"}),
            when=When(results=0),
        ),
        say("Done.", when=When(last=".")),
    )
    async with ScriptedServer(steps) as server:
        running = asyncio.ensure_future(task("wait", "--allow-unverified", server=server, **place))
        while not (place["cwd"] / "started").exists():
            assert not running.done(), running.result().err
            await asyncio.sleep(0.05)
        second = await task("me too", "--continue", server=server, **place)
        assert second.code == 2
        assert "is open in another mycoder" in second.err
        assert "--fork" in second.err
        purge = await mycoder("data", "purge", "--all", "--yes", **place)
        assert purge.code == 2
        assert "is running: end it first. Nothing was removed." in purge.err
        (place["cwd"] / "ended").touch()
        assert (await running).code == 0
    assert (await mycoder("data", "purge", "--all", "--yes", **place)).out == "Removed.\n"
    assert "There are no sessions" in (await mycoder("sessions", "--all", **place)).out
