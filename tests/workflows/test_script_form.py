"""Designed tests of JavaScript: read from an answer, and composed for each runner."""

import shutil
import subprocess

import pytest

from mycoder.testing.command import TestCommand
from mycoder.workflows import script_form
from mycoder.workflows.forms import form_of
from mycoder.workflows.state import Designed, DesignedTest

ANSWER = """
```ts
import { test, expect } from 'vitest';
const WIDE = 3;

describe('area', () => {
  // edge: nothing there
  it('is zero', () => { expect(area([])).toBe(0); });
});

// large scale: many
test("is fast", () => { expect(area(new Array(10).fill(WIDE))).toBe(30); });

test('edge of it', () => { expect(area([1])).toBe(1); });
```
"""


def test_tests_are_read_with_their_labels_and_what_stands_before_them():
    tests, before, problem = script_form.read(ANSWER)
    assert [(test.name, test.label) for test in tests] == [
        ("is zero", "edge"),
        ("is fast", "large"),
        ("edge of it", "edge"),
    ]
    assert before == "const WIDE = 3;"
    assert not problem


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("no code", "no closed block"),
        ("```js\ntest('x', () => {\n```", "does not parse"),
        ("```js\nconst x = 1;\n```", "no call of test"),
    ],
)
def test_an_answer_without_tests_says_why(answer, words):
    tests, _, problem = script_form.read(answer)
    assert not tests
    assert words in problem


def designed(form):
    tests = [
        DesignedTest("is zero", "edge", "test('is zero', () => { assert.equal(area([]), 0); });"),
        DesignedTest("no", "basic", "it('no', () => {});", verdict="wrong", reason="it's\nwrong"),
    ]
    return Designed(form=form, path="test/designed.test.js", tests=tests, seconds={"edge": 2.5})


@pytest.mark.parametrize(
    ("form", "name", "code", "words"),
    [
        (
            "node",
            "a.mjs",
            "export function area(x) {}\n",
            ("from 'node:test'", "import * as code from '../a.mjs'"),
        ),
        (
            "node",
            "a.js",
            "exports.area = (x) => 0;\n",
            ("require('node:test')", "const code = require('../a.js')"),
        ),
        (
            "jest",
            "a.js",
            "function area() {}\nmodule.exports = { area };\n",
            ("const runner = test", "{ area }"),
        ),
        (
            "vitest",
            "src/a.ts",
            "export const area = () => 0;\n",
            ("test as runner } from 'vitest'", "'../src/a.ts'"),
        ),
        ("node", "a.mjs", "export default function (x) {}\n", ("const area = code.default;",)),
    ],
)
def test_the_file_suits_the_runner_and_the_kind_of_module(tmp_path, form, name, code, words):
    file = tmp_path / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(code)
    text = script_form.composed(designed(form), tmp_path, name)
    for each in words:
        assert each in text
    assert "designed('edge', 2.5)" in text
    assert "designed('basic', 0, 'it s wrong')" in text


@pytest.mark.skipif(shutil.which("node") is None, reason="needs Node")
def test_too_slow_is_told_as_a_matter_of_time(tmp_path):
    (tmp_path / "a.mjs").write_text(
        "export function area() { const at = Date.now(); while (Date.now() - at < 300); return 0; }\n"
    )
    slow = designed("node")
    slow.path, slow.seconds = "designed.test.mjs", {"edge": 0.1}
    (tmp_path / slow.path).write_text(script_form.composed(slow, tmp_path, "a.mjs"))
    ran = subprocess.run(["node", "--test"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "time class edge: not done after 0.1 s" in ran.stdout
    assert "skipped 1" in ran.stdout


@pytest.mark.parametrize(
    ("runner", "argv", "script", "form"),
    [
        ("pytest", ("pytest",), "", "pytest"),
        ("jest", ("npm", "test"), "jest", "jest"),
        ("vitest", ("npm", "test"), "vitest run", "vitest"),
        ("npm", ("npm", "test"), "node --test test/", "node"),
        ("npm", ("npm", "test"), "mocha", ""),
        ("shell", ("/usr/bin/node", "--test"), "", "node"),
        ("go", ("go", "test", "./..."), "", ""),
        ("cargo", ("cargo", "test"), "", ""),
    ],
)
def test_the_form_is_that_of_the_runner(tmp_path, runner, argv, script, form):
    (tmp_path / "package.json").write_text('{"scripts": {"test": "%s"}}' % script)  # noqa: UP031 - braces
    command = TestCommand(runner=runner, argv=argv, cwd=tmp_path, text=" ".join(argv), why="")
    assert form_of(command, tmp_path) == form


def test_without_tests_python_is_meant_unless_the_project_is_something_else(tmp_path):
    assert form_of(None, tmp_path) == "pytest"
    (tmp_path / "go.mod").write_text("module x\n")
    assert form_of(None, tmp_path) == ""
