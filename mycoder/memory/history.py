"""Searching one's own past sessions: what the person said, what was answered, inputs of tools, and errors.

The logs are the truth; the index takes what was added to them since the last search, the newest session first, and
stops when its time is up. A log that shrank is taken in anew, one that is deleted is forgotten.
"""

import math
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from heapq import nlargest
from operator import itemgetter
from pathlib import Path
from sqlite3 import Connection

import msgspec

from mycoder.memory.database import TOKENIZE, IndexAway, opened
from mycoder.memory.words import cut, excerpt, terms
from mycoder.protocol.events import (
    AnyEvent,
    PromptAdded,
    TextAdded,
    ToolCalled,
    ToolFinished,
    TurnEnded,
    TurnStarted,
)

VERSION = 1
MOST_CHARACTERS = 8_000
"""Of one thing that was said; the log has the rest."""

CANDIDATES = 120
"""Things that were said whose text is read for one search."""

MOST_MATCHES = 400
"""A word that more things hold tells little beside rarer ones, and to rank by it takes longer than a search may."""

_LONG = 2_000
"""Characters at which a text is worth half of a short one with the same words."""

_TABLES = f"""
CREATE TABLE log (session TEXT PRIMARY KEY, place INTEGER NOT NULL, root TEXT NOT NULL, started REAL NOT NULL);
CREATE TABLE said (number INTEGER PRIMARY KEY, session TEXT NOT NULL, seq INTEGER NOT NULL, at REAL NOT NULL,
                   kind TEXT NOT NULL, text TEXT NOT NULL);
CREATE INDEX said_in ON said(session);
CREATE VIRTUAL TABLE words USING fts5(text, tokenize='{TOKENIZE}')
"""

Read = Callable[[str, int], Iterator[tuple[AnyEvent, int]]]
"""Events of a session from a byte of its log on, each with the byte where the next one begins."""


class LogFile(msgspec.Struct, frozen=True):
    """A session's log: `size` in bytes, `root` the project's folder then, `started` in Unix seconds."""

    session: str
    root: str
    size: int
    started: float


class Said(msgspec.Struct, frozen=True):
    """A hit: who said it (you, answer, tool, error), when (Unix seconds), and the words around it."""

    session: str
    seq: int
    at: float
    kind: str
    text: str
    score: float = 0.0


class Answer(msgspec.Struct, frozen=True):
    """`unread` counts logs that the index has not taken in completely, because the time was up."""

    hits: tuple[Said, ...] = ()
    unread: int = 0
    is_literal: bool = False


class History:
    """`file` is the index, `read` reads a log. One index serves all projects; a search is held to its logs."""

    def __init__(self, file: Path, read: Read) -> None:
        self._file, self._read = file, read

    def search(
        self,
        asked: str,
        logs: Sequence[LogFile],
        *,
        limit: int = 10,
        seconds: float = 20.0,
        now: float | None = None,
    ) -> Answer:
        """What was said about `asked` in the sessions of `logs`, the best first."""
        if not asked.strip():
            return Answer()
        wanted, unread = terms(asked), 0
        found: list[Said] = []
        try:
            with opened(self._file, VERSION, _TABLES) as index:
                unread = self._refresh(index, logs, time.monotonic() + seconds)
                index.commit()  # what was taken in stays, whatever the search meets
                if wanted:
                    found = _ranked(index, wanted, frozenset(log.session for log in logs), now or time.time())
        except IndexAway:
            unread = len(logs)
        is_literal = not found
        if is_literal:
            found = self.literal(asked, logs, seconds)
        hits = tuple(msgspec.structs.replace(hit, text=excerpt(hit.text, asked)) for hit in found[:limit])
        return Answer(hits, unread, is_literal and bool(hits))

    def literal(self, asked: str, logs: Iterable[LogFile], seconds: float) -> list[Said]:
        """Where `asked` stands as it is, read from the logs themselves."""
        needle, end = asked.casefold().strip(), time.monotonic() + seconds
        found: dict[str, Said] = {}
        for log in sorted(logs, key=lambda one: one.started, reverse=True):
            for event, _ in self._read(log.session, 0):
                for said in said_in(event, log.session):
                    if needle in said.text.casefold():
                        found.setdefault(said.text, said)
            if time.monotonic() > end:
                break
        return sorted(found.values(), key=lambda hit: hit.at, reverse=True)

    def forget(self, session: str) -> None:
        """Takes a session out of the index, for one that is deleted."""
        if not self._file.exists():
            return
        try:
            with opened(self._file, VERSION, _TABLES) as index:
                _drop(index, session)
                # What is deleted stays in the file otherwise: in free pages, and in the index until it is put in order.
                index.execute("INSERT INTO words(words) VALUES ('optimize')")
        except IndexAway:
            return

    def _refresh(self, index: Connection, logs: Sequence[LogFile], end: float) -> int:
        known: dict[str, int] = dict(index.execute("SELECT session, place FROM log").fetchall())
        behind = [log for log in logs if known.get(log.session, 0) != log.size]
        behind.sort(key=lambda log: log.started, reverse=True)
        for done, log in enumerate(behind):
            place = known.get(log.session, 0)
            if place > log.size:
                _drop(index, log.session)
                place = 0
            for event, after in self._read(log.session, place):
                _take(index, said_in(event, log.session))
                place = after
                if time.monotonic() > end:
                    break
            row = (log.session, place, log.root, log.started)
            index.execute("INSERT OR REPLACE INTO log VALUES (?, ?, ?, ?)", row)
            if time.monotonic() > end:
                return len(behind) - done
        return 0


def said_in(event: AnyEvent, session: str) -> Iterator[Said]:
    """What of an event is searched; nothing that a tool put out, which is the project's and not one's own."""
    kind, text = "", ""
    match event:
        case TurnStarted():
            kind, text = "you", event.prompt
        case PromptAdded(origin="steer" | "follow_up"):
            kind, text = "you", event.text
        case TextAdded():
            kind, text = "answer", event.text
        case ToolCalled():
            kind, text = "tool", f"{event.tool} {event.arguments}"
        case ToolFinished(ok=False):
            kind, text = "error", event.output
        case TurnEnded() if event.reason != "done" and event.message:
            kind, text = "error", event.message
    if text.strip():
        yield Said(session, event.seq, event.at, kind, text[:MOST_CHARACTERS])


def _take(index: Connection, rows: Iterable[Said]) -> None:
    for said in rows:
        text = said.text.encode("utf-8", "replace").decode()
        number = index.execute(
            "INSERT INTO said(session, seq, at, kind, text) VALUES (?, ?, ?, ?, ?)",
            (said.session, said.seq, said.at, said.kind, text),
        ).lastrowid
        index.execute("INSERT INTO words(rowid, text) VALUES (?, ?)", (number, " ".join(cut(text))))


def _drop(index: Connection, session: str) -> None:
    index.execute("DELETE FROM words WHERE rowid IN (SELECT number FROM said WHERE session = ?)", (session,))
    index.execute("DELETE FROM said WHERE session = ?", (session,))
    index.execute("DELETE FROM log WHERE session = ?", (session,))


def _ranked(index: Connection, wanted: Sequence[str], sessions: frozenset[str], now: float) -> list[Said]:
    likely = _likely(index, wanted, sessions)
    numbers = ",".join(map(str, likely))
    rows = index.execute(f"SELECT number, session, seq, at, kind, text FROM said WHERE number IN ({numbers})")
    found: dict[str, Said] = {}
    for number, session, seq, at, kind, text in rows.fetchall():
        age = max(0.0, now - at) / 86_400
        worth = likely[number] / (1 + len(text) / _LONG) * max(1 / 3, 0.5 ** (age / 90.0))
        worth *= 1.0 if kind in ("you", "answer") else 0.8
        if text not in found or found[text].score < worth:
            found[text] = Said(session, seq, at, kind, text, worth)
    best = sorted(found.values(), key=lambda hit: hit.score, reverse=True)
    return [hit for hit in best if hit.score >= 0.15 * best[0].score]


def _likely(index: Connection, wanted: Sequence[str], sessions: frozenset[str]) -> dict[int, float]:
    """What was said in `sessions` with the rarest of the words: number and the sum of what its words are worth. Where
    all are common, SQLite ranks, which takes longer."""
    total = index.execute("SELECT max(number) FROM said").fetchone()[0] or 0
    worth: dict[int, float] = {}
    for term in wanted:
        rows = index.execute(
            "SELECT rowid FROM words WHERE words MATCH ? LIMIT ?", (term, MOST_MATCHES)
        ).fetchall()
        if len(rows) < MOST_MATCHES:
            idf = math.log(1 + (total - len(rows) + 0.5) / (len(rows) + 0.5))
            for (number,) in rows:
                worth[number] = worth.get(number, 0.0) + idf
    chosen: dict[int, float] = {}
    best = nlargest(len(worth), worth.items(), key=itemgetter(1))
    for at in range(0, len(best), MOST_MATCHES):  # most often the first piece is enough
        piece = dict(best[at : at + MOST_MATCHES])
        numbers = ",".join(map(str, piece))
        owners = index.execute(f"SELECT number, session FROM said WHERE number IN ({numbers})").fetchall()
        chosen |= {number: piece[number] for number, session in owners if session in sessions}
        if len(chosen) >= CANDIDATES:
            break
    if chosen:
        return dict(nlargest(CANDIDATES, chosen.items(), key=itemgetter(1)))
    here = msgspec.json.encode(sorted(sessions)).decode()
    ranked = (
        "SELECT said.number, -rank FROM words JOIN said ON said.number = words.rowid WHERE words MATCH ? "
        "AND said.session IN (SELECT value FROM json_each(?)) ORDER BY rank LIMIT ?"
    )
    found = index.execute(ranked, (" OR ".join(wanted), here, CANDIDATES)).fetchall()
    return {number: max(score, 1e-6) for number, score in found}
