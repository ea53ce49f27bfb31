"""Whether an edit breaks what was whole."""

import pytest

from mycoder.workspace.syntax import faults, introduced

WHOLE = {
    "a.py": "def f(x):\n    return x\n",
    "a.js": "function f(x) { return x; }\n",
    "a.ts": "function f(x: number): number { return x; }\n",
    "a.go": "package a\n\nfunc f(x int) int {\n\treturn x\n}\n",
    "a.rs": "fn f(x: i32) -> i32 { x }\n",
    "A.java": "class A { int f(int x) { return x; } }\n",
    "a.c": "int f(int x) { return x; }\n",
    "a.cpp": "template <class T> T f(T x) { return x; }\n",
    "a.sh": 'f() { echo "$1"; }\n',
    "a.json": '{"f": [1, 2]}\n',
    "a.toml": "f = [1, 2]\n",
}


@pytest.mark.parametrize("name", WHOLE)
def test_a_lost_bracket_is_found_in_every_language(name: str) -> None:
    text = WHOLE[name]
    assert faults(name, text) == []
    last = max(text.rfind(c) for c in ")}]")
    broken = text[:last] + text[last + 1 :]
    assert introduced(name, text, broken) is not None
    assert introduced(name, broken, text) is None


@pytest.mark.parametrize(
    "broken",
    [
        "def f(x):\nreturn x\n",
        "def f(x):\n    y = 1\n      return x\n",
        "def f(x):\n        y = 1\n    return x\n",
        "class A:\n",
        "try:\n    f()\n",
        "def f(x):\n    return (x\n",
        "def f(x):\n    return x x\n",
    ],
)
def test_wrong_indentation_and_empty_blocks_are_found_in_python(broken: str) -> None:
    assert introduced("a.py", WHOLE["a.py"], broken) is not None


@pytest.mark.parametrize(
    "fine",
    [
        "type Pair[T] = tuple[T, T]\n",  # newer than the oldest Python that runs us
        "def f[T](x: T) -> T:\n    return x\n",
        "match x:\n    case [1, *_]:\n        pass\n",
        'f"{x!r:>{width}} {y}"\n',
        "",
        "\tx = 1\n" * 0 + "if x:\n\ty = 1\n",
    ],
)
def test_what_is_valid_somewhere_is_no_fault(fine: str) -> None:
    assert introduced("a.py", "x = 1\n", fine) is None


def test_what_was_broken_before_is_not_held_against_an_edit() -> None:
    before = "def f(:\n    pass\n\n\nx = 1\n"
    assert introduced("a.py", before, before.replace("x = 1", "x = 2")) is None
    assert introduced("a.py", before, before.replace("(:", "():")) is None
    fault = introduced("a.py", before, before.replace("x = 1", "x = (1"))
    assert fault is None or fault.text == "x = (1"


def test_a_new_fault_beside_an_old_one_is_found() -> None:
    before = "a = 1\nb = = 2\nc = 3\n"
    fault = introduced("a.py", before, "a = 1 1\nb = = 2\nc = 3\n")
    assert fault is not None
    assert fault.line == 1


def test_a_fault_names_its_line() -> None:
    fault = introduced("a.py", "x = 1\n", "x = 1\ny = 2\nclass A:\n    def f(self):\n    return 1\n")
    assert fault is not None
    assert (fault.line, fault.text) == (5, "return 1")


@pytest.mark.parametrize("name", ["a.txt", "README.md", "Makefile", "a.unknown", "noending"])
def test_other_files_are_not_judged(name: str) -> None:
    assert faults(name, "((((") == []


@pytest.mark.parametrize(
    "text", ["(" * 100_000, "-" * 50_000 + "1", "a" + ".b" * 50_000, "\x00\x01", "[" * 5000 + "]" * 5000]
)
def test_hostile_sources_end(text: str) -> None:
    faults("a.py", text)
    faults("a.json", text)
    faults("a.toml", text)
