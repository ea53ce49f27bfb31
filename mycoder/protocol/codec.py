"""Events and commands as JSON, both ways."""

from functools import cache
from typing import Any

import msgspec

from mycoder.protocol.commands import AnyCommand
from mycoder.protocol.events import AnyEvent

_encoder = msgspec.json.Encoder()


@cache
def _events() -> "msgspec.json.Decoder[AnyEvent]":
    """Made when it is first needed: it looks through the types of all events, which a new session never reads."""
    return msgspec.json.Decoder(AnyEvent)


@cache
def _commands() -> "msgspec.json.Decoder[AnyCommand]":
    return msgspec.json.Decoder(AnyCommand)


def encode(value: Any) -> bytes:
    """One line of UTF-8 JSON without its newline. Lone surrogates, which JSON in UTF-8 cannot hold, become U+FFFD."""
    try:
        return _encoder.encode(value)
    except UnicodeEncodeError:
        return _encoder.encode(_without_surrogates(msgspec.to_builtins(value)))


def decode_event(line: bytes | str) -> AnyEvent:
    """Raises msgspec.ValidationError naming the path of what is wrong, or msgspec.DecodeError on broken JSON."""
    return _events().decode(line)


def decode_command(line: bytes | str) -> AnyCommand:
    """Raises as `decode_event`."""
    return _commands().decode(line)


def _without_surrogates(value: Any) -> Any:
    match value:
        case str():
            return value.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
        case dict():
            return {_without_surrogates(k): _without_surrogates(v) for k, v in value.items()}
        case list() | tuple():
            return [_without_surrogates(v) for v in value]
    return value
