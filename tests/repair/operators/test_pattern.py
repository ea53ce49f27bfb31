"""Small changes of regular expressions."""

import re

import pytest

from mycoder.repair.operators.pattern import Pattern
from tests.repair.operators.proposed import proposed


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("re.match(r'a*b', x)\n", "re.match(r'a+b', x)\n"),
        ("re.match(r'<.*>', x)\n", "re.match(r'<.*?>', x)\n"),
        ("re.match(r'<.+?>', x)\n", "re.match(r'<.+>', x)\n"),
        ("re.search('a.b', x)\n", "re.search('a\\\\.b', x)\n"),
        ("re.search(r'a\\.b', x)\n", "re.search(r'a.b', x)\n"),
        ("P = re.compile(r'abc')\n", "P = re.compile(r'^abc')\n"),
        ("P = re.compile(r'abc')\n", "P = re.compile(r'abc$')\n"),
        ("P = re.compile(r'abc')\n", "P = re.compile(r'abc', flags=re.IGNORECASE)\n"),
        ("P = re.compile(r'^abc')\n", "P = re.compile(r'abc')\n"),
        ("re.sub(r'\\d', y, x)\n", "re.sub(r'\\d+', y, x)\n"),
        ("re.sub(r'\\D+', y, x)\n", "re.sub(r'\\d+', y, x)\n"),
        ("re.sub(r'd+', y, x)\n", "re.sub(r'\\d+', y, x)\n"),
        ("re.findall(r'[a-z]+', x)\n", "re.findall(r'[a-zA-Z]+', x)\n"),
        ("re.findall(r'[^a]+', x)\n", "re.findall(r'[a]+', x)\n"),
        ("re.findall(r'(?=a)b', x)\n", "re.findall(r'(?!a)b', x)\n"),
        ("re.findall(r'a{2}', x)\n", "re.findall(r'a{3}', x)\n"),
        ("P = r'\\w+?'\n", "P = r'\\w+'\n"),
        ("re.split(f'{a}+', x)\n", "re.split(f'{a}*', x)\n"),
        ("re.split(rb'a *b', x)\n", "re.split(rb'a\\s*b', x)\n"),
    ],
)
def test_a_slip_in_a_pattern_is_undone(wrong: str, right: str) -> None:
    assert right in proposed(Pattern(), wrong)


def test_other_texts_are_no_patterns() -> None:
    assert not proposed(Pattern(), "x = print('a.b*')\ny = 'a+b'\n")


def test_every_pattern_compiles_and_they_are_not_too_many() -> None:
    found = proposed(Pattern(), "re.match(r'^(?P<k>[a-z_]\\w*)\\s*=\\s*(.+?)(;|$)', x)\n")
    assert 20 < len(found) < 220
    for text in found:
        re.compile(eval(text[len("re.match(") : text.index(", x")]))
