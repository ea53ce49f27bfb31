"""The part of ``mycoder bench memory`` about past sessions: how long a search through many of them takes.

Their logs are made up from a seed and written as real ones are; the questions are words that were said in them.
"""

import random
import time
from pathlib import Path

import msgspec

from mycoder.bench.words import SUBJECTS, VERBS
from mycoder.config.paths import Paths
from mycoder.protocol.events import (
    SessionStarted,
    TextAdded,
    ToolCalled,
    ToolFinished,
    TurnEnded,
    TurnStarted,
)
from mycoder.session.past import search_past
from mycoder.session.store import Store

TURNS, CALLS = 3, 12
"""Of one session: about 50 kB of log."""
SEARCHES = 100
MOST_MILLISECONDS = 50.0
"""Aim for one search, once the index is made."""

_DEEDS = [*VERBS, "缓存在重启后失效", "テストは並列で走る"]
_FILLER = (
    "the value is read once, kept until it changes and written back with everything that was added to it "
)


class Figures(msgspec.Struct, frozen=True):
    """Times in milliseconds, sizes in bytes."""

    sessions: int
    logs: int
    build: float
    median: float
    p95: float
    slowest: float
    processor: float
    """Of one search, on the average."""
    after_a_session: float
    index: int
    found: int


def measure(folder: Path, sessions: int) -> Figures:
    """Writes the logs of `sessions` sessions below `folder` and searches them."""
    paths = Paths(folder / "config", folder / "state", folder / "cache", folder / "data")
    store, chance = Store(paths.state), random.Random(21)
    said = [_session(store, folder, chance, number) for number in range(sessions)]

    def search(words: str) -> tuple[float, frozenset[str]]:
        begun = time.perf_counter()
        answer = search_past(paths, store, words, None, seconds=600.0)
        return (time.perf_counter() - begun) * 1000, frozenset(hit.session for hit in answer.hits)

    build, _ = search("ledger")
    times, found, before = [], 0, time.process_time()
    for _ in range(SEARCHES):
        id, words = chance.choice(chance.choice(said))
        took, hits = search(words)
        times.append(took)
        found += id in hits
    processor = (time.process_time() - before) * 1000 / SEARCHES
    _session(store, folder, chance, sessions)
    again, _ = search("ledger")
    times.sort()
    return Figures(
        sessions=sessions,
        logs=sum(size for _, size in store.logs()),
        build=build,
        median=times[len(times) // 2],
        p95=times[int(len(times) * 0.95)],
        slowest=times[-1],
        processor=processor,
        after_a_session=again,
        index=(paths.state / "history.sqlite").stat().st_size,
        found=found,
    )


def _session(store: Store, root: Path, chance: random.Random, number: int) -> list[tuple[str, str]]:
    """Writes one log; its id with words of each prompt, by which it can be found again."""
    at = 1_700_000_000.0 + number * 5_000
    id, log = store.create(root, at)
    log.append(SessionStarted(version="1", root=str(root), model="m", facts=_FILLER * 20, at=at))
    said = []
    for turn in range(1, TURNS + 1):
        thing, deed = chance.choice(SUBJECTS), chance.choice(_DEEDS)
        name = f"{thing}{chance.choice(SUBJECTS).title()}{number}x{turn}"
        said.append((id, f"{name} {deed}"))
        log.append(
            TurnStarted(prompt=f"Why is it that {name} {deed} the {chance.choice(SUBJECTS)}?", at=at + turn)
        )
        for call in range(CALLS):
            call_id, path = f"{turn}-{call}", f"src/{chance.choice(SUBJECTS)}_{call}.py"
            log.append(
                ToolCalled(call_id=call_id, tool="read", arguments=f'{{"path":"{path}"}}', at=at + turn)
            )
            output = f"{path}: {_FILLER * 12}"
            log.append(ToolFinished(call_id=call_id, ok=call % 6 > 0, output=output, at=at + turn))
        log.append(TextAdded(text=f"In {name} the {thing} {deed}: {_FILLER * 4}", at=at + turn))
        log.append(TurnEnded(reason="done", at=at + turn))
    log.close()
    return said


def rows(figures: Figures) -> list[tuple[str, str, str]]:
    """Lines of a table: what, how much, aim."""
    return [
        ("past sessions", f"{figures.sessions:,} ({figures.logs / 1e6:.0f} MB of logs)", ""),
        ("first search in them, with the index made", f"{figures.build:.0f} ms", ""),
        ("search in them, median", f"{figures.median:.1f} ms", ""),
        ("search in them, 95th percentile", f"{figures.p95:.1f} ms", f"{MOST_MILLISECONDS:.0f} ms"),
        ("search in them, processor time", f"{figures.processor:.1f} ms", ""),
        ("search in them, slowest", f"{figures.slowest:.1f} ms", ""),
        ("search in them after one more session", f"{figures.after_a_session:.1f} ms", ""),
        ("their index", f"{figures.index / 1e6:.1f} MB", ""),
        ("wanted session among the first 10", f"{figures.found} of {SEARCHES}", ""),
    ]
