"""Requests as chat-completions bodies whose bytes repeat: the body of a request, without its closing
brackets, begins the body of the next, which is what providers' prompt caches pay for."""

import binascii
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from mycoder.models.decoding import decode_json
from mycoder.models.dialect import Dialect
from mycoder.models.text_tools import as_text
from mycoder.protocol.codec import encode
from mycoder.protocol.messages import Attachment, Message, Request, ToolCall

_IMAGE_LIMIT = 20 * 1024 * 1024
_BLANK = " "

# The stand-in that Google documents for calls that did not come from the model that reads them.
_NO_SIGNATURE = {"google": {"thought_signature": "skip_thought_signature_validator"}}


class Opaque(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a provider wants back with a call and nobody else reads: fields of the call and of its whole
    message. `by` is the model that gave it; no other one gets it."""

    by: str = ""
    call: dict[str, Any] = {}
    message: dict[str, Any] = {}


class Encoder:
    """Makes the bodies for one model. Messages it has seen are not encoded again, so a step costs what it
    adds, and an image file that changes between two requests does not change what was said before."""

    def __init__(self, model: str, dialect: Dialect, parameters: Mapping[str, Any], name: str = "") -> None:
        self.model, self.dialect, self._parameters = model, dialect, dict(parameters)
        self.name = name or model
        """As a person writes it, with the provider."""
        self._seen: tuple[Message, ...] = ()
        self._pieces: list[bytes] = []
        self._images: dict[Attachment, dict[str, Any]] = {}

    def body(self, request: Request) -> bytes:
        head = encode(self.head(request))[:-1]
        return head + b',"messages":[' + b",".join(self._messages(request)) + b"]}"

    def head(self, request: Request) -> dict[str, Any]:
        """All of the body but the messages, in an order that does not depend on the conversation."""
        dialect = self.dialect
        body: dict[str, Any] = {"model": self.model, "stream": True}
        if dialect.asks_usage:
            body["stream_options"] = {"include_usage": True}
        body |= dialect.fixed
        body |= self._parameters
        if request.temperature is not None:
            body["temperature"] = request.temperature
        if request.max_tokens is not None:
            body[dialect.max_tokens_key] = request.max_tokens
        body |= request.extra
        if request.reply_schema is not None and dialect.schema != "none":
            body["response_format"] = _reply_format(request.reply_schema, dialect)
        if request.tools and dialect.tools == "native":
            body["tools"] = [_tool(spec.name, spec.description, spec.schema) for spec in request.tools]
        if not dialect.takes_temperature:
            body.pop("temperature", None)
            body.pop("top_p", None)
        for field in (*dialect.refused, "messages"):
            body.pop(field, None)
        return body

    def adapt(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self._seen, self._pieces = (), []

    def messages(self, request: Request) -> list[dict[str, Any]]:
        """The messages as plain dicts, for clients that make their own bytes."""
        rows: list[dict[str, Any]] = []
        held: list[Message] = []
        for message in self._spoken(request):
            rows += self._rows(message, held)
        return rows + self._pictures(held)

    def _messages(self, request: Request) -> list[bytes]:
        spoken = self._spoken(request)
        known = 0
        for ours, theirs in zip(self._seen, spoken, strict=False):
            if ours is not theirs and ours != theirs:
                break
            known += 1
        # Pictures of results wait for the end of a run of results, so a run that may go on is encoded again.
        while known and spoken[known - 1].role == "tool":
            known -= 1
        self._seen, self._pieces = spoken, self._pieces[:known]
        held: list[Message] = []
        for message in spoken[known:]:
            self._pieces.append(_joined(self._rows(message, held)))
        return [piece for piece in (*self._pieces, _joined(self._pictures(held))) if piece]

    def _spoken(self, request: Request) -> tuple[Message, ...]:
        if self.dialect.tools == "text":
            return as_text(request)
        return request.messages

    def _rows(self, message: Message, held: list[Message]) -> list[dict[str, Any]]:
        """The rows of one message. `held` keeps results with images until their run of results has ended."""
        if message.role == "tool":
            held.append(message)
            return [{"role": "tool", "tool_call_id": self._call_id(message.call_id), "content": message.text}]
        rows = self._pictures(held)
        held.clear()
        if message.role == "assistant":
            return [*rows, self._assistant(message)]
        content: Any = self._parts(message.text, message.images) if message.images else message.text
        return [*rows, {"role": message.role, "content": content}]

    def _pictures(self, results: Sequence[Message]) -> list[dict[str, Any]]:
        """Images of tool results: the wire takes images from the user only."""
        return [
            {"role": "user", "content": self._parts(f"Images from the result of call {m.call_id}:", m.images)}
            for m in results
            if m.images
        ]

    def _parts(self, text: str, images: Sequence[Attachment]) -> list[dict[str, Any]]:
        parts: list[dict[str, Any]] = [{"type": "text", "text": text}] if text else []
        for image in images:
            if image not in self._images:
                self._images[image] = _image(image)
            parts.append(self._images[image])
        return parts

    def _assistant(self, message: Message) -> dict[str, Any]:
        dialect = self.dialect
        content = message.text or (None if message.calls else "(no answer)")
        row: dict[str, Any] = {"role": "assistant", "content": content}
        if dialect.thoughts == "always" and message.thought:
            row[dialect.thought_key] = message.thought
        elif dialect.thoughts != "never" and message.calls:
            row[dialect.thought_key] = message.thought or _BLANK
        if not message.calls:
            return row
        row |= self._opaque(message.calls[0]).message
        row["tool_calls"] = [self._call(call, number) for number, call in enumerate(message.calls)]
        return row

    def _call(self, call: ToolCall, number: int) -> dict[str, Any]:
        function = {"name": call.name, "arguments": json_object(call.arguments)}
        row: dict[str, Any] = {"id": self._call_id(call.id), "type": "function", "function": function}
        row |= self._opaque(call).call
        if self.dialect.signatures and number == 0 and "extra_content" not in row:
            row["extra_content"] = _NO_SIGNATURE
        return row

    def _opaque(self, call: ToolCall) -> Opaque:
        """What goes back with `call`; nothing of another model's, whose signatures this one would refuse."""
        if not call.opaque:
            return Opaque()
        try:
            opaque = msgspec.json.decode(call.opaque, type=Opaque)
        except (msgspec.MsgspecError, UnicodeError):
            return Opaque()
        return opaque if opaque.by == self.name else Opaque()

    def _call_id(self, call_id: str) -> str:
        if self.dialect.call_ids == "any" or (len(call_id) == 9 and call_id.isascii() and call_id.isalnum()):
            return call_id
        data = call_id.encode("utf-8", "replace")
        return f"{binascii.crc32(data):08x}{binascii.crc32(data, 1):08x}"[:9]


def json_object(arguments: str) -> str:
    """Arguments as servers demand them back: the model's own text when it is a JSON object, else an object
    that holds that text. Chat templates decode the arguments and answer 400 or 500 when they cannot."""
    try:
        if isinstance(decode_json(arguments), dict):
            return arguments
    except ValueError:
        pass
    return encode({"malformed": arguments}).decode() if arguments.strip() else "{}"


def _joined(rows: Sequence[dict[str, Any]]) -> bytes:
    return b",".join(encode(row) for row in rows)


def _tool(name: str, description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "function",
        "function": {"name": name, "description": description, "parameters": schema},
    }


def _reply_format(schema: dict[str, Any], dialect: Dialect) -> dict[str, Any]:
    if dialect.schema == "json_object":
        return {"type": "json_object"}
    return {"type": "json_schema", "json_schema": {"name": "reply", "schema": schema}}


def _image(image: Attachment) -> dict[str, Any]:
    try:
        with open(image.path, "rb") as file:
            data = file.read(_IMAGE_LIMIT + 1)
    except OSError as error:
        return {"type": "text", "text": f"(the image {image.path} cannot be read: {error.strerror})"}
    if len(data) > _IMAGE_LIMIT:
        return {"type": "text", "text": f"(the image {image.path} is larger than 20 MiB and was left out)"}
    encoded = binascii.b2a_base64(data, newline=False).decode("ascii")
    return {"type": "image_url", "image_url": {"url": f"data:{image.media_type};base64,{encoded}"}}
