"""Mends bugs seeded into a project, blind, one at a time."""

import contextlib
import difflib
import os
import secrets
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from mycoder.bench.seeded_bugs import Bug
from mycoder.bench.seeded_garden import Garden, planted
from mycoder.repair.engine import repair
from mycoder.repair.outcome import Patch, RepairRequest, Suspect
from mycoder.workspace.workspace import Workspace


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
    """The patch brought back the file of before the bug, byte for byte."""
    changed_lines: int = 0
    """Lines of the one file that the patch takes away or adds; all others are byte for byte as they were."""
    undone: bool = False
    """The patch was written through the journal and undone, and every file of the project was as before."""
    plausible: int = 0
    tried: int = 0
    first_at: int = 0
    search_seconds: float = 0.0
    per_second: float = 0.0
    seconds: float = 0.0
    processor: float = 0.0
    """Seconds of processor time of all processes of the run, which a busy machine does not lengthen much."""
    operator: str = ""
    why: str = ""


async def evaluate_project(
    root: Path, count: int, seed: int, seconds: float, workers: int, say: Callable[[str], None]
) -> list[SeededRow]:
    """Seeds `count` bugs, one at a time, in functions that the project's tests run, and tries to mend each
    blind. Bugs that no test notices are not counted, since nobody could mend them."""
    async with planted(root, seed, say) as garden:
        return await garden.rows(count, lambda bug: _mend(garden, bug, seconds, workers), _line, say)


def _line(number: int, row: SeededRow) -> str:
    return (
        f"{number:3} {row.kind:22} {row.path}:{row.line} rank {row.rank} {row.status} "
        f"{row.operator} tried {row.tried} {row.per_second:.0f}/s {row.seconds:.1f} s "
        f"({row.processor:.1f} s of processor) "
        f"after {row.first_at}{_kept(row)}: {row.was[:60]!r} became {row.became[:60]!r}"
    )


async def _mend(garden: Garden, bug: Bug, seconds: float, workers: int) -> SeededRow | None:
    with garden.with_bug(bug) as original:
        was = original[bug.start : bug.end].decode("utf-8", "replace")
        begun, used = time.monotonic(), _processor()
        request = RepairRequest(seconds=seconds, workers=workers, red=tuple(sorted(garden.red)))
        outcome = await repair(garden.project, request, None, home=garden.home)
        taken, used = time.monotonic() - begun, _processor() - used
        changed, undone = _applied(garden, outcome.best)
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
        changed_lines=changed,
        undone=undone,
        plausible=outcome.plausible,
        tried=outcome.tried,
        first_at=outcome.is_first_at,
        search_seconds=outcome.search_seconds,
        per_second=outcome.per_second,
        seconds=taken,
        processor=used,
        operator=best.operator if best else "",
        why=outcome.why[:300],
    )


def _processor() -> float:
    """Seconds used by this process and by those it has waited for."""
    return sum(os.times()[:4])


def _kept(row: SeededRow) -> str:
    if row.status != "fixed":
        return ""
    same = ", as it was" if row.identical else ""
    return f"{same}, {row.changed_lines} lines changed, {'undone' if row.undone else 'NOT UNDONE'}"


def _applied(garden: Garden, best: Patch | None) -> tuple[int, bool]:
    """Writes the patch as a session does and undoes it: lines changed, and whether every file was as before."""
    if best is None:
        return 0, False
    before = _contents(garden.project)
    state = garden.home / f"state-{secrets.token_hex(4)}"
    with contextlib.closing(Workspace(garden.project, state, "evaluation")) as workspace:
        with workspace.journal.change("repair", "evaluation") as change:
            for path, data in best.files.items():
                change.write(path, data)
        after = _contents(garden.project)
        workspace.journal.undo()
    touched = [path for path in {*before, *after} if before.get(path) != after.get(path)]
    changed = sum(_different(before.get(path, b""), after.get(path, b"")) for path in touched)
    return changed, len(touched) == 1 and _contents(garden.project) == before


def _contents(project: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(project)): path.read_bytes() for path in project.rglob("*") if path.is_file()
    }


def _different(before: bytes, after: bytes) -> int:
    old, new = before.split(b"\n"), after.split(b"\n")
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    return sum(max(a2 - a1, b2 - b1) for kind, a1, a2, b1, b2 in matcher.get_opcodes() if kind != "equal")


def _rank(suspects: tuple[Suspect, ...], bug: Bug) -> int:
    return next((n for n, s in enumerate(suspects, 1) if s.path == bug.path and s.line == bug.line), 0)
