"""Long work in a small window, with the real console script: killed, resumed, finished, held to its goal."""

import re
import sys

import pytest

from mycoder.bench.horizon import measure
from mycoder.models.script import Script
from mycoder.models.scripted_server import ScriptedServer
from tests.e2e.console import call, mycoder, repository, say, task, tree
from tests.sampling import sample

pytestmark = pytest.mark.e2e

KILLED = """
import os, signal, sys
import mycoder.session.checkpoints as checkpoints
import mycoder.session.store as store
target, seen = sys.argv.pop(1), open(sys.argv.pop(1), "a")
doing = "checkpoint"
def point(name):
    name = doing + " " + name
    seen.write(name + "\\\\n"); seen.flush()
    if name == target:
        os.kill(os.getpid(), signal.SIGKILL)
class Watched:
    def __getattr__(self, name):
        return getattr(os, name)
    def open(self, path, flags, *mode):
        point("before the folder is synced" if os.path.isdir(path) else "before the file is there")
        return os.open(path, flags, *mode)
    def fsync(self, descriptor):
        point("before fsync")
        os.fsync(descriptor)
checkpoints.os = Watched()
def named(function, name):
    def run(*arguments):
        global doing
        doing = name
        try:
            return function(*arguments)
        finally:
            point("after the file")
            doing = "checkpoint"
    return run
checkpoints.Checkpoints.keep = named(checkpoints.Checkpoints.keep, "rebuild")
checkpoints.Checkpoints.save = named(checkpoints.Checkpoints.save, "checkpoint")
append = store.Log.append
def watched(log, event):
    global doing
    kind = type(event).__name__
    is_ours = kind in ("CheckpointMade", "ContextCompacted")
    doing = "rebuild" if kind == "ContextCompacted" else "checkpoint"
    if is_ours: point("before the event")
    append(log, event)
    if is_ours: point("after the event")
store.Log.append = watched
from mycoder.__main__ import main
sys.exit(main())
""".replace("\\\\n", "\\n")
"""The real main, with a SIGKILL from inside at a named point of writing a checkpoint or of a rebuild."""

STEPS = 10
SMALL = ("--set", "context.window=6500", "--allow-unverified")


def worker(request):
    """Writes line after line; which one is next it reads from what it is shown, as a model would."""
    if request.messages[-1].text.startswith("[mycoder makes a checkpoint"):
        return {"text": '{"intent": "write the lines", "next": "the next line"}'}
    shown = "\n".join(m.text + "".join(c.arguments for c in m.calls) for m in request.messages[1:])
    number = max([int(n) for n in re.findall(r"line-(\d+)", shown)], default=0) + 1
    if number > STEPS:
        return {"text": "All lines are written."}
    command = f"echo line-{number:02d} >> notes.txt; tail -1 notes.txt; seq 1 200"
    return {"calls": [{"tool": "shell", "arguments": {"command": command}}]}


async def work(place, server, target="", log="/dev/null", *more):
    command = (sys.executable, "-c", KILLED, target, str(log)) if log != "/dev/null" else None
    options = {"command": command} if command else {}
    return await task("write the lines", *SMALL, *more, server=server, **place, **options)


POINTS = [
    f"{what} {when}"
    for what in ("checkpoint", "rebuild")
    for when in (
        "before the file is there",
        "before fsync",
        "before the folder is synced",
        "after the file",
        "before the event",
        "after the event",
    )
]


SAMPLED = [*sample(POINTS[:6], 2), *sample(POINTS[6:], 2, first=1)]
"""Each of the six moments once, by turns of a checkpoint and of a rebuild."""


@pytest.mark.parametrize("point", SAMPLED)
async def test_killed_while_it_keeps_what_is_known_it_goes_on(tmp_path, point):
    place = {"cwd": repository(tmp_path / "r", {"notes.txt": "start\n"}), "home": tmp_path / "h"}
    async with ScriptedServer((), worker) as server:
        killed = await work(place, server, point, tmp_path / "points")
        assert killed.code == -9, (killed.err, (tmp_path / "points").read_text())
        again = await work(place, server, "", "/dev/null", "--continue")
    assert again.code == 0, again.err
    lines = (place["cwd"] / "notes.txt").read_text().split()
    assert lines == ["start", *(f"line-{n:02d}" for n in range(1, STEPS + 1))]


async def test_a_long_session_in_a_small_window():
    figures = await measure(100, 16_000)
    assert figures["finished"]
    assert figures["rebuilds"] >= 3
    assert figures["largest_request"] <= 16_000
    assert figures["rebuilds_with_all"] == figures["late_rebuilds"] >= 2, figures["lacking"]
    assert figures["recall_in_context"] + figures["recall_by_search"] == 40
    assert figures["prefix_share"] >= 0.99
    assert figures["checkpoint_prefix_share"] >= 0.95
    assert figures["rss_bytes"] <= 150e6


async def test_the_window_that_a_local_server_tells_is_kept_to(tmp_path):
    place = {"cwd": repository(tmp_path / "r", {"notes.txt": "start\n"}), "home": tmp_path / "h"}
    async with ScriptedServer(Script(window=6_500), worker) as server:
        ran = await task("write the lines", "--allow-unverified", server=server, **place)
    assert ran.code == 0, ran.err
    assert ran.of("ContextCompacted")
    assert [event for event in ran.of("UsageChanged") if not event.get("agent")][-1]["window"] == 6_500


async def test_without_checkpoints_the_values_are_lost():
    """Else the figures above would prove nothing."""
    figures = await measure(80, 16_000, ("checkpoint",))
    assert figures["finished"]
    assert figures["recall_in_context"] + figures["recall_by_search"] < 40


async def test_a_goal_is_checked_by_running_it(tmp_path):
    place = {"cwd": repository(tmp_path / "r", {"a.txt": "one\n"}), "home": tmp_path / "h"}

    def play(request):
        if "not reached yet" in request.messages[-1].text:
            return {"calls": [{"tool": "shell", "arguments": {"command": "echo two >> a.txt"}}]}
        return {"text": "It is done."}

    async with ScriptedServer((), play) as server:
        ran = await task(
            "add a line", "--goal", "a.txt has two", "--check", "grep -q two a.txt", "--allow-unverified",
            server=server, **place,
        )  # fmt: skip
    assert ran.code == 0, ran.err
    assert (place["cwd"] / "a.txt").read_text() == "one\ntwo\n"
    assert [e.get("status", "open") for e in ran.of("GoalChanged")] == ["open", "met"]
    first = server.requests[0].body.decode()
    assert "grep -q two a.txt" in first, "the model knows how it is judged"


async def test_a_goal_that_is_never_reached_ends_the_turn_and_outlives_it(tmp_path):
    place = {"cwd": repository(tmp_path / "r", {"a.txt": "one\n"}), "home": tmp_path / "h"}
    limit = ("--set", "goals.attempts=3", "--allow-unverified")
    async with ScriptedServer((), lambda request: {"text": "It is done, really."}) as server:
        ran = await task("x", "--goal", "two", "--check", "grep two a.txt", *limit, server=server, **place)
        assert ran.code != 0
        assert ran.ended["reason"] == "failed"
        assert "after 3 attempts" in ran.ended["message"]
        assert len(server.requests) == 3
        (place["cwd"] / "a.txt").write_text("two\n")
        again = await task("go on", "--continue", *limit, server=server, **place)
    assert again.code == 0, again.err
    assert again.of("GoalChanged")[-1]["status"] == "met"


async def test_a_goal_alone_is_a_task(tmp_path):
    place = {"cwd": repository(tmp_path / "r", {"a.txt": "one\n"}), "home": tmp_path / "h"}
    async with ScriptedServer((say("It is there."),)) as server:
        ran = await mycoder(
            "--goal", "a.txt is there", "--check", "test -f a.txt", "--model", "openai/scripted", "--engine", "model",
            "--output-format", "stream-json", url=server.url, **place,
        )  # fmt: skip
    assert ran.code == 0, ran.err
    assert "a.txt is there" in server.requests[0].body.decode()


async def test_a_turn_that_goes_round_in_circles_is_stopped(tmp_path):
    place = {"cwd": repository(tmp_path / "r", {"a.txt": "one\n"}), "home": tmp_path / "h"}
    count = 0

    def play(request):
        nonlocal count
        count += 1
        return {"calls": [{"tool": "shell", "arguments": {"command": f"sleep 0.0{count}; cat a.txt"}}]}

    async with ScriptedServer((), play) as server:
        ran = await task("look", server=server, **place)
    assert ran.ended["reason"] == "failed"
    assert "no progress" in ran.ended["message"]
    assert count == 15
    assert len(ran.of("PromptAdded")) == 2


async def test_open_tasks_send_a_stop_back_three_times(tmp_path):
    place = {"cwd": repository(tmp_path / "r", {"a.txt": "one\n"}), "home": tmp_path / "h"}
    plan = call(("plan", {"items": [{"text": "T1 read"}, {"text": "T1.1 write", "status": "done"}]}))
    async with ScriptedServer((plan, *(say(f"Done {i}.") for i in range(9)))) as server:
        ran = await task("two things", server=server, **place)
    assert [("T1 read" in e["text"], "T1.1" in e["text"]) for e in ran.of("PromptAdded")] == [
        (True, False)
    ] * 3
    assert ran.ended["reason"] == "done"
    assert tree(place["cwd"]) == {"a.txt": b"one\n"}
