import itertools
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mycoder.models.calls import CallAssembler
from mycoder.models.model import CallDelta
from mycoder.protocol.codec import encode
from tests.models.serving import calls_of


def assembled(
    fragments: list[dict[str, Any]], taken: frozenset[str] = frozenset()
) -> list[tuple[str, str, str]]:
    assembler = CallAssembler(taken)
    deltas = [delta for fragment in fragments for delta in assembler.add(fragment)]
    deltas += assembler.end()
    check_contract(deltas)
    return calls_of(deltas)


def check_contract(deltas: list[CallDelta]) -> None:
    """Id and name whole in the first delta of a call, and nowhere else; the indexes are 0, 1, 2…"""
    seen: set[int] = set()
    for delta in deltas:
        if delta.index not in seen:
            assert delta.id
            seen.add(delta.index)
        else:
            assert (delta.id, delta.name) == ("", "")
    assert seen == set(range(len(seen)))


def fragment(name: str | None = None, arguments: Any = None, **rest: Any) -> dict[str, Any]:
    function = {k: v for k, v in (("name", name), ("arguments", arguments)) if v is not None}
    return {**rest, "function": function}


NAMES = st.sampled_from(["read", "edit", "shell", "grep"])
ARGUMENTS = st.dictionaries(st.text(max_size=3), st.text(max_size=6) | st.integers(), max_size=3)
CALLS = st.lists(st.tuples(NAMES, ARGUMENTS.map(lambda a: encode(a).decode())), min_size=1, max_size=4)


def cut(text: str, data: st.DataObject) -> list[str]:
    places = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=4)))
    return [text[a:b] for a, b in zip([0, *places], [*places, len(text)], strict=True)]


@settings(max_examples=100, deadline=None)
@given(CALLS, st.data())
def test_arguments_may_be_cut_anywhere_and_calls_interleaved(
    calls: list[tuple[str, str]], data: st.DataObject
) -> None:
    """OpenAI's way: the head of each call first, then fragments of any call in any order."""
    heads = [fragment(name, "", index=i, id=f"id{i}") for i, (name, _) in enumerate(calls)]
    tails = [[fragment(arguments=p, index=i) for p in cut(raw, data)] for i, (_, raw) in enumerate(calls)]
    rest = []
    while any(tails):
        pick = data.draw(st.sampled_from([t for t in tails if t]))
        rest.append(pick.pop(0))
    expected = [(f"id{i}", name, raw) for i, (name, raw) in enumerate(calls)]
    assert assembled(heads + rest) == expected


@settings(max_examples=100, deadline=None)
@given(CALLS, st.data(), st.booleans(), st.booleans(), st.booleans())
def test_calls_in_turn_need_no_index_or_no_id(
    calls: list[tuple[str, str]], data: st.DataObject, has_index: bool, has_id: bool, repeats_id: bool
) -> None:
    """Servers that leave out the index, the id or both, one call after the other."""
    fragments = []
    for i, (name, raw) in enumerate(calls):
        first, *rest = cut(raw, data)
        row = fragment(name, first)
        later = [fragment(arguments=p) for p in rest]
        for piece in [row, *later]:
            if has_index:
                piece["index"] = i
        for piece in [row, *(later if repeats_id else [])]:
            if has_id:
                piece["id"] = f"id{i}"
        fragments += [row, *later]
    result = assembled(fragments)
    assert [(name, raw) for _, name, raw in result] == calls
    if has_id:
        assert [call_id for call_id, _, _ in result] == [f"id{i}" for i in range(len(calls))]
    assert len({call_id for call_id, _, _ in result}) == len(calls)


@settings(max_examples=100, deadline=None)
@given(CALLS, st.booleans())
def test_whole_calls_all_under_index_0(calls: list[tuple[str, str]], has_id: bool) -> None:
    rows = [
        fragment(name, raw, index=0, **({"id": f"id{i}"} if has_id else {}))
        for i, (name, raw) in enumerate(calls)
    ]
    assert [(name, raw) for _, name, raw in assembled(rows)] == calls


@pytest.mark.parametrize("has_index", [True, False])
def test_a_constant_id_for_every_call(has_index: bool) -> None:
    extra = {"index": 0} if has_index else {}
    rows = [fragment("read", '{"a":1}', id="x", **extra), fragment("read", '{"a":2}', id="x", **extra)]
    result = assembled(rows)
    assert [raw for _, _, raw in result] == ['{"a":1}', '{"a":2}']
    assert result[0][0] != result[1][0]


def test_arguments_as_an_object() -> None:
    assert assembled([fragment("read", {"path": "ä"}, id="1")]) == [("1", "read", '{"path":"ä"}')]


def test_a_name_in_pieces() -> None:
    rows = [fragment("re", index=0, id="1"), fragment("ad", index=0), fragment(arguments="{}", index=0)]
    assert assembled(rows) == [("1", "read", "{}")]


def test_a_name_and_id_repeated_in_every_fragment() -> None:
    rows = [fragment("read", piece, index=0, id="1") for piece in ('{"pa', 'th": ', '"a"}')]
    assert assembled(rows) == [("1", "read", '{"path": "a"}')]


def test_an_index_only_in_the_first_fragment() -> None:
    rows = [fragment("read", '{"a":', index=0, id="1"), fragment(arguments="1}")]
    assert assembled(rows) == [("1", "read", '{"a":1}')]


def test_indexes_that_start_elsewhere_or_are_no_numbers() -> None:
    rows = [fragment("a", "{}", index=7, id="1"), fragment("b", "{}", index="x", id="2")]
    assert assembled(rows) == [("1", "a", "{}"), ("2", "b", "{}")]


def test_a_call_without_arguments() -> None:
    assert assembled([fragment("test", index=0, id="1")]) == [("1", "test", "")]


def test_an_id_in_use_is_replaced() -> None:
    (result,) = assembled([fragment("read", "{}", index=0, id="call_0")], frozenset(["call_0"]))
    assert result[0] != "call_0"
    assert result[1:] == ("read", "{}")


def test_a_flat_fragment_without_a_function_object() -> None:
    assert assembled([{"id": "1", "name": "read", "arguments": "{}"}]) == [("1", "read", "{}")]


def test_what_came_with_a_call_is_kept_for_the_way_back() -> None:
    assembler = CallAssembler()
    assembler.add(fragment("read", "{}", id="1", extra_content={"google": {"thought_signature": "s"}}))
    assert assembler.extras == {"1": {"extra_content": {"google": {"thought_signature": "s"}}}}


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda x: (
        st.lists(x, max_size=2)
        | st.dictionaries(st.sampled_from(["index", "id", "function", "name", "arguments"]), x, max_size=4)
    ),
    max_leaves=8,
)


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.dictionaries(st.sampled_from(["index", "id", "function", "type"]), JUNK, max_size=4), max_size=5
    )
)
def test_no_fragment_makes_it_fail(fragments: list[dict[str, Any]]) -> None:
    assembler = CallAssembler()
    deltas = list(itertools.chain.from_iterable(map(assembler.add, fragments))) + assembler.end()
    check_contract(deltas)
