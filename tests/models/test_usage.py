from typing import Any

import pytest

from mycoder.models.usage import usage_of
from mycoder.protocol.usage import Usage


@pytest.mark.parametrize(
    ("figures", "expected"),
    [
        (
            {
                "prompt_tokens": 100,
                "completion_tokens": 20,
                "total_tokens": 120,
                "prompt_tokens_details": {"cached_tokens": 64},
                "completion_tokens_details": {"reasoning_tokens": 12},
            },
            Usage(100, 64, 20, 12),
        ),
        ({"prompt_tokens": 100, "completion_tokens": 5, "prompt_cache_hit_tokens": 90}, Usage(100, 90, 5)),
        ({"prompt_tokens": 100, "completion_tokens": 5, "cached_tokens": 80}, Usage(100, 80, 5)),
        ({"input_tokens": 7, "output_tokens": 3, "cache_read_input_tokens": 5}, Usage(7, 5, 3)),
        # xAI counts reasoning beside the completion.
        (
            {
                "prompt_tokens": 10,
                "completion_tokens": 5,
                "total_tokens": 22,
                "completion_tokens_details": {"reasoning_tokens": 7},
            },
            Usage(10, 0, 12, 7),
        ),
        ({"prompt_tokens": 10, "completion_tokens": 5, "cost": 0.25}, Usage(10, 0, 5, cost=0.25)),
        ({"prompt_tokens": 10, "completion_tokens": None, "prompt_tokens_details": None}, Usage(10)),
        ({"prompt_tokens": 10, "cached_tokens": 99, "completion_tokens": 1}, Usage(10, 10, 1)),
        ({"prompt_tokens": 10.0, "completion_tokens": True}, Usage(10)),
    ],
)
def test_figures_are_found_where_providers_put_them(figures: dict[str, Any], expected: Usage) -> None:
    assert usage_of(figures) == expected


@pytest.mark.parametrize(
    "figures", [{}, {"prompt_tokens": 0, "completion_tokens": 0}, {"prompt_tokens": "many"}]
)
def test_no_figures(figures: dict[str, Any]) -> None:
    assert usage_of(figures) is None
