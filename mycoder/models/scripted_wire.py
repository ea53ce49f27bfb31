"""The bytes of the scripted server: requests read, answers written, as OpenAI's chat completions have
them."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any

import msgspec

from mycoder.models.script import Scene, pieces
from mycoder.protocol.codec import encode
from mycoder.protocol.messages import Message, Request, Role, ToolCall

_REASONS = {
    200: "OK",
    400: "Bad Request",
    404: "Not Found",
    429: "Too Many Requests",
    503: "Service Unavailable",
}


class Recorded(msgspec.Struct):
    """One request as it came in. `at` is Unix time when its last byte was read; `connection` counts from
    1."""

    at: float
    path: str
    headers: dict[str, str]
    body: bytes
    connection: int
    status: int = 0
    is_cut: bool = False
    """The client went away before the answer was complete."""

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.body)


def request_of(value: Mapping[str, Any]) -> Request:
    """What a script sees of a chat-completions body; its `extra` holds the name of the model that was asked.

    Raises KeyError, TypeError or AttributeError on a wrong one.
    """
    messages = []
    for row in value["messages"]:
        content = row.get("content")
        if isinstance(content, list):
            content = "".join(part.get("text", "") for part in content)
        calls = tuple(
            ToolCall(call["id"], call["function"]["name"], call["function"]["arguments"])
            for call in row.get("tool_calls") or ()
        )
        role: Role = "system" if row["role"] == "developer" else row["role"]
        messages.append(Message(role, content or "", calls=calls, call_id=row.get("tool_call_id", "")))
    return Request(tuple(messages), extra={"model": str(value.get("model", ""))})


def shared_prefix(one: bytes, other: bytes) -> int:
    """How many bytes the two begin with in common."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def chunks_of(scene: Scene, usage: Mapping[str, Any], body: Mapping[str, Any]) -> list[bytes]:
    base = {
        "id": "chatcmpl-scripted",
        "object": "chat.completion.chunk",
        "created": int(time.time()),
        "model": body.get("model", ""),
        "system_fingerprint": "scripted",
    }

    def event(delta: dict[str, Any], finish: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        return b"data: " + encode({**base, "choices": [choice]}) + b"\n\n"

    chunks = [event({"role": "assistant", "content": ""})]
    if scene.fault is not None and scene.fault.kind == "empty":
        chunks.append(b"data: " + encode({**base, "choices": []}) + b"\n\n")
        return [*chunks, event({}, "stop"), b"data: [DONE]\n\n"]
    chunks += [event({key: value}) for key, value in scene.fields.items()]
    chunks += [event({"reasoning_content": piece}) for piece in pieces(scene.thought, scene.chunk)]
    chunks += [event({"content": piece}) for piece in pieces(scene.text, scene.chunk)]
    for index, (call_id, name, raw) in enumerate(scene.calls):
        first, *rest = pieces(raw, scene.chunk) or [""]
        function: dict[str, Any] = {"name": name, "arguments": first}
        row = {"index": index, "id": call_id, "type": "function", "function": function}
        chunks.append(event({"tool_calls": [row]}))
        chunks += [event({"tool_calls": [{"index": index, "function": {"arguments": p}}]}) for p in rest]
    chunks.append(event({}, scene.finish))
    options = body.get("stream_options")
    if isinstance(options, dict) and options.get("include_usage"):
        chunks.append(b"data: " + encode({**base, "choices": [], "usage": usage}) + b"\n\n")
    return [*chunks, b"data: [DONE]\n\n"]


def whole_of(scene: Scene, usage: Mapping[str, Any], model: str) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": scene.text or None, **scene.fields}
    if scene.thought:
        message["reasoning_content"] = scene.thought
    if scene.calls:
        message["tool_calls"] = [
            {"id": call_id, "type": "function", "function": {"name": name, "arguments": raw}}
            for call_id, name, raw in scene.calls
        ]
    choice = {"index": 0, "message": message, "finish_reason": scene.finish}
    row = {
        "id": "chatcmpl-scripted",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": model,
    }
    return {**row, "choices": [choice], "usage": usage}


def framed(chunk: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(chunk), chunk)


def plain(status: int, body: bytes, extra: Mapping[str, str] | None = None) -> bytes:
    lines = [f"HTTP/1.1 {status} {_REASONS.get(status, 'Scripted')}", "Content-Type: application/json"]
    lines += ["Server: mycoder-scripted", f"Content-Length: {len(body)}"]
    lines += [f"{key}: {value}" for key, value in (extra or {}).items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def error_of(message: str, code: str) -> bytes:
    return encode({"error": {"message": message, "type": "scripted", "code": code or None}})


async def body_of(reader: asyncio.StreamReader, headers: Mapping[str, str]) -> bytes:
    if "chunked" not in headers.get("transfer-encoding", "").lower():
        return await reader.readexactly(int(headers.get("content-length", "0")))
    parts = []
    while size := int((await reader.readline()).split(b";")[0], 16):
        parts.append(await reader.readexactly(size))
        await reader.readline()
    while (await reader.readline()).strip():
        pass
    return b"".join(parts)
