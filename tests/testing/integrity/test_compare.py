"""A table of attempts to make tests pass by taking something away from them, and of honest edits of tests."""

import pytest

from mycoder.testing.integrity.compare import FileVersions, compare
from tests.testing.integrity.table import HONEST, TAMPERED


def versions(before, after):
    paths = sorted({*before, *after})
    return [FileVersions(path, before.get(path), after.get(path)) for path in paths]


@pytest.mark.parametrize("name", TAMPERED)
def test_tampering_is_found(name):
    before, after = TAMPERED[name]
    assert compare(versions(before, after)), name


@pytest.mark.parametrize("name", HONEST)
def test_an_honest_edit_is_left_alone(name):
    before, after = HONEST[name]
    assert [str(finding) for finding in compare(versions(before, after))] == []


def test_the_table_is_large_enough():
    assert len(TAMPERED) >= 40
    assert len(HONEST) >= 40
