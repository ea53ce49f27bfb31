"""The tree of keys that settings can have, read from the types in `settings.py`."""

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Annotated, Any, Literal, get_args, get_origin

import msgspec

from mycoder.config.key_paths import KeyPath, join_key
from mycoder.config.settings import Settings

ANY = "*"
"""Stands in a path for any name, as in ``models.*.window``."""


class Key(msgspec.Struct, frozen=True):
    """One key with a value. `type` keeps its limits, so that `msgspec.convert` checks them."""

    path: KeyPath
    type: Any
    default: Any
    description: str

    @property
    def name(self) -> str:
        return ".".join(part if part == ANY else join_key((part,)) for part in self.path)

    @property
    def choices(self) -> tuple[str, ...]:
        inner = plain(self.type)
        return get_args(inner) if get_origin(inner) is Literal else ()


def plain(hint: Any) -> Any:
    """A type without its notes."""
    return get_args(hint)[0] if get_origin(hint) is Annotated else hint


def description(hint: Any) -> str:
    notes = get_args(hint)[1:] if get_origin(hint) is Annotated else ()
    return next((n.description for n in notes if isinstance(n, msgspec.Meta) and n.description), "")


def is_section(hint: Any) -> bool:
    """True for a struct of settings and for a map of them: what TOML writes as a table of known keys."""
    inner = plain(hint)
    if get_origin(inner) is dict:
        return is_section(get_args(inner)[1])
    return isinstance(inner, type) and issubclass(inner, msgspec.Struct)


def shorthand(hint: Any) -> str:
    """The key of a section that a bare text stands for, as in ``workflow = "tdd"``; empty where there is none."""
    return getattr(plain(hint), "SHORTHAND", "")


def all_keys(section: type[msgspec.Struct] = Settings, path: KeyPath = ()) -> Iterator[Key]:
    """Every key in the order of the file, with `ANY` in the place of names that people choose."""
    for item in msgspec.structs.fields(section):
        here = (*path, item.encode_name)
        inner = plain(item.type)
        if get_origin(inner) is dict and is_section(inner):
            yield from all_keys(plain(get_args(inner)[1]), (*here, ANY))
        elif is_section(inner):
            yield from all_keys(inner, here)
        else:
            yield Key(here, item.type, _default(item), description(item.type))


def find(path: KeyPath) -> Any:
    """The type at `path`: of a key, a section or an entry of a map; None when there is no such key."""
    hint: Any = Settings
    for part in path:
        inner = plain(hint)
        if get_origin(inner) is dict:
            hint = get_args(inner)[1]
        elif inner is Any and hint is not Settings:
            continue  # whatever is below may hold anything
        elif isinstance(inner, type) and issubclass(inner, msgspec.Struct):
            hint = _types(inner).get(part)
        else:
            return None
    return hint


@cache
def _types(section: type[msgspec.Struct]) -> dict[str, Any]:
    """The type of each key of a section. Found out once: every look evaluates the annotations anew."""
    return {item.encode_name: item.type for item in msgspec.structs.fields(section)}


def closest(path: KeyPath) -> str:
    """The known key that `path` is most likely meant to be, empty when none is near."""
    names = {_without_any(key.path, path): key for key in all_keys()}
    if whole := near(".".join(path), names):
        return whole
    same_end = [name for name in names if name.rpartition(".")[2] == path[-1]]
    if len(same_end) == 1:
        return same_end[0]
    sections = {name.partition(".")[0] for name in names if "." in name}
    if len(path) == 1:
        return near(path[0], sections)
    return ""


def near(word: str, known: Iterable[str]) -> str:
    """The one of `known` that `word` is most likely meant to be, empty when none is near."""
    import difflib  # late: only for a word that nobody knows

    return next(iter(difflib.get_close_matches(word, list(known), n=1, cutoff=0.75)), "")


def _without_any(known: KeyPath, asked: KeyPath) -> str:
    """``models.*.window`` with the name that was asked for in the place of the star."""
    parts = [asked[i] if part == ANY and i < len(asked) else part for i, part in enumerate(known)]
    return join_key(tuple(parts))


def _default(item: Any) -> Any:
    if item.default is not msgspec.NODEFAULT:
        return item.default
    return item.default_factory() if item.default_factory is not msgspec.NODEFAULT else None
