import os
import textwrap
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mycoder.models.catalog import table_path
from mycoder.models.tokens import Gauge, estimate_message, estimate_request, estimate_text
from mycoder.protocol.messages import Attachment, Message, Request, ToolCall
from mycoder.protocol.usage import Usage
from tests.models.serving import READ

SAMPLES = {
    "python": Path(textwrap.__file__).read_text(),
    "prose": (Path(__file__).parents[2] / "LICENSE").read_text() * 3,
    "traceback": 'Traceback (most recent call last):\n  File "/srv/app/main.py", line 12, in <module>\n' * 30,
    "pytest": "tests/test_parser.py::test_nested[case-3] FAILED                    [ 47%]\n" * 40,
    "json": '{"id": 4821, "name": "widget", "tags": ["a", "b"], "price": 12.5},\n' * 40,
    "chinese": "我们默认支持交错式思考,使模型可以在工具调用之间以及收到工具结果之后继续思考。" * 30,
    "german": "Die Größe des Fensters hängt davon ab, welches Modell gewählt wird; längere werden gekürzt. "
    * 30,
}


@pytest.mark.parametrize("name", list(SAMPLES))
def test_estimates_are_near_what_tokenizers_count(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Against the vocabulary of GPT-4o, whose file comes with litellm, so nothing is downloaded."""
    folder = os.path.join(os.path.dirname(table_path()), "litellm_core_utils", "tokenizers")
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", folder)
    tiktoken = pytest.importorskip("tiktoken")
    if "fb374d419588a4632f3f557e76b4b70aebbca790" not in os.listdir(folder):
        pytest.skip("this litellm does not carry the vocabulary")
    text = SAMPLES[name]
    counted = len(tiktoken.get_encoding("o200k_base").encode(text))
    assert 0.75 <= estimate_text(text) / counted <= 1.3


@given(st.text(max_size=50), st.text(max_size=50))
def test_estimates_grow_with_the_text(one: str, other: str) -> None:
    assert estimate_text(one) <= estimate_text(one + other) <= estimate_text(one) + estimate_text(other) + 1


def test_nothing_costs_nothing() -> None:
    assert estimate_text("") == 0
    assert estimate_text(" ") == 1
    assert estimate_text("\ud800") >= 1


def test_a_message_counts_its_calls_and_images() -> None:
    bare = estimate_message(Message("assistant", "hi"))
    assert (
        estimate_message(Message("assistant", "hi", calls=(ToolCall("1", "read", '{"path": "a"}'),)))
        > bare + 8
    )
    assert estimate_message(Message("user", "hi", images=(Attachment("/a.png"),))) > bare + 500


def test_a_request_counts_its_tools() -> None:
    messages = (Message("user", "hi"),)
    assert estimate_request(Request(messages, (READ,))) > estimate_request(Request(messages)) + 10


def test_a_gauge_takes_the_providers_figure_and_estimates_only_what_is_new() -> None:
    gauge = Gauge()
    first = Request((Message("system", "s" * 400), Message("user", "u" * 400)))
    guess = gauge.estimate(first)
    gauge.learn(first, Usage(input=round(guess * 1.5), output=10))
    assert gauge.estimate(first) == round(guess * 1.5)
    longer = Request((*first.messages, Message("user", "v" * 400)))
    new = estimate_message(longer.messages[-1])
    assert gauge.estimate(longer) == pytest.approx(guess * 1.5 + new * 1.5, abs=2)


def test_a_gauge_knows_a_compacted_conversation_for_a_new_one() -> None:
    gauge = Gauge()
    first = Request((Message("system", "s" * 4000), Message("user", "u" * 4000)))
    gauge.learn(first, Usage(input=estimate_request(first) * 2))
    short = Request((Message("system", "s" * 40),))
    assert gauge.estimate(short) == estimate_request(short) * 2


@pytest.mark.parametrize("usage", [None, Usage(), Usage(input=5000, estimated=True)])
def test_a_gauge_learns_nothing_from_estimates(usage: Usage | None) -> None:
    gauge = Gauge()
    request = Request((Message("user", "hello"),))
    gauge.learn(request, usage)
    assert gauge.estimate(request) == estimate_request(request)


def test_a_gauge_is_not_led_astray_by_odd_figures() -> None:
    gauge = Gauge()
    gauge.learn(Request((Message("user", "a"),)), Usage(input=100_000))
    other = Request((Message("user", "b" * 400),))
    assert gauge.estimate(other) <= estimate_request(other) * 2


@settings(deadline=None, max_examples=60)
@given(
    steps=st.lists(
        st.tuples(st.integers(0, 6), st.lists(st.text(max_size=40), max_size=4)), min_size=1, max_size=8
    )
)
def test_a_gauge_that_remembers_messages_estimates_as_one_that_does_not(steps):
    gauge, messages = Gauge(), ()
    for kept, added in steps:  # cut back as by a compaction, then grown
        messages = (*messages[:kept], *(Message("user", text) for text in added))
        request = Request(messages, ())
        assert gauge.estimate(request) == estimate_request(request)
