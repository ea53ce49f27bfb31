"""Tool calls put together from the fragments of a stream, however servers number, name and cut them."""

import os
from collections.abc import Container
from typing import Any

from mycoder.models.decoding import decode_json
from mycoder.models.model import CallDelta
from mycoder.protocol.codec import encode


class _Call:
    """One call under way; told to the reader once its arguments begin, since until then id and name can
    grow."""

    def __init__(self, index: int, key: Any) -> None:
        self.index, self.key = index, key
        self.server_id = ""
        self.name = ""
        self.arguments: list[str] = []
        self.is_told = False
        self.extra: dict[str, Any] = {}


class CallAssembler:
    """Turns the fragments that servers send into CallDeltas numbered 0, 1, 2… in order of appearance.

    Understood: several calls at once and interleaved, arguments cut anywhere or sent as an object, ids or
    indexes missing, every call under index 0, whole calls in one fragment, names in pieces or repeated.
    `taken` holds the ids of the conversation so far: a server that counts from ``call_0`` in every reply gets
    a new id in place of it.
    """

    def __init__(self, taken: Container[str] = ()) -> None:
        self._taken = taken
        self._calls: list[_Call] = []
        self.ids: list[str] = []

    def __len__(self) -> int:
        return len(self._calls)

    @property
    def extras(self) -> dict[str, dict[str, Any]]:
        """By id, what a call came with and must go back with (Gemini's signatures)."""
        return {self.ids[call.index]: call.extra for call in self._calls if call.extra}

    def add(self, fragment: dict[str, Any]) -> list[CallDelta]:
        function = fragment.get("function")
        function = function if isinstance(function, dict) else fragment
        key = fragment.get("index")
        server_id, name = _text(fragment.get("id")), _text(function.get("name"))
        arguments = _arguments(function.get("arguments"))
        call = self._call(key, server_id, name, arguments)
        call.server_id = call.server_id or server_id
        if name and name != call.name and not call.is_told:
            call.name += name
        if isinstance(extra := fragment.get("extra_content"), dict):
            call.extra = {"extra_content": extra}
        if not arguments:
            return []
        call.arguments.append(arguments)
        if call.is_told:
            return [CallDelta(call.index, arguments=arguments)]
        return [self._told(call, arguments)]

    def end(self) -> list[CallDelta]:
        """The calls that came without arguments."""
        return [self._told(call, "") for call in self._calls if not call.is_told]

    def _told(self, call: _Call, arguments: str) -> CallDelta:
        call.is_told = True
        return CallDelta(call.index, self.ids[call.index], call.name, arguments)

    def _call(self, key: Any, server_id: str, name: str, arguments: str) -> _Call:
        current = self._find(key, server_id)
        if current is None or self._is_another(current, key, server_id, name, arguments):
            return self._new(key, server_id)
        return current

    def _find(self, key: Any, server_id: str) -> _Call | None:
        if key is not None:
            return next((call for call in reversed(self._calls) if call.key == key), None)
        if server_id:
            return next((call for call in self._calls if call.server_id == server_id), None)
        return self._calls[-1] if self._calls else None

    def _is_another(self, call: _Call, key: Any, server_id: str, name: str, arguments: str) -> bool:
        """Whether a fragment that would continue `call` by its number begins another one instead. Only a
        fragment with a name can."""
        if not name or not call.name:
            return False
        if server_id and call.server_id and server_id != call.server_id:
            return True
        if name != call.name:
            return call.is_told or key is None
        says_more = bool(arguments) or (key is None and not server_id)
        return says_more and _is_object("".join(call.arguments))

    def _new(self, key: Any, server_id: str) -> _Call:
        call = _Call(len(self._calls), key)
        self._calls.append(call)
        call.server_id = server_id
        taken = server_id in self._taken or server_id in self.ids
        self.ids.append(server_id if server_id and not taken else f"call_{os.urandom(6).hex()}")
        return call


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def _arguments(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else encode(value).decode()


def _is_object(text: str) -> bool:
    try:
        return isinstance(decode_json(text), dict)
    except ValueError:
        return False
