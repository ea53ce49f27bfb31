"""Tables of attempts to make tests pass by taking something away from them, and of honest edits of tests."""

import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mycoder.testing.integrity.compare import FileVersions, compare
from mycoder.testing.integrity.places import is_test_file, is_test_settings
from tests.testing.integrity.tables import HERE, read

TABLES = {name: read(name) for name in ("python", "other_languages")}
TAMPERED = {f"{name}: {case}": edit for name, (edits, _) in TABLES.items() for case, edit in edits.items()}
HONEST = {f"{name}: {case}": edit for name, (_, edits) in TABLES.items() for case, edit in edits.items()}
TEXTS = [
    (held["path"], held["text"])
    for held in tomllib.loads((HERE / "other_languages.toml").read_text(encoding="utf-8"))["texts"].values()
]


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


@pytest.mark.parametrize("name", TABLES)
def test_the_tables_are_large_enough(name):
    tampered, honest = TABLES[name]
    assert len(tampered) >= 40
    assert len(honest) >= 40


@pytest.mark.parametrize(("path", "text"), TEXTS)
def test_nothing_is_found_where_nothing_changed(path, text):
    assert compare([FileVersions(path, text, text)]) == ()


@pytest.mark.parametrize(("path", "text"), TEXTS)
def test_without_its_text_every_test_is_gone(path, text):
    assert compare([FileVersions(path, text, None)])
    assert compare([FileVersions(path, text, "")])


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(TEXTS), st.data())
def test_broken_files_break_nothing(file, data):
    """Any piece left out, and any text put in: a comparison comes to its end."""
    path, text = file
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 200)))
    junk = data.draw(
        st.sampled_from(["", "((((", "'", "`${", "}", "\x00", "日本", "expect(", "t.Run(", "#["])
    )
    compare([FileVersions(path, text, text[:start] + junk + text[end:])])
    compare([FileVersions(path, text[:start] + junk + text[end:], text)])


def test_what_is_nested_deeper_than_anybody_writes_is_compared_by_its_lines():
    deep = "it('x', () => { " + "f(" * 3_000 + "1" + ")" * 3_000 + "; expect(g(7)).toBe(8); });\n"
    assert compare([FileVersions("a.test.js", deep, None)])
    assert compare([FileVersions("a.test.js", deep, "xit('x', () => {});\n")])


@pytest.mark.parametrize(
    ("path", "is_test"),
    [
        ("src/shop.test.ts", True),
        ("src/__tests__/shop.jsx", True),
        ("pkg/shop_test.go", True),
        ("tests/api.rs", True),
        ("src/lib.rs", False),
        ("src/test/java/a/B.java", True),
        ("src/main/java/a/Latest.java", False),
        ("src/main/java/a/ShopTest.java", True),
        ("spec/shop_spec.rb", True),
        ("src/contest.ts", False),
        ("src/latest.js", False),
        ("lib/inspector.rb", False),
        ("docs/test.md", False),
    ],
)
def test_which_files_are_tests(path, is_test):
    assert is_test_file(path) is is_test


@pytest.mark.parametrize(
    "path", ["jest.config.ts", "web/vitest.config.mts", ".mocharc.yml", "Cargo.toml", "pom.xml"]
)
def test_which_files_say_how_tests_run(path):
    assert is_test_settings(path)
