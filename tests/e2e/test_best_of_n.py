"""Several candidates side by side, through the real console script and a scripted model on loopback."""

import asyncio
import json
import re
import subprocess

import pytest

from mycoder.models.scripted_server import ScriptedServer
from tests.e2e.console import SCRIPT, environment, mycoder, repository
from tests.e2e.roles import block

pytestmark = pytest.mark.e2e

TASK = "Make every function of calc.py do what its name says."
NAMES = ("one", "two", "three", "four", "five")
TESTS = "import unittest\n\nimport calc\n\n\nclass Calc(unittest.TestCase):\n" + "\n".join(
    f"    def test_{name}(self):\n        self.assertEqual(calc.{name}(), {number})\n"
    for number, name in enumerate(NAMES, 1)
)


def code(right, more=""):
    """calc.py with the first `right` functions done."""
    parts = [f"def {name}():\n    return {n if n <= right else 0}\n" for n, name in enumerate(NAMES, 1)]
    return "\n\n".join(parts) + more


FILES = {"calc.py": code(0), "test_calc.py": TESTS, "README.md": "Numbers.\n"}
READ = {"calls": [{"tool": "read", "arguments": {"path": name}} for name in ("calc.py", "test_calc.py")]}
ENV = {"MYCODER_TEST_COMMAND": "python3 -m unittest", "MYCODER_TESTS__BASELINE": "false"}


@pytest.fixture
def place(tmp_path):
    return {"cwd": repository(tmp_path / "calc", FILES), "home": tmp_path / "home"}


def arguments(name="several", *more):
    return [
        *("--task", TASK, "--workflow", name, "--model", "openai/usual", "--engine", "model"),
        *("--output-format", "stream-json", *more),
    ]


def several(place, n, more="", judge=""):
    """A workflow of the person whose candidates are told which they are."""
    file = place["home"] / ".config/mycoder/workflows/several.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    ways = ", ".join(f'"Way {k}{{{{vars.mark}}}}"' for k in range(1, n + 1))
    file.write_text(
        f'base: best-of-n\nvars: {{mark: "."}}\nnodes:\n  candidates: {{n: {n}, variants: [{ways}]{more}}}\n'
    )


async def best(server, place, *more, **env):
    return await mycoder(*arguments("several", *more), url=server.url, **place, **(ENV | env))


def way(request):
    """Which candidate asks; 0 for nobody of them."""
    found = re.search(r"Way (\d+)\.$", next(m.text for m in reversed(request.messages) if m.role == "user"))
    return int(found[1]) if found else 0


def each(*answers, judge="CANDIDATE 1"):
    """A model that reads first and then gives the k-th candidate the k-th answer."""

    def play(request):
        k = way(request)
        if k and request.messages[-1].role == "user":
            return READ
        answer = answers[k - 1] if k else judge
        return {"text": answer} if isinstance(answer, str) else answer

    return play


def said(step):
    return {"text": step} if isinstance(step, str) else step


def trees(place):
    """What is left of second trees: folders of ours, and what git knows."""
    listed = subprocess.run(
        ["git", "worktree", "list"], cwd=place["cwd"], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    return [str(p) for p in place["home"].rglob("trees/*")] + listed[1:]


def notes(ran):
    return [event["text"] for event in ran.of("Noticed")]


def taken(ran):
    return next(note for note in notes(ran) if "is taken" in note or "can be taken" in note)


async def test_the_candidate_that_passes_most_tests_is_taken(place):
    several(place, 4)
    play = each(*(block("calc.py", code(right)) for right in (1, 3, 5, 2)))
    async with ScriptedServer((), play) as server:
        ran = await best(server, place)
        sent = sorted(json.loads(r.body)["temperature"] for r in server.requests)
    assert ran.code == 0, ran.err + ran.out[-3000:]
    assert (place["cwd"] / "calc.py").read_text() == code(5)
    assert trees(place) == []
    assert taken(ran) == "Candidate 3 of 4 is taken: more tests passed."
    assert ran.report["verified"]
    assert sent == [0.5, 0.5, 0.667, 0.667, 0.833, 0.833, 1.0, 1.0]
    assert len(ran.of("FilesChanged")) == 1
    assert len(ran.of("UsageChanged")) == 8
    undone = await mycoder("undo", cwd=place["cwd"], home=place["home"])
    assert undone.code == 0, undone.err
    assert (place["cwd"] / "calc.py").read_text() == code(0)


async def test_a_candidate_that_wrote_what_a_rule_forbids_is_not_taken_over(place):
    several(place, 1)
    right = f"open('calc' + '.py', 'w').write({code(5)!r})\n"

    def play(request):
        is_done = any(call.name == "shell" for message in request.messages for call in message.calls)
        return {"text": "Done."} if is_done or not way(request) else {"calls": writing(right)}

    async with ScriptedServer((), play) as server:
        ran = await best(server, place, "--set", 'policy.deny=["edit(calc.py)"]')
    assert ran.code == 4, ran.err + ran.out[-3000:]
    assert "Candidate 1 was not taken over" in ran.ended["message"]
    assert (place["cwd"] / "calc.py").read_text() == code(0)
    assert trees(place) == []


def writing(program):
    """The calls that put the program into a file and run it."""
    return [
        {"tool": "write", "arguments": {"path": "fix.py", "content": program}},
        {"tool": "shell", "arguments": {"command": "python3 fix.py"}},
    ]


async def test_of_equal_candidates_the_smaller_diff_is_taken(place):
    several(place, 2)
    play = each(block("calc.py", code(5, "\n\ndef six():\n    return 6\n")), block("calc.py", code(5)))
    async with ScriptedServer((), play) as server:
        ran = await best(server, place)
    assert ran.code == 0, ran.err
    assert (place["cwd"] / "calc.py").read_text() == code(5)
    assert taken(ran) == "Candidate 2 of 2 is taken: the smaller diff."


async def test_the_majority_wins_and_what_breaks_a_test_is_never_taken(tmp_path):
    """Three of six are the same but for form; the smallest of all breaks what worked."""
    place = {"cwd": repository(tmp_path / "calc", FILES | {"calc.py": code(1)}), "home": tmp_path / "home"}
    several(place, 6)
    same = [
        code(5),
        code(5).replace("def two", "# the second\ndef two").replace("return 3", "return (3)"),
        '"""Numbers."""\n\n' + code(5).replace("():\n", '():\n    """A number."""\n'),
    ]
    others = [code(5).replace("return 5", "return 2 + 3"), code(5).replace("return 4", "return 2 * 2")]
    breaker = code(5).replace("return 1", "return 9")
    answers = [others[0], same[0], breaker, same[1], others[1], same[2]]
    async with ScriptedServer((), each(*(block("calc.py", text) for text in answers))) as server:
        ran = await best(server, place)
    assert ran.code == 0, ran.err + ran.out[-2000:]
    assert taken(ran).startswith("Candidate 2 of 6 is taken: 3 candidates made this patch")
    assert (place["cwd"] / "calc.py").read_text() == code(5)
    assert any(re.search(r"Candidate 3 of 6: out, because it breaks .*test_one", note) for note in notes(ran))


async def test_only_what_weakens_tests_is_left_then_nothing_is_taken(place):
    several(place, 2)
    weak = block("calc.py", code(5)) + block("test_calc.py", TESTS.replace("calc.one(), 1", "calc.one(), 0"))
    breaks = block("test_calc.py", "import unittest\n\n\nclass Calc(unittest.TestCase):\n    pass\n")
    async with ScriptedServer((), each(weak, breaks)) as server:
        ran = await best(server, place)
    assert ran.code != 0
    assert "None of 2 candidates can be taken" in taken(ran)
    assert (place["cwd"] / "calc.py").read_text() == code(0)
    assert (place["cwd"] / "test_calc.py").read_text() == TESTS
    assert trees(place) == []


async def test_a_judge_chooses_where_nothing_else_does(place):
    several(place, 2)
    one, two = (code(5).replace("return 5", f"return {how}") for how in ("2 + 3", "1 + 4"))
    judge = "Both CANDIDATE 1 and the other do it.\n\nCANDIDATE 2"
    async with ScriptedServer((), each(block("calc.py", one), block("calc.py", two), judge=judge)) as server:
        ran = await best(server, place)
        asked = [json.loads(r.body) for r in server.requests][-1]
    assert ran.code == 0, ran.err
    assert taken(ran) == "Candidate 2 of 2 is taken: the judge chose it."
    assert (place["cwd"] / "calc.py").read_text() == two
    assert "return 1 + 4" in json.dumps(asked)


async def test_candidates_are_made_at_the_same_time(place):
    several(place, 4)

    def play(request):
        return {**READ, "delay": 6.0} if request.messages[-1].role == "user" else block("calc.py", code(5))

    async with ScriptedServer((), lambda request: said(play(request))) as server:
        ran = await best(server, place)
        first = [json.loads(r.body)["messages"][-1]["role"] for r in server.requests][:4]
    assert ran.code == 0, ran.err
    assert first == ["user"] * 4, "the last was asked before the first had answered"


async def test_killed_while_candidates_are_made_the_next_start_cleans_up(place):
    several(place, 2)
    asked = asyncio.Event()

    def play(request):
        asked.set()
        return {"text": block("calc.py", code(5)), "delay": 60}

    env = environment(place["home"], "", **ENV)
    async with ScriptedServer((), play) as server:
        env |= {"OPENAI_BASE_URL": server.url, "OPENAI_API_KEY": "sk-x"}
        process = await asyncio.create_subprocess_exec(
            str(SCRIPT), *arguments(), cwd=place["cwd"], env=env,
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        await asyncio.wait_for(asked.wait(), 60)
        process.kill()
        await process.wait()
        assert trees(place), "the killed process could not clean up"
    async with ScriptedServer((), each(block("calc.py", code(4)), block("calc.py", code(5)))) as server:
        ran = await best(server, place, "--continue")
    assert ran.code == 0, ran.err + ran.out[-2000:]
    assert (place["cwd"] / "calc.py").read_text() == code(5)
    assert trees(place) == []


async def test_stopped_in_the_middle_nothing_is_left(place):
    several(place, 3)

    def play(request):
        return {"text": block("calc.py", code(5)), "delay": 600 if way(request) == 2 else 0}

    async with ScriptedServer((), play) as server:
        ran = await best(server, place, "--max-time", "8")
    assert ran.code != 0
    assert (place["cwd"] / "calc.py").read_text() == code(0)
    assert trees(place) == []


async def test_limits_are_shared_out_and_counted(place):
    several(place, 3)

    def play(request):
        return {"calls": [{"tool": "read", "arguments": {"path": "calc.py"}}]}

    async with ScriptedServer((), play) as server:
        ran = await best(server, place, "--max-steps", "6")
        count = sum(1 for r in server.requests if r.body)
    assert ran.code == 5, ran.err
    assert count == 6
