"""How many tokens a text costs, roughly and at once: a real tokenizer takes 0.1 s to load and tens of
megabytes.

The weights were fitted by least squares to the cl100k and o200k vocabularies on Python, JSON, prose, listings
and tracebacks in several languages; tests/models/test_tokens.py holds the error. `Gauge` learns the rest from
what the provider counts.
"""

from collections.abc import Sequence

import msgspec

from mycoder.protocol.codec import encode
from mycoder.protocol.messages import Message, Request, ToolSpec
from mycoder.protocol.usage import Usage

_DIGITS = b"0123456789"
_SPACES = b" \t\r\n"
_LETTERS = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_HIGH = bytes(range(128, 256))

# Tokens per byte of each class; what is left is punctuation. A Chinese character is three high bytes.
_PER_DIGIT, _PER_SPACE, _PER_LETTER, _PER_HIGH, _PER_MARK = 0.75, 0.03, 0.225, 0.27, 0.7

_PER_MESSAGE = 4
_PER_CALL = 8
# An image of about a megapixel is counted between 765 (OpenAI) and 1 600 (Anthropic).
_PER_IMAGE = 1200


def estimate_text(text: str) -> int:
    """Tokens of `text`, within a quarter for a page or more of code, prose or logs. Takes 6 µs per
    kilobyte."""
    if not text:
        return 0
    data = text.encode("utf-8", "replace")
    size = len(data)
    digits = size - len(data.translate(None, _DIGITS))
    spaces = size - len(data.translate(None, _SPACES))
    letters = size - len(data.translate(None, _LETTERS))
    high = 0 if text.isascii() else size - len(data.translate(None, _HIGH))
    marks = size - digits - spaces - letters - high
    tokens = (
        digits * _PER_DIGIT
        + spaces * _PER_SPACE
        + letters * _PER_LETTER
        + high * _PER_HIGH
        + marks * _PER_MARK
    )
    return max(1, round(tokens))


def estimate_message(message: Message) -> int:
    calls = sum(
        estimate_text(c.arguments) + estimate_text(c.name) + estimate_text(c.opaque) + _PER_CALL
        for c in message.calls
    )
    return _PER_MESSAGE + estimate_text(message.text) + calls + _PER_IMAGE * len(message.images)


def estimate_request(request: Request) -> int:
    """Input tokens of `request`: its messages and the schemas of its tools."""
    return sum(map(estimate_message, request.messages)) + _estimate_tools(request)


class Gauge:
    """Estimates of a growing conversation, held to what the provider counted last.

    The figure of the last reply stands for all that it was asked with; only what came after is estimated, by
    a scale learnt from that figure.
    """

    def __init__(self) -> None:
        self._counted: tuple[Message, ...] = ()
        self._tokens = 0
        self._sizes: list[tuple[Message, int]] = []
        """The messages of the last request with their estimates; a message is never changed, only replaced."""
        self._tools: tuple[Sequence[ToolSpec], int] = ((), 0)
        self.scale = 1.0
        """What the provider counts for one token of ours."""

    def learn(self, request: Request, usage: Usage | None) -> None:
        """Takes the figures of a finished reply to `request`; figures that we estimated ourselves teach
        nothing."""
        if usage is None or usage.estimated or usage.input <= 0:
            return
        estimate = self._estimated(request)
        if estimate:
            # A provider that counts far off (images, hidden prompts) must not throw the scale away.
            self.scale = min(2.0, max(0.5, usage.input / estimate))
        self._counted, self._tokens = request.messages, usage.input

    def estimate(self, request: Request) -> int:
        known = len(self._counted)
        if not known or request.messages[:known] != self._counted:
            return round(self._estimated(request) * self.scale)
        new = sum(map(estimate_message, request.messages[known:]))
        return self._tokens + round(new * self.scale)

    def _estimated(self, request: Request) -> int:
        """`estimate_request`, which looks only at what was not in the last request: a long conversation grows by a
        few messages a step."""
        same = 0
        for (known, _), message in zip(self._sizes, request.messages, strict=False):
            if known is not message:
                break
            same += 1
        self._sizes[same:] = [(message, estimate_message(message)) for message in request.messages[same:]]
        if self._tools[0] is not request.tools:
            self._tools = (request.tools, _estimate_tools(request))
        return sum(size for _, size in self._sizes) + self._tools[1]


def _estimate_tools(request: Request) -> int:
    if not request.tools:
        return 0
    return round(estimate_text(encode(msgspec.to_builtins(request.tools)).decode()) * 0.8)
