"""The page of slash commands."""

from mycoder.cli.pages.markdown import code, page, table
from mycoder.session.slash.registry import all_commands

INTRODUCTION = """\
Typed in the prompt of the app or of the line face, and the same in both. A program sends them as the command
[`RunSlash`](events.md#runslash), but for those marked *interactive*: they act on the face itself."""


def text() -> str:
    rows = (
        (
            code(f"/{command.name} {command.usage}".rstrip()),
            command.summary + (" (*interactive*)" if command.run is None else ""),
            ", ".join(code(f"/{alias}") for alias in command.aliases),
        )
        for command in all_commands()
    )
    return page("Slash commands", INTRODUCTION, table(("command", "what it does", "also"), rows))
