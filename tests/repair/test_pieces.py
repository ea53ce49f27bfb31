"""How the tests of a project are dealt out to several workers, and what runs beside each other and must not."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from mycoder.repair import baseline
from mycoder.repair.baseline import STEP, Suite
from mycoder.repair.engine import repair
from mycoder.repair.link import Worker
from mycoder.repair.outcome import RepairRequest

OpenWorker = Callable[[Path], Awaitable[Worker]]
CLASHING = """\
import os
import time
from pathlib import Path

import pytest

from parity import is_even

HERE = Path(__file__).parent


@pytest.mark.parametrize("n", range(60))
def test_even(n):
    lock = HERE / "lock"
    handle = os.open(lock, os.O_CREAT | os.O_EXCL)
    time.sleep(0.002)
    os.close(handle)
    lock.unlink()
    assert is_even(n) == (n % 2 == 0)
"""


@given(st.integers(0, 1500), st.integers(1, 4))
def test_pieces_keep_the_order_and_are_fair(count: int, workers: int) -> None:
    ids = [f"t{n}" for n in range(count)]
    pieces = baseline.pieces(ids, workers)
    assert [i for piece in pieces for i in piece] == ids
    assert all(0 < len(piece) <= STEP for piece in pieces)
    if workers > 1 and count > 40:
        assert len(pieces) > 1


def _project(tmp_path: Path, body: str) -> Path:
    root = tmp_path / "p"
    root.mkdir()
    (root / "parity.py").write_text(f"def is_even(n):\n    {body}\n")
    (root / "test_parity.py").write_text(CLASHING)
    return root


async def test_tests_that_clash_beside_each_other_are_run_again_alone(
    tmp_path: Path, open_worker: OpenWorker
) -> None:
    worker = await open_worker(_project(tmp_path, "return n % 2 == 0"))
    hello = await worker.hello(60)
    ids = [row[0] for row in hello["collected"]]
    suite = Suite()
    assert await baseline.run(worker, suite, ids, trace=False, until=lambda: 60.0, workers=2)
    await baseline.run_again_alone(worker, suite, ids, 2, lambda: 60.0)
    (tmp_path / "p" / "lock").unlink(missing_ok=True)
    suite.in_order(ids)
    assert list(suite.tests) == ids
    assert not suite.failing


async def test_a_clash_is_not_taken_for_a_fault(tmp_path: Path) -> None:
    root = _project(tmp_path, "return n % 2 == 0 or n == 7")
    outcome = await repair(root, RepairRequest(seconds=10, workers=2), None, home=tmp_path)
    assert outcome.before.failing == ("test_parity.py::test_even[7]",)
