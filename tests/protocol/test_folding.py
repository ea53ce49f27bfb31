"""What the log holds once, and what comes back from it."""

from hypothesis import given, settings
from hypothesis import strategies as st

from mycoder.protocol.blocks import Terminal, Text
from mycoder.protocol.codec import decode_event, encode
from mycoder.protocol.events import ToolFinished
from mycoder.protocol.folding import SHORTEST, folded, unfolded

PRINTED = "".join(f"{n}\n" for n in range(200))
TEXTS = st.one_of(
    st.text(max_size=60), st.sampled_from([PRINTED, PRINTED.rstrip(), "x" * SHORTEST, PRINTED[:50]])
)
ENDS = st.sampled_from(["", "\n", "\n[exit 1]", " more"])


@settings(deadline=None)
@given(text=TEXTS, for_model=ENDS, for_people=ENDS, other=TEXTS)
def test_what_is_folded_comes_back_as_it_was(text, for_model, for_people, other):
    event = ToolFinished(
        call_id="c",
        output=text + for_model,
        blocks=(
            Terminal(command="run", output=text + for_people),
            Terminal(command="x", output=other),
            Text(text=text),
        ),
    )
    assert unfolded(folded(event)) == event
    assert len(encode(folded(event))) <= len(encode(event))


def test_what_a_command_printed_is_stored_once():
    for model, people in ((PRINTED.rstrip(), PRINTED), (f"{PRINTED}[exit 1]", PRINTED)):
        event = ToolFinished(call_id="c", output=model, blocks=(Terminal(command="seq 200", output=people),))
        stored = encode(folded(event))
        assert stored.count(b"198") == 1
        assert unfolded(decode_event(stored)) == event


def test_an_event_of_an_older_log_stays_as_it_is():
    event = ToolFinished(call_id="c", output=PRINTED, blocks=(Terminal(command="seq 200", output=PRINTED),))
    assert unfolded(event) is event
