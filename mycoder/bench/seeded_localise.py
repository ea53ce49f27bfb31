"""How well fault localisation alone does on bugs seeded into a project: no search, every formula on the same
runs of the tests."""

import secrets
import shutil
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from mycoder.bench.seeded_bugs import Bug
from mycoder.bench.seeded_garden import Garden, planted
from mycoder.repair.diagnosis import Diagnosis
from mycoder.repair.interpreter import UnsuitedError
from mycoder.repair.link import WorkerError
from mycoder.repair.outcome import RepairRequest
from mycoder.repair.sounding import Echo, combined, functions_of, sound
from mycoder.repair.tree import TreeTooLargeError
from mycoder.testing.localise import FORMULAS, Place

MUTANTS = "mutants"
"""In the tables: Ochiai and what mutants showed."""


class LocalisedRow(msgspec.Struct, frozen=True, kw_only=True):
    """`statements` and `functions` hold the place of the seeded one by formula, from 1; 0 where it is not
    among those ranked. `among` is how many statements are."""

    path: str
    line: int
    function: str
    kind: str
    was: str
    became: str
    failing: int
    traced: int
    among: int
    statements: dict[str, int]
    functions: dict[str, int]
    seconds: float


async def evaluate_localisation(
    root: Path, count: int, seed: int, seconds: float, mutants: float, say: Callable[[str], None]
) -> list[LocalisedRow]:
    """Ranks `count` seeded bugs that at least one test notices, one at a time. `seconds` is the budget that a
    repair would have, of which the tests and their tracing take their share; `mutants` seconds for mutants come
    on top of it."""
    async with planted(root, seed, say) as garden:
        return await garden.rows(count, lambda bug: _one(garden, bug, seconds, mutants), _line, say)


def _line(number: int, row: LocalisedRow) -> str:
    ranks = " ".join(f"{name} {rank}" for name, rank in row.statements.items())
    return (
        f"{number:3} {row.kind:22} {row.path}:{row.line} {ranks} of {row.among}; {row.failing} failing, "
        f"{row.traced} traced, {row.seconds:.1f} s: {row.was[:60]!r} became {row.became[:60]!r}"
    )


async def _one(garden: Garden, bug: Bug, seconds: float, mutants: float) -> LocalisedRow | None:
    place = garden.home / f"mcl-{secrets.token_hex(4)}"
    place.mkdir(mode=0o700)
    with garden.with_bug(bug) as original:
        begun = time.monotonic()
        request = RepairRequest(seconds=seconds, red=tuple(sorted(garden.red)))
        diagnosis = Diagnosis(garden.project.resolve(), request, None, place, lambda stage, text: None)
        try:
            worker = await diagnosis.make()
            if garden.red.issuperset(diagnosis.failing):
                return None
            echoes = await sound(worker, diagnosis, mutants) if mutants else {}
            return _row(diagnosis, bug, original, echoes, time.monotonic() - begun)
        except (UnsuitedError, TreeTooLargeError, WorkerError):
            return None
        finally:
            await diagnosis.close()
            shutil.rmtree(place, ignore_errors=True)


def _row(
    diagnosis: Diagnosis, bug: Bug, original: bytes, echoes: dict[tuple[str, int], Echo], seconds: float
) -> LocalisedRow:
    statements, functions = {}, {}
    name = ""
    for formula in FORMULAS:
        suspects = diagnosis.ranked(formula)
        statements[formula] = rank_of(suspects, bug)
        functions[formula], name = _holder(diagnosis.functions(formula), bug)
    if echoes:
        suspects = combined(diagnosis.suspects, echoes)
        statements[MUTANTS] = rank_of(suspects, bug)
        functions[MUTANTS], name = _holder(functions_of(suspects, diagnosis.load), bug)
    return LocalisedRow(
        path=bug.path,
        line=bug.line,
        function=name,
        kind=bug.kind,
        was=original[bug.start : bug.end].decode("utf-8", "replace")[:200],
        became=bug.text[:200],
        failing=len(diagnosis.failing),
        traced=len(diagnosis.tests),
        among=len(diagnosis.suspects),
        statements=statements,
        functions=functions,
        seconds=seconds,
    )


def _holder(functions: Sequence[Place], bug: Bug) -> tuple[int, str]:
    """The place of the innermost function around the bug, and its name."""
    inner = [p for p in functions if p.path == bug.path and p.line <= bug.line <= p.end]
    holder = max(inner, key=lambda p: p.line, default=None)
    return (functions.index(holder) + 1, holder.name) if holder else (0, "")


def rank_of(places: Sequence[Place], bug: Bug) -> int:
    """The place of the bug's statement, from 1; 0 when it is not there."""
    return next((n for n, p in enumerate(places, 1) if p.path == bug.path and p.line == bug.line), 0)


def localised_table(rows: Sequence[LocalisedRow]) -> list[str]:
    """Top-1, 5 and 10 by statement and by function, for every formula, as lines of text."""
    if not rows:
        return ["no seeded bug was noticed by the tests"]
    lines = ["", f"seeded bugs {len(rows)}, median {_median(rows):.1f} s each"]
    lines.append(f"{'':12}{'by statement':^36}{'by function':^36}")
    for formula in (*FORMULAS, *([MUTANTS] if MUTANTS in rows[0].statements else [])):
        ranks = (
            [row.statements.get(formula, 0) for row in rows],
            [row.functions.get(formula, 0) for row in rows],
        )
        lines.append(f"{formula:12}" + "".join(f"{_tops(found):^36}" for found in ranks))
    return lines


def _median(rows: Sequence[LocalisedRow]) -> float:
    return sorted(row.seconds for row in rows)[len(rows) // 2]


def _tops(ranks: Sequence[int]) -> str:
    shares = [sum(0 < r <= n for r in ranks) for n in (1, 5, 10)]
    return "  ".join(
        f"top-{n} {share:3} {share / len(ranks):4.0%}" for n, share in zip((1, 5, 10), shares, strict=True)
    )
