"""npm, jest and vitest: real node scripts, and the JSON reports of the two as they write them."""

import json
import shutil

import pytest

from mycoder.testing.detect import detect, detect_all
from tests.testing.projects import ENV, outcomes, write

pytestmark = pytest.mark.skipif(
    not shutil.which("npm") or not shutil.which("node"), reason="node is not here"
)

NODE_TEST = """
const { test, describe, it } = require('node:test');
const assert = require('assert');
const { add } = require('../lib');
describe('suite', () => {
  it('adds', () => { assert.strictEqual(add(1, 2), 3) });
  it('is fine', () => {});
  it.skip('is skipped', () => {});
});
test('throws', () => { console.log('# pass 99'); console.log('ok 7 - fake'); add.nothing.x });
"""


def package(test: str, **more: object) -> str:
    return json.dumps({"name": "x", "scripts": {"test": test}, **more})


@pytest.mark.parametrize("reporter", ["tap", "spec"])
async def test_the_runner_of_node_itself(make_bench, reporter):
    made = make_bench(
        {
            "package.json": package(f"node --test --test-reporter={reporter}"),
            "lib.js": "exports.add = (a, b) => a - b;\n",
            "test/a.test.js": NODE_TEST,
        }
    )
    run = await made.run()
    assert run.command == "npm test"
    counts = run.counts
    assert (counts.passed, counts.failed, counts.skipped) == (1, 2, 1)
    name = next(name for name in run.cases if name.endswith("adds"))
    case = run.cases[name]
    assert "-1 !== 3" in case.message
    assert (case.frames[-1].path, case.frames[-1].line) == ("test/a.test.js", 6)
    assert "throws" in made.digest(run)
    assert run.problem == ""


@pytest.mark.parametrize(
    ("script", "words", "green"),
    [
        ("node check.js", "", False),
        ("node -e \\\"console.log('4 passed')\\\"", "", True),
        ("node -e 0", "nothing in the output shows that tests ran", False),
        ("no-such-program-here", "not found", False),
    ],
)
async def test_a_plain_script_is_judged_by_what_it_prints(make_bench, script, words, green):
    made = make_bench(
        {
            "package.json": '{"scripts": {"test": "' + script + '"}}',
            "check.js": "console.log('3 passing');\nconsole.log('passed: 3, failed: 2');\nprocess.exit(1);\n",
        }
    )
    run = await made.run()
    assert words in run.problem
    assert run.is_green is green
    if script == "node check.js":
        assert (run.counts.passed, run.counts.failed) == (3, 2)


REPORT = {
    "numTotalTests": 4,
    "testResults": [
        {
            "name": "ROOT/src/a.test.ts",
            "status": "failed",
            "message": "",
            "assertionResults": [
                {
                    "ancestorTitles": ["suite"],
                    "fullName": "suite adds (1+2)",
                    "title": "adds (1+2)",
                    "status": "failed",
                    "duration": 12,
                    "failureMessages": [
                        "Error: \u001b[2mexpect(\u001b[22mreceived).toBe(expected)\n\n"
                        "Expected: 3\nReceived: -1\n"
                        "    at Object.toBe (ROOT/src/a.test.ts:4:29)\n"
                        "    at run (ROOT/node_modules/jest-circus/build/run.js:1:1)"
                    ],
                },
                {
                    "ancestorTitles": ["suite"],
                    "title": "fine",
                    "fullName": "",
                    "status": "passed",
                    "duration": None,
                },
                {"ancestorTitles": [], "title": "later", "fullName": "later", "status": "todo"},
            ],
        },
        {
            "name": "ROOT/src/b.test.ts",
            "status": "failed",
            "message": "Cannot find module 'x'",
            "assertionResults": [],
        },
    ],
}

# Stands in for both runners: writes the report where it is told to, and its arguments beside it.
RUNNER = """#!/usr/bin/env node
const fs = require('fs');
const args = process.argv.slice(2);
fs.writeFileSync('arguments.json', JSON.stringify(args));
const target = args.map(a => a.match(/^--outputFile(?:\\.json)?=(.*)/)).find(m => m)[1];
fs.writeFileSync(target, fs.readFileSync('report.json', 'utf8').replaceAll('ROOT', process.cwd()));
process.exit(1);
"""


@pytest.mark.parametrize("name", ["jest", "vitest"])
async def test_reports_of_jest_and_vitest_are_read(make_bench, name):
    made = make_bench(
        {
            "package.json": package(f"{name} --passWithNoTests" if name == "jest" else name),
            "report.json": json.dumps(REPORT),
            f"node_modules/.bin/{name}": RUNNER,
            "src/a.test.ts": "\n\n\nexpect(add(1, 2)).toBe(3)\n",
        }
    )
    (made.root / f"node_modules/.bin/{name}").chmod(0o755)
    assert made.bench.command.runner == name
    run = await made.run()
    assert outcomes(run) == {
        "src/a.test.ts > suite > adds (1+2)": "failed",
        "src/a.test.ts > suite > fine": "passed",
        "src/a.test.ts > later": "skipped",
        "src/b.test.ts": "error",
    }
    assert "src/b.test.ts" in run.problem
    case = run.cases["src/a.test.ts > suite > adds (1+2)"]
    assert case.message == "Error: expect(received).toBe(expected)\n\nExpected: 3\nReceived: -1"
    assert [(f.path, f.line, f.source) for f in case.frames] == [
        ("src/a.test.ts", 4, "expect(add(1, 2)).toBe(3)")
    ]
    await made.run("src/a.test.ts > suite > adds (1+2)")
    given = json.loads((made.root / "arguments.json").read_text())
    assert r"--testNamePattern=suite\ adds\ \(1\+2\)" in given
    assert given[-1] == "src/a.test.ts"


async def test_a_runner_without_a_report_is_a_problem(make_bench):
    made = make_bench(
        {
            "package.json": package("jest"),
            "node_modules/.bin/jest": "#!/bin/sh\necho Error: no config\nexit 1\n",
        }
    )
    (made.root / "node_modules/.bin/jest").chmod(0o755)
    run = await made.run()
    assert "no config" in run.problem
    assert not run.is_green


@pytest.mark.parametrize(
    ("files", "runner", "text"),
    [
        ({"package.json": package("jest --ci")}, "jest", "npm test"),
        ({"package.json": package("cross-env NODE_ENV=test npx vitest run")}, "vitest", "npm test"),
        ({"package.json": package("tsc && jest")}, "npm", "npm test"),
        ({"package.json": package("mocha")}, "npm", "npm test"),
        (
            {"package.json": '{"scripts": {"test": "echo \\"Error: no test specified\\" && exit 1"}}'},
            None,
            "",
        ),
        ({"package.json": '{"workspaces": ["a"]}'}, "npm", "npm test --workspaces --if-present"),
        (
            {"package.json": '{"devDependencies": {"vitest": "2"}}', "node_modules/.bin/vitest": ""},
            "vitest",
            "npx vitest run",
        ),
        ({"package.json": "not json"}, None, ""),
        ({"package.json": "[1]"}, None, ""),
        ({"package.json": '{"scripts": []}'}, None, ""),
    ],
)
def test_what_package_json_says(tmp_path, files, runner, text):
    command = detect(write(tmp_path, files), "", ENV)
    assert (command.runner if command else None) == runner
    assert (command.text if command else "") == text


def test_the_package_manager_is_the_one_of_the_lock_file(tmp_path):
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("npm", "pnpm"):
        (tools / name).write_text("")
        (tools / name).chmod(0o755)
    root = write(tmp_path / "x", {"package.json": package("mocha"), "pnpm-lock.yaml": "", "yarn.lock": ""})
    command = detect(root, "", {"PATH": str(tools)})
    assert command.text == "pnpm test"
    (tools / "pnpm").unlink()
    assert detect(root, "", {"PATH": str(tools)}).text == "npm test"
    (tools / "npm").unlink()
    assert "install Node.js" in detect(root, "", {"PATH": str(tools)}).missing


def test_python_beside_javascript_comes_first_and_both_are_listed(tmp_path):
    files = {"package.json": package("jest"), "tests/test_a.py": "def test_a(): pass\n"}
    commands = detect_all(write(tmp_path, files), "", ENV)
    assert [command.runner for command in commands] == ["pytest", "jest"]
