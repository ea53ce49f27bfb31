import pytest
from hypothesis import given
from hypothesis import strategies as st

from mycoder.protocol.inert import inert
from mycoder.protocol.redact import Redactor


@pytest.mark.parametrize(
    "text",
    [
        "plain\n\ttext\r\n\f",
        "naïve — “quoted” … 完成 한국어 русский עברית العربية",
        "می\u200cخواهم",  # Persian needs the non-joiner
        "\U0001f469\u200d\U0001f4bb \u2764\ufe0f 1\ufe0f\u20e3 \U0001f3f3\ufe0f\u200d\U0001f308",
        "क्\u200dष",
    ],
)
def test_what_scripts_and_emoji_need_stays(text):
    assert inert(text) is text or inert(text) == text


@pytest.mark.parametrize(
    "character",
    ["\u202e", "\u2066", "\u200b", "\u2060", "\u00ad", "\u061c", "\u3164", "\ufeff", "\U000e0041", "\U000e0101",
     "\x1b", "\x00", "\x07", "\x08", "\x7f", "\x9b", "\u180e", "\ufff9"],
)  # fmt: skip
def test_what_nobody_sees_is_written_out(character):
    assert inert(f"a{character}b") == f"a<U+{ord(character):04X}>b"


def test_joiners_and_selectors_that_only_carry_bits_are_written_out():
    assert "\u200d" not in inert("a\u200db")
    assert inert("é\u200d\u200d").count("\u200d") == 1
    assert inert("\u2764\ufe0f\ufe0e\ufe01").count("<U+FE") == 2


@given(st.text())
def test_every_text_can_be_sent_and_twice_is_once(text):
    once = inert(text)
    once.encode("utf-8")
    assert inert(once) == once


@given(st.text(alphabet=st.sampled_from("a\u202e\u200b\x1b é\n")))
def test_an_edit_gets_the_hidden_characters_of_its_file_back(text):
    assert Redactor().restored(inert(text), text) == text
