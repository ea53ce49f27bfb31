"""Missing code that is elsewhere in the project, or that names and the language's protocols tell."""

import ast

import pytest

from mycoder.repair.donors import Donors, fitting, place_of
from mycoder.repair.site import Literals
from mycoder.repair.source import Source
from mycoder.repair.space import Space
from mycoder.testing.localise import Place

TEXT = """\
import gc
from base import Base


class Table(Base):
    def __init__(self, rows, headers):
        super().__init__(rows, headers)
        self.rows = rows
        self.headers = headers

    def text(self, with_headers):
        lines = []
        if with_headers and self.headers:
            lines.append(self.headers)
        return "".join(lines)

    def page(self, with_headers):
        if with_headers:
            return self.headers
        gc.disable()
        found = self.text(with_headers)
        return found

    def items(self):
        return self.iteritems()

    def iteritems(self):
        for key, value in self.rows:
            yield key, value

    def pairs(self):
        found = []
        for key, value in self.rows:
            pass
        return found

    def __len__(self):
        return None

    def flush(self):
        return None

    def copy(self):
        return None

    def setdefault(self, key, default=None):
        pass
        return default

    def forget(self, key):
        self._remove(key)

    def put(self, key, value):
        pass

    def _remove(self, key):
        self.rows.remove(key)


class Other:
    def copy(self):
        return self.__class__(self.rows)

    def put(self, key, thing):
        self.rows[key] = thing
"""


def _space(text: str, line: int) -> tuple[Source, Space]:
    source = Source("m.py", text.encode("utf-8"))
    return source, Space([source], [Place("m.py", line, line, 1.0)], Literals())


def _line(text: str, of: str) -> int:
    return text[: text.index(of)].count("\n") + 1


@pytest.mark.parametrize(
    ("where", "old", "new", "most"),
    [
        ("        if with_headers:", "if with_headers:", "if with_headers and self.headers:", 150),
        ("            pass\n        return found", "pass", "found.append((key, value))", 40),
        ("        return None\n\n    def flush", "return None", "return len(self.rows)", 30),
        ("        return None\n\n    def copy", "return None", "return self.rows.flush()", 60),
        ("        return None\n\n    def setd", "return None", "return self.__class__(self.rows)", 60),
        ("        return self.iteritems()", "self.iteritems()", "list(self.iteritems())", 3_000),
        ("        pass\n        return default", "pass", "self._remove(key)", 80),
        ("        pass\n\n    def _rem", "pass", "super().put(key, value)", 60),
        ("        pass\n\n    def _rem", "pass", "self.rows[key] = value", 120),
        ("        found = self.text", "        found", "        gc.enable()\n        found", 400),
    ],
)
def test_missing_code_is_proposed_early(where: str, old: str, new: str, most: int) -> None:
    at = TEXT.index(where) + where.index(old)
    source, space = _space(TEXT, TEXT[:at].count("\n") + 1)
    wanted = ast.dump(ast.parse(TEXT[:at] + new + TEXT[at + len(old) :]))
    for candidate in space.take(most):
        try:
            if ast.dump(ast.parse(source.apply(candidate.edits))) == wanted:
                return
        except SyntaxError:
            continue
    pytest.fail(f"{new!r} is not among the first {most}")


def test_a_factory_gives_back_what_it_makes() -> None:
    text = "def make(n):\n    def inner(x):\n        return x + n\n\n    return\n"
    source, space = _space(text, 5)
    made = [source.apply(c.edits).decode() for c in space.take(12)]
    assert any("    return inner\n" in m for m in made)


def test_a_piece_fits_only_where_its_names_mean_something() -> None:
    source = Source("m.py", TEXT.encode())
    function = next(n for n in ast.walk(source.tree) if isinstance(n, ast.FunctionDef) and n.name == "forget")
    texts = Donors([source]).statements(place_of(source, function, ["self", "key"]))
    assert "self._remove(key)" in texts
    assert "lines.append(self.headers)" not in texts
    assert "key.append(self.headers)" in texts  # one strange name, bound to a local
    assert all("thing" not in text for text in texts)


def test_members_that_a_class_without_bases_does_not_have_are_left_out() -> None:
    source = Source("m.py", TEXT.encode())
    function = next(n for n in ast.walk(source.tree) if isinstance(n, ast.FunctionDef) and n.name == "put")
    other = [n for n in ast.walk(source.tree) if isinstance(n, ast.FunctionDef) and n.name == "put"][1]
    assert function is not other
    here = place_of(source, other, ["self", "key", "thing"])
    texts = Donors([source]).conditions(here)
    assert here.members is not None
    assert "self.headers" not in texts


def test_the_nearest_come_first() -> None:
    source = Source("m.py", TEXT.encode())
    functions = {
        (n.name, source.class_of(n).name): n  # type: ignore[union-attr]
        for n in ast.walk(source.tree)
        if isinstance(n, ast.FunctionDef)
    }
    donors = Donors([source])
    place = place_of(source, functions["copy", "Table"], ["self"])
    assert donors.results(place)[0] == "self.__class__(self.rows)"
    assert fitting([], place) == []


def test_non_ascii_names_are_bound_at_their_places() -> None:
    text = "def f(größe, x):\n    g(größe, 'ä', größe)\n\n\ndef h(y):\n    return y\n"
    source = Source("m.py", text.encode())
    function = next(n for n in ast.walk(source.tree) if isinstance(n, ast.FunctionDef) and n.name == "h")
    texts = Donors([source]).statements(place_of(source, function, ["y", "g"]))
    assert "g(y, 'ä', y)" in texts
