"""Designed tests of JavaScript and TypeScript: for the runner of Node, jest and vitest."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

from mycoder.workflows.answers import blocks
from mycoder.workflows.state import Designed, DesignedTest
from mycoder.workspace.grammars import parse

if TYPE_CHECKING:
    from tree_sitter import Node

LANGUAGES = ("", "js", "javascript", "mjs", "cjs", "jsx", "ts", "typescript", "tsx")
_LABEL = re.compile(r"^\s*//\s*(basic|edge|large)\b(?:[\s-]*scale)?\s*[:-]?\s*(.*)$", re.I)
_TESTS = ("test", "it")
_LIBRARIES = re.compile(r"""['"](node:test|node:assert(/strict)?|assert|vitest|@jest/globals)['"]""")
_EXPORTED = re.compile(
    r"^\s*export\s+(?:async\s+)?(?:function\*?|class|const|let|var)\s+(\w+)"
    r"|^\s*(?:module\.)?exports\.(\w+)\s*=",
    re.M,
)
_LISTED = re.compile(r"(?:^\s*export|module\.exports\s*=)\s*\{([^}]*)\}", re.M)
_DEFAULT = re.compile(r"^\s*(?:export\s+default|module\.exports\s*=)\s+(?!\{)", re.M)

_HEADS = {
    ("node", True): "import runner from 'node:test';\nimport assert from 'node:assert/strict';",
    ("node", False): "const runner = require('node:test');\nconst assert = require('node:assert/strict');",
    (
        "vitest",
        True,
    ): "import { expect, test as runner } from 'vitest';\nimport assert from 'node:assert/strict';",
    ("jest", True): "import assert from 'node:assert/strict';\n\nconst runner = test;",
    ("jest", False): "const assert = require('node:assert/strict');\n\nconst runner = test;",
}
_WITHIN = """
/** Runs the tests of one class, which must be done within its time; a reason leaves one out. */
function designed(label, seconds, quarantine) {
  return (title, ...rest) => {
    if (quarantine) return runner.skip(title, () => {});
    const run = rest.find((part) => typeof part === 'function');
    return runner(title, async () => {
      const began = Date.now();
      await run({});
      if (Date.now() - began > seconds * 1000) throw new Error(`time class ${label}: not done after ${seconds} s`);
    });
  };
}
"""


def words(runner: str) -> str:
    """What the designer is told to write."""
    said = {"node": "the test runner of Node (node:test), with `assert`", "jest": "jest, with `expect`"}
    return f"JavaScript for {said.get(runner, 'vitest, with `expect`')}"


def read(answer: str) -> tuple[list[DesignedTest], str, str]:
    """Tests, what stands before them, and what is wrong with the answer."""
    code = [block for block in blocks(answer) if block.language in LANGUAGES]
    if not code:
        return [], "", "there is no closed block of JavaScript in it"
    tests: list[DesignedTest] = []
    preamble: list[str] = []
    problem = ""
    for block in code:
        tree = parse("a.ts", block.text.encode())
        if tree is None or tree.root_node.has_error:
            problem = "a block does not parse"
            continue
        _take(tree.root_node, block.text.splitlines(), tests, preamble)
    found = list({test.name: test for test in tests}.values())
    if not found and not problem:
        problem = "there is no call of test(…) in it"
    return found, "\n".join(dict.fromkeys(preamble)), problem


def _take(node: "Node", lines: list[str], tests: list[DesignedTest], preamble: list[str]) -> None:
    for child in node.named_children:
        written = child.text.decode("utf-8", "replace") if child.text else ""
        call = (
            child.named_children[0] if child.type == "expression_statement" and child.named_children else None
        )
        name = _called(call) if call is not None else ""
        if name in ("describe", "suite") and call is not None and (body := _body(call)) is not None:
            _take(body, lines, tests, preamble)
        elif name in _TESTS and call is not None:
            title = _title(call)
            if title:
                tests.append(_test(title, written, lines, child.start_point[0]))
        elif child.type != "comment" and not _LIBRARIES.search(written):
            preamble.append(written)


def _called(call: "Node") -> str:
    function = call.child_by_field_name("function")
    return (
        function.text.decode()
        if function is not None and function.text and call.type == "call_expression"
        else ""
    )


def _body(call: "Node") -> "Node | None":
    arguments = call.child_by_field_name("arguments")
    function = arguments.named_children[-1] if arguments is not None and arguments.named_children else None
    return function.child_by_field_name("body") if function is not None else None


def _title(call: "Node") -> str:
    arguments = call.child_by_field_name("arguments")
    first = arguments.named_children[0] if arguments is not None and arguments.named_children else None
    if first is None or first.type not in ("string", "template_string") or first.text is None:
        return ""
    return first.text.decode("utf-8", "replace").strip("'\"`")


def _test(title: str, source: str, lines: list[str], first: int) -> DesignedTest:
    above = lines[first - 1] if first >= 1 else ""
    if found := _LABEL.match(above):
        return DesignedTest(title, found[1].lower(), source, found[2].strip())
    named = re.match(r"(basic|edge|large)\b", title, re.I)
    return DesignedTest(title, named[1].lower() if named else "basic", source)


def composed(designed: Designed, root: Path, code: str) -> str:
    """The file of the tests; `code` is the path of the file that they are about, empty where that is not known."""
    text = _text(root / code) if code else ""
    is_module = _is_module(root, code, text) or designed.form == "vitest"
    depth = designed.path.count("/")
    lines = [
        "// Tests designed from the task alone, before the code was seen.",
        _HEADS[designed.form, is_module],
        *(
            [_imported(designed, text, "../" * depth + code if depth else f"./{code}", is_module)]
            if code
            else ()
        ),
        _WITHIN.strip(),
        designed.preamble,
    ]
    for test in designed.tests:
        seconds = designed.seconds.get(test.label, 0)
        reason = f", {_quoted(test.reason or 'judged wrong')}" if test.verdict == "wrong" else ""
        about = f": {test.about}" if test.about else ""
        note = " (in quarantine)" if test.verdict == "wrong" else ""
        block = f"  const test = designed('{test.label}', {seconds:g}{reason});\n  const it = test;\n"
        lines.append(f"// {test.label}{about}{note}\n{{\n{block}{test.source}\n}}")
    return "\n\n".join(line for line in lines if line) + "\n"


def _quoted(text: str) -> str:
    return "'" + re.sub(r"[\\'\n\r]", " ", text) + "'"


def _imported(designed: Designed, text: str, path: str, is_module: bool) -> str:
    used = set(
        re.findall(r"[A-Za-z_$][\w$]*", "\n".join([designed.preamble, *(t.source for t in designed.tests)]))
    )
    held = ",".join(_LISTED.findall(text)).split(",")
    listed = [name.split(":")[0].split(" as ")[-1].strip() for name in held]
    exported = [*(one or two for one, two in _EXPORTED.findall(text)), *listed]
    names = [name for name in dict.fromkeys(exported) if name in used and name.isidentifier()]
    take = f"import * as code from '{path}';" if is_module else f"const code = require('{path}');"
    given = [f"const {{ {', '.join(names)} }} = code;"] if names else []
    if not names and _DEFAULT.search(text) and (called := _only_called(designed)):
        given = [f"const {called} = {'code.default' if is_module else 'code'};"]
    return "\n".join([take, *given])


def _only_called(designed: Designed) -> str:
    """The name of the task's function where the file gives just one thing: the only one that the tests call."""
    written = "\n".join(test.source for test in designed.tests)
    called = set(re.findall(r"(?<![.\w$])([a-z_$][\w$]*)\(", written)) - {
        "test",
        "it",
        "expect",
        "assert",
        "if",
        "for",
    }
    return next(iter(called)) if len(called) == 1 else ""


def path_for(root: Path, code: str) -> str:
    """A path for the tests that is not there yet, where the project has its tests."""
    ending = ".ts" if code.endswith((".ts", ".tsx", ".mts")) else Path(code).suffix
    ending = ending if ending in (".ts", ".mjs", ".cjs") else ".js"
    folder = next((f"{name}/" for name in ("test", "tests", "__tests__") if (root / name).is_dir()), "")
    number = 1
    while (root / (path := f"{folder}designed{'' if number == 1 else f'-{number}'}.test{ending}")).exists():
        number += 1
    return path


def _is_module(root: Path, code: str, text: str) -> bool:
    if code.endswith((".mjs", ".mts", ".ts", ".tsx")):
        return True
    if code.endswith(".cjs"):
        return False
    return bool(re.search(r"^\s*export\b", text, re.M)) or '"module"' in _text(root / "package.json")


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
