"""The kinds of nodes that the packaged workflows leave out, in one graph of a person's own."""

import pytest

from mycoder.models.scripted_server import ScriptedServer
from tests.e2e.console import call, mycoder, repository
from tests.e2e.roles import RIGHT, TASK, Cast, bodies, options, said
from tests.e2e.test_workflows import FAST, UNITTEST

pytestmark = pytest.mark.e2e

GRAPH = """
about: each kind once
nodes:
  plan: {kind: plan, next: work}
  work:
    kind: agent
    prompt: "{{task}} The plan: {{plan}}"
    next: look
  look:
    kind: shell
    command: grep -c def hist.py
    next:
      - to: run
        when: shell.code == 0 and "1" in shell.output
  run: {kind: test, next: review}
  review:
    kind: review
    next:
      - to: pick
        when: review.approved
      - to: work
        when: visits.work < 2
  pick: {kind: select, limits: {max_visits: 1}}
"""


async def test_a_graph_of_the_other_kinds(tmp_path):
    place = {"cwd": repository(tmp_path / "hist", UNITTEST), "home": tmp_path / "home"}
    own = place["home"] / ".config/mycoder/workflows/each.yaml"
    own.parent.mkdir(parents=True)
    own.write_text(GRAPH)

    def code(n, _):
        written = call(("write", {"path": "hist.py", "content": RIGHT}))
        return {"calls": written.calls} if n == 1 else "Done."

    verdicts = iter(["CHANGES\nSay more.", "APPROVE"])
    cast = Cast(planner="First the guard.", coder_a=code, judge_d=lambda n, _: next(verdicts))
    async with ScriptedServer((), cast) as server:
        ran = await mycoder(
            *("--task", TASK, "--workflow", "each", "--model", "openai/usual", *options(plan="planner")),
            *("--engine", "model", "--output-format", "stream-json"),
            url=server.url, **place, **FAST, MYCODER_TEST_COMMAND="python3 -m unittest",
        )  # fmt: skip
    assert ran.code == 0, ran.err + ran.out[-3000:]
    kinds = [event["kind"] for event in ran.of("NodeEnded")]
    again = ["agent", "shell", "test", "review"]
    assert kinds == ["plan", *again, *again, "select"]
    assert "The plan: First the guard." in said(bodies(server, "coder-a")[0])
    assert "+def largest_rectangle" in said(bodies(server, "judge-d")[0])
    shell = next(event for event in ran.of("ToolCalled") if event["tool"] == "shell")
    assert shell["agent"].startswith("look.")
    assert ran.report["verified"]
