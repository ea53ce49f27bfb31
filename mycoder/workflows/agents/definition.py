"""What a sub-agent is: a markdown file whose front matter says what it may do and whose body is its prompt.

    ---
    name: explore
    description: finds places in the code and explains them
    tools: read, grep, find, outline
    mode: plan
    ---
    You look for things …

Every key but `name` and `description` may be left out. Files that were written for other assistants are read as they
are: keys that mean nothing here are passed over, and names of tools are taken by their usual aliases.
"""

import re
from typing import Any, Literal, get_args

import msgspec

from mycoder.protocol.events import Mode

Context = Literal["none", "state", "full"]
"""What it knows of the conversation: the project's facts only, also the state of the work, or all that was said."""

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
MOST_CHARACTERS = 40_000
_FRONT = re.compile(r"\A\ufeff?---[ \t]*\r?\n(.*?)(?:^|\n)---[ \t]*(?:\r?\n|\Z)", re.DOTALL)
_NUMBERS = ("steps", "seconds", "cost")
_INHERIT = ("", "inherit", "default")


class Definition(msgspec.Struct, frozen=True, kw_only=True):
    """`tools` are names or aliases; None lends all that the parent has. `model` is a role, a model, or empty for the
    parent's. `steps`, `seconds` and `cost` (US dollars) are limits; 0 leaves them to the settings."""

    name: str
    description: str
    prompt: str
    tools: tuple[str, ...] | None = None
    mode: Mode | None = None
    model: str = ""
    context: Context = "none"
    steps: int = 0
    seconds: float = 0.0
    cost: float = 0.0
    background: bool = False
    worktree: bool = False
    source: str = ""
    """Path of the file; empty for one of mycoder's own."""


class DefinitionError(Exception):
    """A file that defines no sub-agent; the message says what to mend."""


def parse(text: str, source: str = "") -> Definition:
    """The definition in `text`. Raises DefinitionError."""
    if len(text) > MOST_CHARACTERS:
        raise DefinitionError(f"{source}: longer than {MOST_CHARACTERS:,} characters")
    found = _FRONT.match(text)
    if found is None:
        raise DefinitionError(f"{source}: it must begin with a front matter between two lines of ---")
    values = _mapping(found[1], source)
    name = _text(values, "name").lower()
    if not NAME.fullmatch(name):
        raise DefinitionError(
            f"{source}: name: {name!r} is none: use small letters, digits, - and _, at most 40"
        )
    prompt = text[found.end() :].strip()
    if not prompt:
        raise DefinitionError(f"{source}: there is no prompt below the front matter")
    description = " ".join(_text(values, "description").split())
    if not description:
        raise DefinitionError(f"{source}: description: say in a line what it is for")
    return Definition(
        name=name,
        description=description,
        prompt=prompt,
        tools=_tools(values.get("tools"), source),
        mode=_mode(values, source),
        model=_model(values),
        context=_one_of(values, "context", get_args(Context), "none", source),
        background=_flag(values, "background", source),
        worktree=_flag(values, "worktree", source) or values.get("isolation") == "worktree",
        source=source,
        **{key: _number(values, key, source) for key in _NUMBERS},
    )


def _mapping(text: str, source: str) -> dict[str, Any]:
    import yaml  # late: only when a sub-agent is started or listed

    try:
        values = yaml.safe_load(text)
    except yaml.YAMLError:
        values = _plain(text)  # a description with a colon is no YAML, and common
    if not isinstance(values, dict):
        raise DefinitionError(f"{source}: the front matter must be lines of `key: value`")
    return values


def _plain(text: str) -> dict[str, Any]:
    rows = (line.partition(":") for line in text.splitlines() if re.match(r"[A-Za-z_-]+:", line))
    return {key.strip(): _word(value.strip().strip("\"'")) for key, _, value in rows}


def _word(value: str) -> Any:
    if value in ("true", "false"):
        return value == "true"
    return float(value) if re.fullmatch(r"\d+(\.\d+)?", value) else value


def _text(values: dict[str, Any], key: str) -> str:
    value = values.get(key)
    return str(value).strip() if isinstance(value, str | int | float) else ""


def _tools(value: Any, source: str) -> tuple[str, ...] | None:
    if value is None or value in ("", "*", "all"):
        return None
    if isinstance(value, str):
        value = re.sub(r"\([^)]*\)", "", value).split(",")  # other assistants write Bash(git log:*)
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise DefinitionError(f"{source}: tools: write names, e.g. read, grep, find")
    return tuple(item.strip() for item in value if item.strip())


def _mode(values: dict[str, Any], source: str) -> Mode | None:
    if "mode" not in values:
        return "plan" if values.get("permissionMode") == "plan" else None
    mode: Mode = _one_of(values, "mode", get_args(Mode), "", source)
    return mode


def _model(values: dict[str, Any]) -> str:
    model = _text(values, "model")
    return "" if model.lower() in _INHERIT else model


def _one_of(values: dict[str, Any], key: str, known: tuple[str, ...], default: str, source: str) -> Any:
    value = values.get(key, default)
    if value not in known:
        raise DefinitionError(f"{source}: {key}: {value!r} is none of {', '.join(known)}")
    return value


def _flag(values: dict[str, Any], key: str, source: str) -> bool:
    value = values.get(key, False)
    if not isinstance(value, bool):
        raise DefinitionError(f"{source}: {key}: write true or false")
    return value


def _number(values: dict[str, Any], key: str, source: str) -> Any:
    value = values.get(key, 0)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not 0 <= value < 1e9 or (key == "steps" and value != int(value)):
        raise DefinitionError(f"{source}: {key}: write a number from 0")
    return int(value) if key == "steps" else float(value)
