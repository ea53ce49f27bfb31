"""Candidates in several functions, and outside of functions, are compared by the calls that tests make themselves."""

import os
from collections.abc import Awaitable, Callable
from pathlib import Path

from mycoder.repair.behaviour import SAME, UNKNOWN, Compared, compare
from mycoder.repair.candidate import Candidate
from mycoder.repair.link import Worker
from mycoder.repair.source import Source

OpenWorker = Callable[[Path], Awaitable[Worker]]
CODE = """\
RATE = 3


def scaled(n, *, by=1):
    return n * by + 1


def total(numbers, *more, **names):
    return sum(scaled(n, by=RATE) for n in [*numbers, *more, *names.values()])


class Till:
    def __init__(self, start):
        self.sum = start + 1

    def put(self, n):
        self.sum += n


def later(n):
    return total([n]) - total([])
"""
TESTS = """\
from shop import Till, total


def test_total():
    assert total([1]) == 3
    assert total([], 1) == 3
    assert total([], a=1) == 3


def test_till():
    till = Till(2)
    till.put(3)
    assert till.sum == 5
"""


def _candidate(old: str, new: str, place: int = 0) -> Candidate:
    start = CODE.index(old, place)
    line = CODE.count("\n", 0, start) + 1
    return Candidate(0, ((start, start + len(old), new),), 1.0, "test", line)


async def _compared(tmp_path: Path, open_worker: OpenWorker, test: str, *found: Candidate) -> Compared:
    root = tmp_path / "p"
    root.mkdir()
    (root / "shop.py").write_text(CODE)
    (root / "test_shop.py").write_text(TESTS)
    worker = await open_worker(root)
    await worker.hello(60)
    file = os.path.realpath(root / "shop.py")
    await worker.ask(do="prepare", files=[file], failing=[f"test_shop.py::{test}"], guards=[])
    source = Source("shop.py", CODE.encode())
    return await compare(worker, [source], found[0], list(found[1:]), 0)


async def test_candidates_in_two_functions_are_compared_by_what_the_test_calls(
    tmp_path: Path, open_worker: OpenWorker
) -> None:
    mended = _candidate("n * by + 1", "n * by")
    same = _candidate("scaled(n, by=RATE) for", "scaled(n, by=RATE) - 1 for")
    other = _candidate("sum(scaled(n, by=RATE)", "-1 + sum(scaled(n, by=RATE)")
    found = await _compared(tmp_path, open_worker, "test_total", mended, same, other)
    told = {candidate.key: text for candidate, text in found.told}
    assert told[same.key] == SAME
    assert told[other.key].startswith("for total(")
    assert [candidate.key for candidate, _ in found.apart] == [mended.key, other.key]
    calls = {answer.call for _, answers in found.apart for answer in answers}
    assert calls
    assert all(call.startswith("total(") for call in calls), (
        "what only the program calls tells nothing of both"
    )


async def test_candidates_outside_of_functions_are_compared(tmp_path: Path, open_worker: OpenWorker) -> None:
    mended = _candidate("n * by + 1", "n * by")
    constant = _candidate("RATE = 3", "RATE = 2")
    found = await _compared(tmp_path, open_worker, "test_total", mended, constant)
    ((_, text),) = found.told
    assert text.startswith("for total(")
    found = await compare_again(tmp_path / "again", open_worker, constant, mended)
    ((_, text),) = found.told
    assert text.startswith("for total("), "also when the best one is such an edit"


async def compare_again(tmp_path: Path, open_worker: OpenWorker, *found: Candidate) -> Compared:
    tmp_path.mkdir()
    return await _compared(tmp_path, open_worker, "test_total", *found)


async def test_arguments_by_name_and_what_objects_hold(tmp_path: Path, open_worker: OpenWorker) -> None:
    mended = _candidate("start + 1", "start")
    other = _candidate("start + 1", "start if start > 0 else 9")
    fewer = _candidate("self.sum += n", "self.sum += n - 1")
    found = await _compared(tmp_path, open_worker, "test_till", mended, fewer, other)
    told = {candidate.key: text for candidate, text in found.told}
    assert told[fewer.key].startswith("for Till(")
    assert "leaves Till(sum=" in told[fewer.key]
    assert told[other.key].startswith("for Till(")


async def test_by_name_in_one_function(tmp_path: Path, open_worker: OpenWorker) -> None:
    mended = _candidate("n * by + 1", "n * by")
    other = _candidate("n * by + 1", "n + by - 1")
    found = await _compared(tmp_path, open_worker, "test_total", mended, other)
    ((_, text),) = found.told
    assert text.startswith("for scaled(")
    assert ", by=" in text


async def test_what_no_test_reaches_stays_uncompared(tmp_path: Path, open_worker: OpenWorker) -> None:
    mended = _candidate("return total([n]) - total([])", "return total([n])")
    other = _candidate("return total([n]) - total([])", "return n")
    found = await _compared(tmp_path, open_worker, "test_till", mended, other)
    assert [text for _, text in found.told] == [UNKNOWN]
    assert found.apart == ()
