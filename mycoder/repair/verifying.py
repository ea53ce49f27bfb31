"""The last judge of a patch: the whole suite, by a fresh process, with the patch in the file of a private copy."""

import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mycoder.repair import baseline
from mycoder.repair.baseline import Suite
from mycoder.repair.diagnosis import Diagnosis
from mycoder.repair.folder import private_folder
from mycoder.repair.interpreter import UnsuitedError
from mycoder.repair.link import WorkerError
from mycoder.repair.outcome import Patch, RepairProgress, RepairRequest, TestCounts, Verified
from mycoder.repair.tree import TreeTooLargeError

if TYPE_CHECKING:
    from mycoder.sandbox.sandbox import Sandbox

SECONDS = 300.0
ITEM_SECONDS = 60.0


async def run_with(diagnosis: Diagnosis, files: Mapping[str, bytes]) -> tuple[Suite, float]:
    """What the whole suite shows in a new worker with `files`, which are put back afterwards, and the seconds it
    took. Raises WorkerError."""
    before = {path: (diagnosis.copy / path).read_bytes() for path in files}
    _write(diagnosis.copy, files)
    suite, begun, rooms = Suite(), time.monotonic(), len(diagnosis.rooms)
    try:
        worker, hello = await diagnosis.open()
        ids = [row[0] for row in hello["collected"]]
        workers = diagnosis.workers

        def left() -> float:
            return SECONDS - (time.monotonic() - begun)

        await baseline.run(
            worker,
            suite,
            ids,
            trace=False,
            until=left,
            longest=ITEM_SECONDS,
            workers=workers,
            most_endless=len(ids) + 1,
        )
        await baseline.run_again_alone(worker, suite, ids, workers, left, ITEM_SECONDS)
        suite.in_order(ids)
    finally:
        if len(diagnosis.rooms) > rooms:
            await diagnosis.rooms.pop().close()
        _write(diagnosis.copy, before)
    return suite, time.monotonic() - begun


def counts(suite: Suite, seconds: float) -> TestCounts:
    failing = tuple(t.id for t in suite.failing)
    return TestCounts(len(suite.passing), len(failing), failing[:200], seconds)


async def verify(
    root: Path,
    request: RepairRequest,
    patch: Patch,
    sandbox: "Sandbox | None",
    progress: Callable[[RepairProgress], None] = lambda _: None,
    home: Path | None = None,
) -> Verified:
    """Judges a patch of an earlier `repair` of the same request, on a new copy of `root` as it is now.

    `request.failing` must pass, `request.red` may fail. Leaves nothing below `home`, also when it is cancelled.
    Never raises for what the project does."""
    base = Path(tempfile.gettempdir()) if home is None else home

    def say(stage: Any, text: str) -> None:
        progress(RepairProgress(stage=stage, text=text))

    with private_folder(base) as place:
        diagnosis = Diagnosis(root.resolve(), request, sandbox, place, say)
        try:
            await diagnosis.prepare()
            say("verifying", "running the whole suite with the patch in the file")
            suite, seconds = await run_with(diagnosis, patch.files)
        except (UnsuitedError, TreeTooLargeError, WorkerError, OSError) as error:
            return Verified(TestCounts(), (str(error),))
        finally:
            await diagnosis.close()
    red = [t.id for t in suite.failing if t.id not in diagnosis.red - set(diagnosis.wanted)]
    missing = [test for test in diagnosis.wanted if test not in suite.tests]
    return Verified(counts(suite, seconds), tuple(red + missing))


def _write(copy: Path, files: Mapping[str, bytes]) -> None:
    for path, data in files.items():
        (copy / path).write_bytes(data)
