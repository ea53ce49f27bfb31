"""Test files without the tests that nobody will run in another form."""

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mycoder.repair.source import Source
from mycoder.repair.worker.apply import tree
from mycoder.repair.worker.testfile import placed, tree_of

TEXT = '''\
"""Doc."""
import functools


def helper(x):
    def inner():
        return x
    return inner


@functools.lru_cache
def test_one():
    assert helper(1)() == 1


class TestTwo:
    size = 2

    def test_two(self):
        assert super().__init__() is None

    @staticmethod
    def test_three():
        assert [lambda: n for n in range(3)]

    class Inner:
        def test_four(self):
            assert self


async def test_five(): assert True
'''


def _functions(path: str, spared: frozenset[tuple[str, int, str]]) -> dict[tuple[str, int, str], bytes]:
    code = compile(tree_of(path, spared), path, "exec")
    parts = [c for c in tree(code) if c.co_flags & 2]
    return {(path, c.co_firstlineno, c.co_name): c.co_code + repr(c.co_freevars).encode() for c in parts}


@given(st.sets(st.sampled_from(["test_one", "test_two", "test_three", "test_four", "test_five", "helper"])))
def test_what_is_left_is_compiled_as_before(
    tmp_path_factory: pytest.TempPathFactory, names: set[str]
) -> None:
    path = tmp_path_factory.mktemp("f") / "test_m.py"
    path.write_text(TEXT)
    every = _functions(str(path), frozenset())
    spared = frozenset(key for key in every if key[2] in names)
    left = _functions(str(path), spared)
    assert left.items() <= every.items()
    gone = {key[2] for key in every} - {key[2] for key in left}
    assert names <= gone <= {*names, *(["inner"] if "helper" in names else []), "<lambda>", "<listcomp>"}


def test_only_what_is_new_is_placed() -> None:
    old = ast.parse("\n\n  \nf(1)").body[0]
    assert isinstance(old, ast.Expr)
    new = placed(ast.Expr(ast.Call(ast.Name("g", ast.Load()), [old.value], [])), ast.parse("x\ny").body[1])
    assert isinstance(new.value, ast.Call)
    assert (new.lineno, new.value.func.lineno, old.value.lineno) == (2, 2, 4)


def test_a_source_knows_its_nodes_in_the_order_of_walk() -> None:
    source = Source("m.py", TEXT.encode())
    assert source.nodes == list(ast.walk(source.tree))
    assert [f.name for f in source.units] == [f.name for f in source.functions if f.name != "inner"]
    assert {"1", "range(3)"} & source.literals == {"1"}
