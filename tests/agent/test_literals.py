import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import mycoder.agent.literals as literals_module
from mycoder.agent.literal_shapes import _shapes, found
from mycoder.agent.literals import COMMAND, FILE, MOST_KEPT, PERSON, Literals


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("The server listens on port 48213.", "48213"),
        ("export DB_PORT=5433", "5433"),
        ("timeout: 35s", "35s"),
        ("run it with --shard=17 please", "--shard=17"),
        ("see https://x.example/a?b=1#c for it", "https://x.example/a?b=1#c"),
        ("it answers at localhost:8080/v1", "localhost:8080"),
        ("trace 9f3ab01c77de ended", "9f3ab01c77de"),
        ("id 0b9c7c52-1d7e-4a53-9c0e-3f4b6a7d8e9f", "0b9c7c52-1d7e-4a53-9c0e-3f4b6a7d8e9f"),
        ("tracked as LEDGER-421", "LEDGER-421"),
        ("data in /srv/beta_2/x.db now", "/srv/beta_2/x.db"),
        ("der Dienst läuft auf Port 9123 weiter", "9123"),
    ],
)
def test_values_are_found_byte_for_byte(text, value):
    shown = [shown for found_value, shown, _ in found(text) if found_value == value]
    assert shown, list(found(text))
    assert value in shown[0]


@pytest.mark.parametrize("text", ["src/app.py:42: x", "nothing here", "", "12", "the end."])
def test_other_words_are_none(text):
    assert not list(found(text))


def test_the_words_before_a_value_say_what_it_is():
    (entry,) = found("Note that the service kelp_0 listens on port 19886 since May.")
    assert entry[1] == "service kelp_0 listens on port 19886"


def test_a_part_of_a_known_value_is_not_told_again():
    values = [value for value, _, _ in found("start with --port=8123 at http://10.0.0.1:8123/v1")]
    assert sorted(values) == ["--port=8123", "http://10.0.0.1:8123/v1"]


def test_what_the_person_said_comes_first():
    literals = Literals()
    literals.see("a_limit=1234", FILE)
    literals.see("b_limit=9999", COMMAND)
    literals.see("use port 7777", PERSON)
    assert literals.lines() == ["use port 7777", "b_limit=9999", "a_limit=1234"]


def test_a_flood_does_not_wash_away_what_matters():
    literals = Literals()
    literals.see("use port 7777", PERSON)
    for i in range(20):
        literals.see("\n".join(f"/tmp/noise/{i}/{j}.log" for j in range(200)), FILE)
    assert len(literals) <= MOST_KEPT
    assert literals.lines()[0] == "use port 7777"


@given(st.text(max_size=400))
@settings(max_examples=200, deadline=None)
def test_whatever_is_found_stands_in_the_text(text):
    for value, _, weight in found(text):
        assert value in text
        assert 1 <= weight <= 3


PLAIN = (
    (r"(?P<value>[a-z][a-z0-9+.-]{1,12}://[^\s\"'<>)\]]+)", 0),
    (r"(?P<value>(?<![\w-])--[a-z][\w-]*=\S{1,60})", 0),
    (r"(?P<value>(?<![\w-])--[a-z][\w-]+)", 0),
    (r"(?P<value>(?<![\w.])(?:localhost|\d{1,3}(?:\.\d{1,3}){3}|[a-z][\w-]*(?:\.[\w-]+)+):\d{2,5}\b)", 0),
    (
        r"(?P<name>(?<![\w.])[A-Za-z_][\w.-]{1,40})[ \t]?[:=][ \t]?(?P<value>[\"']?(?:--?)?[\w./:@~+%-]*\d[\w./:@~+%-]*"
        r"[\"']?|[\"'][^\"'\n]{2,60}[\"']|/[\w./@+-]+|(?:true|false)\b)",
        0,
    ),
    (
        r"(?P<name>\b(?:port|pid|id|key|token|version|branch|commit|user|seed|region|bucket|table|queue|account|shard|"
        r"node|order|ticket|release|build|tag|limit|timeout|threshold|host)\b)[ \t]+(?:is[ \t]+|number[ \t]+|#)?"
        r"(?P<value>[\w./:-]*\d[\w./:-]*)",
        re.IGNORECASE,
    ),
    (r"(?P<value>(?<![\w/.:])~?/(?:[\w.@+-]+/)+[\w.@+-]+)", 0),
    (r"(?P<value>\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b)", 0),
    (r"(?P<value>\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{7,64}\b)", 0),
    (r"(?P<value>\b[A-Z]{2,10}-\d{1,7}\b)", 0),
)
"""The same shapes, each tried at every character of the text."""

PIECES = st.sampled_from(
    (
        *"\n\n \t-/~.:=#\"'_aA9f0",
        *(
            "://",
            "--",
            "http",
            "--port",
            "localhost",
            "port",
            "PORT ",
            "\u017feed",
            "to\u212aen",
            "\u0131d",
            "L\u0130M\u0130T",
        ),
        *(
            "is ",
            "number ",
            "9f3ab01c",
            "-77de",
            "LEDGER-421",
            "true",
            "src/app.py:42",
            "10.0.0.1:8123",
            "\u0663",
            "\u00e9",
        ),
        *("/srv/a/b", "0b9c7c52-1d7e-4a53-9c0e-3f4b6a7d8e9f", "x_1=", "key: 'a b'", "\u2028", "\r\n", "\x0b"),
    )
)


@given(st.lists(PIECES, max_size=24).map("".join))
@settings(max_examples=300, deadline=None)
def test_the_quick_search_misses_nothing(text):
    for (plain, flags), shape in zip(PLAIN, _shapes(), strict=True):
        slow = [match.span() for match in re.finditer(plain, text, flags)]
        assert [match.span() for match in shape.matches(text)] == slow


def test_the_quick_search_misses_nothing_in_real_texts():
    files = sorted(Path(literals_module.__file__).parents[2].glob("docs/**/*.md"))
    assert files
    for text in (file.read_text("utf-8")[:20_000] for file in files):
        for (plain, flags), shape in zip(PLAIN, _shapes(), strict=True):
            assert [m.span() for m in shape.matches(text)] == [
                m.span() for m in re.finditer(plain, text, flags)
            ]
