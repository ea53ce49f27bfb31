"""Token figures from the different fields in which providers put them."""

from typing import Any

from mycoder.protocol.usage import Usage

_CACHED = (
    ("prompt_tokens_details", "cached_tokens"),  # OpenAI, Gemini, vLLM, xAI, Z.ai, OpenRouter
    ("input_tokens_details", "cached_tokens"),  # OpenAI Responses behind a gateway
    ("prompt_cache_hit_tokens",),  # DeepSeek
    ("cached_tokens",),  # Moonshot, Together
    ("cache_read_input_tokens",),  # Anthropic behind a gateway, litellm
    ("num_cached_tokens",),  # Mistral
)
_REASONING = (
    ("completion_tokens_details", "reasoning_tokens"),
    ("output_tokens_details", "reasoning_tokens"),
    ("reasoning_tokens",),
)


def usage_of(figures: dict[str, Any]) -> Usage | None:
    """None when there are no figures in it. `cost` is taken over where the provider says it (OpenRouter)."""
    prompt = _first(figures, (("prompt_tokens",), ("input_tokens",)))
    output = _first(figures, (("completion_tokens",), ("output_tokens",)))
    if prompt == 0 and output == 0:
        return None
    cached, reasoning = _first(figures, _CACHED), _first(figures, _REASONING)
    # xAI counts reasoning beside the completion, all others inside of it; the total tells.
    if reasoning and _first(figures, (("total_tokens",),)) == prompt + output + reasoning:
        output += reasoning
    cost = figures.get("cost")
    dollars = float(cost) if isinstance(cost, int | float) and not isinstance(cost, bool) else 0.0
    return Usage(prompt, min(cached, prompt), output, min(reasoning, output), max(dollars, 0.0))


def _first(figures: dict[str, Any], paths: tuple[tuple[str, ...], ...]) -> int:
    for path in paths:
        value: Any = figures
        for key in path:
            value = value.get(key) if isinstance(value, dict) else None
        if isinstance(value, int | float) and not isinstance(value, bool) and value > 0:
            return int(value)
    return 0
