"""Missing code that something in the program or in the tests gives a reason for comes early."""

import ast

import pytest

from mycoder.repair.flow import early, undefined
from mycoder.repair.hints import awaited, lacking
from mycoder.repair.site import Literals
from mycoder.repair.source import Source
from mycoder.repair.space import Space
from mycoder.testing.localise import Place

TEXT = """\
import os
from shapes import Shape


def read_config(path):
    with open(path) as file:
        return file.read()


def load(path):
    return config.strip()


def first_word(line):
    word = line.split()[0]
    if word.isupper():
        return word
    return None


def initial(line):
    return word[0]


def count(things):
    seen = 0
    for thing in things:
        print(thing)
    return seen


def total(rows):
    for row in rows:
        amount += row
    return amount


def connect(host, port, timeout=None, retries=3):
    return (host, port, timeout, retries)


def start(host, port, timeout):
    return connect(host, port)


def again(host, port):
    return connect(host, port, retries=5)


def once(host, port):
    return connect(host)


def check(name, size):
    if name is None:
        return ""
    return name * size


def area(name):
    return name + name


def sized(size):
    return 1 / size


class Circle(Shape):
    def __init__(self, centre, *args, fill=None, **kwargs):
        self.centre = centre


class Table:
    def __init__(self, width):
        self.height = 0

    def size(self):
        return self.width * self.height

    def names(self):
        return self.cache.keys()


class Door:
    def __init__(self):
        self.is_locked = False

    def lock(self, key):
        self.key = key

    def push(self):
        return not self.is_locked
"""


def _taken(where: str, line_of: str, most: int, literals: Literals = Literals()) -> list[str]:
    at = TEXT.index(where)
    line = TEXT[: TEXT.index(line_of, at)].count("\n") + 1
    source = Source("m.py", TEXT.encode())
    space = Space([source], [Place("m.py", line, line, 1.0)], literals)
    return [ast.dump(parsed) for c in space.take(most) if (parsed := _parsed(source.apply(c.edits)))]


def _parsed(data: bytes) -> ast.Module | None:
    try:
        return ast.parse(data)
    except SyntaxError:
        return None


@pytest.mark.parametrize(
    ("function", "before", "new", "most"),
    [
        ("def load", "    return config", "    config = read_config(path)\n", 8),
        ("def initial", "    return word[0]", "    word = line.split()[0]\n", 8),
        ("def total", "    for row in rows", "    amount = 0\n", 8),
        ("def count", "        print(thing)", "        seen += 1\n", 60),
        ("def area", "    return name", '    if name is None:\n        return ""\n', 120),
        (
            "class Circle",
            "        self.centre",
            "        super().__init__(centre, *args, fill=fill, **kwargs)\n",
            60,
        ),
        ("class Circle", "        self.centre", "        super().__init__(*args, **kwargs)\n", 60),
        ("class Table", "        self.height", "        self.width = width\n", 8),
        ("class Table", "        self.height", "        self.cache = {}\n", 16),
        ("class Door", "        self.key", "        self.is_locked = True\n", 60),
    ],
)
def test_a_statement_with_a_reason_comes_early(function: str, before: str, new: str, most: int) -> None:
    at = TEXT.index(before, TEXT.index(function))
    wanted = ast.dump(ast.parse(TEXT[:at] + new + TEXT[at:]))
    assert wanted in _taken(function, before, most)


@pytest.mark.parametrize(
    ("function", "old", "new", "most"),
    [
        ("def start", "connect(host, port)", "connect(host, port, timeout)", 40),
        ("def start", "connect(host, port)", "connect(host, port, timeout=timeout)", 40),
        ("def start", "connect(host, port)", "connect(host, port, retries=5)", 60),
        ("def once", "connect(host)", "connect(host, port)", 8),
    ],
)
def test_an_argument_that_the_function_asks_for(function: str, old: str, new: str, most: int) -> None:
    at = TEXT.index(old, TEXT.index(function))
    wanted = ast.dump(ast.parse(TEXT[:at] + new + TEXT[at + len(old) :]))
    assert wanted in _taken(function, old, most)


def test_what_a_test_waits_for_is_raised() -> None:
    new = "    if size == 0:\n        raise ValueError\n"
    at = TEXT.index("    return 1 / size")
    wanted = ast.dump(ast.parse(TEXT[:at] + new + TEXT[at:]))
    waiting = Literals(awaited=("ValueError",))
    assert wanted in _taken("def sized", "    return 1", 200, waiting)
    assert not any("ValueError" in text for text in _taken("def sized", "    return 1", 400))


def test_an_attribute_that_another_class_may_have_is_set_only_when_an_error_names_it() -> None:
    text = TEXT.replace("class Table:", "class Table(Shape):")
    at = text.index("        self.height = 0")
    source = Source("m.py", text.encode())
    line = text[:at].count("\n") + 1

    def proposes(literals: Literals) -> bool:
        space = Space([source], [Place("m.py", line, line, 1.0)], literals)
        return any(b"self.width = width" in source.apply(c.edits) for c in space.take(40))

    assert proposes(Literals(lacking=("width",)))
    assert not proposes(Literals())


def test_names_that_nothing_defines() -> None:
    text = (
        "import a.b\nfrom c import d as e\nclass K: ...\n"
        "def f(x, *y, z=1, **w):\n"
        "    global made\n    made = 1\n"
        "    with open(x) as h:\n        pass\n"
        "    try:\n        pass\n    except OSError as error:\n        print(error, lost)\n"
        "    g = lambda q: q + p\n"
        "    match x:\n        case [first, *rest]:\n            print(first, rest)\n"
        "    if (n := len(y)) and [i for i in y if i]:\n        import os.path\n"
        "    def inner(t):\n        return t, n, K, a, e, os, made, __class__\n"
        "    return z, w, g, h, inner, other\n"
    )
    source = Source("m.py", text.encode())
    function = next(n for n in source.tree.body if isinstance(n, ast.FunctionDef))
    assert undefined(source, ast.walk(function)) == ["other", "p", "lost"]
    everything = Source("m.py", (text + "from c import *\n").encode())
    assert undefined(everything, ast.walk(everything.tree)) == []


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("x += 1\n    return x", ["x"]),
        ("for a in y:\n        if a != x:\n            pass\n        x = a", ["x"]),
        ("x = 1\n    x += 1", []),
        ("x = [x for x in y]", []),
        ("def g():\n        return x\n    x = 1\n    return g", []),
        ("global x\n    x += 1", []),
        ("y += 1", []),
    ],
)
def test_names_that_are_read_above_all_their_values(body: str, found: list[str]) -> None:
    function = ast.parse(f"def f(y):\n    {body}\n").body[0]
    assert isinstance(function, ast.FunctionDef)
    assert early(function) == found


def test_errors_of_python_name_what_is_not_there() -> None:
    messages = [
        "E       NameError: name 'alpha' is not defined",
        "cannot access local variable 'beta' where it is not associated with a value",
        "local variable 'gamma' referenced before assignment",
        "AttributeError: 'Table' object has no attribute 'delta'",
        "E   AssertionError: name alpha",
    ]
    assert lacking(messages) == ("alpha", "beta", "gamma", "delta")


def test_exceptions_that_tests_wait_for() -> None:
    text = (
        "def test(self):\n"
        "    with pytest.raises(ValueError, match='x'):\n        f()\n"
        "    with self.assertRaises((m.KeyError, OSError)):\n        f()\n"
        "    self.assertRaisesRegex(TypeError, 'x', f)\n"
        "    g(IndexError)\n"
    )
    assert sorted(awaited([ast.parse(text)])) == ["KeyError", "OSError", "TypeError", "ValueError"]
