"""What a selection of tests may say: test ids, files or folders, ``-k EXPRESSION`` and ``-m EXPRESSION``."""

import os
from collections.abc import Sequence
from pathlib import Path

import msgspec


class Selected(msgspec.Struct, frozen=True):
    """A selection taken apart. `names` are ids and files, `words` expressions for -k, `marks` for -m."""

    names: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()


class SelectionError(ValueError):
    """An item that is neither; the text says what can be given."""


def take_apart(selection: Sequence[str], cwd: Path, root: Path) -> Selected:
    """Sorts the items; a bare word that is no file becomes an expression for -k.

    Paths may be relative to the repository or to the folder in which the tests run, or absolute; they come
    back relative to `cwd`. Raises SelectionError for any other option.
    """
    names: list[str] = []
    words: list[str] = []
    marks: list[str] = []
    for item in selection:
        text = item.strip()
        if not text:
            continue
        if text[:2] in ("-k", "-m") and len(text) > 2:
            expression = text[2:].lstrip(" =").strip()
            (words if text[1] == "k" else marks).append(_unquoted(expression))
        elif text.startswith("-"):
            raise SelectionError(f"{text!r} is no test: give test ids, files, or -k EXPRESSION.")
        else:
            place = locate(text, cwd, root)
            if place or "/" in text or "::" in text or text.endswith((".py", ".js", ".ts", ".tsx", ".mjs")):
                names.append(place or text)
            else:
                words.append(text)
    return Selected(tuple(names), tuple(words), tuple(marks))


def locate(name: str, cwd: Path, root: Path) -> str:
    """The id or file with its path told from `cwd`; empty when no such file exists."""
    path, mark, rest = name.partition("::")
    if not path or "\0" in path:
        return ""
    for base in (cwd, root):
        # An id may begin with a path that exists only here by chance of a word; a file or folder decides.
        full = os.path.join(base, path)
        if os.path.exists(full):
            return os.path.relpath(full, cwd).replace(os.sep, "/") + mark + rest
    return ""


def joined(expressions: Sequence[str]) -> str:
    """Several expressions for -k as one."""
    if len(expressions) == 1:
        return expressions[0]
    return " or ".join(f"({each})" for each in expressions)


def _unquoted(text: str) -> str:
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"" else text
