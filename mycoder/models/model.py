"""What every way to reach a model offers: a stream of deltas. Failures are the last delta, not exceptions."""

from collections.abc import AsyncIterator
from typing import Literal, Protocol

import msgspec

from mycoder.protocol.messages import Request
from mycoder.protocol.usage import Usage

FailureKind = Literal[
    "auth",  # 401/403, no key: another try cannot help
    "bad_request",  # 400/404/422, unknown model
    "context_overflow",  # the request is larger than the model's window
    "rate_limit",  # 429
    "server",  # 5xx, overloaded
    "connection",  # refused, unreachable, DNS, TLS
    "cut",  # the stream ended before it was finished, or held nonsense
    "timeout",  # connect, first token or idle
    "empty",  # finished properly with neither text nor calls
]


class Timeouts(msgspec.Struct, frozen=True):
    """Limits in seconds: `connect` covers DNS, TCP, proxy and TLS; `first_token` runs from the request to the
    first delta (models that think silently take minutes); `idle` is the longest pause between bytes after
    that."""

    connect: float = 15.0
    first_token: float = 300.0
    idle: float = 120.0


class TextDelta(msgspec.Struct, frozen=True):
    text: str


class ThoughtDelta(msgspec.Struct, frozen=True):
    text: str


class CallDelta(msgspec.Struct, frozen=True):
    """A fragment of the `index`-th call of the reply; `id` and `name` come whole, `arguments` are glued."""

    index: int
    id: str = ""
    name: str = ""
    arguments: str = ""


class Finished(msgspec.Struct, frozen=True):
    """Last delta of a reply that ended properly. `usage` is None when the provider sent no figures; `opaque` is what
    it wants back with the calls, by their ids."""

    finish: str = "stop"
    usage: Usage | None = None
    opaque: dict[str, str] = {}


class Failed(msgspec.Struct, frozen=True):
    """Last delta of a reply that did not. `retry_after` is in seconds, as the provider asked."""

    kind: FailureKind
    message: str
    status: int | None = None
    retry_after: float | None = None
    hint: str = ""


class Retrying(msgspec.Struct, frozen=True):
    """Only from `retry.py`: what came so far is void; the request goes out again after `delay` seconds."""

    failure: Failed
    attempt: int
    delay: float


Delta = TextDelta | ThoughtDelta | CallDelta | Finished | Failed


class Card(msgspec.Struct, frozen=True):
    """What is known of a model: window and longest reply in tokens (0 unknown), prices in dollars per
    token."""

    name: str
    window: int = 0
    max_output: int = 0
    input_price: float = 0.0
    cached_price: float = 0.0
    output_price: float = 0.0
    has_images: bool = False
    has_tools: bool = True


class Model(Protocol):
    """A model that can be asked. `stream` may be closed at any time (aclose of the iterator), which closes
    the connection; it never raises for what the network or the provider does."""

    @property
    def name(self) -> str:
        """As a person writes it: ``openai/gpt-5``, ``ollama/qwen3``, ``scripted/demo``."""

    def card(self) -> Card:
        """May read the packaged price table on first use, so it is called only after the first request went
        out."""

    def stream(self, request: Request) -> AsyncIterator[Delta]: ...

    async def aclose(self) -> None: ...
