"""The reader of the documentation reads what is there, so that no example is left out in silence."""

import pytest

from tests.docs import pages

PAGE = """\
# A `page` of *mine*

<!-- not run: for a reason -->
Words in between.

```console
$ mycoder test \\
    --json    # exit 6
one
two
$ mycoder undo
```

- in a list
  <!-- file: a/b.toml -->
  ```toml
  x = 1
  ```

[a](b.md#c) ![d [e]](f.svg) `[no](link)`
"""


@pytest.fixture
def page(tmp_path, monkeypatch):
    monkeypatch.setattr(pages, "ROOT", tmp_path)
    file = tmp_path / "page.md"
    file.write_text(PAGE)
    return file


def test_blocks_with_their_marks(page):
    first, second = pages.blocks(page)
    assert (first.language, first.line, first.mark) == ("console", 6, "")
    assert (second.language, second.text, second.mark, second.about) == (
        "toml",
        "x = 1\n",
        "file",
        "a/b.toml",
    )


def test_commands_with_output_and_exit_code(page):
    one, two = pages.commands(next(pages.blocks(page)))
    assert one == ("mycoder test \\\n    --json    # exit 6", "one\ntwo\n", 6)
    assert two == ("mycoder undo", "", 0)


def test_links_outside_of_code(page):
    assert pages.links(page) == ["b.md#c", "f.svg"]
    assert pages.anchors(page) == {"a-page-of-mine"}


@pytest.mark.parametrize(
    ("shown", "printed", "is_it"),
    [
        ("a\nb", "a\nb\n", True),
        ("a…", "abc\nd", True),
        ("…\nb", "a\nb\n", True),
        ("a", "a\nb", False),
        ("a…c", "ab", False),
        (".", "x", False),
    ],
)
def test_output_fits_but_for_the_dots(shown, printed, is_it):
    assert pages.fits(shown, printed) is is_it
