"""Mends bugs seeded into a project, blind, one at a time."""

import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from mycoder.bench.seeded_bugs import Bug
from mycoder.bench.seeded_garden import Garden, planted
from mycoder.repair.engine import repair
from mycoder.repair.outcome import RepairRequest, Suspect


class SeededRow(msgspec.Struct, frozen=True, kw_only=True):
    path: str
    line: int
    kind: str
    was: str
    became: str
    failing: int = 0
    rank: int = 0
    """Place of the seeded statement in the localisation, from 1; 0 when it is not in it."""
    rank_after: int = 0
    """The same after the search, whose partial successes count too."""
    status: str = ""
    identical: bool = False
    plausible: int = 0
    tried: int = 0
    first_at: int = 0
    search_seconds: float = 0.0
    per_second: float = 0.0
    seconds: float = 0.0
    operator: str = ""
    why: str = ""


async def evaluate_project(
    root: Path, count: int, seed: int, seconds: float, workers: int, say: Callable[[str], None]
) -> list[SeededRow]:
    """Seeds `count` bugs, one at a time, in functions that the project's tests run, and tries to mend each
    blind. Bugs that no test notices are not counted, since nobody could mend them."""
    rows: list[SeededRow] = []
    async with planted(root, seed, say) as garden:
        for bug in garden.draw():
            row = await _mend(garden, bug, seconds, workers)
            if row is not None:
                rows.append(row)
                say(_line(len(rows), row))
            if len(rows) == count:
                break
    return rows


def _line(number: int, row: SeededRow) -> str:
    return (
        f"{number:3} {row.kind:22} {row.path}:{row.line} rank {row.rank} {row.status} "
        f"{row.operator} tried {row.tried} {row.per_second:.0f}/s {row.seconds:.1f} s "
        f"after {row.first_at}: {row.was[:60]!r} became {row.became[:60]!r}"
    )


async def _mend(garden: Garden, bug: Bug, seconds: float, workers: int) -> SeededRow | None:
    with garden.with_bug(bug) as original:
        was = original[bug.start : bug.end].decode("utf-8", "replace")
        begun = time.monotonic()
        request = RepairRequest(seconds=seconds, workers=workers)
        outcome = await repair(garden.project, request, None, home=garden.home)
        taken = time.monotonic() - begun
    if garden.red.issuperset(outcome.before.failing):
        return None
    best = outcome.best
    return SeededRow(
        path=bug.path,
        line=bug.line,
        kind=bug.kind,
        was=was[:200],
        became=bug.text[:200],
        failing=outcome.before.failed,
        rank=_rank(outcome.spectrum, bug),
        rank_after=_rank(outcome.localisation, bug),
        status=outcome.status,
        identical=best is not None and best.files.get(bug.path) == original,
        plausible=outcome.plausible,
        tried=outcome.tried,
        first_at=outcome.is_first_at,
        search_seconds=outcome.search_seconds,
        per_second=outcome.per_second,
        seconds=taken,
        operator=best.operator if best else "",
        why=outcome.why[:300],
    )


def _rank(suspects: tuple[Suspect, ...], bug: Bug) -> int:
    return next((n for n, s in enumerate(suspects, 1) if s.path == bug.path and s.line == bug.line), 0)
