"""Finding the text that an edit means, and putting the new text in its place.

An exact occurrence first. Otherwise the one place that differs only in whitespace, indentation, escapes or
punctuation, at least 90 % alike: there, lines that the edit leaves as they are keep every byte that the file
has, and new lines take the indentation of the place. Two candidates are never one.
"""

import re

import msgspec

from mycoder.workspace.canonical import Canonical
from mycoder.workspace.closest import closest
from mycoder.workspace.indent import CannotIndent
from mycoder.workspace.place import Place

LEAST = 0.9
"""Similarity below which a candidate is only shown, not taken."""
_SHORTEST = 4
"""Characters that are not whitespace, below which only an exact occurrence counts."""

_NUMBERED = r"(?m)^ *\d+(?:\t|: |\| |→)"
_ESCAPES = {"\\n": "\n", "\\t": "\t", '\\"': '"', "\\'": "'", "\\\\": "\\"}
_ENTITIES = {"&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'", "&amp;": "&"}


class Edited(msgspec.Struct, frozen=True):
    """The edit fits. `line` is where it begins in the old text, from 1."""

    text: str
    line: int
    count: int = 1
    note: str = ""
    """How the place was found when it was not exact."""


class Missed(msgspec.Struct, frozen=True):
    """The edit does not fit, and nothing was guessed. `message` tells the model what to do."""

    why: str
    """same | empty | many | absent"""
    message: str
    lines: tuple[int, ...] = ()


def match(text: str, old: str, new: str, *, replace_all: bool = False) -> Edited | Missed:
    """`text` with `old` replaced by `new`; all three with ``\\n`` at the ends of lines."""
    if "\r\n" in old and old not in text:
        old, new = old.replace("\r\n", "\n"), new.replace("\r\n", "\n")
    if old == new:
        return Missed("same", "old and new are the same text: there is nothing to change.")
    if not old:
        return _into_empty(text, new)
    places = _places(text, old)
    lines = tuple(text.count("\n", 0, p) + 1 for p in places)
    if len(places) == 1 or (places and replace_all):
        return Edited(text.replace(old, new), lines[0], text.count(old))
    if places:
        return Missed(
            "many",
            f"old occurs {len(places)} times, at lines {_listed(lines)}. Add lines around it until it is "
            "unique, "
            "or set replace_all to change each.",
            lines,
        )
    return _close(text, old, new)


def _into_empty(text: str, new: str) -> Edited | Missed:
    if not text.strip():
        return Edited(new, 1)
    last = text.count("\n") + (not text.endswith("\n"))
    return Missed(
        "empty",
        f"old is empty but the file has {last} lines. Put the line next to which new shall stand into both.",
    )


def _places(text: str, old: str) -> list[int]:
    """Where `old` occurs; occurrences that overlap are two."""
    found: list[int] = []
    place = text.find(old)
    while place >= 0:
        found.append(place)
        place = text.find(old, place + 1)
    return found


def _listed(lines: tuple[int, ...], most: int = 12) -> str:
    more = f" and {len(lines) - most} more" if len(lines) > most else ""
    return ", ".join(map(str, lines[:most])) + more


def _close(text: str, old: str, new: str) -> Edited | Missed:
    canonical = Canonical(text)
    for kind, variant, replacement in _variants(old, new):
        form = Canonical(variant).form
        if len(form) < _SHORTEST:
            continue
        found = canonical.occurrences(form)
        if len(found) > 1:
            lines = tuple(text.count("\n", 0, canonical.at(i)) + 1 for i in found)
            return Missed(
                "many",
                f"old does not occur exactly; {len(lines)} places differ from it only in whitespace or "
                "punctuation, "
                f"at lines {_listed(lines)}. Copy the one you mean exactly, with more lines around it.",
                lines,
            )
        if found:
            place = Place(text, canonical, found[0], variant)
            if place.likeness < LEAST or not place.is_in_proportion:
                continue
            try:
                edited = place.replace(replacement)
            except CannotIndent:
                continue
            return Edited(
                edited, place.line, note=f"{kind} differed from the file's, {place.likeness:.0%} alike"
            )
    return _absent(text, old)


def _absent(text: str, old: str) -> Missed:
    near = closest(text, old)
    if near is None:
        return Missed(
            "absent", "old does not occur in the file, nor anything like it. Read the file and copy from it."
        )
    return Missed(
        "absent",
        f"old does not occur in the file. Closest are lines {near.start}-{near.end} ({near.likeness:.0%} "
        "alike"
        f"{', only whitespace differs' if near.is_whitespace else ''}); - is what you sent, + what is "
        "there:\n"
        f"{near.diff}",
        (near.start,),
    )


def _variants(old: str, new: str) -> list[tuple[str, str, str]]:
    """(what is put right, old, new), the most innocent first."""
    found = [("whitespace or punctuation", old, new)]
    if any(escape in old for escape in _ESCAPES):
        found.append(("escaping", _replaced(old, _ESCAPES), _replaced(new, _ESCAPES)))
    if any(entity in old for entity in _ENTITIES):
        found.append(("escaping", _replaced(old, _ENTITIES), _replaced(new, _ENTITIES)))
    lines = [line for line in old.split("\n") if line.strip()]
    if lines and all(re.match(_NUMBERED, line) for line in lines):
        found.append(
            (
                "line numbers, which are not part of the file,",
                re.sub(_NUMBERED, "", old),
                re.sub(_NUMBERED, "", new),
            )
        )
    return found


def _replaced(text: str, table: dict[str, str]) -> str:
    return re.sub("|".join(map(re.escape, table)), lambda m: table[m[0]], text)
