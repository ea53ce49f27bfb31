"""What a program makes once and keeps is spared to candidates that had no part in it, and to no others."""

import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from mycoder.repair.link import Worker
from mycoder.repair.worker.verdict import FAILED, GOOD, PARTIAL

OpenWorker = Callable[[Path], Awaitable[Worker]]
CODE = """\
class Inner:
    pass


class Parser:
    kept = None

    def __init__(self):
        self.rules = [n * 2 for n in range(40000)]
        self.inner = Inner()
        self.inner.shift = [1]


def parser():
    if Parser.kept is None:
        Parser.kept = Parser()
    return Parser.kept


def shifted(value, by):
    return value + by


def finish(made, n):
    return made.rules[n] + made.inner.shift[0]


def double(n):
    return finish(parser(), n)
"""
TEST = (
    "from lazy import double\n\n\ndef test_double():\n    assert double(4) == 8\n    assert double(7) == 14\n"
)
RETURN = "return made.rules[n] + made.inner.shift[0]"


async def _judged(worker: Worker, root: Path, candidates: list[tuple[str, str]]) -> tuple[Any, list[Any]]:
    await worker.hello(60)
    file = os.path.realpath(root / "lazy.py")
    ready = await worker.ask(do="prepare", files=[file], failing=["test_lazy.py::test_double"], guards=[])
    rows = [[0, [[CODE.index(old), CODE.index(old) + len(old), new]], 1.0] for old, new in candidates]
    answer = await worker.ask(60, do="batch", candidates=rows, least=0.2)
    lines = CODE.splitlines()
    names = [line.split("(")[0].split()[-1] for line in lines if line.strip().startswith("def ")]
    return {names[index] for _, index in ready["late"]}, [row[0] for row in answer["verdicts"]]


def _project(tmp_path: Path) -> Path:
    root = tmp_path / "p"
    root.mkdir()
    (root / "lazy.py").write_text(CODE)
    (root / "test_lazy.py").write_text(TEST)
    return root


async def test_only_what_runs_after_the_making_starts_warm(tmp_path: Path, open_worker: OpenWorker) -> None:
    root = _project(tmp_path)
    late, kinds = await _judged(
        await open_worker(root),
        root,
        [
            (RETURN, "return made.rules[n]"),
            ("self.inner.shift = [1]", "self.inner.shift = [0]"),
            (RETURN, "return made.rules[n + 1]"),
            ("Parser.kept = Parser()", "Parser.kept = Parser(); Parser.kept.inner.shift = [0]"),
            (RETURN, "return made.rules[n] + 0"),
        ],
    )
    assert late == {"finish"}
    assert kinds == [GOOD, GOOD, FAILED, GOOD, GOOD]


async def test_a_candidate_that_spoils_what_was_made_does_not_spoil_the_next(
    tmp_path: Path, open_worker: OpenWorker
) -> None:
    root = _project(tmp_path)
    _, kinds = await _judged(
        await open_worker(root),
        root,
        [
            (RETURN, "made.rules = []; return 3"),
            (RETURN, "made.inner.shift.clear(); return 4"),  # too deep to be put back: the sentinel's
            (RETURN, "made.rules.clear(); return 5"),
            (RETURN, "return made.rules[n] + made.inner.shift[0] - 1"),
        ],
    )
    assert kinds[-1] == GOOD
    assert GOOD not in kinds[:-1]
    assert PARTIAL not in kinds[:-1]
