"""The tool `test`, over a real project, bench and sandbox."""

import os

import msgspec

from mycoder.protocol.blocks import TestReport
from mycoder.protocol.events import TestsRan
from mycoder.protocol.tooling import Effect
from mycoder.sandbox.sandbox import open_sandbox
from mycoder.testing.bench import TestBench
from mycoder.testing.detect import detect
from mycoder.tools.test import run_tests
from mycoder.tools.tool import ToolContext
from mycoder.workspace.workspace import Workspace
from tests.testing.projects import ENV, found, write

TESTS = (
    "from calc import add\n\ndef test_add():\n    assert add(1, 2) == 3\n\n"
    "def test_zero():\n    assert add(0, 0) == 0\n"
)


def context(root, state, shown):
    command = found(root) if detect(root, "", ENV) else None
    sandbox = open_sandbox("off", root, env=os.environ)
    bench = TestBench(root, sandbox, command, state / "tests", env={}, rerun_seconds=0)
    return ToolContext(
        workspace=Workspace(root, state / "workspace"),
        sandbox=sandbox,
        tests=bench,
        progress=shown.append,
        spill=state,
    )


async def call(made, **arguments):
    return await run_tests.call(made, msgspec.convert(arguments, run_tests.arguments))


def test_how_it_is_declared():
    assert run_tests.name == "test"
    assert run_tests.effect is Effect.RUN
    assert 20 < len(run_tests.description.split()) <= 90
    schema = run_tests.spec.schema
    assert schema["required"] == []
    assert schema["properties"]["selection"] == {"type": "array", "items": {"type": "string"}}
    assert schema["properties"]["seconds"] == {"type": "integer"}


async def test_it_tells_the_model_people_and_the_log(tmp_path):
    root = write(tmp_path / "p", {"calc.py": "def add(a, b):\n    return a - b\n", "test_calc.py": TESTS})
    shown: list[str] = []
    made = context(root, tmp_path / "state", shown)
    first = await call(made)
    assert first.ok, "a red run is a result, not a failed call"
    assert first.output.splitlines()[0].endswith(" s")
    assert "1 failed, 1 passed" in first.output
    assert "test_calc.py:4 in test_add: assert add(1, 2) == 3" in first.output
    (block,), (event,) = first.blocks, first.events
    assert isinstance(block, TestReport)
    assert isinstance(event, TestsRan)
    assert event.baseline
    assert (block.passed, block.failed, event.failing) == (1, 1, ("test_calc.py::test_add",))
    assert event.sandbox == "limits"
    assert "test_calc.py" in "".join(shown)

    (root / "calc.py").write_text("def add(a, b):\n    return a + b\n")
    part = await call(made, selection=["test_calc.py::test_add"])
    assert not part.events[0].complete
    assert "(a part of the tests)" in part.output
    second = await call(made, seconds=60)
    assert "red: 1 before the first edit → 0; fixed 1: test_calc.py::test_add" in second.output
    assert second.events[0].is_green
    assert second.events[0].complete
    await made.sandbox.close()


async def test_nothing_to_run_is_a_failed_call_that_says_what_to_set(tmp_path):
    made = context(write(tmp_path / "p", {"README": ""}), tmp_path / "state", [])
    result = await call(made)
    assert not result.ok
    assert "test_command" in result.output
    assert result.events[0].problem
    await made.sandbox.close()


async def test_a_wrong_selection_is_answered(tmp_path):
    made = context(write(tmp_path / "p", {"test_a.py": "def test_a(): pass\n"}), tmp_path / "state", [])
    result = await call(made, selection=["--pdb"])
    assert not result.ok
    assert "--pdb" in result.output
    gone = await call(made, selection=["test_gone.py::test_x"], seconds=-5)
    assert not gone.ok
    await made.sandbox.close()
