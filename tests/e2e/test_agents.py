"""Sub-agents through the real console script: side by side, in their own rights, never left behind."""

import json
import re
import sys
import time
from pathlib import Path

import pytest

from mycoder.models.scripted_server import ScriptedServer
from tests.e2e.console import call, git, mycoder, repository, say, task
from tests.e2e.test_kill import KILLED

pytestmark = pytest.mark.e2e

FILES = {"a.py": "A = 1\n", "b.py": "B = 2\n"}


@pytest.fixture
def project(tmp_path):
    return repository(tmp_path / "project", FILES)


@pytest.fixture
def home(tmp_path):
    return tmp_path / "home"


def is_child(request):
    return request.messages[0].text.startswith("You are a sub-agent")


def replies(request):
    return sum(message.role == "assistant" for message in request.messages)


def results(request):
    return [message.text for message in request.messages if message.role == "tool"]


def play(parent, child):
    """The n-th reply of the parent, and of each child, whose task is in its first message."""

    def step(request):
        if not is_child(request):
            made = parent[replies(request)]
        else:
            made = child(re.search(r"# Task\n(.*)", request.messages[1].text)[1], replies(request))
        return made(request) if callable(made) else made

    return step


def agents(ran, kind):
    return {event["child"]: event for event in ran.of(kind)}


async def test_four_work_side_by_side_and_their_reports_come_back(project, home):
    parent = [
        call(*(("agent", {"task": f"look {n}", "name": "explore"}) for n in range(4))),
        lambda request: say(" ".join(results(request))),
    ]
    child = play(parent, lambda told, number: say(f"saw {told}", delay=2.0))
    async with ScriptedServer(play=child) as server:
        ran = await task("ask four", server=server, cwd=project, home=home)
    assert ran.code == 0, ran.err
    started, ended = ran.of("AgentStarted"), ran.of("AgentEnded")
    assert [event["child"] for event in started] == ["explore-1", "explore-2", "explore-3", "explore-4"]
    assert all(event["ok"] for event in ended)
    assert max(e["at"] for e in ended) - min(e["at"] for e in started) < 4.0
    answer = ran.ended["answer"]
    assert all(f"saw look {n}" in answer for n in range(4))
    assert [event["agent"] for event in ran.of("TextAdded") if event.get("agent")] != []


async def test_a_read_only_one_has_no_tool_that_writes_and_plan_mode_binds_all(project, home):
    def child(told, number):
        if number == 0:
            return call(("write", {"path": "c.py", "content": "C = 3\n"}), ("shell", {"command": "touch d"}))
        return lambda request: say("told: " + " / ".join(results(request)))

    parent = [
        call(
            ("agent", {"task": "write", "name": "explore"}), ("agent", {"task": "write", "name": "general"})
        ),
        lambda request: say("\n".join(results(request))),
    ]
    async with ScriptedServer(play=play(parent, child)) as server:
        ran = await task("try", "--mode", "plan", server=server, cwd=project, home=home)
    assert "There is no tool `write`" in ran.ended["answer"]
    assert "read-only" in ran.ended["answer"]
    assert git(project, "status", "--porcelain") == ""


async def test_one_that_hangs_is_stopped_and_the_parent_goes_on(project, home):
    parent = [
        call(("agent", {"task": "hang", "name": "explore"})),
        lambda request: say(results(request)[0]),
    ]
    async with ScriptedServer(play=play(parent, lambda told, number: say("late", delay=600))) as server:
        ran = await task("go", "--set", "agents.stall_seconds=1.5", server=server, cwd=project, home=home)
    assert "no sign of life" in ran.ended["answer"]
    assert agents(ran, "AgentEnded")["explore-1"]["ok"] is False


async def test_one_in_the_background_reports_by_itself_before_the_end(project, home):
    parent = [
        call(("agent", {"task": "count", "name": "explore", "background": True})),
        say("I wait."),
        lambda request: say("heard: " + request.messages[-1].text),
    ]
    async with ScriptedServer(play=play(parent, lambda told, number: say("42 of them", delay=1.0))) as server:
        ran = await task("go", server=server, cwd=project, home=home)
    assert "42 of them" in ran.ended["answer"]
    assert "explore-1" in ran.ended["answer"]


async def test_one_with_a_tree_of_its_own_brings_its_work_back(project, home):
    own = project / ".mycoder/agents"
    own.mkdir(parents=True)
    (own / "apart.md").write_text(
        "---\nname: apart\ndescription: works apart\nworktree: true\n---\nWork in your tree.\n"
    )
    seen = []

    def child(told, number):
        if number == 0:
            return call(("edit", {"path": "a.py", "old": "A = 1", "new": "A = 7"}))

        def look(request):
            seen.append((project / "a.py").read_text())
            return say("changed a.py")

        return look

    parent = [call(("agent", {"task": "edit", "name": "apart"})), lambda request: say(results(request)[0])]
    async with ScriptedServer(play=play(parent, child)) as server:
        ran = await task("go", server=server, cwd=project, home=home)
        assert "There is no sub-agent 'apart'" in ran.ended["answer"], "not read before the folder is trusted"
        trusted = await trust(project, home)
        assert trusted.code == 0, trusted.err
        ran = await task("go", server=server, cwd=project, home=home)
    assert seen == ["A = 1\n"], "the project is as it was while the sub-agent works"
    assert (project / "a.py").read_text() == "A = 7\n"
    assert "Taken over into the project: a.py" in ran.ended["answer"]
    assert [change["path"] for change in ran.report["files"]] == ["a.py"]
    assert len(git(project, "worktree", "list").splitlines()) == 1


async def test_what_a_rule_forbids_does_not_come_out_of_a_tree_either(project, home):
    """A program in the tree may write what its name does not tell; the rule is about the project."""
    own = home / ".config/mycoder/agents"
    own.mkdir(parents=True)
    (own / "apart.md").write_text("---\nname: apart\ndescription: x\nworktree: true\n---\nWork.\n")
    steps = (
        call(("write", {"path": "fix.py", "content": "open('a' + '.py', 'w').write('A = 7\\n')\n"})),
        call(("shell", {"command": "python3 fix.py"})),
        say("changed a.py"),
    )
    parent = [call(("agent", {"task": "edit", "name": "apart"})), lambda request: say(results(request)[0])]
    async with ScriptedServer(play=play(parent, lambda told, number: steps[number])) as server:
        more = ("--set", 'policy.deny=["edit(a.py)"]')
        ran = await task("go", *more, server=server, cwd=project, home=home)
    assert "Its changes were not taken over into the project" in ran.ended["answer"]
    assert (project / "a.py").read_text() == "A = 1\n"
    assert not (project / "fix.py").exists()


async def trust(project, home):
    return await mycoder("trust", "--yes", cwd=project, home=home)


async def test_limits_of_number_and_depth_are_told(project, home):
    def child(told, number):
        if number == 0:
            return call(("agent", {"task": "deeper"}))
        return lambda request: say(results(request)[0])

    parent = [
        call(*(("agent", {"task": f"go {n}"}) for n in range(3))),
        lambda request: say(" | ".join(results(request))),
    ]
    async with ScriptedServer(play=play(parent, child)) as server:
        ran = await task("go", "--set", "agents.most=2", server=server, cwd=project, home=home)
    assert ran.ended["answer"].count("There is no tool `agent`") == 2
    assert "2 sub-agents were started in this turn" in ran.ended["answer"]


async def test_an_approval_that_nobody_can_give_is_a_denial(project, home):
    def child(told, number):
        if number == 0:
            return call(("shell", {"command": "touch made"}))
        return lambda request: say(results(request)[0])

    parent = [call(("agent", {"task": "make"})), lambda request: say(results(request)[0])]
    async with ScriptedServer(play=play(parent, child)) as server:
        ran = await task("go", "--mode", "edit", server=server, cwd=project, home=home)
    assert "Not allowed" in ran.ended["answer"]
    assert not (project / "made").exists()
    assert len(ran.of("Asked")) == len(ran.of("AskSettled")) == 1


async def test_what_they_cost_is_paid_out_of_the_turn(project, home):
    parent = [call(*(("agent", {"task": f"look {n}", "name": "explore"}) for n in range(2))), say("done")]
    async with ScriptedServer(play=play(parent, lambda told, number: say("saw it"))) as server:
        ran = await task("go", server=server, cwd=project, home=home)
    usages = ran.of("UsageChanged")
    assert sum(e["usage"]["input"] for e in usages) == usages[-1]["total"]["input"]
    assert ran.report["usage"]["input"] == usages[-1]["total"]["input"]
    assert ran.report["steps_by"] == {"main": 2, "explore": 2}
    assert ran.report["steps"] == 4


async def test_stopped_from_outside_it_leaves_no_process_and_tells_every_end(project, home, tmp_path):
    mark = f"sleep {40 + time.time_ns() % 1000 / 1000}"

    def child(told, number):
        return call(("shell", {"command": mark})) if number == 0 else say("slept")

    parent = [call(("agent", {"task": "sleep"}), ("agent", {"task": "sleep"})), say("done")]
    async with ScriptedServer(play=play(parent, child)) as server:
        ran = await task("go", "--max-time", "3", server=server, cwd=project, home=home)
    assert ran.code != 0
    assert ran.events[-1]["type"] == "TurnEnded"
    assert set(agents(ran, "AgentStarted")) == set(agents(ran, "AgentEnded"))
    called = {(e.get("agent"), e["call_id"]) for e in ran.of("ToolCalled")}
    assert called == {(e.get("agent"), e["call_id"]) for e in ran.of("ToolFinished")}
    lines = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists()]
    assert not [line for line in lines if mark.encode() in line.replace(b"\0", b" ")]


async def test_a_definition_may_name_a_role_and_has_its_model(project, home):
    own = home / ".config/mycoder/agents"
    own.mkdir(parents=True)
    (own / "thinker.md").write_text("---\nname: thinker\ndescription: thinks\nmodel: debug\n---\nThink.\n")
    parent = [call(("agent", {"task": "think", "name": "thinker"})), lambda request: say(results(request)[0])]
    async with ScriptedServer(play=play(parent, lambda told, number: say("thought"))) as server:
        ran = await task("go", "--role", "debug=openai/reasoner", server=server, cwd=project, home=home)
    assert ran.code == 0, ran.err
    models = {event.get("agent", ""): event["model"] for event in ran.of("UsageChanged")}
    assert models == {"": "openai/scripted", "thinker-1": "openai/reasoner"}


@pytest.mark.parametrize("count", [5, 8, 11, 14])
async def test_killed_while_sub_agents_work_it_goes_on_by_the_laws(project, home, count):
    def child(told, number):
        if number == 0:
            return call(("write", {"path": f"{told}.txt", "content": told}))
        return say("written", delay=0.2)

    parent = [
        call(("agent", {"task": "one"}), ("agent", {"task": "two"})),
        lambda request: say(" / ".join(results(request))),
    ]
    command = (sys.executable, "-c", KILLED, str(count))
    async with ScriptedServer(play=play(parent, child)) as server:
        first = await task("go", server=server, cwd=project, home=home, command=command)
        assert first.code == -9, first.err
        again = await task("go on", "--continue", server=server, cwd=project, home=home)
    assert again.code == 0 or again.of("TurnEnded"), again.err
    log = next((home / ".local/state/mycoder/sessions").glob("*.jsonl"))
    events = [json.loads(line) for line in log.read_text().splitlines()[1:]]
    kinds = {kind: [e for e in events if e["type"] == kind] for kind in {e["type"] for e in events}}
    started = [e["child"] for e in kinds.get("AgentStarted", [])]
    assert sorted(started) == sorted(e["child"] for e in kinds.get("AgentEnded", []))
    assert len(started) == len(set(started)), "a resumed session gives new ids"
    called = sorted((e.get("agent", ""), e["call_id"]) for e in kinds.get("ToolCalled", []))
    assert called == sorted((e.get("agent", ""), e["call_id"]) for e in kinds.get("ToolFinished", []))
    asked = {e["ask_id"] for e in kinds.get("Asked", [])}
    assert asked == {e["ask_id"] for e in kinds.get("AskSettled", []) if e["ask_id"]}
