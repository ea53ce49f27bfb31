import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mycoder.agent.literals import COMMAND, FILE, MOST_KEPT, PERSON, Literals, found


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
