"""The words of a project by definition, kept on disk: what a search by words over code is made on.

Identifiers are split at case and underscores, and words are cut to their stem, so that "rounding prices" finds
`round_price`. A file is read again only when its time or size has changed.
"""

import contextlib
import os
import re
from collections import Counter
from pathlib import Path

import msgspec

from mycoder.config.private import make_private
from mycoder.workspace.search import files

_ENDINGS = "py pyi js jsx ts tsx go rs java kt c h cc cpp cs rb php swift scala lua ex sh sql vue"
ENDINGS = tuple(f".{ending}" for ending in _ENDINGS.split())
LARGEST = 512 << 10
"""Bytes of a file that is looked at; a larger one is data or made by a program."""
MOST_FILES = 20_000
VERSION = 1
LONGEST_CHUNK = 120
"""Lines of a chunk where no definition ends it."""

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|[^\W\d_]+")
_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_A-Za-z]+")
_DEFINITION = re.compile(
    r"^[ \t]*(?:export\s+|default\s+|public\s+|private\s+|protected\s+|static\s+|async\s+|pub(?:\(\w+\))?\s+)*"
    r"(?:def|class|function|func(?:\s*\([^)]*\))?|fn|struct|enum|trait|interface|impl|module|type)\s+([A-Za-z_]\w*)"
)
_IMPORT = re.compile(
    r"^\s*(?:from\s+([.\w]+)\s+import\s+(.+)|import\s+([\w.]+)|.*\b(?:require|from)\s*\(?['\"]([^'\"]+))"
)
_STOP = """
a an and any are as at be been but by can could did do does for from get gets got had has have he her his how i if in
into is it its just like may more most must my no not of off on one only or other our out over own same set she should
so some still such than that the their them then there these they this those to too under up us use used using very was
we were what when where which while who why will with would you your self def return none true false import class else
elif int str list dict function const let var new instead expected actual
"""
STOP = frozenset(_STOP.split())


class Chunk(msgspec.Struct, frozen=True, array_like=True):
    """One definition of a file, or a stretch of it outside of any. Lines from 1; `terms` are stems with counts."""

    name: str
    line: int
    end: int
    terms: dict[str, int]


class Entry(msgspec.Struct, frozen=True, array_like=True):
    """One file. `imports` as they are written, `from x import y` as ``x`` and ``x.y``."""

    time: int
    size: int
    chunks: tuple[Chunk, ...]
    imports: tuple[str, ...]


class Index(msgspec.Struct, frozen=True):
    """All files by path. `read` is how many of them had to be read for it."""

    version: int = VERSION
    entries: dict[str, Entry] = {}
    read: int = 0


def open_index(root: Path, place: Path | None = None) -> Index:
    """The index of the project at `root` as it is now; `place` is the folder in which it is kept. Blocks.

    An index that cannot be kept or read is made anew.
    """
    held = _load(place).entries if place is not None else {}
    entries: dict[str, Entry] = {}
    read = 0
    for path in files(root):
        if not path.endswith(ENDINGS) or len(entries) >= MOST_FILES:
            continue
        try:
            found = os.stat(root / path)
        except OSError:
            continue
        known = held.get(path)
        if known is not None and (known.time, known.size) == (found.st_mtime_ns, found.st_size):
            entries[path] = known
        elif found.st_size <= LARGEST:
            with contextlib.suppress(OSError):
                text = (root / path).read_bytes().decode("utf-8", "replace")
                entries[path] = Entry(found.st_mtime_ns, found.st_size, *_read(path, text))
                read += 1
    index = Index(entries=entries, read=read)
    if place is not None and (read or len(entries) != len(held)):
        _save(place, index)
    return index


def _load(place: Path) -> Index:
    try:
        index = msgspec.msgpack.decode((place / "index").read_bytes(), type=Index)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return Index()
    return index if index.version == VERSION else Index()


def _save(place: Path, index: Index) -> None:
    with contextlib.suppress(OSError):  # then it is made anew the next time
        make_private(place)
        new = place / f"index.{os.getpid()}"
        new.write_bytes(msgspec.msgpack.encode(index))
        os.replace(new, place / "index")


def _read(path: str, text: str) -> tuple[tuple[Chunk, ...], tuple[str, ...]]:
    lines = text.splitlines()
    starts: list[tuple[int, str]] = [(0, "")]
    imports: list[str] = []
    for number, line in enumerate(lines):
        if found := _DEFINITION.match(line):
            starts.append((number, found[1]))
        elif number - starts[-1][0] >= LONGEST_CHUNK:
            starts.append((number, starts[-1][1]))
        if "import" in line or "require" in line:
            imports += _imports(line)
    chunks: list[Chunk] = []
    words_of_path = Counter(terms(path.replace("/", " ")))
    for (start, name), following in zip(starts, [*starts[1:], (len(lines), "")], strict=True):
        counts = Counter(terms("\n".join(lines[start : following[0]])))
        if not counts and chunks:
            continue
        for term in terms(name):
            counts[term] += 2
        for term, count in words_of_path.items():
            counts[term] += count
        chunks.append(Chunk(name, start + 1, max(following[0], start + 1), dict(counts)))
    return tuple(chunks), tuple(imports)


def _imports(line: str) -> list[str]:
    found = _IMPORT.match(line)
    if found is None:
        return []
    if found[1]:
        names = [name.strip().partition(" ")[0] for name in found[2].strip("() \\").split(",")]
        return [found[1], *(f"{found[1].rstrip('.')}.{name}" for name in names if name.isidentifier())]
    return [name for name in (found[3], found[4]) if name]


def terms(text: str) -> list[str]:
    """The stems of the words of `text`, identifiers in their parts."""
    found: list[str] = []
    for word in _WORD.findall(text):
        parts = _PART.findall(word)
        for part in parts:
            lower = part.lower()
            if len(lower) > 1 and lower not in STOP:
                found.append(stem(lower))
    return found


def stem(word: str) -> str:
    """A light stem: plurals and the common endings of English verbs and nouns."""
    for ending, least in (
        ("ization", 3),
        ("ations", 3),
        ("ation", 3),
        ("ings", 3),
        ("ing", 3),
        ("ies", 2),
        ("ied", 2),
    ):
        if word.endswith(ending) and len(word) - len(ending) >= least:
            word = word[: -len(ending)] + ("y" if ending in ("ies", "ied") else "")
            break
    else:
        for ending in ("ers", "er", "ed", "es", "s", "e"):
            if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith("ss"):
                word = word[: -len(ending)]
                break
    if len(word) > 3 and word[-1] == word[-2]:
        word = word[:-1]
    return word[:-1] if word.endswith("e") and len(word) > 4 else word
