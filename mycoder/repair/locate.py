"""Fault localisation on its own: for the tool of the model and for ``mycoder localise``."""

import secrets
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from mycoder.config.private import make_private
from mycoder.repair.diagnosis import Diagnosis
from mycoder.repair.interpreter import UnsuitedError
from mycoder.repair.link import WorkerError
from mycoder.repair.outcome import RepairRequest, TestCounts
from mycoder.repair.sounding import Echo, combined, functions_of, sound
from mycoder.repair.tree import TreeTooLargeError
from mycoder.testing.localise import Place, rank_lines

if TYPE_CHECKING:
    from mycoder.sandbox.sandbox import Sandbox


class Located(msgspec.Struct, frozen=True, kw_only=True):
    """Suspicious places, most suspicious first. `problem` says why there are none and what to do."""

    problem: str = ""
    statements: tuple[Place, ...] = ()
    functions: tuple[Place, ...] = ()
    lines: tuple[Place, ...] = ()
    mended: frozenset[tuple[str, int]] = frozenset()
    """Statements by path and line where a small edit made all judging tests pass."""
    mutants: int = 0
    """How many small edits were tried."""
    failing: tuple[str, ...] = ()
    counts: TestCounts = TestCounts()
    traced: int = 0
    """How many tests the figures rest on."""
    texts: dict[str, str] = {}
    """The sources of the files named, by path."""
    seconds: float = 0.0
    sandbox: str = ""


async def locate(
    root: Path,
    request: RepairRequest,
    sandbox: "Sandbox | None",
    say: Callable[[str, str], None] = lambda stage, text: None,
    home: Path | None = None,
) -> Located:
    """Runs the failing tests and their neighbours with coverage in a private copy and ranks what they run.
    Never raises for what the project does."""
    place = (Path(tempfile.gettempdir()) if home is None else home) / f"mcl-{secrets.token_hex(4)}"
    make_private(place.parent)
    place.mkdir(mode=0o700)
    diagnosis = Diagnosis(root.resolve(), request, sandbox, place, say)
    try:
        worker = await diagnosis.make()
        echoes: dict[tuple[str, int], Echo] = {}
        if request.mutants:
            say("localising", f"trying small edits for {request.mutants:g} s")
            echoes = await sound(worker, diagnosis, request.mutants, request.workers)
        return _located(diagnosis, request, echoes)
    except (UnsuitedError, TreeTooLargeError, WorkerError, OSError) as error:
        return Located(problem=str(error), counts=diagnosis.counts(), seconds=diagnosis.spent())
    finally:
        await diagnosis.close()
        shutil.rmtree(place, ignore_errors=True)


def _located(diagnosis: Diagnosis, request: RepairRequest, echoes: dict[tuple[str, int], Echo]) -> Located:
    paths = {p.path for p in diagnosis.suspects}
    lines = rank_lines(diagnosis.tests, request.formula, request.changed, lambda path: path not in paths)
    sources = {path: source for path in paths if (source := diagnosis.load(path)) is not None}
    statements = combined(diagnosis.suspects, echoes)
    functions = functions_of(statements, diagnosis.load) if echoes else diagnosis.functions(request.formula)
    return Located(
        statements=tuple(statements[:50]),
        functions=tuple(functions[:20]),
        lines=tuple(lines[:200]),
        mended=frozenset(place for place, echo in echoes.items() if echo.mended),
        mutants=sum(echo.tried for echo in echoes.values()),
        failing=tuple(diagnosis.failing),
        counts=diagnosis.counts(),
        traced=len(diagnosis.tests),
        texts={path: source.text for path, source in sources.items()},
        seconds=diagnosis.spent(),
        sandbox=diagnosis.level,
    )
