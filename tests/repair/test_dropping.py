"""What is still being judged when the search ends is ended too: both cores are wanted for what comes next."""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from mycoder.repair.candidate import Candidate
from mycoder.repair.link import Worker
from mycoder.repair.search import Budget, Search
from mycoder.repair.space import Space
from mycoder.repair.worker.verdict import GOOD

CODE = "def half(n):\n    return n\n"
TEST = "from half import half\n\n\ndef test_half():\n    assert half(4) == 2\n"
START, END = CODE.index("return"), len(CODE) - 1


async def _prepared(tmp_path: Path, open_worker: Callable[[Path], Awaitable[Worker]]) -> Worker:
    root = tmp_path / "p"
    root.mkdir()
    (root / "half.py").write_text(CODE)
    (root / "test_half.py").write_text(TEST)
    worker = await open_worker(root)
    await worker.hello(60)
    file = os.path.realpath(root / "half.py")
    await worker.ask(do="prepare", files=[file], failing=["test_half.py::test_half"], guards=[])
    return worker


def _asked(worker: Worker, *bodies: str) -> Awaitable[dict[str, Any]]:
    candidates = [[0, [[START, END, body]], 1.0] for body in bodies]
    return worker.ask(60, do="batch", candidates=candidates, least=15.0, workers=1)


async def test_batches_of_a_search_that_is_over_are_ended_and_can_be_judged_again(
    tmp_path: Path, open_worker: Callable[[Path], Awaitable[Worker]]
) -> None:
    worker = await _prepared(tmp_path, open_worker)
    endless = ["while True: pass", "while True: n += 1"]
    asked = [asyncio.ensure_future(_asked(worker, *endless, "return n // 2")) for _ in range(3)]
    await asyncio.sleep(0.5)
    for task in asked:
        task.cancel()
    await asyncio.gather(*asked, return_exceptions=True)
    worker.drop()
    begun = time.monotonic()
    answer = await _asked(worker, "return n // 2")
    assert time.monotonic() - begun < 15  # of the endless ones each may compute so long
    assert [row[0] for row in answer["verdicts"]] == [GOOD]


class _Drawn(Space):
    """Two endless candidates, then a good one."""

    def __init__(self) -> None:
        self.bodies = ["while True: pass", "while True: n += 1"]
        self.back: list[Candidate] = []

    def take(self, most: int) -> list[Candidate]:
        bodies, self.bodies = self.bodies, []
        return [Candidate(0, ((START, END, body),), 1.0, "drawn", 2, 1000.0) for body in bodies]

    def put_back(self, candidate: Candidate) -> None:
        self.back.append(candidate)


async def test_a_search_that_is_over_puts_back_what_was_not_judged(
    tmp_path: Path, open_worker: Callable[[Path], Awaitable[Worker]]
) -> None:
    worker = await _prepared(tmp_path, open_worker)
    space = _Drawn()
    search = Search(worker, space, Budget(0.5, 1.0, 9, 1), lambda _: None, lambda: False)
    found = await search.run()
    assert (found.tried, len(space.back)) == (0, 2)
    answer = await _asked(worker, "return n // 2")
    assert [row[0] for row in answer["verdicts"]] == [GOOD]
