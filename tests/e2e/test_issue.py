"""An issue from its words to a verified change: localise, reproduce, candidates, on three wires of the model."""

import json

import pytest

from mycoder.models.scripted_server import ScriptedServer
from tests.e2e.console import mycoder, repository
from tests.e2e.roles import block

pytestmark = pytest.mark.e2e

TASK = (
    "Orders: a discount larger than the price makes a debt. The total of an order must never be below zero."
)
BROKEN = "def total(price, discount=0):\n    return price - discount\n"
RIGHT = "def total(price, discount=0):\n    return max(price - discount, 0)\n"
WRONG = "def total(price, discount=0):\n    return price\n"
FILES = {
    "shop/__init__.py": "",
    "shop/orders.py": BROKEN,
    "shop/mails.py": "def greeting(name):\n    return f'Hello {name}'\n",
    "tests/test_orders.py": (
        "import unittest\n\nfrom shop.orders import total\n\n\nclass Orders(unittest.TestCase):\n"
        "    def test_discount(self):\n        self.assertEqual(total(5, 2), 3)\n"
    ),
    "tests/__init__.py": "",
}
SHOWS = (
    "import unittest\n\nfrom shop.orders import total\n\n\nclass Reproduction(unittest.TestCase):\n"
    "    def test_no_debt(self):\n        self.assertEqual(total(5, 9), {})\n"
)
ENV = {"MYCODER_TEST_COMMAND": "python3 -m unittest", "MYCODER_TESTS__BASELINE": "false"}
REPRODUCTION = "tests/test_reproduction.py"


def setting(tmp_path, wire="native", more=""):
    place = {"cwd": repository(tmp_path / "shop", FILES), "home": tmp_path / "home"}
    config = place["home"] / ".config/mycoder/config.toml"
    config.parent.mkdir(parents=True)
    name = "litellm/openai/all" if wire == "litellm" else "openai/all"
    extra = 'tools = "text"\n' if wire == "text" else ""
    config.write_text(f'model = "m"\n[models.m]\nname = "{name}"\n{extra}')
    flow = place["home"] / ".config/mycoder/workflows/two.yaml"
    flow.parent.mkdir()
    flow.write_text(
        f'base: {more or "issue"}\nnodes:\n  candidates: {{n: 2, variants: ["Way 1.", "Way 2."]}}\n'
    )
    return place


async def run(place, server):
    return await mycoder(
        *("--task", TASK, "--workflow", "two", "--engine", "model", "--output-format", "stream-json"),
        url=server.url,
        **place,
        **ENV,
    )


def call(wire, tool, **arguments):
    if wire == "text":
        return {"text": f"<tool_call>\n{json.dumps({'name': tool, 'arguments': arguments})}\n</tool_call>"}
    return {"calls": [{"tool": tool, "arguments": arguments}]}


def play_on(wire, tests, first=WRONG):
    """Writes the `tests` in turn; candidate 1 does the `first` thing, candidate 2 the right one."""
    written = iter(tests)

    def play(request):
        prompt = next(m.text for m in request.messages if m.role == "user" and TASK in m.text)
        if "YES or NO" in prompt:
            return {"text": "YES\nIt shows the debt."}
        if "Write one small test" in prompt:
            return {"text": block(REPRODUCTION, next(written))}
        match sum(m.role == "assistant" for m in request.messages):
            case 0:
                return call(wire, "read", path="shop/orders.py")
            case 1:
                body = first if "Way 1." in prompt else RIGHT
                old, new = (text.splitlines()[1] for text in (BROKEN, body))
                return call(wire, "edit", path="shop/orders.py", old=old, new=new)
        return {"text": "Done."}

    return play


def notes(ran):
    return "\n".join(event["text"] for event in ran.of("Noticed"))


@pytest.mark.parametrize("wire", ["native", "text", "litellm"])
async def test_an_issue_is_localised_shown_mended_and_verified(tmp_path, wire):
    place = setting(tmp_path, wire)
    async with ScriptedServer((), play_on(wire, [SHOWS.format(0)])) as server:
        ran = await run(place, server)
        prompts = [json.loads(r.body)["messages"] for r in server.requests if r.body]
    assert ran.code == 0, ran.err + ran.out[-3000:]
    assert [event["node"] for event in ran.of("NodeEnded")] == ["localise", "reproduce", "candidates"]
    assert "Likely places: shop/orders.py" in notes(ran)
    assert any("1. shop/orders.py:1-2 total" in json.dumps(messages) for messages in prompts)
    assert "Candidate 1 of 2: out, because it breaks" in notes(ran)
    assert "Candidate 2 of 2 is taken" in notes(ran)
    assert (place["cwd"] / "shop/orders.py").read_text() == RIGHT
    assert (place["cwd"] / REPRODUCTION).read_text() == SHOWS.format(0)
    assert ran.report["verified"]


async def test_a_test_that_passes_is_sent_back_and_one_candidate_that_leaves_it_red_is_out(tmp_path):
    place = setting(tmp_path)
    same = BROKEN.replace("price - discount", "price + -discount")
    tests = [SHOWS.format(-4), SHOWS.format(0)]
    async with ScriptedServer((), play_on("native", tests, same)) as server:
        ran = await run(place, server)
        bodies = "\n".join(r.body.decode() for r in server.requests)
    assert ran.code == 0, ran.err + ran.out[-3000:]
    assert "the test passes, although nothing was changed" in bodies
    assert "Candidate 1 of 2: out, because the test that shows the fault: failed" in notes(ran)
    assert (place["cwd"] / REPRODUCTION).read_text() == SHOWS.format(0)


async def test_without_a_test_that_fails_the_work_goes_on_and_it_is_said(tmp_path):
    place = setting(tmp_path)
    tests = [SHOWS.format(-4), "def broken(:\n"]
    async with ScriptedServer((), play_on("native", tests)) as server:
        ran = await run(place, server)
    assert ran.code == 0, ran.err + ran.out[-3000:]
    assert "No test shows what the task describes" in notes(ran)
    assert not (place["cwd"] / REPRODUCTION).exists()
    assert (place["cwd"] / "shop/orders.py").read_text() == RIGHT


@pytest.mark.parametrize("wire", ["text", "litellm"])
async def test_best_of_n_runs_on_the_other_wires(tmp_path, wire):
    place = setting(tmp_path, wire, "best-of-n")
    async with ScriptedServer((), play_on(wire, [])) as server:
        ran = await run(place, server)
    assert ran.code == 0, ran.err + ran.out[-3000:]
    assert (place["cwd"] / "shop/orders.py").read_text() == RIGHT


async def test_places_are_told_to_a_person(tmp_path):
    place = setting(tmp_path)
    ran = await mycoder("localise", "--text", TASK, **place)
    assert ran.code == 0, ran.err
    assert ran.out.startswith("1. shop/orders.py:1-2 total (1.00)")
    none = await mycoder("localise", "--text", "quaternions", **place)
    assert none.code == 1
    assert "other words" in none.err
