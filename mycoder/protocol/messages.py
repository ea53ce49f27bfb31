"""Messages: what a model reads and writes. The wire formats are made from these in `models/`."""

from typing import Any, Literal

import msgspec

Role = Literal["system", "user", "assistant", "tool"]


class ToolCall(msgspec.Struct, frozen=True, omit_defaults=True):
    """A call as the model wrote it; `arguments` is the raw text, which may not be valid JSON."""

    id: str
    name: str
    arguments: str = "{}"
    opaque: str = ""
    """What the provider wants back with the call, e.g. signed thoughts; only the code that reaches it reads this."""


class Attachment(msgspec.Struct, frozen=True, omit_defaults=True):
    """An image given with a prompt: absolute path on disk and media type."""

    path: str
    media_type: str = "image/png"


class Message(msgspec.Struct, frozen=True, omit_defaults=True):
    role: Role
    text: str = ""
    thought: str = ""
    """Reasoning text that some providers want sent back with the message."""
    calls: tuple[ToolCall, ...] = ()
    call_id: str = ""
    """For role `tool`: the id of the call that this answers."""
    images: tuple[Attachment, ...] = ()


class ToolSpec(msgspec.Struct, frozen=True):
    """What a model is told of a tool: `schema` is a JSON schema of type object."""

    name: str
    description: str
    schema: dict[str, Any]


class Request(msgspec.Struct, frozen=True):
    """One question to a model. `extra` holds sampling parameters passed on as they are."""

    messages: tuple[Message, ...]
    tools: tuple[ToolSpec, ...] = ()
    temperature: float | None = None
    max_tokens: int | None = None
    reply_schema: dict[str, Any] | None = None
    """A JSON schema that the final answer must match, for providers that can enforce it."""
    extra: dict[str, Any] = {}
