"""What went wrong, from a status and the many forms in which providers word it."""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from mycoder.models.decoding import decode_json
from mycoder.models.model import Failed, FailureKind
from mycoder.protocol.redact import Redactor

_MESSAGE_LIMIT = 1000

_STATUS_KINDS: dict[int, FailureKind] = {
    401: "auth",
    402: "auth",
    403: "auth",
    407: "auth",
    408: "timeout",
    409: "server",
    413: "context_overflow",
    425: "server",
    429: "rate_limit",
    499: "server",
}

# Patterns are compiled when the first failure is read, since compiling costs more than a start may.
# Each alternative is the wording of one or more providers; they are matched in lower case.
_OVERFLOW = "|".join(
    (
        r"context[ _]length[ _]exceeded",  # OpenAI's code, used by Groq, DeepSeek, Cerebras
        r"maximum (?:context|prompt|input|sequence) length",  # OpenAI, vLLM, xAI, OpenRouter, Fireworks
        r"exceeds? (?:the |this model's )?(?:available |maximum |max )?context",  # llama.cpp, OpenAI
        r"exceed_context_size",  # llama.cpp's type
        r"(?:prompt|input|request|inputs?) (?:is|are) too (?:long|large)",  # Anthropic, Bedrock, Fireworks
        r"input token count.{0,40}exceeds",  # Gemini, Vertex
        r"(?:input|prompt) (?:token )?length.{0,60}(?:exceeds?|too long)",  # Anthropic, Moonshot
        r"exceed(?:ed|s)? (?:the )?(?:model )?(?:token|context)(?: window)? limit",  # Moonshot, MiniMax
        r"exceed (?:the )?context limit",  # Anthropic: input length and max_tokens
        r"context window exceed",  # MiniMax
        r"prompt exceeds max length|prompt 超长",  # Z.ai
        r"too large for model with \d+ maximum",  # Mistral
        r"prompt contains \d+ tokens",  # Mistral
        r"context (?:the )?overflow|context length of only",  # LM Studio
        r"range of input length should be",  # Alibaba
        r"tokens? \+ `?max_new_tokens`? must be",  # Together, text-generation-inference
        r"prompt token count of \d+ exceeds",  # GitHub Models
        r"reduce the length of the (?:messages|prompt|input)",  # OpenAI, Groq
        r"request too large for model",  # Groq, where the limit per minute is below the request
        r"larger than the (?:maximum|available|loaded) context",  # Ollama, LM Studio
        r"input length exceeds",  # Ollama
    )
)
_QUOTA = (
    r"insufficient[ _](?:quota|balance|credits?|funds)|exceeded your current quota|exceeded_current_quota"
    r"|billing[ _](?:hard[ _]limit|not[ _]active)|credit balance is too low|payment required|out of credits"
    r"|no resource package"  # Z.ai 1113
)
_OVERLOADED = r"overloaded|temporarily unavailable|try again later|server (?:is )?busy|capacity"
# Providers repeat a part of the key that they refuse: shorter than what the redactor takes for one.
_SECRETS = r"\b(?:sk|gsk|nvapi|xai|fw|AIza)[-_]?[A-Za-z0-9_\-]{12,}|(?<=[Bb]earer )[A-Za-z0-9_\-.=]{8,}"


class WireError(Exception):
    """A failure on the way to the provider; never leaves this folder: `failed` makes it a value."""

    def __init__(
        self,
        kind: FailureKind,
        message: str,
        status: int | None = None,
        hint: str = "",
        is_unanswered: bool = False,
    ) -> None:
        super().__init__(message)
        self.kind, self.message, self.status, self.hint = kind, message, status, hint
        self.is_unanswered = is_unanswered
        """The request went out on a connection that had been idle and no byte came back: safe to send once
        more."""

    @property
    def failed(self) -> Failed:
        return Failed(self.kind, self.message, self.status, hint=self.hint)


def from_response(status: int, headers: Mapping[str, str], body: bytes, now: float) -> Failed:
    """The failure that a response with a status outside 200..299 means; `now` is Unix time, for a dated
    Retry-After."""
    if 300 <= status < 400:
        where = headers.get("location", "another address")
        return Failed(
            "bad_request",
            f"the server redirects (status {status}) to {where[:200]}",
            status,
            hint="Set the base URL to where it leads; a key is never sent after a redirect.",
        )
    message, code = _read(body)
    failed = classify(message or f"status {status} without a word", code, status)
    wait = retry_after(headers, now)
    if wait is None and failed.kind in ("rate_limit", "server"):
        wait = _delay_in(body)
    return msgspec.structs.replace(failed, retry_after=wait)


def from_error_object(value: Any) -> Failed:
    """The failure of an error object in the midst of a stream, in any of its forms."""
    message, code = _words(value)
    status = int(code) if code.isdigit() and 400 <= int(code) < 600 else None
    return classify(message or "the provider reported an error without a word", code, status)


def classify(message: str, code: str, status: int | None) -> Failed:
    """The kind that wording, code and status add up to. `message` is cut and stripped of what looks like a
    key."""
    words = f"{code} {message}".lower()
    kind: FailureKind = _STATUS_KINDS.get(
        status or 0, "server" if status is None or status >= 500 else "bad_request"
    )
    hint = ""
    if (status is None or kind not in ("server", "auth")) and re.search(_OVERFLOW, words):
        kind = "context_overflow"
    elif re.search(_QUOTA, words) and (status is None or status < 500):
        kind, hint = "auth", "The account has no credit left: top it up, or choose another model."
    elif status is None:
        kind = _kind_of_words(words)
    elif kind == "bad_request" and re.search(_OVERLOADED, words) and status not in (404, 422):
        kind = "server"
    return Failed(kind, _clean(message), status, hint=hint or _hint(kind, words, status))


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds from ``retry-after-ms`` or Retry-After in both its forms (RFC 9110, 10.2.3); None when absent
    or odd."""
    if (milliseconds := _number(headers.get("retry-after-ms", ""))) is not None:
        return milliseconds / 1000
    value = headers.get("retry-after", "").strip()
    if not value:
        return None
    if (seconds := _number(value)) is not None:
        return seconds
    from email.utils import parsedate_to_datetime  # late: 15 ms, and the dated form is rare

    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - now)
    except (ValueError, OverflowError):
        return None


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 0 <= value < 1e7 else None


def _delay_in(body: bytes) -> float | None:
    """Gemini says ``"retryDelay": "34s"`` in the details, OpenAI and Groq ``try again in 1.2s`` in the
    message."""
    text = body[:65536].decode("utf-8", "replace")
    if match := re.search(r'"retryDelay"\s*:\s*"([\d.]+)s"', text):
        return _number(match[1])
    if match := re.search(r"try again in (?:(\d+)m)?([\d.]+)(ms|s)\b", text):
        amount = _number(match[2])
        if amount is None:
            return None
        return int(match[1] or 0) * 60 + (amount / 1000 if match[3] == "ms" else amount)
    return None


def _kind_of_words(words: str) -> FailureKind:
    if re.search(r"rate[ _]?limit|too many requests|tokens per minute", words):
        return "rate_limit"
    if re.search(r"invalid[ _](?:api[ _])?key|unauthori[sz]ed|authentication|permission", words):
        return "auth"
    if re.search(r"invalid[ _]request|bad[ _]request|invalid_argument|not[ _]found|unsupported", words):
        return "bad_request"
    return "server"


def _hint(kind: FailureKind, words: str, status: int | None) -> str:
    match kind:
        case "auth" if status == 403:
            return "The key is known but may not use this model: check its rights and the model's name."
        case "auth":
            return "Check the key: it is missing, wrong or expired."
        case "context_overflow":
            return "Compact the conversation, or choose a model with a larger window."
        case "bad_request" if "v1/responses" in words:
            return "This model does not speak chat completions: name it litellm/PROVIDER/MODEL instead."
        case "bad_request" if status == 404 or "model_not_found" in words or "does not exist" in words:
            return "Check the model's name and the base URL."
    return ""


def _read(body: bytes) -> tuple[str, str]:
    try:
        return _words(decode_json(body))
    except (ValueError, RecursionError):
        pass
    text = body[:65536].decode("utf-8", "replace")
    if title := re.search(r"<title[^>]*>(.*?)</title>", text, re.I | re.S):
        return title[1].strip(), ""
    return re.sub(r"<[^>]+>", " ", text).strip(), ""


def _words(value: Any) -> tuple[str, str]:
    """Message and code of an error in whatever form; the code of several joined, for matching only."""
    match value:
        case str():
            return value, ""
        case [first, *_]:
            return _words(first)
        case {"error": (dict() | str() | list()) as inner}:
            message, code = _words(inner)
            return message or _text_of(value.get("message")), code or _code_of(value)
        case dict():
            for key in ("message", "detail", "msg", "error_message", "errors", "error_msg"):
                if text := _text_of(value.get(key)):
                    return _with_raw(text, value), _code_of(value)
            return "", _code_of(value)
    return "", ""


def _with_raw(text: str, value: dict[str, Any]) -> str:
    """OpenRouter keeps the provider's own words in ``metadata.raw``."""
    metadata = value.get("metadata")
    raw = metadata.get("raw") if isinstance(metadata, dict) else None
    return f"{text}: {raw}" if isinstance(raw, str) and raw else text


def _code_of(value: dict[str, Any]) -> str:
    found = (value.get(key) for key in ("code", "type", "status", "status_code"))
    parts = [str(code) for code in found if isinstance(code, str | int) and not isinstance(code, bool)]
    numbers = [part for part in parts if part.isdigit()]
    return numbers[0] if numbers and len(parts) == len(numbers) else " ".join(parts)


def _text_of(value: Any) -> str:
    match value:
        case str():
            return value
        case list() if value:
            return "; ".join(filter(None, map(_text_of, value[:5])))
        case dict():
            place = value.get("loc")
            text = _words(value)[0]
            return f"{'.'.join(map(str, place))}: {text}" if isinstance(place, list) and text else text
    return ""


def _clean(message: str) -> str:
    message = Redactor().text(re.sub(_SECRETS, "***", " ".join(message.split())))
    return message if len(message) <= _MESSAGE_LIMIT else message[:_MESSAGE_LIMIT] + "…"
