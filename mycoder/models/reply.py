"""A reply, read from the objects of its stream into deltas."""

from collections.abc import Container, Iterable
from typing import Any

from mycoder.models.calls import CallAssembler
from mycoder.models.decoding import decode_leniently
from mycoder.models.failures import from_error_object
from mycoder.models.model import CallDelta, Delta, Failed, Finished, TextDelta, ThoughtDelta
from mycoder.models.text_tools import CallReader, ThoughtSplitter
from mycoder.models.usage import usage_of
from mycoder.models.wire import Opaque
from mycoder.protocol.codec import encode
from mycoder.protocol.usage import Usage

_FINISHES = {
    "stop": "stop",
    "end_turn": "stop",
    "eos": "stop",
    "eos_token": "stop",
    "stop_sequence": "stop",
    "tool_calls": "tool_calls",
    "tool_use": "tool_calls",
    "function_call": "tool_calls",
    "length": "length",
    "max_tokens": "length",
    "model_length": "length",
    "model_context_window_exceeded": "length",
    "content_filter": "content_filter",
    "content_filtered": "content_filter",
    "safety": "content_filter",
    "sensitive": "content_filter",
    "refusal": "content_filter",
    "recitation": "content_filter",
    "guardrail_intervened": "content_filter",
}
# Thoughts in signed blocks that must go back as they came: OpenRouter's, and Anthropic's through litellm.
_BLOCKS = ("reasoning_details", "thinking_blocks")
_FAULTS = frozenset(("error", "insufficient_system_resource", "network_error", "abort"))


class ReplyDecoder:
    """Takes the data of each event (`feed`), gives deltas; `end` gives what was held back and the last delta.

    `splitter` and `reader` are for models that write thoughts or calls as text. `taken`: ids in use. `by`: the model.
    """

    def __init__(
        self,
        taken: Container[str] = (),
        splitter: ThoughtSplitter | None = None,
        reader: CallReader | None = None,
        by: str = "",
    ) -> None:
        self._by = by
        self._splitter, self._reader = splitter, reader
        self._calls = CallAssembler(taken)
        self._failure: Failed | None = None
        self._finish = ""
        self._usage: Usage | None = None
        self._blocks: dict[str, list[dict[str, Any]]] = {}
        self._has_text = False
        self._has_thought = False
        self.is_done = False
        """``[DONE]`` was read, or the reply has failed: nothing more is to come."""

    @property
    def has_finish(self) -> bool:
        """The model has ended its reply; only figures may still come."""
        return bool(self._finish)

    @property
    def has_begun(self) -> bool:
        return self._has_text or self._has_thought or len(self._calls) > 0 or bool(self._finish)

    @property
    def is_failed(self) -> bool:
        return self._failure is not None

    @property
    def opaque(self) -> dict[str, Opaque]:
        """By call id, what must go back with the calls of this reply."""
        by = self._by
        found = {call_id: Opaque(by, extra) for call_id, extra in self._calls.extras.items()}
        if self._blocks and self._calls.ids:
            first = self._calls.ids[0]
            found[first] = Opaque(by, found.get(first, Opaque()).call, dict(self._blocks))
        return found

    def feed(self, data: bytes, name: str = "") -> list[Delta]:
        data = data.strip()
        if self.is_done or not data:
            return []
        if data == b"[DONE]":
            self.is_done = True
            return []
        try:
            value = decode_leniently(data)
        except ValueError:
            if not self._finish:
                shown = data[:80].decode("utf-8", "replace")
                self.fail(Failed("cut", f"the stream holds what is no JSON: {shown}"))
            return []
        return self.feed_object(value, name)

    def feed_object(self, value: Any, name: str = "") -> list[Delta]:
        """One decoded chunk, or a whole reply of a server that does not stream."""
        if not isinstance(value, dict):
            return []
        if (error := _error_in(value, name)) is not None:
            self.fail(from_error_object(error))
            return []
        self._take_usage(value)
        choices = value.get("choices")
        choice = choices[0] if isinstance(choices, list) and choices else None
        if not isinstance(choice, dict):
            return []
        self._take_usage(choice)  # Moonshot puts it here
        deltas: list[Delta] = []
        delta = choice.get("delta")
        if isinstance(delta, dict) and delta:
            self._take(delta, deltas)
        elif isinstance(message := choice.get("message"), dict) and not self.has_begun:
            self._take(message, deltas)
        elif isinstance(choice.get("text"), str):
            self._say(choice["text"], deltas)
        if isinstance(finish := choice.get("finish_reason"), str) and finish:
            self._take_finish(finish.lower(), choice)
        return deltas

    def fail(self, failure: Failed) -> None:
        self._failure = self._failure or failure
        self.is_done = True

    def end(self) -> list[Delta]:
        """What is left, and Finished or Failed. A stream that ends without any sign of its end is cut."""
        if self._failure is not None:
            return [self._failure]
        deltas: list[Delta] = []
        if self._splitter is not None:
            self._read(self._splitter.end(), deltas)
        if self._reader is not None:
            self._emit(self._reader.end(), deltas)
        deltas += self._calls.end()
        if not (self._finish or self.is_done or self.is_over):
            return [Failed("cut", "the stream ended in the midst of the reply")]
        has_calls = len(self._calls) > 0
        finish = self._finish or "stop"
        if finish in ("stop", "tool_calls"):
            finish = "tool_calls" if has_calls else "stop"
        if not (has_calls or self._has_text) and finish == "stop":
            thought = " but a thought" if self._has_thought else ""
            return [Failed("empty", f"the model answered with nothing{thought}")]
        sealed = {call_id: encode(opaque).decode() for call_id, opaque in self.opaque.items()}
        return [*deltas, Finished(finish, self._usage, sealed)]

    @property
    def is_over(self) -> bool:
        """The model goes on to invent what the tools would answer: the rest is not worth waiting for."""
        return self._reader is not None and self._reader.is_over

    def _take(self, delta: dict[str, Any], deltas: list[Delta]) -> None:
        thought = delta.get("reasoning_content") or delta.get("reasoning") or delta.get("thinking")
        for piece in _texts(thought):
            self._think(piece, deltas)
        for key in _BLOCKS:
            if isinstance(blocks := delta.get(key), list) and blocks:
                _merge(self._blocks.setdefault(key, []), blocks)
        content = delta.get("content")
        for part in content if isinstance(content, list) else [content]:
            if isinstance(part, dict) and part.get("type") in ("thinking", "reasoning"):
                for piece in _texts(part.get("thinking") or part.get("text")):
                    self._think(piece, deltas)
            else:
                for piece in _texts(part):
                    self._say(piece, deltas)
        for piece in _texts(delta.get("refusal")):
            self._say(piece, deltas)
        calls = delta.get("tool_calls")
        for fragment in calls if isinstance(calls, list) else [calls]:
            if isinstance(fragment, dict):
                deltas += self._calls.add(fragment)
        if isinstance(legacy := delta.get("function_call"), dict):
            deltas += self._calls.add({"index": 0, "function": legacy})

    def _take_finish(self, finish: str, choice: dict[str, Any]) -> None:
        if finish in _FAULTS:
            self.fail(from_error_object(choice.get("error") or f"the provider ended the reply: {finish}"))
        else:
            self._finish = _FINISHES.get(finish, "stop")

    def _take_usage(self, value: dict[str, Any]) -> None:
        groq = value.get("x_groq")
        for holder in (value, groq if isinstance(groq, dict) else {}):
            figures = holder.get("usage")
            if isinstance(figures, dict) and (usage := usage_of(figures)) is not None:
                self._usage = usage

    def _think(self, text: str, deltas: list[Delta]) -> None:
        self._has_thought = True
        deltas.append(ThoughtDelta(text))

    def _say(self, text: str, deltas: list[Delta]) -> None:
        if self._splitter is not None:
            self._read(self._splitter.feed(text), deltas)
        else:
            self._read([TextDelta(text)], deltas)

    def _read(self, found: Iterable[Delta], deltas: list[Delta]) -> None:
        for delta in found:
            if self._reader is not None and isinstance(delta, TextDelta):
                self._emit(self._reader.feed(delta.text), deltas)
            else:
                self._emit([delta], deltas)

    def _emit(self, found: Iterable[Delta], deltas: list[Delta]) -> None:
        for delta in found:
            match delta:
                case CallDelta(index, _, name, arguments):
                    deltas += self._calls.add({"index": index, "name": name, "arguments": arguments or "{}"})
                    continue
                case TextDelta(text):
                    self._has_text = self._has_text or not text.isspace()
                case ThoughtDelta():
                    self._has_thought = True
            deltas.append(delta)


def _error_in(value: dict[str, Any], name: str) -> Any:
    """The error object of a chunk: under `error`, as vLLM's ``object: error``, or an event of that name."""
    error = value.get("error")
    if error and not isinstance(error, bool):
        return error
    if value.get("object") == "error" or value.get("type") == "error" or name == "error":
        return value
    if "choices" not in value and "usage" not in value and ("detail" in value or "message" in value):
        return value
    return None


def _texts(value: Any) -> list[str]:
    match value:
        case str():
            return [value] if value else []
        case list():
            return [text for part in value for text in _texts(part)]
        case dict():
            return _texts(value.get("text"))
    return []


def _merge(known: list[dict[str, Any]], new: list[Any]) -> None:
    """Blocks come in pieces: the text of one block (same type and index, not signed yet) is glued."""
    for piece in new:
        if not isinstance(piece, dict):
            continue
        last = known[-1] if known else {}
        is_same = all(last.get(key) == piece.get(key) for key in ("type", "index"))
        if not is_same or last.get("signature") or "data" in piece:
            known.append(dict(piece))
            continue
        for key, value in piece.items():
            is_text = key in ("text", "summary", "thinking") and isinstance(value, str)
            if is_text and isinstance(last.get(key), str):
                last[key] += value
            elif value is not None:
                last[key] = value
