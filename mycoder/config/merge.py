"""Merging the layers key by key, so that every fault names its key and every value its origin."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_origin

import msgspec

from mycoder.config import keys
from mycoder.config.errors import ConfigError
from mycoder.config.key_paths import KeyPath, join_key, split_key
from mycoder.config.origins import COMMAND_LINE, VARIABLES, Layer, Origin
from mycoder.config.repository import forbidden
from mycoder.config.settings import Settings
from mycoder.config.toml_files import parse, read_text
from mycoder.config.toml_lines import line_of

ADDED_UP = ("policy",)
"""Sections whose lists add up over the layers: a rule can be given anywhere and is taken back nowhere."""

_WORDS = {"yes": True, "on": True, "no": False, "off": False}


class Merge:
    """Layers are added from the weakest to the strongest; warnings go to the list it was made with."""

    def __init__(self, warnings: list[str]) -> None:
        self._warnings = warnings
        self._values: dict[KeyPath, Any] = {}
        self.origins: dict[str, Origin] = {}

    def settings(self) -> Settings:
        """The merged values, each of which was checked when it was added. Sections that nobody touches are not even
        looked at, which saves half of the time that settings take."""
        tree: dict[str, Any] = {}
        for path, value in self._values.items():
            table = tree
            for part in path[:-1]:
                inner = table.get(part)
                table[part] = dict(inner) if isinstance(inner, dict) else {}
                table = table[part]
            table[path[-1]] = value
        return Settings(**{name: msgspec.convert(value, keys.find((name,))) for name, value in tree.items()})

    def add_file(self, layer: Layer, file: Path) -> None:
        """Adds a TOML file; of a pyproject.toml only ``[tool.mycoder]``. Raises ConfigError."""
        text = read_text(file)
        if text is None:
            return
        prefix: KeyPath = ("tool", "mycoder") if layer == "pyproject" else ()
        for path, value in _leaves(_table(parse(text, file), prefix)):
            line = line_of(text, (*prefix, *path))
            place = f"{file}:{line}" if line else str(file)
            try:
                self._add(layer, path, value, place, is_text=False)
            except ConfigError as error:
                raise ConfigError(error.message, str(file), line, error.key) from error

    def add_environment(self, env: Mapping[str, str]) -> None:
        """Adds ``MYCODER_SECTION__KEY`` variables; names in maps become lower case. ConfigError."""
        for name in sorted(env):
            if not name.startswith(VARIABLES):
                continue
            path = tuple(name[len(VARIABLES) :].lower().split("__"))
            try:
                self._add("environment", path, env[name], name, is_text=True)
            except ConfigError as error:
                raise ConfigError(error.message, key=error.key, source=name) from error

    def add_flags(self, flags: Mapping[str, Any]) -> None:
        """Adds dotted keys from the command line, where an unknown key is an error. Raises ConfigError."""
        for name, value in flags.items():
            path = split_key(name)
            if keys.find(path) is None:
                raise ConfigError(
                    f"there is no such setting{or_closest(path)}", key=name, source=COMMAND_LINE
                )
            try:
                self._add("flag", path, value, COMMAND_LINE, is_text=isinstance(value, str))
            except ConfigError as error:
                raise ConfigError(error.message, key=error.key, source=COMMAND_LINE) from error

    def _add(self, layer: Layer, path: KeyPath, value: Any, place: str, *, is_text: bool) -> None:
        hint, name = keys.find(path), join_key(path)
        if isinstance(value, str) and (short := keys.shorthand(hint)):
            self._add(layer, (*path, short), value, place, is_text=is_text)
            return
        if hint is None:
            self._warnings.append(f"{place}: unknown key {name}{or_closest(path)}")
            return
        value = _converted(name, value, hint, is_text=is_text)
        if layer in ("repository", "pyproject"):
            why = forbidden(path, value, self.settings(), path in self._values)
            if why:
                self._warnings.append(f"{place}: {name} is ignored: {why}")
                return
        before = None
        if path[0] in ADDED_UP and path in self._values:
            before = self.origins[name]
            value = (*self._values[path], *(item for item in value if item not in self._values[path]))
        self._values.pop(path, None)  # so that the order of the values is the order of the layers
        self._values[path] = value
        self.origins[name] = Origin(layer, place, before)


def _leaves(values: Mapping[str, Any], path: KeyPath = ()) -> Iterator[tuple[KeyPath, Any]]:
    """Every value with its key; a table is gone into where a section is known, else it is a value itself."""
    for name, value in values.items():
        here = (*path, name)
        hint = keys.find(here)
        if isinstance(value, dict) and (keys.is_section(hint) or keys.plain(hint) == dict[str, str]):
            yield from _leaves(value, here)
        else:
            yield here, value


def _table(values: dict[str, Any], path: KeyPath) -> dict[str, Any]:
    """The table at `path`, empty when it is not there or no table."""
    for part in path:
        inner = values.get(part)
        values = inner if isinstance(inner, dict) else {}
    return values


def _converted(name: str, value: Any, hint: Any, *, is_text: bool) -> Any:
    """`value` as the type of its key. Raises ConfigError with only the message and key set."""
    if keys.is_section(hint):
        raise ConfigError(f"is a section: give the keys in it, as in [{name}]", key=name)
    try:
        if is_text:
            return msgspec.convert(from_text(value, keys.plain(hint)), hint, strict=False)
        return msgspec.convert(value, hint)
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise ConfigError(_explained(error, value, hint), key=name) from error


def from_text(text: str, inner: Any) -> Any:
    """What a variable or flag holds, before its type is checked: lists as JSON or separated by commas."""
    origin = get_origin(inner)
    if inner is bool:
        return _WORDS.get(text.lower(), text.lower())
    if origin is tuple:
        if text.lstrip().startswith("["):
            return msgspec.json.decode(text)
        return [part.strip() for part in text.split(",") if part.strip()]
    if origin is dict:
        return msgspec.json.decode(text)
    if inner is Any:
        return _json_or_text(text)
    return text


def _json_or_text(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text


def _explained(error: Exception, value: Any, hint: Any) -> str:
    choices = keys.Key((), hint, None, "").choices
    if choices:
        return f"{value!r} is not possible; it can be {', '.join(choices[:-1])} or {choices[-1]}"
    message = str(error).replace("`", "").partition(" - at ")[0]
    return f"{message[:1].lower()}{message[1:]}: {_short(value)}"


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def or_closest(path: KeyPath) -> str:
    near = keys.closest(path)
    return f"; did you mean {near}?" if near else ""
