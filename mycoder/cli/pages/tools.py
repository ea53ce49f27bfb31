"""The page of the tools that a model can call."""

from collections.abc import Iterator
from typing import Any

import msgspec

from mycoder.cli.pages.markdown import block, code, page, table
from mycoder.tools import TOOLS
from mycoder.tools.tool import Tool

INTRODUCTION = """\
What a model can do, and all that it is told about it. The effect is what a [mode](../guide.md#modes) decides
by: `read` looks, `write` changes files, `run` starts programs in the sandbox."""


def text() -> str:
    rows = (
        (f"[`{tool.name}`](#{tool.name})", code(tool.effect.value), _first(tool.description))
        for tool in TOOLS
    )
    return page(
        "Tools", INTRODUCTION, table(("tool", "effect", "what it does"), rows), *(_section(t) for t in TOOLS)
    )


def _section(tool: Tool) -> str:
    head, star, rest = tool.description.partition("\n***")
    aliases = f"Also answers to {', '.join(map(code, tool.aliases))}." if tool.aliases else ""
    parts = (
        f"## {tool.name}",
        block(head + star + rest, "text"),
        table(("parameter", "type", "default", "about"), _parameters(tool)) or "No parameters.",
        aliases,
    )
    return "\n\n".join(part for part in parts if part)


def _parameters(tool: Tool) -> Iterator[tuple[str, ...]]:
    defaults = {field.name: field.default for field in msgspec.structs.fields(tool.arguments)}
    for name, about in tool.spec.schema["properties"].items():
        default = defaults[name]
        shown = "required" if default is msgspec.NODEFAULT else code(msgspec.json.encode(default).decode())
        yield code(name), type_words(about), shown, about.get("description", "")


def type_words(schema: dict[str, Any]) -> str:
    """A JSON schema in a few words."""
    if "enum" in schema:
        return " or ".join(code(value) for value in schema["enum"])
    match schema["type"]:
        case "array":
            return f"list of {type_words(schema['items'])}"
        case "object" if schema.get("properties"):
            return "object of " + ", ".join(code(name) for name in schema["properties"])
    return str(schema["type"])


def _first(description: str) -> str:
    """The first sentence."""
    head, stop, _ = description.replace("\n", " ").partition(". ")
    return head + ("." if stop else "")
