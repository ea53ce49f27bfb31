"""Hands a diagnosed project to its worker, which judges candidates from then on."""

from mycoder.repair.diagnosis import Diagnosis
from mycoder.repair.guards import events, guards
from mycoder.repair.link import Worker, WorkerError
from mycoder.repair.source import Source

MOST_FAILING = 8
MOST_ALSO = 60
"""So many failing tests must pass with a candidate before the whole suite is run with it."""
MOST_FILES = 12


async def prepare(worker: Worker, diagnosis: Diagnosis) -> list[Source]:
    """Names the files under repair and the tests that judge; returns the files, in the order in which candidates
    number them. Raises WorkerError."""
    paths = list(dict.fromkeys(p.path for p in diagnosis.suspects))[:MOST_FILES]
    sources = [s for s in map(diagnosis.load, paths) if s is not None]
    guarding = guards(sources, diagnosis.suite, diagnosis.suspects)
    answer = await worker.ask(
        do="prepare",
        files=[str(diagnosis.copy / s.path) for s in sources],
        failing=diagnosis.failing[:MOST_FAILING],
        also=diagnosis.failing[MOST_FAILING:MOST_ALSO],
        guards=guarding,
        allowed=events(diagnosis.suite, diagnosis.failing, guarding),
        workers=diagnosis.workers,
        endless=[t.id for t in diagnosis.suite.failing if t.outcome == "timeout"],
    )
    if all(t["kind"] in ("passed", "skipped") for t in answer["tests"]):
        raise WorkerError("the failing tests pass when they are run one by one: they depend on each other")
    diagnosis.compared = answer["compared"]
    return sources
