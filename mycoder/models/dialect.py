"""How a provider's chat completions differ from OpenAI's, as data."""

from typing import Any, Literal

import msgspec

from mycoder.models.model import Failed


class Dialect(msgspec.Struct, frozen=True, kw_only=True):
    """What a request may hold and a reply must be read for. The defaults are plain chat completions."""

    asks_usage: bool = True
    """Send ``stream_options.include_usage``."""
    takes_temperature: bool = True
    max_tokens_key: str = "max_tokens"
    thoughts: Literal["never", "calls", "always"] = "never"
    """Which assistant messages go back with their thought: none, those with calls (a blank thought if there
    was none, since these providers refuse the message without the field), or all that have one."""
    thought_key: str = "reasoning_content"
    tools: Literal["native", "text"] = "native"
    """`text`: the model has no tool calls, so they are written as text (see text_tools.py)."""
    call_ids: Literal["any", "nine"] = "any"
    """`nine`: ids must be nine letters or digits."""
    schema: Literal["json_schema", "json_object", "none"] = "json_schema"
    """How a reply schema is asked for."""
    think_tags: bool = False
    """The reply may begin with its thought between ``<think>`` tags."""
    signatures: bool = False
    """Calls must go back with the signature they came with; a call from elsewhere gets the documented
    stand-in."""
    fixed: dict[str, Any] = {}
    """Body fields always sent, unless the settings say otherwise."""
    refused: tuple[str, ...] = ()
    """Body fields that the server has refused; never sent again."""


_DROPPABLE = (
    "stream_options",
    "temperature",
    "top_p",
    "presence_penalty",
    "frequency_penalty",
    "seed",
    "reasoning_effort",
    "parallel_tool_calls",
    "response_format",
    "cache_control",
    "max_completion_tokens",
    "max_tokens",
)
_REFUSALS = (
    "not support",
    "unsupported",
    "not permitted",
    "forbidden",
    "unrecognized",
    "unknown",
    "extra inputs",
    "extra fields",
    "unexpected",
    "only 1 is allowed",
    "not allowed",
    "invalid temperature",
    "deprecated",
    "use 'max_completion_tokens'",
)


def adapted(dialect: Dialect, failure: Failed, sent: frozenset[str], has_tools: bool) -> Dialect | None:
    """The dialect after a 400, 404, 422 or 500 that names what the server will not take; None when it names
    nothing we sent. Each step takes something away, so asking again ends after a few of them."""
    if failure.status not in (400, 404, 415, 422, 500, 501):
        return None
    words = failure.message.lower()
    if not any(refusal in words for refusal in _REFUSALS):
        return None
    if has_tools and dialect.tools == "native" and _refuses_tools(words):
        return msgspec.structs.replace(dialect, tools="text", think_tags=True)
    for field in _DROPPABLE:
        if field not in sent or field not in words:
            continue
        if field == "max_tokens" and "max_completion_tokens" in words:
            return msgspec.structs.replace(dialect, max_tokens_key="max_completion_tokens")
        if field == "max_completion_tokens" and "max_completion_tokens" not in dialect.refused:
            return msgspec.structs.replace(
                dialect, max_tokens_key="max_tokens", refused=(*dialect.refused, field)
            )
        return msgspec.structs.replace(dialect, refused=(*dialect.refused, field))
    return None


def _refuses_tools(words: str) -> bool:
    """Ollama: ``… does not support tools``; vLLM: ``… requires --enable-auto-tool-choice``; OpenRouter: ``No
    endpoints found that support tool use``."""
    return any(
        phrase in words
        for phrase in (
            "support tools",
            "support tool use",
            "support tool call",
            "support function call",
            "tools is not supported",
            "tools are not supported",
            "tools param requires --jinja",
        )
    )
