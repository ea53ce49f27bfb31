from hypothesis import given, settings
from hypothesis import strategies as st

from mycoder.agent.tail import Tail, kept, tail_of
from mycoder.models.tokens import estimate_message
from mycoder.protocol.messages import Message, ToolCall


def exchange(number, outputs):
    calls = tuple(ToolCall(f"{number}-{i}", "read", '{"path": "a"}') for i in range(len(outputs)))
    results = [Message("tool", text, call_id=f"{number}-{i}") for i, text in enumerate(outputs)]
    return [Message("assistant", "", calls=calls), *results]


sizes = st.integers(0, 30_000)
conversations = st.lists(
    st.one_of(sizes.map(lambda n: [Message("user", "w" * n)]), st.lists(sizes, min_size=1, max_size=4)),
    max_size=8,
)


def built(parts):
    messages = [Message("system", "s"), Message("user", "facts")]
    for number, part in enumerate(parts):
        if part and isinstance(part[0], Message):
            messages += part
        else:
            messages += exchange(number, ["x = 1; " * (size // 7) for size in part])
    return messages


@given(conversations, st.integers(0, 20_000))
@settings(max_examples=150, deadline=None)
def test_a_tail_fits_and_splits_no_call_from_its_results(parts, budget):
    messages = built(parts)
    tail = tail_of(messages, budget)
    shown = kept(messages, tail, "/tmp/all.txt")
    assert sum(map(estimate_message, shown)) <= budget + 60 * len(tail.cuts)
    asked = [call.id for message in shown for call in message.calls]
    answered = [message.call_id for message in shown if message.role == "tool"]
    assert asked == answered


def test_the_last_results_keep_more_than_older_ones():
    old, new = "old " * 2000, "new " * 2000
    messages = [Message("system", "s"), *exchange(1, [old]), *exchange(2, [new])]
    shown = kept(messages, tail_of(messages, 3000), "/tmp/all.txt")
    results = [m.text for m in shown if m.role == "tool"]
    assert len(results[0]) < 400 < len(results[1])
    assert all("/tmp/all.txt" in text for text in results)


def test_one_huge_result_is_cut_and_its_end_is_seen():
    messages = [Message("system", "s"), *exchange(1, ["a" * 400_000 + "THE END"])]
    (_, result) = kept(messages, tail_of(messages, 1000), "")
    assert result.text.endswith("THE END")
    assert len(result.text) < 4000


def test_a_huge_call_leaves_no_tail():
    call = ToolCall("1", "write", '{"content": "' + "x = 1\\n" * 50_000 + '"}')
    messages = [
        Message("system", "s"),
        Message("assistant", "", calls=(call,)),
        Message("tool", "ok", call_id="1"),
    ]
    assert tail_of(messages, 1000) == Tail()


def test_results_of_whom_nobody_asked_are_never_first():
    messages = [Message("system", "s"), Message("tool", "x", call_id="1"), Message("assistant", "done")]
    assert tail_of(messages, 1000).keep == 1
