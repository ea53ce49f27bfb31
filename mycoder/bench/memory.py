"""``mycoder bench memory``: how long a search takes in a memory of many notes, and what the start reads of it.

The notes are made up from a seed, in English, Chinese and Japanese with identifiers among them, in a temporary
folder; the questions are words of notes that are there. Past sessions are searched beside them: `bench/history.py`.
"""

import json
import random
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

import msgspec

from mycoder.bench import history
from mycoder.bench.words import SUBJECTS, VERBS
from mycoder.memory.entries import Entry
from mycoder.memory.files import write_text
from mycoder.memory.memory import Memory
from mycoder.memory.search import literal, search

QUERIES = 100
MOST_MILLISECONDS = 50.0
"""Aim for one search in 10,000 notes."""

_WIDE = (
    "缓存在重启后失效",
    "数据库连接池的上限",
    "テストは並列で走る",
    "設定ファイルの場所",
    "部署需要管理员批准",
)


class Figures(msgspec.Struct, frozen=True):
    """Times in milliseconds, sizes in bytes."""

    notes: int
    build: float
    median: float
    p95: float
    slowest: float
    processor: float
    """Of one search, on the average."""
    literal: float
    after_a_change: float
    start: float
    index: int
    found: int


def run(*, notes: int = 10_000, sessions: int = 200, as_json: bool = False) -> int:
    """Prints the figures; 1 when the 95th percentile of a search, in memory or in past sessions, is over its aim."""
    with tempfile.TemporaryDirectory(prefix="mycoder-bench-") as folder:
        figures = measure(Path(folder, "memory"), notes)
        past = history.measure(Path(folder, "past"), sessions)
    if as_json:
        both = {**msgspec.to_builtins(figures), "history": msgspec.to_builtins(past)}
        print(json.dumps(both))  # noqa: T201 -- the result of the command
    else:
        print(_table(figures, past))  # noqa: T201 -- as above
    return int(figures.p95 > MOST_MILLISECONDS or past.p95 > history.MOST_MILLISECONDS)


def measure(folder: Path, notes: int) -> Figures:
    """Makes a memory of `notes` entries in `folder` and searches it."""
    memory = Memory(folder, folder / "projects" / "bench", folder)
    chance = random.Random(20)
    entries = [_entry(chance, number) for number in range(notes)]
    for month in range(1, 13):
        name = memory.folder / "notes" / f"2026-{month:02d}.md"
        write_text(name, "## Knowledge\n\n" + "".join(e.line() for e in entries[month - 1 :: 12]))
    for number in range(60):
        memory.add(
            f"Fact {number}: the {SUBJECTS[number % 10]} listens on port {7000 + number}.", by="assistant"
        )
    build, _ = _timed(lambda: search(memory, "ledger"))
    asked = [_question(chance, chance.choice(entries)) for _ in range(QUERIES)]
    times, found, before = [], 0, time.process_time()
    for question, id in asked:
        took, hits = _timed(partial(search, memory, question, limit=10))
        times.append(took)
        found += any(hit.entry.id == id for hit in hits)
    processor = (time.process_time() - before) * 1000 / QUERIES
    memory.add("The very last fact.", by="assistant")
    changed, _ = _timed(lambda: search(memory, "very last"))
    by_hand, _ = _timed(lambda: literal(memory, "retries worker_12"))
    start = min(_timed(lambda: memory.brief(1_200))[0] for _ in range(5))
    times.sort()
    return Figures(
        notes=notes,
        build=build,
        median=times[len(times) // 2],
        p95=times[int(len(times) * 0.95)],
        slowest=times[-1],
        processor=processor,
        literal=by_hand,
        after_a_change=changed,
        start=start,
        index=(memory.folder / "index.sqlite").stat().st_size,
        found=found,
    )


def _entry(chance: random.Random, number: int) -> Entry:
    subject, verb = chance.choice(SUBJECTS), chance.choice(VERBS)
    name = f"{subject}{chance.choice(SUBJECTS).title()}{number}"
    words = f"{name} {verb} the {chance.choice(SUBJECTS)} when {subject}_{number} is over {chance.randrange(9_999)}"
    text = f"{words}, {chance.choice(_WIDE)}" if number % 5 == 0 else words
    date = f"2026-{chance.randrange(1, 12):02d}-{chance.randrange(1, 28):02d}"
    return Entry(f"n{number:05x}", text, by="assistant", date=date)


def _question(chance: random.Random, entry: Entry) -> tuple[str, str]:
    words = entry.text.split()
    return " ".join([words[0], words[1], chance.choice(words[2:])]), entry.id


T = TypeVar("T")


def _timed(call: Callable[[], T]) -> tuple[float, T]:
    begun = time.perf_counter()
    result = call()
    return (time.perf_counter() - begun) * 1000, result


def _table(figures: Figures, past: history.Figures) -> str:
    rows = [
        ("notes", f"{figures.notes:,}", ""),
        ("first search, with the index made", f"{figures.build:.0f} ms", ""),
        ("search, median", f"{figures.median:.1f} ms", ""),
        ("search, 95th percentile", f"{figures.p95:.1f} ms", f"{MOST_MILLISECONDS:.0f} ms"),
        ("search, processor time", f"{figures.processor:.1f} ms", ""),
        ("search, slowest", f"{figures.slowest:.1f} ms", ""),
        ("search after an entry was added", f"{figures.after_a_change:.1f} ms", ""),
        ("search without the index", f"{figures.literal:.0f} ms", ""),
        ("reading memory for the first request", f"{figures.start:.2f} ms", ""),
        ("index", f"{figures.index / 1e6:.1f} MB", ""),
        ("wanted note among the first 10", f"{figures.found} of {QUERIES}", ""),
        *history.rows(past),
    ]
    lines = ["| figure | measured | aim |", "|---|---|---|"]
    return "\n".join([*lines, *(f"| {a} | {b} | {c} |" for a, b, c in rows)])
