"""A rule for all operators that change texts, whatever the literal is like."""

import ast
import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mycoder.repair.operators.contrasted import Contrasted
from mycoder.repair.operators.formats import Formats
from mycoder.repair.operators.misspelt import Misspelt
from mycoder.repair.operators.operator import Operator
from mycoder.repair.operators.pattern import Pattern
from mycoder.repair.operators.piece import Piece
from tests.repair.operators.proposed import proposed
from tests.repair.test_literal import literals

OPERATORS = [Contrasted(), Misspelt(), Piece(), Formats(), Pattern()]


@pytest.mark.parametrize("operator", OPERATORS, ids=lambda o: o.name)
@given(literals(), st.text(max_size=20), st.text(max_size=20))
@settings(deadline=None, max_examples=40)
def test_any_literal_stays_python(operator: Operator, text: str, actual: str, expected: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        text = text.replace("x = (", "x = re.compile(")
        try:
            ast.parse(text)
        except (SyntaxError, ValueError):
            return
        for after in proposed(operator, text, ("==", text, actual), ("in", actual + text, expected)):
            assert after != text
