"""Which files an answer holds, and which tests a designer's."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mycoder.workflows.answers import blocks, files, without_blocks
from mycoder.workflows.designed import missing_labels, read_tests


@pytest.mark.parametrize(
    "answer",
    [
        "```python path=a/b.py\nx = 1\n```",
        "```python a/b.py\nx = 1\n```",
        "```python:a/b.py\nx = 1\n```",
        "```a/b.py\nx = 1\n```",
        '~~~python title="a/b.py"\nx = 1\n~~~',
        "**a/b.py**\n```python\nx = 1\n```",
        "### `a/b.py`:\n```python\nx = 1\n```",
        "File: a/b.py\n```\nx = 1\n```",
    ],
)
def test_ways_to_say_a_path(answer):
    assert {path: text for path, (text, _) in files(answer).items()} == {"a/b.py": "x = 1\n"}


def test_a_path_in_the_first_line_of_the_block():
    assert files("```python\n# a/b.py\nx = 1\n```") == {"a/b.py": ("# a/b.py\nx = 1\n", False)}


@pytest.mark.parametrize(
    "answer",
    ["```python\nx = 1\n", "x = 1", "```bash\nls a.py\n```", "```python ../a.py\nx\n```", "```\n```"],
)
def test_what_is_no_file(answer):
    assert files(answer) == {}


def test_one_block_without_a_path_is_the_usual_file():
    assert files("```python\nx = 1\n```", "a.py") == {"a.py": ("x = 1\n", False)}
    assert files("```python\nx\n```\n```python\ny\n```", "a.py") == {}
    assert files("```json\n{}\n```", "a.py") == {}


def test_a_fence_in_a_longer_fence():
    assert files("````md a.md\n```\nx\n```\n````") == {"a.md": ("```\nx\n```\n", True)}


@given(st.text(alphabet="`~\n ax.py=#", max_size=120))
@settings(deadline=None)
def test_any_answer_can_be_read(answer):
    blocks(answer)
    without_blocks(answer)
    read_tests(answer)


TESTS = """```python
import math

SIZE = 10

# basic: two
def test_a():
    assert f(2) == 3

# edge - none
def test_b():
    assert f(0) == 0

def test_large_c():
    assert f(SIZE) == 1

def helper():
    return 1

if __name__ == "__main__":
    test_a()
```"""


def test_labels_and_what_stands_before():
    reading = read_tests(TESTS)
    assert [(t.name, t.label, t.about) for t in reading.tests] == [
        ("test_a", "basic", "two"),
        ("test_b", "edge", "none"),
        ("test_large_c", "large", ""),
    ]
    assert "import math" in reading.preamble
    assert "def helper" in reading.preamble
    assert "__main__" not in reading.preamble
    assert missing_labels(reading.tests) == []


@pytest.mark.parametrize("answer", ["no code", "```python\ndef f(:\n```", "```python\nx = 1\n```"])
def test_an_answer_without_tests_says_why(answer):
    assert read_tests(answer).problem
