"""Tests that were designed from the task alone: read from the designer's answer, kept in one file, put in quarantine.

AgentCoder (arXiv 2312.13010) has the designer write basic, edge and large-scale tests and never shows it the code.
Large tests have a time class of their own, so that "too slow" is told from "wrong".
"""

import ast
import re
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec

from mycoder.protocol.events import AnyEvent
from mycoder.protocol.messages import ToolCall
from mycoder.testing.integrity.places import is_test_file
from mycoder.workflows import script_form
from mycoder.workflows.answers import blocks
from mycoder.workflows.forms import PYTEST
from mycoder.workflows.state import Designed, DesignedTest, State
from mycoder.workflows.visit import Visit
from mycoder.workspace.files import FileMissing, PathRefused
from mycoder.workspace.grammars import language_of
from mycoder.workspace.text import NotText

LABELS = ("basic", "edge", "large")
_LABEL = re.compile(r"^\s*#\s*(basic|edge|large)\b(?:[\s-]*scale)?\s*[:-]?\s*(.*)$", re.I)
_IN_NAME = re.compile(r"^test_(basic|edge|large)", re.I)
MOST_TESTS = 60


class Reading(msgspec.Struct):
    """What an answer holds: tests, what stands before them, and what is wrong with it."""

    tests: list[DesignedTest] = []
    preamble: str = ""
    problem: str = ""


def read_tests(answer: str, form: str = PYTEST) -> Reading:
    """The tests of an answer, in the form that was asked for; one without a label counts as basic."""
    if form != PYTEST:
        tests, before, problem = script_form.read(answer)
        return Reading(tests[:MOST_TESTS], before, problem)
    code = [b.text for b in blocks(answer) if b.language in ("", "python", "py", "python3")]
    if not code:
        return Reading(problem="there is no closed block of Python code in it")
    reading = Reading()
    preamble: list[str] = []
    for text in code:
        try:
            tree = ast.parse(text)
        except (SyntaxError, ValueError, RecursionError) as error:
            reading.problem = f"a block does not parse: {error}"
            continue
        lines = text.splitlines()
        for node in tree.body:
            first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
            source = "\n".join(lines[first - 1 : node.end_lineno])
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test"):
                reading.tests.append(_test(node.name, source, lines, first))
            elif not _is_main_guard(node):
                preamble.append(source)
    reading.preamble = "\n".join(dict.fromkeys(preamble))
    reading.tests = list({test.name: test for test in reading.tests}.values())[:MOST_TESTS]
    if not reading.tests and not reading.problem:
        reading.problem = "no function in it has a name that begins with test_"
    return reading


def _test(name: str, source: str, lines: list[str], first: int) -> DesignedTest:
    above = lines[first - 2] if first >= 2 else ""
    if found := _LABEL.match(above):
        return DesignedTest(name, found[1].lower(), source, found[2].strip())
    named = _IN_NAME.match(name)
    return DesignedTest(name, named[1].lower() if named else "basic", source)


def _is_main_guard(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and "__name__" in ast.unparse(node.test)


def missing_labels(tests: list[DesignedTest]) -> list[str]:
    return [label for label in LABELS if not any(test.label == label for test in tests)]


def composed(designed: Designed, module: str, depth: int) -> str:
    """The file of the tests. `module` is where the code is, `depth` how many folders the file lies below the root."""
    names = {test.name for test in designed.tests}
    lines = [
        '"""Tests designed from the task alone, before the code was seen."""',
        "",
        "import functools",
        "import pathlib",
        "import signal",
        "import sys",
        "",
        "import pytest",
        "",
        f"sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[{depth}]))",
    ]
    if module:
        lines += [f"from {module} import *  # noqa: E402, F403"]
    if designed.preamble:
        lines += [designed.preamble]
    lines += ["", "", _LIMIT.strip(), ""]
    for test in designed.tests:
        seconds = designed.seconds.get(test.label, 0)
        about = f": {test.about}" if test.about else ""
        lines += ["", f"# {test.label}{about}"]
        if test.verdict == "wrong":
            lines += [f"@pytest.mark.skip(reason={f'in quarantine: {test.reason}'!r})"]
        lines += [f"@_within({seconds:g}, {test.label!r})", test.source, ""]
    assert len(names) == len(designed.tests)
    return "\n".join(lines).rstrip() + "\n"


_LIMIT = '''
def _within(seconds, label):
    """Fails a test that takes longer than its class of tests may."""

    def limited(function):
        @functools.wraps(function)
        def run(*arguments, **named):
            def expire(*_):
                pytest.fail(f"time class {label}: not done after {seconds:g} s", pytrace=False)

            before = signal.signal(signal.SIGALRM, expire)
            left = signal.setitimer(signal.ITIMER_REAL, seconds)
            try:
                return function(*arguments, **named)
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)
                signal.signal(signal.SIGALRM, before)
                signal.setitimer(signal.ITIMER_REAL, *left)

        return run

    return limited
'''


async def place(visit: Visit) -> AsyncIterator[AnyEvent]:
    """Writes the designed tests into the project, through the tool that writes files, where they are not as they
    should be."""
    state, files = visit.state, visit.services.workspace.files
    designed = state.designed
    if not designed.tests:
        return
    root = visit.services.workspace.root
    if designed.form == PYTEST:
        designed.path = designed.path or free_path(root, "test_designed")
        text = composed(designed, _module(state), designed.path.count("/"))
    else:
        code = _script(state)
        designed.path = designed.path or script_form.path_for(root, code)
        text = script_form.composed(designed, root, code)
    try:
        there = files.read(designed.path)
    except (OSError, NotText, FileMissing, PathRefused):
        there = None
    if there is not None:
        if there.text == text:
            return
        if there.hash == state.now.get(designed.path):  # as we left it, maybe in another process
            files.note_seen(designed.path, there.hash)
    toolbox = visit.services.tools(("write",))
    arguments = msgspec.json.encode({"path": designed.path, "content": text}).decode()
    number = sum(state.visits.values())
    agent = f"{visit.agent}.files"
    called = toolbox.called(ToolCall(f"{visit.agent}-designed-{number}", "write", arguments))
    called = msgspec.structs.replace(called, agent=agent)
    yield called
    told: list[AnyEvent] = []
    await toolbox.run([called], told.append)
    for event in told:
        yield event if event.agent else msgspec.structs.replace(event, agent=agent)
    state.denied += toolbox.denied


def free_path(root: Path, stem: str) -> str:
    """A path for a file of tests that is not there yet, where the project has its tests."""
    folder = next((f"{name}/" for name in ("tests", "test") if (root / name).is_dir()), "")
    number = 1
    while (root / (path := f"{folder}{stem}{'' if number == 1 else f'_{number}'}.py")).exists():
        number += 1
    return path


def _script(state: State) -> str:
    """The file of JavaScript or TypeScript that the run has written, when there is exactly one beside tests."""
    found = [
        path
        for path, content in state.now.items()
        if content and language_of(path) in ("javascript", "typescript", "tsx") and not is_test_file(path)
    ]
    return found[0] if len(found) == 1 else ""


def _module(state: State) -> str:
    """The module that the run has written, when there is exactly one beside tests."""
    found = [
        path.removesuffix(".py").removeprefix("src/").replace("/", ".").removesuffix(".__init__")
        for path, content in state.now.items()
        if content and path.endswith(".py") and not path.rpartition("/")[2].startswith(("test_", "conftest"))
    ]
    module = found[0] if len(found) == 1 else ""
    return module if all(part.isidentifier() for part in module.split(".")) else ""
