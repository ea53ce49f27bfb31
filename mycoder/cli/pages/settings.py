"""The page of settings: every key with its type, default and meaning."""

from collections.abc import Iterator
from types import UnionType
from typing import Annotated, Any, Literal, get_args, get_origin

import msgspec

from mycoder.cli.options import RUN_OPTIONS
from mycoder.cli.pages.markdown import code, page, table
from mycoder.config import keys
from mycoder.config.origins import VARIABLES
from mycoder.config.settings import Settings

INTRODUCTION = f"""\
A setting comes from the strongest place that gives it a value, from weak to strong:

1. the default,
2. `config.toml` in your configuration folder (`mycoder config path` prints where that is),
3. `.mycoder/config.toml` of the project, and
4. the table `[tool.mycoder]` of its `pyproject.toml`, both only in a [trusted folder](../security.md#trust),
5. environment variables: `{VARIABLES}` and the key in capitals, with two underscores for each dot, e.g.
   `{VARIABLES}LIMITS__MAX_STEPS=50`; a list is JSON or separated by commas,
6. the command line: an option of its own, or `--set KEY=VALUE`.

`mycoder config show --origin` prints every value with the place it comes from, `mycoder config set KEY VALUE`
changes your file and keeps its comments, and `mycoder config schema` prints a JSON schema for editors. A key
that is not known is a warning in a file and an error on the command line; a value of a wrong type is an error
in both, with file and line."""


def text() -> str:
    sections: dict[str, list[keys.Key]] = {"": []}
    for key in keys.all_keys():
        sections.setdefault(".".join(key.path[:-1]), []).append(key)
    parts = []
    for section, found in sections.items():
        parts += [_heading(section), table(("key", "type", "default", "what it does"), map(_row, found))]
    return page("Settings", INTRODUCTION, *parts)


def _heading(section: str) -> str:
    if not section:
        return "## Keys of no section"
    title = f"## [{section.replace(keys.ANY, 'NAME')}]"
    words = next((keys.description(hint) for hint in _hints(section)), "")
    return f"{title}\n\n{words}" if words else title


def _hints(section: str) -> Iterator[Any]:
    first = section.partition(".")[0]
    return (item.type for item in msgspec.structs.fields(Settings) if item.encode_name == first)


def _row(key: keys.Key) -> tuple[str, str, str, str]:
    flags = next((option.flags for option in RUN_OPTIONS if option.key == key.name), ())
    option = f" Option: {', '.join(map(code, flags))}." if flags else ""
    return (
        code(key.path[-1]),
        _type(key.type),
        _default(key.default),
        key.description + option,
    )


def _type(hint: Any) -> str:
    """A type with its limits in words."""
    inner = keys.plain(hint)
    notes = get_args(hint)[1:] if get_origin(hint) is Annotated else ()
    limits = [words for note in notes if isinstance(note, msgspec.Meta) for words in _limits(note)]
    return ", ".join([_plain(inner), *limits])


def _limits(note: msgspec.Meta) -> Iterator[str]:
    for sign, bound in (("≥", note.ge), (">", note.gt), ("≤", note.le), ("<", note.lt)):
        if bound is not None:
            yield f"{sign} {bound}"


def _plain(inner: Any) -> str:
    words = {str: "text", int: "integer", float: "number", bool: "true or false"}
    if inner in words:
        return words[inner]
    origin, inside = get_origin(inner), get_args(inner)
    if origin is Literal:
        return " or ".join(code(value) for value in inside)
    if origin is tuple:
        return f"list of {_plain(inside[0])}"
    if origin is dict:
        return "table"
    if origin is UnionType or type(None) in inside:
        return " or ".join(_plain(part) for part in inside if part is not type(None))
    return str(inner)


def _default(value: Any) -> str:
    if value is None:
        return "not set"
    if isinstance(value, dict):
        return "empty" if not value else code(str(value))
    plain = list(value) if isinstance(value, tuple) else value
    return code(msgspec.json.encode(plain).decode())
