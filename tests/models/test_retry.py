from collections.abc import AsyncGenerator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mycoder.models.model import Card, Delta, Failed, FailureKind, Finished, Retrying, TextDelta
from mycoder.models.retry import RetryPolicy, stream_with_retry
from mycoder.models.script import Fault, Step
from mycoder.models.scripted import ScriptedModel
from mycoder.models.scripted_server import ScriptedServer
from mycoder.protocol.messages import Request
from tests.models.serving import model_at, request, text_of

ASKED = request()


class Replies:
    """A model that gives these replies, one after another, the last one for ever."""

    name = "fake/replies"

    def __init__(self, *replies: Sequence[Delta]) -> None:
        self.replies = list(replies)
        self.asked = self.closed = 0

    def card(self) -> Card:
        return Card(self.name)

    async def stream(self, _: Request) -> AsyncGenerator[Delta, None]:
        reply = self.replies[min(self.asked, len(self.replies) - 1)]
        self.asked += 1
        try:
            for delta in reply:
                yield delta
        finally:
            self.closed += 1

    async def aclose(self) -> None: ...


def failing(kind: FailureKind, retry_after: float | None = None) -> list[Delta]:
    return [TextDelta("half"), Failed(kind, "no", retry_after=retry_after)]


GOOD: list[Delta] = [TextDelta("good"), Finished("stop")]


async def run(
    model: Replies, policy: RetryPolicy = RetryPolicy()
) -> tuple[list[Delta | Retrying], list[float]]:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    deltas = [delta async for delta in stream_with_retry(model, ASKED, policy, sleep)]
    assert model.closed == model.asked
    return deltas, slept


@pytest.mark.parametrize("kind", ["rate_limit", "server", "connection", "cut", "timeout", "empty"])
async def test_what_another_try_can_mend_is_tried_again(kind: FailureKind) -> None:
    deltas, slept = await run(Replies(failing(kind), GOOD))
    assert [type(d) for d in deltas] == [TextDelta, Retrying, TextDelta, Finished]
    assert isinstance(retrying := deltas[1], Retrying)
    assert (retrying.attempt, retrying.failure.kind) == (1, kind)
    assert retrying.delay == pytest.approx(slept[0], abs=0.001)


@pytest.mark.parametrize("kind", ["auth", "bad_request", "context_overflow"])
async def test_what_another_try_cannot_mend_is_not(kind: FailureKind) -> None:
    model = Replies(failing(kind), GOOD)
    deltas, slept = await run(model)
    assert deltas[-1] == Failed(kind, "no")
    assert (model.asked, slept) == (1, [])


async def test_it_gives_up_and_says_how_often_it_tried() -> None:
    model = Replies(failing("server"))
    deltas, slept = await run(model, RetryPolicy(attempts=4, first_delay=1))
    assert model.asked == 4
    assert isinstance(last := deltas[-1], Failed)
    assert "tried 4 times" in last.message
    assert [isinstance(d, Retrying) for d in deltas].count(True) == 3
    for number, seconds in enumerate(slept):
        assert 2**number / 2 <= seconds <= 2**number


@pytest.mark.parametrize(("kind", "most"), [("empty", 3), ("timeout", 3), ("connection", 4)])
async def test_some_failures_are_tried_less_often(kind: FailureKind, most: int) -> None:
    model = Replies(failing(kind))
    await run(model, RetryPolicy(attempts=10))
    assert model.asked == most


async def test_retry_after_is_waited_out() -> None:
    _, slept = await run(Replies(failing("rate_limit", 30.0), GOOD))
    assert 30.0 <= slept[0] <= 33.1


async def test_a_wait_that_nobody_sits_through_ends_it() -> None:
    model = Replies(failing("rate_limit", 3600.0), GOOD)
    deltas, _ = await run(model)
    assert model.asked == 1
    assert isinstance(last := deltas[-1], Failed)
    assert "3600" in last.hint


async def test_the_waiting_in_all_is_bounded() -> None:
    _, slept = await run(Replies(failing("rate_limit", 50.0)), RetryPolicy(attempts=100, total=120))
    assert len(slept) == 2


async def test_a_stream_without_an_end_counts_as_cut() -> None:
    deltas, _ = await run(Replies([TextDelta("half")], GOOD))
    assert isinstance(deltas[1], Retrying)
    assert deltas[-1] == Finished("stop")


async def test_closing_it_closes_the_reply() -> None:
    model = Replies([TextDelta("a"), TextDelta("b")])
    stream = stream_with_retry(model, ASKED)
    assert await anext(stream) == TextDelta("a")
    await stream.aclose()
    assert model.closed == 1


@given(st.integers(1, 40), st.floats(0, 1), st.floats(0, 100))
def test_delays_stay_within_their_bounds(attempt: int, chance: float, waited: float) -> None:
    policy = RetryPolicy(attempts=50, first_delay=0.5, max_delay=20, total=100)
    delay = policy.delay(Failed("server", "x"), attempt, waited, chance)
    if delay is not None:
        assert 0.25 <= delay <= 20
        assert waited + delay <= 100


async def test_over_real_http() -> None:
    step = Step(text="Hello", fail=Fault(status=429, retry_after=0.05, times=2))
    async with ScriptedServer([step]) as server:
        model = model_at(server.url)
        deltas = [d async for d in stream_with_retry(model, ASKED, RetryPolicy(first_delay=0.01))]
        assert [d.failure.status for d in deltas if isinstance(d, Retrying)] == [429, 429]
        assert text_of([d for d in deltas if not isinstance(d, Retrying)]) == "Hello"
        first, second, third = (recorded.at for recorded in server.requests)
        assert second - first >= 0.05
        assert third - second >= 0.05
        await model.aclose()


async def test_with_the_scripted_model() -> None:
    model = ScriptedModel([Step(text="Hello", fail=Fault(kind="cut"))])
    deltas = [d async for d in stream_with_retry(model, ASKED, RetryPolicy(first_delay=0))]
    assert [type(d) for d in deltas] == [TextDelta, Retrying, TextDelta, Finished]
