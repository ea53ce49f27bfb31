"""Searching a project's memory: BM25 × age × scope over the index, and the plain text itself where that finds
nothing or there is no index.

BM25 (Robertson and Zaragoza, 2009) here counts a word once in an entry, which is a sentence. A hit is worth half as
much after HALF_LIFE days but never less than a third; hits below FLOOR of the best are left out, relative because
the scale depends on the collection.
"""

import time
from collections.abc import Iterator, Sequence
from datetime import date
from heapq import nlargest
from math import log
from operator import itemgetter
from pathlib import Path
from sqlite3 import Connection

import msgspec

from mycoder.memory.database import TOKENIZE, IndexAway, opened
from mycoder.memory.entries import Entry, Scope, entries_of, parse
from mycoder.memory.files import MemoryFault, read_text
from mycoder.memory.memory import Memory
from mycoder.memory.words import cut, terms

VERSION = 1
HALF_LIFE = 180.0
FLOOR = 0.15
CANDIDATES = 100
MOST_MATCHES = 2_000
"""A word with more entries says little; it only counts when there is no other."""

_EPOCH = date(1970, 1, 1).toordinal()
K1, B = 1.2, 0.75
MANY = 500
"""Entries taken in at once after which the index is put in order, which halves the time of a search."""

_SCOPE = {"project": 1.0, "user": 0.9}
_TABLES = f"""
CREATE TABLE file (path TEXT PRIMARY KEY, mark TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL);
CREATE TABLE entry (number INTEGER PRIMARY KEY, length INTEGER NOT NULL, data BLOB NOT NULL, name TEXT NOT NULL);
CREATE VIRTUAL TABLE words USING fts5(text, tokenize='{TOKENIZE}')
"""


class Found(msgspec.Struct, frozen=True):
    """`file` is below the folder of memory, `score` comparable within one search only."""

    entry: Entry
    file: str
    score: float = 0.0


def search(memory: Memory, asked: str, *, limit: int = 10, now: float | None = None) -> list[Found]:
    """What is remembered about `asked`, the best first. Never raises for an index that is broken or busy."""
    wanted = terms(asked)
    found: list[Found] = []
    if wanted:
        try:
            found = _ranked(memory, wanted, time.time() if now is None else now)
        except IndexAway:
            found = []
    return (found or literal(memory, asked))[:limit]


def literal(memory: Memory, asked: str) -> list[Found]:
    """Entries in whose text `asked`, or each of its words, stands as it is; the newest first."""
    whole = asked.casefold().strip()
    parts = whole.split()
    found = []
    for scope, file in _files(memory):
        for entry in _entries(file, scope):
            text = entry.text.casefold()
            if whole and (whole in text or all(part in text for part in parts)):
                found.append(Found(entry, str(file.relative_to(memory.base)), float(whole in text)))
    return sorted(found, key=lambda hit: (hit.score, hit.entry.date), reverse=True)


def _files(memory: Memory) -> Iterator[tuple[Scope, Path]]:
    scopes: tuple[Scope, ...] = ("project", "user")
    for scope in scopes:
        yield scope, memory.file(scope)
        for file in memory.notes(scope):
            yield scope, file


def _entries(file: Path, scope: Scope) -> Sequence[Entry]:
    try:
        return entries_of(parse(read_text(file), scope))
    except MemoryFault:
        return ()


def _ranked(memory: Memory, asked: Sequence[str], now: float) -> list[Found]:
    with opened(memory.folder / "index.sqlite", VERSION, _TABLES) as index:
        _refresh(memory, index)
        total, mean = index.execute("SELECT count(*), avg(length) FROM entry").fetchone()
        likely = _likely(index, asked, total)
        numbers = ",".join(map(str, likely))
        rows = index.execute(f"SELECT * FROM entry WHERE number IN ({numbers})").fetchall()
    found = []
    for number, length, data, name in rows:
        entry = msgspec.json.decode(data, type=Entry)
        worth = likely[number] * (K1 + 1) / (1 + K1 * (1 - B + B * length / mean))
        found.append(Found(entry, name, worth * _weight(entry, now)))
    found.sort(key=lambda hit: hit.score, reverse=True)
    return [hit for hit in found if hit.score >= FLOOR * found[0].score]


def _likely(index: Connection, asked: Sequence[str], total: int) -> dict[int, float]:
    """The entries with the rarest of the words asked for: number and the sum of what their words are worth.

    Ranking in SQLite reads the length of every entry that has any of the words, which for common ones takes longer
    than a search may.
    """
    lists = [
        index.execute("SELECT rowid FROM words WHERE words MATCH ? LIMIT ?", (term, MOST_MATCHES)).fetchall()
        for term in asked
    ]
    rare = [rows for rows in lists if len(rows) < MOST_MATCHES] or lists
    worth: dict[int, float] = {}
    for rows in rare:
        idf = log(1 + (total - len(rows) + 0.5) / (len(rows) + 0.5))
        for (number,) in rows:
            worth[number] = worth.get(number, 0.0) + idf
    return dict(nlargest(CANDIDATES, worth.items(), key=itemgetter(1)))


def _weight(entry: Entry, now: float) -> float:
    age = _age(entry.date, now)
    fresh: float = max(1 / 3, 0.5 ** (age / HALF_LIFE))
    return fresh * _SCOPE[entry.scope] * (1.5 if entry.is_pinned else 1.0) * (0.5 if entry.stale else 1.0)


def _age(day: str, now: float) -> float:
    """Days since `day`; an entry without a date, or with one that is none, counts as middle-aged."""
    try:
        return max(0.0, now / 86_400 - (date.fromisoformat(day).toordinal() - _EPOCH))
    except ValueError:
        return HALF_LIFE


def _refresh(memory: Memory, index: Connection) -> None:
    """Reads the files anew that are not as they were, and drops those that have gone."""
    known = {path: (mark, first, last) for path, mark, first, last in index.execute("SELECT * FROM file")}
    for scope, file in _files(memory):
        name = str(file.relative_to(memory.base))
        try:
            status = file.stat()
        except OSError:
            continue
        mark = f"{status.st_size}:{status.st_mtime_ns}:{status.st_ino}"
        before = known.pop(name, None)
        if before is None or before[0] != mark:
            _drop(index, name, before)
            _take(index, name, mark, _entries(file, scope))
    for name, row in known.items():
        _drop(index, name, row)


def _drop(index: Connection, name: str, row: tuple[str, int, int] | None) -> None:
    if row is not None:
        index.execute("DELETE FROM words WHERE rowid BETWEEN ? AND ?", row[1:])
        index.execute("DELETE FROM entry WHERE number BETWEEN ? AND ?", row[1:])
        index.execute("DELETE FROM file WHERE path = ?", (name,))


def _take(index: Connection, name: str, mark: str, entries: Sequence[Entry]) -> None:
    first = (index.execute("SELECT max(last) FROM file").fetchone()[0] or 0) + 1
    rows = [(first + i, entry) for i, entry in enumerate(entries)]
    texts = [_words(entry) for _, entry in rows]
    index.executemany(
        "INSERT INTO words(rowid, text) VALUES (?, ?)",
        ((n, " ".join(words)) for (n, _), words in zip(rows, texts, strict=True)),
    )
    index.executemany(
        "INSERT INTO entry VALUES (?, ?, ?, ?)",
        ((n, len(words), msgspec.json.encode(e), name) for (n, e), words in zip(rows, texts, strict=True)),
    )
    index.execute("INSERT INTO file VALUES (?, ?, ?, ?)", (name, mark, first, first + len(rows) - 1))
    if len(rows) > MANY:
        index.execute("INSERT INTO words(words) VALUES ('optimize')")


def _words(entry: Entry) -> list[str]:
    return [*cut(entry.text), *cut(" ".join(entry.cites)), *cut(entry.section)]
