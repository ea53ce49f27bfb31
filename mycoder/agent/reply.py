"""One reply of a model: the deltas of the wire become events, and the parts of the reply are collected."""

import time
from collections.abc import AsyncGenerator

import msgspec

from mycoder.models.model import CallDelta, Card, Failed, Finished, Model, Retrying, TextDelta, ThoughtDelta
from mycoder.models.retry import RetryPolicy, stream_with_retry
from mycoder.models.tokens import estimate_request, estimate_text
from mycoder.protocol.events import AnyEvent, ModelRetried, TextAdded, ThoughtAdded
from mycoder.protocol.messages import Request, ToolCall
from mycoder.protocol.usage import Usage


class Reply(msgspec.Struct):
    """Filled while `ask` runs. Either `failure` is set or the reply is whole."""

    text: str = ""
    calls: tuple[ToolCall, ...] = ()
    finish: str = "stop"
    usage: Usage = Usage()
    failure: Failed | None = None
    seconds: float = 0.0
    first_token: float = 0.0


async def ask(
    model: Model, request: Request, policy: RetryPolicy, reply: Reply
) -> AsyncGenerator[AnyEvent, None]:
    """Streams one reply; events are yielded as they come, and `reply` holds the whole at the end."""
    started = time.monotonic()
    text: list[str] = []
    thought: list[str] = []
    calls: dict[int, list[str]] = {}
    opaque: dict[str, str] = {}
    deltas = stream_with_retry(model, request, policy)
    try:
        async for delta in deltas:
            if not reply.first_token and not isinstance(delta, Failed | Retrying):
                reply.first_token = round(time.monotonic() - started, 4)
            match delta:
                case TextDelta(text=piece):
                    text.append(piece)
                    yield TextAdded(text=piece)
                case ThoughtDelta(text=piece):
                    thought.append(piece)
                    yield ThoughtAdded(text=piece)
                case CallDelta():
                    parts = calls.setdefault(delta.index, ["", "", ""])
                    parts[0] = parts[0] or delta.id
                    parts[1] = parts[1] or delta.name
                    parts[2] += delta.arguments
                case Retrying(failure=failure):
                    text, thought, calls, reply.first_token = [], [], {}, 0.0
                    yield ModelRetried(
                        reason=failure.message,
                        attempt=delta.attempt,
                        delay=delta.delay,
                        status=failure.status,
                    )
                case Failed():
                    reply.failure = delta
                case Finished():
                    reply.finish, usage, opaque = delta.finish, delta.usage, delta.opaque
                    reply.usage = usage or _estimated(request, "".join([*text, *thought]), calls)
    finally:
        await deltas.aclose()
    reply.text = "".join(text)
    reply.calls = _numbered(calls, opaque)
    reply.seconds = round(time.monotonic() - started, 3)


def priced(usage: Usage, card: Card) -> Usage:
    """`usage` with its cost in dollars, unless the provider already said it."""
    if usage.cost:
        return usage
    fresh = max(usage.input - usage.cached, 0)
    cached_price = card.cached_price or card.input_price
    cost = fresh * card.input_price + usage.cached * cached_price + usage.output * card.output_price
    return msgspec.structs.replace(usage, cost=cost)


def _estimated(request: Request, said: str, calls: dict[int, list[str]]) -> Usage:
    output = estimate_text(said) + sum(estimate_text(parts[2]) + 8 for parts in calls.values())
    return Usage(input=estimate_request(request), output=output, estimated=True)


def _numbered(calls: dict[int, list[str]], opaque: dict[str, str]) -> tuple[ToolCall, ...]:
    """Calls in the order of their index, each with an id that is unique within the reply."""
    result: list[ToolCall] = []
    seen: set[str] = set()
    for index in sorted(calls):
        identity, name, arguments = calls[index]
        sealed = opaque.get(identity, "")
        if not identity or identity in seen:
            identity = f"{identity or 'call'}_{index}"
        seen.add(identity)
        result.append(ToolCall(identity, name, arguments or "{}", sealed))
    return tuple(result)
