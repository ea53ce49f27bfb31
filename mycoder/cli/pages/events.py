"""The page of the protocol: events, commands, blocks, and the two JSON forms of a run."""

import ast
import re
from collections.abc import Iterable, Iterator
from types import ModuleType
from typing import get_args

import msgspec

from mycoder.cli.pages.declared import Declared, Field, classes
from mycoder.cli.pages.markdown import block, code, one_line, page, table
from mycoder.protocol import blocks, commands, events, messages, report, usage
from mycoder.protocol.blocks import AnyBlock
from mycoder.protocol.codec import encode
from mycoder.protocol.commands import AnyCommand
from mycoder.protocol.events import AnyEvent, TextAdded, TurnEnded
from mycoder.ui.headless.results import FORMAT, as_object
from mycoder.version import __version__

INTRODUCTION = f"""\
Everything that mycoder shows, stores and replays is a function of its events. A program gets them in three
ways: `--output-format stream-json`, the log of a session (`mycoder sessions export ID --format json`), and
`Session.events()` in Python.

On the wire an event is a JSON object whose `type` is its name; a field that has its default may be missing.
The version of both forms is {FORMAT}: it rises when a field changes its meaning or goes away, while new
fields and events may come at any time."""

STREAM = """\
One object a line. The first names the version, every other is an event:"""

RESULT = """\
`--output-format json` prints one object at the end. Unlike in the stream every field is there, and with
`--output-schema` the parsed answer stands in `output`:"""

LAWS = """\
A turn starts with `TurnStarted` and ends with exactly one `TurnEnded`, also when it is stopped or runs out of
time. Every `ToolCalled` has one `ToolFinished`, every `Asked` one `AskSettled`. One reply of a model is the
`TextAdded`, `ThoughtAdded` and `ToolCalled` events up to a `UsageChanged`; `ModelRetried` voids what came of
it so far. Times are in seconds, money is in US dollars, paths are relative to the project."""


def text() -> str:
    known = classes(events)
    common = known["Event"]
    shared = [each for each in known.values() if "msgspec.Struct" in each.bases and each.name != "Event"]
    shared += [
        *classes(report).values(),
        classes(messages)["Attachment"],
        classes(blocks)["PlanItem"],
        classes(usage)["Usage"],
    ]
    links = {each.name for each in shared} | _names(AnyBlock)
    return page(
        "Events and commands",
        INTRODUCTION,
        "## The stream",
        STREAM,
        block(_example_stream(), "json"),
        "## The result",
        RESULT,
        block(_example_result(), "json"),
        "## Events",
        LAWS,
        "### Fields of every event",
        _fields(common, links),
        *_sections(known, _names(AnyEvent), links),
        "## Shared objects",
        *(_section(each, links) for each in shared),
        "## Commands",
        "What a program may ask of a session (`Session.send`). What comes of it is seen in the events.",
        *_sections_of(commands, AnyCommand, links),
        "## Blocks",
        "What a tool shows to people; on the wire `type` is the name in lower case.",
        *_sections_of(blocks, AnyBlock, links),
    )


def _sections_of(module: ModuleType, union: object, links: set[str]) -> Iterator[str]:
    return _sections(classes(module), _names(union), links)


def _sections(known: dict[str, Declared], names: Iterable[str], links: set[str]) -> Iterator[str]:
    wanted = set(names)
    return (_section(each, links) for name, each in known.items() if name in wanted)


def _names(union: object) -> set[str]:
    return {kind.__name__ for kind in get_args(union)}


def _section(declared: Declared, links: set[str]) -> str:
    parts = (f"### {declared.name}", one_line(declared.words), _fields(declared, links))
    return "\n\n".join(part for part in parts if part)


def _fields(declared: Declared, links: set[str]) -> str:
    shown = [field for field in declared.fields if field.type]
    return table(("field", "type", "default", "about"), (_row(field, links) for field in shown))


def _row(field: Field, links: set[str]) -> tuple[str, str, str, str]:
    return code(field.name), _type(field.type, links), code(_json(field.default)), field.words


def _json(default: str) -> str:
    """A default as it would stand on the wire; one that is no plain value stays as it is written."""
    try:
        return msgspec.json.encode(ast.literal_eval(default)).decode() if default else ""
    except ValueError:
        return default


def _type(annotation: str, links: set[str]) -> str:
    """An annotation in words a reader of JSON knows, with links to the objects in it."""
    listed = re.fullmatch(r"tuple\[(.+), \.\.\.\]", annotation)
    if listed:
        return f"list of {_type(listed[1], links)}"
    pair = re.fullmatch(r"tuple\[(\w+), (\w+)\]", annotation)
    if pair:
        return f"pair of {_type(pair[1], links)} and {_type(pair[2], links)}"
    literal = re.fullmatch(r"Literal\[(.+)\]", annotation)
    if literal:
        return " or ".join(code(value.strip("'\"")) for value in literal[1].split(", "))
    if " | None" in annotation:
        return f"{_type(annotation.replace(' | None', ''), links)} or null"
    fixed = {
        "str": "text",
        "int": "integer",
        "float": "number",
        "bool": "true or false",
        "Mode": "[mode](../guide.md#modes)",
        "EndReason": "[reason](exit-codes.md#why-a-turn-ended)",
        "AnyBlock": "[block](#blocks)",
    }
    if annotation in fixed:
        return fixed[annotation]
    if annotation in links:
        return f"[{annotation}](#{annotation.lower()})"
    return code(annotation)


def _example_stream() -> str:
    said = TextAdded(session="20260101-120000-abcd", turn=1, seq=3, at=1767268800.5, text="I read the tests.")
    lines = (encode({"type": "Stream", "format": FORMAT, "mycoder": __version__}), encode(said))
    return "\n".join(line.decode() for line in lines)


def _example_result() -> str:
    ended = TurnEnded(reason="done", answer="The total counts every item.")
    return msgspec.json.format(encode(as_object(ended, 0, session="20260101-120000-abcd")), indent=2).decode()
