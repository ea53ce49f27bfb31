from pathlib import Path

import msgspec
import pytest

from mycoder.models.catalog import card, table_path, with_facts
from mycoder.models.model import Card

ROWS = {
    "sample_spec": {"max_input_tokens": "max input tokens", "input_cost_per_token": 0.0},
    "gpt-x": {
        "max_input_tokens": 1000,
        "max_output_tokens": 100,
        "input_cost_per_token": 1e-06,
        "output_cost_per_token": 2e-06,
        "cache_read_input_token_cost": 1e-07,
        "supports_vision": True,
        "supports_function_calling": True,
        "more": {"of": ["all", "kinds"]},
    },
    "groq/gpt-x": {"max_input_tokens": 500},
    "fireworks_ai/accounts/fireworks/models/kimi": {"max_tokens": 70},
    "p/no-tools": {"max_tokens": 10, "supports_function_calling": False},
    "p/odd": {"max_input_tokens": ["x"]},
    "p/strings": {"max_input_tokens": "many", "input_cost_per_token": "cheap"},
}


@pytest.fixture
def table(tmp_path: Path) -> str:
    path = tmp_path / "table.json"
    path.write_bytes(msgspec.json.encode(ROWS))
    return str(path)


def test_a_row_becomes_a_card(table: str) -> None:
    assert card("openai/gpt-x", "openai", "gpt-x", path=table) == Card(
        "openai/gpt-x", 1000, 100, 1e-06, 1e-07, 2e-06, has_images=True, has_tools=True
    )


@pytest.mark.parametrize(
    ("prefix", "model", "window"),
    [
        ("groq", "gpt-x", 500),
        ("openrouter", "openai/gpt-x:free", 1000),
        ("openai", "GPT-X", 1000),
        ("openai", "gpt-x-latest", 1000),
        ("fireworks_ai", "kimi", 70),
        ("p", "no-tools", 10),
        ("p", "odd", 0),
        ("p", "strings", 0),
        ("openai", "sample_spec", 0),
        ("openai", "unheard-of", 0),
    ],
)
def test_rows_are_found_by_the_names_that_people_use(
    table: str, prefix: str, model: str, window: int
) -> None:
    assert card("n", prefix, model, path=table).window == window


def test_what_the_table_lacks_is_taken_from_our_own(table: str) -> None:
    assert card("n", "moonshot", "kimi-k2.6", path=table).window == 262_144
    assert card("n", "vllm", "Qwen/Qwen3-Coder-30B", path=table).window == 262_144


@pytest.mark.parametrize("content", [None, b"", b"{", b"[]", b"\xff"])
def test_a_missing_or_broken_table_is_no_error(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "t.json"
    if content is not None:
        path.write_bytes(content)
    assert card("n", "openai", "gpt-5", path=str(path)).window == 272_000


def test_a_local_model_costs_nothing_and_has_the_window_it_was_started_with(table: str) -> None:
    assert card("n", "ollama", "gpt-x", is_local=True, path=table) == Card("n")


def test_settings_win() -> None:
    known = Card("n", window=10, input_price=1.0)
    assert with_facts(known, {"window": 20, "input_price": 0.0, "output_price": None}) == Card("n", window=20)


@pytest.mark.parametrize(
    ("prefix", "model"),
    [("openai", "gpt-4o"), ("gemini", "gemini-2.5-pro"), ("anthropic", "claude-sonnet-4-5")],
)
def test_the_packaged_table(prefix: str, model: str) -> None:
    assert table_path()
    found = card("n", prefix, model)
    assert found.window >= 100_000
    assert found.max_output > 0
    assert 0 < found.input_price < found.output_price < 1e-3
    assert found.cached_price < found.input_price
    assert found.has_images
