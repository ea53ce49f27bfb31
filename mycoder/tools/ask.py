"""The tool that asks the person."""

from mycoder.protocol.tooling import Effect, ToolResult
from mycoder.tools.tool import ToolContext, tool

MOST_OPTIONS = 8

_NOBODY = "Nobody can answer here. Decide yourself, go on, and say in your report what you decided and why."


@tool(
    effect=Effect.READ,
    aliases=("ask_user", "ask_question", "question", "ask_user_question"),
    title="ask: {question}",
)
async def ask(services: ToolContext, question: str, options: tuple[str, ...] = ()) -> ToolResult:
    """The person's answer as it was given; where there is nobody, that."""
    asked = question.strip()
    if not asked:
        return ToolResult("The question is empty: say what you need to know.", ok=False)
    if services.ask is None:
        return ToolResult(_NOBODY)
    choices = tuple(dict.fromkeys(choice for option in options if (choice := option.strip())))[:MOST_OPTIONS]
    answer = (await services.ask(asked, choices)).strip()
    return ToolResult(answer or "The person gave no answer. Decide yourself, and say so in your report.")
