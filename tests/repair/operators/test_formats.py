"""Formats of numbers and dates."""

import pytest

from mycoder.repair.operators.formats import Formats
from tests.repair.operators.proposed import proposed


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("x = f'{y:.2f}'\n", "x = f'{y:.3f}'\n"),
        ("x = f'{y:.2f}'\n", "x = f'{y:.2e}'\n"),
        ("x = f'{y:>8}'\n", "x = f'{y:<8}'\n"),
        ("x = f'{y:4d}'\n", "x = f'{y:04d}'\n"),
        ("x = f'{y:d}'\n", "x = f'{y:,d}'\n"),
        ("x = f'{y}'\n", "x = f'{y!r}'\n"),
        ("x = f'{y!r:>4}'\n", "x = f'{y:>4}'\n"),
        ("x = '{:.1f}'.format(y)\n", "x = '{:.2f}'.format(y)\n"),
        ("x = '{0!s}'.format(y)\n", "x = '{0!r}'.format(y)\n"),
        ("x = '{:2d}'.format(y)\n", "x = '{:03d}'.format(y)\n"),
        ("x = '%.1f' % y\n", "x = '%.2f' % y\n"),
        ("x = '%s: %2d' % y\n", "x = '%r: %2d' % y\n"),
        ("x = '%2d' % y\n", "x = '%02d' % y\n"),
        ("x = y.strftime('%Y-%M-%d')\n", "x = y.strftime('%Y-%m-%d')\n"),
        ("x = y.strftime('%I:%M')\n", "x = y.strftime('%H:%M')\n"),
        ("x = f'{y:%d.%m.%y}'\n", "x = f'{y:%d.%m.%Y}'\n"),
        ("x = f'{y:q}'\n", "x = f'{y:x}'\n"),
    ],
)
def test_one_step_in_a_format(wrong: str, right: str) -> None:
    assert right in proposed(Formats(), wrong)


def test_doubled_braces_are_no_field() -> None:
    assert not proposed(Formats(), "x = '{{:.1f}}'\n")


def test_plain_texts_have_no_format() -> None:
    assert not proposed(Formats(), "x = 'all of it'\ny = b'100'\n")
