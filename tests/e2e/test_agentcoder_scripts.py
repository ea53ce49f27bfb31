"""The workflow agentcoder in a project of JavaScript, with the runner of Node; and where no form suits."""

import json
import shutil

import pytest

from mycoder.models.scripted_server import ScriptedServer
from tests.e2e.console import mycoder, repository
from tests.e2e.roles import Cast, block, bodies, options, said

pytestmark = [pytest.mark.e2e, pytest.mark.skipif(shutil.which("npm") is None, reason="needs Node")]

TASK = "Write total(numbers) in sums.js: the sum of a list of whole numbers; an empty list has the sum 0."
RIGHT = "export function total(numbers) {\n  return numbers.reduce((zqSum, n) => zqSum + n, 0);\n}\n"
WRONG = "export function total(numbers) {\n  return numbers.reduce((zqSum, n) => zqSum + n);\n}\n"
COMMON = RIGHT.replace("export ", "") + "\nmodule.exports = { total };\n"
GOOD = """// basic: two numbers
test('two numbers', () => {
  assert.equal(total([2, 3]), 5);
});

// edge: nothing
test('nothing []', () => {
  assert.equal(total([]), 0);
});

// large: many
test('many', () => {
  assert.equal(total(new Array(LENGTH).fill(1)), LENGTH);
});
"""
FALSE = "\n// edge: a false claim\ntest('false claim', () => {\n  assert.equal(total([1, 1]), 3);\n});\n"


def designed(text=GOOD):
    return f"```js\nimport test from 'node:test';\nconst LENGTH = 10000;\n\n{text}```\n"


def project(folder, *, kind="module", script="node --test"):
    manifest = {"name": "sums", "type": kind, "scripts": {"test": script}}
    return repository(folder, {"package.json": json.dumps(manifest)})


async def coded(server, place):
    return await mycoder(
        *("--task", TASK, "--workflow", "agentcoder", "--model", "openai/usual", *options()),
        *("--engine", "model", "--output-format", "stream-json"),
        **({"url": server.url, "MYCODER_TESTS__BASELINE": "false"} | place),
    )


async def test_tests_are_designed_for_node_run_and_quarantined(tmp_path):
    place = {"cwd": project(tmp_path / "sums"), "home": tmp_path / "home"}
    cast = Cast(
        coder_a=lambda n, _: block("sums.js", WRONG if n == 1 else RIGHT),
        designer_c=designed(GOOD + FALSE),
        judge_d="nothing []: right\nfalse claim: wrong - 1 + 1 is 2",
    )
    async with ScriptedServer((), cast) as server:
        ran = await coded(server, place)
    assert ran.code == 0, ran.err + ran.out[-3000:]
    assert dict(cast.calls) == {"coder-a": 2, "designer-c": 1, "judge-d": 1}
    (design,) = bodies(server, "designer-c")
    assert "test runner of Node" in said(design)
    assert "zqSum" not in said(design)
    assert "false claim: 1 + 1 is 2" in ran.ended["answer"]
    written = (place["cwd"] / "designed.test.js").read_text()
    assert "assert.equal(total([1, 1]), 3)" in written
    assert ran.report["after"] == {"passed": 3, "skipped": 1}


async def test_the_older_kind_of_modules_is_read_too(tmp_path):
    place = {"cwd": project(tmp_path / "sums", kind="commonjs"), "home": tmp_path / "home"}
    cast = Cast(coder_a=block("sums.js", COMMON), designer_c=designed())
    async with ScriptedServer((), cast) as server:
        ran = await coded(server, place)
    assert ran.code == 0, ran.err + ran.out[-3000:]
    assert ran.report["after"]["passed"] == 3


async def test_where_no_form_suits_it_is_said_at_the_start(tmp_path):
    script = "sh -c 'echo TAP version 13; echo ok 1 - fine; echo 1..1'"
    place = {"cwd": project(tmp_path / "sums", script=script), "home": tmp_path / "home"}
    cast = Cast(coder_a=block("sums.js", RIGHT))
    async with ScriptedServer((), cast) as server:
        ran = await coded(server, place)
    assert ran.code == 0, ran.err + ran.out[-3000:]
    assert dict(cast.calls) == {"coder-a": 1}, "no designer is asked"
    assert any("pytest, node --test, jest and vitest only" in e["text"] for e in ran.of("Noticed"))
