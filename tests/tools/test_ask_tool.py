from types import SimpleNamespace
from typing import Any

from mycoder.protocol.tooling import ToolResult
from mycoder.tools.ask import MOST_OPTIONS, ask


async def put(
    answer: str | None, question: str, *options: str
) -> tuple[ToolResult, list[tuple[str, tuple[str, ...]]]]:
    heard: list[tuple[str, tuple[str, ...]]] = []

    async def person(question: str, options: tuple[str, ...]) -> str:
        heard.append((question, options))
        return answer or ""

    services: Any = SimpleNamespace(ask=None if answer is None else person)
    return await ask.call(services, ask.arguments(question=question, options=options)), heard


async def test_the_answer_goes_to_the_model() -> None:
    result, heard = await put("SQLite", " Which database? ", "SQLite", " Postgres ", "SQLite", "")
    assert result == ToolResult("SQLite")
    assert heard == [("Which database?", ("SQLite", "Postgres"))]


async def test_nobody_is_there() -> None:
    result, heard = await put(None, "Which?")
    assert result.ok
    assert result.output.startswith("Nobody can answer here. Decide yourself")
    assert heard == []


async def test_no_answer_and_no_question() -> None:
    assert (await put("  ", "Which?"))[0].output.startswith("The person gave no answer")
    result, heard = await put("x", "  ")
    assert not result.ok
    assert heard == []


async def test_options_are_bounded() -> None:
    _, heard = await put("1", "Which?", *(str(i) for i in range(30)))
    assert len(heard[0][1]) == MOST_OPTIONS


def test_what_the_model_is_told() -> None:
    assert ask.spec.schema["required"] == ["question"]
    assert ask.spec.schema["properties"]["options"] == {"type": "array", "items": {"type": "string"}}
    assert len(ask.description) < 200
