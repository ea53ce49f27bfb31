import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mycoder.protocol.codec import decode_command, decode_event, encode
from mycoder.protocol.commands import Answer, Interrupt, Submit
from mycoder.protocol.events import TextAdded, TurnEnded
from tests.protocol.events_strategy import events


@given(event=events)
@settings(max_examples=200, deadline=None)
def test_an_event_survives_the_way_to_json_and_back(event):
    assert decode_event(encode(event)) == event


@pytest.mark.parametrize(
    "command", [Submit(text="fix it"), Interrupt(hard=True), Answer(ask_id="1", choice="deny")]
)
def test_a_command_survives_the_way_to_json_and_back(command):
    assert decode_command(encode(command)) == command


@given(text=st.text(st.characters()))
@settings(max_examples=100, deadline=None)
def test_any_text_can_be_encoded_even_with_lone_surrogates(text):
    line = encode(TextAdded(text=text))
    assert b"\n" not in line
    assert isinstance(decode_event(line), TextAdded)


def test_what_is_wrong_is_named_with_its_path():
    with pytest.raises(msgspec.ValidationError, match=r"\$\.reason"):
        decode_event(b'{"type":"TurnEnded","reason":"tired"}')


def test_defaults_cost_no_bytes():
    assert encode(TurnEnded(reason="done")) == b'{"type":"TurnEnded","reason":"done"}'
