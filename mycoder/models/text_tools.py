"""Tool calls for models that have none of their own (DeepSeek-R1, small local models): the tools are
described in the system text, calls are read out of the reply, results go back as the user's words.

The form asked for is JSON between ``<tool_call>`` tags, which most open models were trained on; what they
write instead is read too: fenced JSON, Qwen's ``<function=…>`` and DeepSeek's own marks.
"""

import re
from collections.abc import Mapping
from typing import Any

from mycoder.models.decoding import decode_json
from mycoder.models.model import CallDelta, Delta, TextDelta, ThoughtDelta
from mycoder.protocol.codec import encode
from mycoder.protocol.messages import Message, Request, ToolCall, ToolSpec

_INTRODUCTION = """

# Tools
You act by calling tools. A call is one JSON object between tags:
<tool_call>
{"name": "TOOL", "arguments": {"PARAMETER": "VALUE"}}
</tool_call>
Several calls may follow one another; end your message after the last one. The results come with the
next message, between <tool_result> tags: never write them yourself. A message without a call is your
final answer.
The tools:
"""

# Opening mark, closing mark. Matched by hand, since a mark can be cut anywhere by the stream.
_MARKS = (
    ("<tool_call>", "</tool_call>"),
    ("<function=", "</function>"),
    ("```tool_call", "```"),
    ("```json", "```"),
    ("<｜tool▁calls▁begin｜>", "<｜tool▁calls▁end｜>"),
    ("<｜tool▁call▁begin｜>", "<｜tool▁call▁end｜>"),
)
_RESULT = "<tool_result"
_OPENERS = (*(opening for opening, _ in _MARKS), _RESULT)
_THOUGHT_TAGS = ("<think>", "<thinking>")


def as_text(request: Request) -> tuple[Message, ...]:
    """The conversation without calls and tool results: those of one reply become one message of the user."""
    names: dict[str, str] = {}
    spoken: list[Message] = []
    results: list[Message] = []
    for position, message in enumerate(request.messages):
        if message.role == "tool":
            results.append(message)
            continue
        if results:
            spoken.append(_results(results, names))
            results = []
        if message.role == "assistant":
            names |= {call.id: call.name for call in message.calls}
            text = "\n".join([message.text] * bool(message.text) + [_written(call) for call in message.calls])
            spoken.append(Message("assistant", text))
        elif message.role == "system" and position == 0 and request.tools:
            spoken.append(Message("system", message.text + described(request.tools)))
        else:
            spoken.append(message)
    if results:
        spoken.append(_results(results, names))
    if request.tools and (not spoken or spoken[0].role != "system"):
        spoken.insert(0, Message("system", described(request.tools).lstrip()))
    return tuple(spoken)


def described(tools: tuple[ToolSpec, ...]) -> str:
    lines = [
        encode({"name": t.name, "description": t.description, "parameters": t.schema}).decode() for t in tools
    ]
    return _INTRODUCTION + "\n".join(lines)


def _written(call: ToolCall) -> str:
    try:
        arguments = decode_json(call.arguments)
    except ValueError:
        arguments = call.arguments
    return f"<tool_call>\n{encode({'name': call.name, 'arguments': arguments}).decode()}\n</tool_call>"


def _results(messages: list[Message], names: dict[str, str]) -> Message:
    texts = []
    for message in messages:
        # A file that holds our own closing tag must not end the result early.
        text = message.text.replace("</tool_result", "<\\/tool_result")
        texts.append(f'<tool_result name="{names.get(message.call_id, "tool")}">\n{text}\n</tool_result>')
    images = tuple(image for message in messages for image in message.images)
    return Message("user", "\n".join(texts), images=images)


class ThoughtSplitter:
    """Takes the thought that begins a reply between think tags out of its text."""

    def __init__(self) -> None:
        self._held = ""
        self._closing: str | None = ""
        """The tag that ends the thought; empty before the reply has begun, None once no thought can come."""

    def feed(self, text: str) -> list[Delta]:
        self._held += text
        if self._closing == "":
            begun = self._held.lstrip()
            opening = next((tag for tag in _THOUGHT_TAGS if begun.startswith(tag)), None)
            if opening is not None:
                self._closing = opening.replace("<", "</")
                self._held = begun.removeprefix(opening).lstrip("\n")
            elif any(tag.startswith(begun) for tag in _THOUGHT_TAGS):
                return []
            else:
                self._closing = None
        if self._closing is None:
            text, self._held = self._held, ""
            return [TextDelta(text)] if text else []
        thought, tag, rest = self._held.partition(self._closing)
        if tag:
            self._held, self._closing = "", None
            deltas: list[Delta] = [ThoughtDelta(thought)] if thought else []
            return deltas + self.feed(rest.lstrip("\n"))
        keep = _started(self._held, (self._closing,))
        thought, self._held = self._held[: len(self._held) - keep], self._held[len(self._held) - keep :]
        return [ThoughtDelta(thought)] if thought else []

    def end(self) -> list[Delta]:
        text, self._held = self._held, ""
        if not text:
            return []
        return [ThoughtDelta(text) if self._closing else TextDelta(text)]


class CallReader:
    """Reads calls out of text as it streams. `tools` are those there are: fenced JSON is a call only when it
    names one of them. `is_over` turns True when the model begins to invent results after its calls."""

    def __init__(self, tools: tuple[ToolSpec, ...]) -> None:
        self._tools = {spec.name: spec for spec in tools}
        self._held = ""
        self._mark: tuple[str, str] | None = None
        self._follows_call = False
        self.calls = 0
        self.is_over = False

    def feed(self, text: str) -> list[Delta]:
        if self.is_over:
            return []
        self._held += text
        deltas: list[Delta] = []
        while self._step(deltas):
            pass
        return deltas

    def end(self) -> list[Delta]:
        deltas: list[Delta] = []
        if self._mark is not None:
            body, self._held = self._held, ""
            self._close(body, "", deltas)
        self._say(self._held, deltas)
        self._held = ""
        return deltas

    def _step(self, deltas: list[Delta]) -> bool:
        if self._mark is not None:
            body, closing, rest = self._held.partition(self._mark[1])
            if not closing:
                return False
            self._held = rest
            self._close(body, closing, deltas)
            return True
        places = [(self._held.find(opening), opening) for opening in _OPENERS if opening in self._held]
        if not places:
            keep = _started(self._held, _OPENERS)
            self._say(self._held[: len(self._held) - keep], deltas)
            self._held = self._held[len(self._held) - keep :]
            return False
        place, opening = min(places)
        self._say(self._held[:place], deltas)
        self._held = self._held[place + len(opening) :]
        if opening == _RESULT:
            if self.calls:
                self._held, self.is_over = "", True
                return False
            self._say(opening, deltas)
            return True
        self._mark = next(mark for mark in _MARKS if mark[0] == opening)
        return True

    def _close(self, body: str, closing: str, deltas: list[Delta]) -> None:
        opening = self._mark[0] if self._mark is not None else ""
        self._mark = None
        found = _calls_in(opening, body, self._tools)
        if opening == "```json" and not all(name in self._tools for name, _ in found):
            found = []
        if not found:
            self._say(opening + body + closing, deltas)
        for name, arguments in found:
            deltas.append(CallDelta(self.calls, "", name, arguments))
            self.calls += 1
            self._follows_call = True

    def _say(self, text: str, deltas: list[Delta]) -> None:
        if self._follows_call:
            text = text.lstrip()
        if text:
            self._follows_call = False
            deltas.append(TextDelta(text))


def _started(text: str, marks: tuple[str, ...]) -> int:
    """How many characters at the end of `text` could be the start of a mark."""
    longest = min(len(text), max(map(len, marks)) - 1)
    for size in range(longest, 0, -1):
        tail = text[-size:]
        if any(mark.startswith(tail) for mark in marks):
            return size
    return 0


def _calls_in(opening: str, body: str, tools: Mapping[str, ToolSpec]) -> list[tuple[str, str]]:
    if opening == "<function=":
        return [_tagged("<function=" + body, tools)]
    if "｜" in opening:
        calls = [body] if "call▁begin" in opening else re.split("<｜tool▁call▁(?:begin|end)｜>", body)
        return [_deepseek(call) for call in calls if "<｜tool▁sep｜>" in call]
    if "<function=" in body:
        return [_tagged(part, tools) for part in re.findall(r"<function=.*?(?:</function>|$)", body, re.S)]
    text = body.strip().removeprefix("```json").removesuffix("```").strip()
    try:
        value = decode_json(text)
    except ValueError:
        return _broken(text) if opening in ("<tool_call>", "```tool_call") else []
    rows = value if isinstance(value, list) else [value]
    return [call for row in rows if isinstance(row, dict) and (call := _from_object(row))]


def _from_object(row: dict[str, Any]) -> tuple[str, str] | None:
    function = row.get("function")
    if isinstance(function, dict):
        row = function
    elif isinstance(function, str):
        row = {"name": function, **row}
    name = row.get("name") or row.get("tool")
    if not isinstance(name, str) or not name:
        return None
    for key in ("arguments", "parameters", "args", "input"):
        if key in row:
            value = row[key]
            return name, value if isinstance(value, str) else encode(value).decode()
    return name, "{}"


def _broken(text: str) -> list[tuple[str, str]]:
    """A call whose JSON does not decode: the name found by its place, the arguments as they are, for whoever
    repairs or answers bad calls."""
    name = re.search(r'"(?:name|tool|function)"\s*:\s*"([^"]+)"', text)
    start = re.search(r'"(?:arguments|parameters|args|input)"\s*:\s*', text)
    arguments = text[start.end() :] if start else text
    if start and arguments.count("}") > arguments.count("{"):
        arguments = arguments[: arguments.rindex("}")].rstrip()
    return [(name[1] if name else "invalid_call", arguments)] if text else []


def _tagged(text: str, tools: Mapping[str, ToolSpec]) -> tuple[str, str]:
    name = text.removeprefix("<function=").partition(">")[0].strip().strip("\"'")
    found = re.findall(r"<parameter=([^>]+)>(.*?)(?:</parameter>|(?=<parameter=)|</function>|$)", text, re.S)
    fields = tools[name].schema.get("properties", {}) if name in tools else {}
    arguments = {key: _value(value, fields.get(key, {})) for k, value in found if (key := k.strip("\"' "))}
    return name, encode(arguments).decode()


def _value(text: str, field: Mapping[str, Any]) -> Any:
    """Without quotes a type shows only in the schema. The line breaks beside the tags are not part of a
    value."""
    text = text.removeprefix("\n").removesuffix("\n")
    if field.get("type") == "string":
        return text
    try:
        return decode_json(text)
    except ValueError:
        return text


def _deepseek(text: str) -> tuple[str, str]:
    """``function<｜tool▁sep｜>NAME``, a line break and fenced arguments; newer models:
    ``NAME<｜tool▁sep｜>ARGUMENTS``."""
    before, _, after = text.partition("<｜tool▁sep｜>")
    after = after.partition("<｜tool▁call▁end｜>")[0]
    if before.strip() == "function":
        name, _, arguments = after.strip().partition("\n")
    else:
        name, arguments = before, after
    arguments = arguments.strip().removeprefix("```json").removesuffix("```").strip()
    return name.strip(), arguments or "{}"
