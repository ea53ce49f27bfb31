"""Which messages at the end of a conversation a rebuild leaves, and how much of each."""

from collections.abc import Sequence

import msgspec

from mycoder.agent.shorten import shortened
from mycoder.models.tokens import estimate_message
from mycoder.protocol.messages import Message

CLEARED = 240
"""Characters that stay of an older result in the tail; it can be had again."""

_PER_TOKEN = 3
"""Characters that a token surely has room for in output of tools, on the careful side."""


class Tail(msgspec.Struct, frozen=True):
    """`keep` messages at the end; `cuts` are positions among them and characters that stay of each."""

    keep: int = 0
    cuts: tuple[tuple[int, int], ...] = ()


def tail_of(messages: Sequence[Message], budget: int, scale: float = 1.0) -> Tail:
    """The longest tail of about `budget` tokens that does not begin with a result, so that no call loses its own.

    The last exchange keeps as much of its results as fits; of older ones only the beginning and the end stay. Where
    not even the calls of the last exchange fit there is no tail: the text of the rebuild tells of them.
    """
    last = max((i for i, m in enumerate(messages) if m.role == "assistant"), default=len(messages))
    newest = sum(m.role != "assistant" for m in messages[last:])
    most = max(CLEARED, budget * _PER_TOKEN * 2 // 3 // max(newest, 1))
    limits: dict[int, int] = {}
    best, used = Tail(), 0.0
    for index in range(len(messages) - 1, 0, -1):
        message = messages[index]
        limit = most if index >= last or message.role != "tool" else CLEARED
        if message.role != "assistant" and len(message.text) > limit + 60:
            limits[index] = limit
            message = _cut(message, limit, "x" * 80)
        used += estimate_message(message) * scale
        if used > budget:
            break
        if message.role != "tool":
            cuts = tuple((i - index, limits[i]) for i in sorted(limits))
            best = Tail(len(messages) - index, cuts)
    return best


def kept(messages: Sequence[Message], tail: Tail, whole: str) -> list[Message]:
    """The messages of `tail` as they are shown from now on; `whole` is the file that has them uncut."""
    shown = list(messages[len(messages) - tail.keep :]) if tail.keep else []
    for index, most in tail.cuts:
        if 0 <= index < len(shown):
            shown[index] = _cut(shown[index], most, whole)
    return shown


def _cut(message: Message, most: int, whole: str) -> Message:
    return msgspec.structs.replace(message, text=shortened(message.text, most, whole))
