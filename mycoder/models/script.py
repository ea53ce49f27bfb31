"""Scripts: what a scripted model says, as YAML, JSON, TOML or Python. Played in-process by `scripted.py` and
over HTTP by `scripted_server.py`.

    steps:
      - text: I run the tests first.
        calls: [{tool: test, arguments: {}}]
      - when: {last: "(?P<count>\\d+) failed"}      # an answer to what was seen
        text: "{count} tests fail."
      - fail: {kind: status, status: 429, retry_after: 1}
        text: This comes at the second try.
      - repeat: 200
        calls: [{tool: shell, arguments: {command: "echo step-{n}"}}]

Which step is played follows from the request alone, so a resumed session goes on at the right one: a step
without `when` is played when the conversation holds as many replies as steps without `when` stand before it.
The first step that fits wins, so those with `when` are tried first.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Literal

import msgspec

from mycoder.protocol.codec import encode
from mycoder.protocol.messages import Message, Request

FaultKind = Literal[
    "status",  # answers with an HTTP status and an error object
    "cut",  # closes the connection in the midst of the stream
    "half_line",  # ends the stream in the midst of a line
    "garbage",  # sends a line that is no JSON
    "error",  # sends an error object in the stream
    "empty",  # ends properly without having said anything
    "hang",  # says nothing more and keeps the connection open
    "drip",  # sends the whole reply byte by byte, with `seconds` between two; not a failure
    "reset",  # closes the connection before a byte of the answer
    "gone",  # like reset, and nothing listens any more
]


class Fault(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What goes wrong, `times` times (-1: always), before the step is played as written."""

    kind: FaultKind = "status"
    status: int = 503
    message: str = "scripted failure"
    code: str = ""
    retry_after: float | str | None = None
    """Seconds, or a text sent as it is (an HTTP date)."""
    after: int = 1
    """Chunks that are sent before the stream breaks."""
    seconds: float = 3600.0
    """How long a hang lasts, or the time between two dripped bytes."""
    times: int = 1


class ScriptedCall(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`arguments` as text is sent as it is, so it can be broken JSON."""

    tool: str
    arguments: dict[str, Any] | str = {}
    id: str = ""


class When(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Conditions that must all hold; the patterns are searched for, and their named groups fill
    ``{name}``."""

    replies: int | None = None
    """Messages of the assistant so far."""
    results: int | None = None
    """Tool results so far."""
    last: str = ""
    """Pattern in the last message."""
    prompt: str = ""
    """Pattern in the last message of the user."""
    system: str = ""
    """Pattern in the system text."""
    tool: str = ""
    """The last message is a result of this tool."""


class Figures(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Token figures to report; what is left out is estimated."""

    input: int | None = None
    output: int | None = None
    cached: int | None = None
    reasoning: int = 0


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One reply. Times in seconds: `delay` before the first token, `pace` between chunks of `chunk`
    characters (0: each part whole)."""

    text: str = ""
    thought: str = ""
    calls: tuple[ScriptedCall, ...] = ()
    fields: dict[str, Any] = {}
    """Further fields of the message, as a provider would send them, e.g. signed thoughts."""
    finish: str = ""
    usage: Figures = Figures()
    delay: float | None = None
    pace: float | None = None
    chunk: int | None = None
    when: When | None = None
    fail: Fault | None = None
    repeat: int = 1
    """Stands for so many steps; ``{n}`` in its text and arguments is the number of the repetition, from 1."""


class Script(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    name: str = "script"
    window: int = 200_000
    steps: tuple[Step, ...] = ()
    otherwise: Step | None = None
    """Played when no step fits; without it the request fails, so that a wrong script shows."""
    delay: float = 0.0
    pace: float = 0.0
    chunk: int = 0


Play = Callable[[Request], Step | Mapping[str, Any] | None]
"""A step as Python: looks at the request, gives the reply, or None to leave it to the steps."""


class Scene(msgspec.Struct, frozen=True):
    """A step made ready for one request: `fault` is what goes wrong this time, `calls` have id and raw
    arguments."""

    text: str
    thought: str
    calls: tuple[tuple[str, str, str], ...]
    finish: str
    figures: Figures
    delay: float
    pace: float
    chunk: int
    fault: Fault | None = None
    fields: dict[str, Any] = {}


class Player:
    """Chooses the scene for each request. It remembers only how often each fault has struck."""

    def __init__(self, script: Script, play: Play | None = None) -> None:
        self.script, self._play = script, play
        self._struck: dict[tuple[int, int], int] = {}

    def scene(self, request: Request) -> Scene | None:
        """What is played for `request`; None when the script has nothing for it."""
        if self._play is not None and (made := self._play(request)) is not None:
            step = made if isinstance(made, Step) else msgspec.convert(made, Step)
            return self._staged(step, request, {}, None)
        for number, step in enumerate(self.script.steps):
            if step.when is not None and (names := _fits(step.when, request)) is not None:
                return self._staged(step, request, names, (number, 0))
        replies = _replies(request)
        before = 0
        for number, step in enumerate(self.script.steps):
            if step.when is not None:
                continue
            if before <= replies < before + step.repeat:
                turn = replies - before
                return self._staged(step, request, {"n": str(turn + 1)}, (number, turn))
            before += step.repeat
        if self.script.otherwise is not None:
            return self._staged(self.script.otherwise, request, {}, (-1, 0))
        return None

    def why_not(self, request: Request) -> str:
        results = sum(message.role == "tool" for message in request.messages)
        return (
            f"the script {self.script.name} has no step for {_replies(request)} replies and {results} results"
        )

    def _staged(
        self, step: Step, request: Request, names: Mapping[str, str], key: tuple[int, int] | None
    ) -> Scene:
        script = self.script
        taken = {call.id for message in request.messages for call in message.calls}
        calls: list[tuple[str, str, str]] = []
        for number, call in enumerate(step.calls, 1):
            call_id = _filled(call.id, names) or f"call_{_replies(request) + 1}_{number}"
            while not call.id and call_id in taken:
                call_id += "x"
            calls.append((call_id, call.tool, _raw(call.arguments, names)))
        return Scene(
            text=_filled(step.text, names),
            thought=_filled(step.thought, names),
            calls=tuple(calls),
            finish=step.finish or ("tool_calls" if calls else "stop"),
            figures=step.usage,
            delay=script.delay if step.delay is None else step.delay,
            pace=script.pace if step.pace is None else step.pace,
            chunk=script.chunk if step.chunk is None else step.chunk,
            fault=self._due(step.fail, key),
            fields=step.fields,
        )

    def _due(self, fault: Fault | None, key: tuple[int, int] | None) -> Fault | None:
        if fault is None or key is None or fault.times < 0:
            return fault
        struck = self._struck.get(key, 0)
        if struck >= fault.times:
            return None
        self._struck[key] = struck + 1
        return fault


def pieces(text: str, size: int) -> list[str]:
    """`text` in chunks of `size` characters; whole when `size` is 0."""
    if not text:
        return []
    return [text[i : i + size] for i in range(0, len(text), size)] if size > 0 else [text]


def _replies(request: Request) -> int:
    return sum(message.role == "assistant" for message in request.messages)


def _fits(when: When, request: Request) -> dict[str, str] | None:
    """The named groups of the patterns when all conditions hold, else None."""
    messages = request.messages
    if when.replies is not None and when.replies != _replies(request):
        return None
    if when.results is not None and when.results != sum(m.role == "tool" for m in messages):
        return None
    last = messages[-1] if messages else Message("user")
    if when.tool and (last.role != "tool" or _tool_of(last.call_id, messages) != when.tool):
        return None
    names: dict[str, str] = {}
    prompt = next((m.text for m in reversed(messages) if m.role == "user"), "")
    system = next((m.text for m in messages if m.role == "system"), "")
    for pattern, text in ((when.last, last.text), (when.prompt, prompt), (when.system, system)):
        if not pattern:
            continue
        match = re.search(pattern, text, re.M)
        if match is None:
            return None
        names |= {key: value or "" for key, value in match.groupdict().items()}
    return names


def _tool_of(call_id: str, messages: tuple[Message, ...]) -> str:
    calls = (call for message in reversed(messages) for call in message.calls)
    return next((call.name for call in calls if call.id == call_id), "")


def _filled(text: str, names: Mapping[str, str]) -> str:
    for name, value in names.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def _raw(arguments: dict[str, Any] | str, names: Mapping[str, str]) -> str:
    if isinstance(arguments, str):
        return _filled(arguments, names)
    return encode(_filled_in(arguments, names)).decode()


def _filled_in(value: Any, names: Mapping[str, str]) -> Any:
    match value:
        case str():
            return _filled(value, names)
        case dict():
            return {key: _filled_in(item, names) for key, item in value.items()}
        case list():
            return [_filled_in(item, names) for item in value]
    return value
