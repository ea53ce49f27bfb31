"""The workflow agentcoder through the real console script: who sees what, how often, and what becomes of wrong tests."""

import asyncio

import pytest

from mycoder.models.scripted_server import ScriptedServer
from tests.e2e.console import mycoder, repository
from tests.e2e.roles import Cast, block, bodies, options, said

pytestmark = pytest.mark.e2e

TASK = "Write total(numbers) in sums.py: the sum of a list of whole numbers; an empty list has the sum 0."
FILES = {"pyproject.toml": '[tool.pytest.ini_options]\naddopts = "-p no:cacheprovider"\n'}
RIGHT = "def total(numbers):\n    zq_accumulator = 0\n    for zq_item in numbers:\n        zq_accumulator += zq_item\n    return zq_accumulator\n"
WRONG = "def total(numbers):\n    return {n}\n"
SLOW = (
    "def total(numbers):\n    result = 0\n    for at in range(len(numbers)):\n"
    "        result = sum(numbers[: at + 1])\n    return result\n"
)
GOOD = {
    "basic": "# basic: two numbers\ndef test_two():\n    assert total([2, 3]) == 5\n",
    "edge": "# edge: nothing\ndef test_nothing():\n    assert total([]) == 0\n",
    "large": "# large: many\ndef test_many():\n    assert total([1] * 100_000) == 100_000\n",
}
FALSE = "# edge: a false claim\ndef test_false_claim():\n    assert total([1, 1]) == 3\n"


def designed(*parts):
    text = "\n\n".join(parts or GOOD.values())
    return f"```python\n{text}```\n"


@pytest.fixture
def place(tmp_path):
    return {"cwd": repository(tmp_path / "sums", FILES), "home": tmp_path / "home"}


async def coded(server, place, *more, **env):
    return await mycoder(
        *("--task", TASK, "--workflow", "agentcoder", "--model", "openai/usual", *options()),
        *("--engine", "model", "--output-format", "stream-json", *more),
        **({"url": server.url, "MYCODER_TESTS__BASELINE": "false"} | place | env),
    )


async def test_the_designer_never_sees_code_and_both_begin_together(place):
    def programmer(n, _):
        return {"text": block("sums.py", RIGHT), "delay": 6.0}

    def designer(n, _):
        return {"text": designed(GOOD["basic"], GOOD["edge"]) if n == 1 else designed(), "delay": 6.0}

    cast = Cast(coder_a=programmer, designer_c=designer)
    async with ScriptedServer((), cast) as server:
        ran = await coded(server, place)
    assert ran.code == 0, ran.err + ran.out[-3000:]
    assert dict(cast.calls) == {"coder-a": 1, "designer-c": 2}, "asked again once, for the large tests"
    for body in bodies(server, "designer-c"):
        assert "total(numbers)" in said(body)
        assert not any(word in said(body) for word in ("zq_accumulator", "zq_item", "sums.py\n"))
    began = {e["node"]: e["seq"] for e in ran.of("NodeStarted")}
    ended = {e["node"]: e["seq"] for e in ran.of("NodeEnded")}
    assert max(began["programmer"], began["designer"]) < min(ended["programmer"], ended["designer"])
    first = sorted(r.at for r in server.requests)[:2]
    assert first[1] - first[0] < 6.0, "the second request went out before the first was answered"
    written = (place["cwd"] / "test_designed.py").read_text()
    assert [label in written for label in ("# basic", "# edge", "# large")] == [True] * 3
    assert ran.report["after"]["passed"] == 3


async def test_always_wrong_stops_after_five_rounds(place):
    cast = Cast(
        coder_a=lambda n, _: block("sums.py", WRONG.format(n=n * 1000)),
        designer_c=designed(GOOD["basic"], GOOD["edge"], GOOD["large"]),
        judge_d="test_two: right\ntest_nothing: right\ntest_many: right",
    )
    async with ScriptedServer((), cast) as server:
        ran = await coded(server, place)
    assert ran.code == 6, ran.err
    assert dict(cast.calls) == {"coder-a": 5, "designer-c": 1, "judge-d": 1}
    for n, body in enumerate(bodies(server, "coder-a")[1:], 1):
        assert str(n * 1000) in body["messages"][-1]["content"], "the error text of the run before"
        assert "You do not see the code" not in said(body)
    assert "zq_" not in said(bodies(server, "judge-d")[0])


async def test_green_in_round_three_means_three_rounds(place):
    cast = Cast(
        coder_a=lambda n, _: block("sums.py", RIGHT if n == 3 else WRONG.format(n=n)),
        designer_c=designed(),
        judge_d="test_two: right\ntest_nothing: right\ntest_many: right",
    )
    async with ScriptedServer((), cast) as server:
        ran = await coded(server, place)
    assert ran.code == 0, ran.err
    assert cast.calls["coder-a"] == 3


async def test_a_false_test_changes_no_code_and_does_not_disappear(place):
    cast = Cast(
        coder_a=block("sums.py", RIGHT),
        designer_c=designed(*GOOD.values(), FALSE),
        judge_d="test_false_claim: wrong - 1 + 1 is 2",
    )
    async with ScriptedServer((), cast) as server:
        ran = await coded(server, place)
    assert ran.code == 0, ran.err + ran.out[-3000:]
    assert dict(cast.calls) == {"coder-a": 1, "designer-c": 1, "judge-d": 1}
    (judge,) = bodies(server, "judge-d")
    assert "test_false_claim" in said(judge)
    assert "zq_accumulator" not in said(judge)
    assert (place["cwd"] / "sums.py").read_text() == RIGHT
    written = (place["cwd"] / "test_designed.py").read_text()
    assert "assert total([1, 1]) == 3" in written
    assert "in quarantine" in written
    assert "test_false_claim: 1 + 1 is 2" in ran.ended["answer"]
    assert any("quarantine" in e["text"] for e in ran.of("Noticed"))
    assert ran.report["after"]["skipped"] == 1


async def test_too_slow_is_told_as_a_matter_of_time(place):
    cast = Cast(
        coder_a=block("sums.py", SLOW), designer_c=designed(), judge_d="test_many: right, it must be fast"
    )
    own = place["home"] / ".config/mycoder/workflows/quick.yaml"
    own.parent.mkdir(parents=True)
    own.write_text("base: agentcoder\nlimits: {max_rounds: 2}\nnodes: {designer: {large_seconds: 0.5}}\n")
    async with ScriptedServer((), cast) as server:
        ran = await coded(server, place, "--workflow", "quick")
    assert ran.code == 6, ran.err
    second = bodies(server, "coder-a")[1]
    assert "time class large: not done after 0.5 s" in second["messages"][-1]["content"]


SCRIPT = (  # right in round 1, right after reading the tests, right after a run of the tests
    (True, True, True),
    (False, True, True),
    (False, False, True),
    (False, False, False),
)


async def attempt(folder, rights, sets):
    """Whether the code is right at the end."""
    folder.mkdir()
    place = {"cwd": repository(folder / "r", FILES), "home": folder / "h"}

    def programmer(n, last):
        is_right = rights[0 if n == 1 else 1 if "not seen your code" in last else 2]
        return block("sums.py", RIGHT if is_right else WRONG.format(n=n))

    verdicts = "test_two: right\ntest_nothing: right\ntest_many: right"
    cast = Cast(coder_a=programmer, designer_c=designed(), judge_d=verdicts)
    async with ScriptedServer((), cast) as server:
        await coded(server, place, *(part for text in sets for part in ("--set", text)))
    return (place["cwd"] / "sums.py").read_text() == RIGHT


@pytest.mark.timeout(240)
async def test_the_ablation_is_monotone(tmp_path):
    """Programmer alone, with designer, with both and executor: each part mends at least what the one before did."""
    key = "workflow.set.vars."
    settings = (
        (f"{key}designer=false", f"{key}executor=false"),
        (f"{key}executor=false",),
        ("workflow.set.limits.max_rounds=2",),
    )
    passed = []
    for number, sets in enumerate(settings):
        tries = [attempt(tmp_path / f"{number}-{n}", rights, sets) for n, rights in enumerate(SCRIPT)]
        passed.append(sum(await asyncio.gather(*tries)))
    assert passed == [1, 2, 3]
