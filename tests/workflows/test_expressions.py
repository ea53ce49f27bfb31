"""Conditions: what they mean, what is refused, and that nothing in them is ever run."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mycoder.workflows.expressions import ExpressionError, check, evaluate, parse

STATE = {"green": True, "red": False, "count": 3, "cost": 0.5, "words": "a TimeoutError", "names": ["x", "y"]}
KINDS = {
    "green": "bool",
    "red": "bool",
    "count": "number",
    "cost": "number",
    "words": "text",
    "names": "list",
}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("green", True),
        ("not green", False),
        ("green and not red", True),
        ("red or green and red", False),
        ("(red or green) and green", True),
        ("not red and red", False),
        ("count < 4", True),
        ("count >= 3.5", False),
        ("cost == 0.5", True),
        ('"TimeoutError" in words', True),
        ("'z' not in names", True),
        ('words != "b"', True),
        ("green == true", True),
        ("false", False),
    ],
)
def test_values(text, value):
    tree = parse(text)
    check(tree, KINDS.get)
    assert evaluate(tree, STATE) is value


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("count", "compare it"),
        ("not words", "compare it"),
        ("count < words", "cannot stand"),
        ("green < red", "cannot stand"),
        ("count in names", "cannot stand"),
        ("grene", "there is no 'grene'"),
        ("__import__('os').system('x')", "did not expect|cannot be read"),
        ("words[0]", "cannot be read"),
        ("lambda: 1", "did not expect|cannot be read"),
        ("green and", "ends too early"),
        ("(green", "is missing"),
        ("green green", "did not expect"),
        ("", "ends too early"),
        ("count ** 9", "cannot be read"),
        ("(" * 200 + "green" + ")" * 200, "too deeply"),
        ("not " * 200 + "green", "too deeply"),
        ("x" * 3000, "at most"),
    ],
)
def test_mistakes(text, words):
    with pytest.raises(ExpressionError, match=words):
        check(parse(text), KINDS.get)


names = st.sampled_from(["green", "red"])
trees = st.recursive(
    names,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
        inner.map(lambda t: f"not ({t})"),
    ),
    max_leaves=12,
)


@given(trees)
@settings(deadline=None)
def test_logic_is_that_of_python(text):
    assert evaluate(parse(text), STATE) is eval(text, {}, dict(STATE))


@given(st.text(max_size=60))
@settings(deadline=None)
def test_any_text_is_a_condition_or_a_told_mistake(text):
    try:
        tree = parse(text)
        check(tree, KINDS.get)
    except ExpressionError:
        return
    assert isinstance(evaluate(tree, STATE), bool)
