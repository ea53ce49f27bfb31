"""JSON from strangers, who cut it, nest it without end and send halves of characters."""

import re
from typing import Any

import msgspec

# A UTF-16 surrogate without its partner: servers that stream by UTF-16 units cut an emoji in two.
_FIRST, _SECOND = r"\\u[dD][89aAbB][0-9a-fA-F]{2}", r"\\u[dD][c-fC-F][0-9a-fA-F]{2}"
_LONELY = rf"{_FIRST}(?!{_SECOND})|(?<!{_FIRST}){_SECOND}"


def decode_json(data: bytes | str) -> Any:
    """The value of a JSON text. Raises ValueError for what is none, or nested too deep to be meant."""
    try:
        return msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise ValueError(f"no JSON: {error}") from error


def decode_leniently(data: bytes) -> Any:
    """As `decode_json`, with broken UTF-8 and half characters read as U+FFFD."""
    try:
        return decode_json(data)
    except ValueError:
        text = data.decode("utf-8", "replace")
        return decode_json(re.sub(_LONELY, r"\\ufffd", text))
