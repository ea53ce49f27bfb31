import subprocess
import sys
import time

import pytest

from mycoder.workspace import grammars

SOURCES = {
    "a.py": b"def f(x):\n    return x\n",
    "a.pyi": b"def f(x: int) -> int: ...\n",
    "a.js": b"function f(x) { return x }\n",
    "a.jsx": b"const a = <p>{x}</p>;\n",
    "a.ts": b"function f(x: number): number { return x }\n",
    "a.tsx": b"const a = <p>{x as string}</p>;\n",
    "a.go": b"package a\n\nfunc f(x int) int { return x }\n",
    "a.rs": b"fn f(x: u8) -> u8 { x }\n",
    "a.java": b"class A { int f(int x) { return x; } }\n",
    "a.c": b"int f(int x) { return x; }\n",
    "a.h": b"namespace n { class A; }\n",
    "a.cpp": b"template <class T> T f(T x) { return x; }\n",
    "a.sh": b'f() { echo "$1"; }\n',
}


@pytest.mark.parametrize("name", SOURCES)
def test_every_language_parses_its_own_source_and_sees_a_broken_one(name: str) -> None:
    parser = grammars.parser_for(name)
    assert parser is not None
    assert not parser.parse(SOURCES[name]).root_node.has_error
    assert parser.parse(SOURCES[name] + b"\n((( {").root_node.has_error


@pytest.mark.parametrize("name", ["README", "a.txt", ".py", "dir.py/README", "", "a.", "/x/y/Makefile"])
def test_no_grammar(name: str) -> None:
    assert grammars.language_of(name) == ""
    assert grammars.parser_for(name) is None


def test_ending_in_capitals_and_paths() -> None:
    assert grammars.language_of("/x/y.z/MAIN.PY") == "python"
    assert grammars.language_of("a.test.tsx") == "tsx"


def test_every_language_named_can_be_loaded() -> None:
    assert [name for name in set(grammars.LANGUAGES.values()) if grammars.load(name) is None] == []


def test_an_unknown_language_is_none() -> None:
    assert grammars.load("klingon") is None


def test_importing_the_module_loads_no_grammar() -> None:
    code = "import sys, mycoder.workspace.grammars; print([m for m in sys.modules if 'tree_sitter' in m])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_parsing_is_bounded_in_time() -> None:
    started = time.monotonic()
    assert grammars.parse("a.sh", b"((((([[[[{{{{<<<<" * 12_000, seconds=0.2) is None
    assert time.monotonic() - started < 30
    tree = grammars.parse("a.sh", SOURCES["a.sh"])
    assert tree is not None
    assert not tree.root_node.has_error
    assert grammars.parse("a.txt", b"") is None


def test_parsing_in_pieces_is_parsing() -> None:
    data = b"".join(b"def f%d(x):\n    return '\xc3\xa9'\n\n" % i for i in range(10_000))
    tree = grammars.parse("a.py", data, seconds=30)
    parser = grammars.parser_for("a.py")
    assert tree is not None
    assert parser is not None
    assert str(tree.root_node) == str(parser.parse(data).root_node)
    assert tree.root_node.end_byte == len(data)
