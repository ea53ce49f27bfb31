import re
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mycoder.workspace.prefilter import compile_quietly, is_quick, required, weaken

TEXT = st.text(alphabet="abkKsSiIx_1 .-\tıİſKéÉß²あ\u0301\udc80", max_size=12)

_atoms = st.sampled_from(
    [
        *"abkKsSix_1",
        "é",
        "ß",
        "İ",
        "あ",
        "²",
        r"\.",
        ".",
        r"\d",
        r"\w",
        r"\s",
        r"\W",
        r"\D",
        r"\S",
        r"\b",
        r"\B",
        "^",
        "$",
        r"\A",
        r"\Z",
        "[a-k]",
        "[^a]",
        "[^é]",
        "[a-z_é]",
        r"[\w.]",
        r"[^\s]",
        "[^İ]",
        "[K-k]",
        "(?=a)",
        "(?!a)",
        "(?<=a)",
        "(?<!s)",
        r"\t",
        "[[:alpha:]]",
        "-",
    ]
)
_counts = st.sampled_from(["*", "+", "?", "{0}", "{1}", "{2}", "{0,2}", "{1,}", "*?", "+?", "?+", "*+"])


def _repeatable(pattern: str) -> str:
    return f"(?:{pattern})"


PATTERNS = st.recursive(
    _atoms,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=4).map("".join),
        st.builds(lambda p, c: _repeatable(p) + c, inner, _counts),
        st.builds(lambda a, b: f"(?:{a}|{b})", inner, inner),
        inner.map(lambda p: f"({p})"),
        inner.map(lambda p: f"(?i:{p})"),
        inner.map(lambda p: f"(?>{p})"),
    ),
    max_leaves=6,
)


def compiled(pattern: str, flags: int) -> "re.Pattern[str] | None":
    try:
        return compile_quietly(pattern, flags)
    except re.error:
        return None


@settings(deadline=None, max_examples=250)
@given(pattern=PATTERNS, line=TEXT, flags=st.sampled_from([0, re.IGNORECASE]))
def test_what_is_sorted_out_never_matches(pattern: str, line: str, flags: int) -> None:
    wanted = compiled(pattern, flags)
    if wanted is None or wanted.search(line) is None:
        return
    data = line.encode("utf-8", "surrogateescape")
    assert required(wanted) in data
    weak = weaken(wanted)
    if weak is not None:  # apart from its first flag it means the same to Python
        assert re.search(weak.removeprefix("(?-u)").encode(), data) is not None


@pytest.mark.skipif(shutil.which("rg") is None, reason="needs ripgrep")
@settings(deadline=None, max_examples=40)
@given(patterns=st.lists(st.tuples(PATTERNS, st.sampled_from([0, re.IGNORECASE])), min_size=1), line=TEXT)
def test_ripgrep_reads_the_weaker_expression_in_the_same_way(
    patterns: list[tuple[str, int]], line: str
) -> None:
    for pattern, flags in patterns[:2]:
        wanted = compiled(pattern, flags)
        weak = weaken(wanted) if wanted is not None else None
        if wanted is None or weak is None or wanted.search(line) is None:
            continue
        data = line.encode("utf-8", "surrogateescape") + b"\n"
        done = subprocess.run(
            ["rg", "--no-config", "-q", f"--regexp={weak}", "-"], input=data, capture_output=True, check=False
        )
        assert done.returncode == 0, (pattern, weak, done.stderr)


def test_every_case_of_a_letter_beyond_ascii_is_let_through() -> None:
    letters = [chr(code) for code in range(0x3000) if chr(code).isalpha()]
    for ascii_letter in "abcdefghijklmnopqrstuvwxyzABIKS":
        wanted = re.compile(ascii_letter, re.IGNORECASE)
        weak = weaken(wanted)
        assert weak is not None
        lets = re.compile(weak.removeprefix("(?-u)").encode()).search
        for letter in letters:
            if wanted.search(letter):
                assert lets(letter.encode()), (ascii_letter, letter)


@pytest.mark.parametrize("pattern", ["", "a*", "^", r"\b", "(?=x)", "a\nb", "(a)|b?"])
def test_no_filter_where_it_would_not_filter(pattern: str) -> None:
    assert weaken(re.compile(pattern)) is None


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("foo", b"foo"),
        (r"def\s+(load|save)_config\(", b"_config("),
        (r"^class \b(Foo)Bar$", b"class FooBar"),
        ("(?i)foo", b""),
        ("(?i:foo)bar", b"bar"),
        ("a|b", b""),
        ("x(?:yy)?z{2}", b"x"),
        ("grün", "grün".encode()),
        ("\ud800", b""),
    ],
)
def test_required_text(pattern: str, text: bytes) -> None:
    assert required(re.compile(pattern)) == text


@pytest.mark.parametrize(
    "pattern", ["foo", "foo|bar", "colou?r", "[a-z]{3}", "(?:ab){2}c?", r"\bx\b", "a{0,20}b"]
)
def test_quick(pattern: str) -> None:
    assert is_quick(re.compile(pattern))


@pytest.mark.parametrize(
    "pattern",
    ["a*", "(a+)+$", "(?:a?){30}a{30}", "a?" * 30 + "a" * 30, "(a|aa){20}b", "(?:(?:ab|cd){3}){9}", ".*x"],
)
def test_not_quick(pattern: str) -> None:
    assert not is_quick(re.compile(pattern))


def test_an_expression_that_is_too_long_or_too_deep_is_left_alone() -> None:
    assert weaken(re.compile("[a-z]" * 2000)) is None
    deep = re.compile("(?:" * 90 + "a" + ")?" * 90)
    assert weaken(deep) is None
    assert required(deep) == b""
    assert isinstance(is_quick(deep), bool)


def test_a_weaker_expression_is_for_lines_of_a_file(tmp_path: Path) -> None:
    weak = weaken(re.compile(r"a[^x]b"))
    assert weak is not None
    assert re.search(weak.removeprefix("(?-u)").encode(), b"a\nb") is None
