"""What the journal costs around a command. The limits are some times what is reached, for busy machines."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from mycoder.workspace.workspace import Workspace


def least(act: Callable[[], object], times: int) -> float:
    """Least processor time of one of several runs, in milliseconds."""
    spent = []
    for _ in range(times):
        start = time.process_time()
        act()
        spent.append(time.process_time() - start)
    return min(spent) * 1000


@pytest.mark.parametrize(("files", "first", "again"), [(30, 100, 3), (2000, 1500, 40)])
def test_a_look_at_an_unchanged_tree_is_cheap(tmp_path: Path, files: int, first: float, again: float) -> None:
    root = tmp_path / "project"
    for n in range(files):
        path = root / f"pkg{n % 40}" / f"m{n}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"x = {n}\n" * 300)
    work = Workspace(root, tmp_path / "state")

    def nothing() -> None:
        with work.journal.around("command", "true"):
            pass

    assert least(nothing, 1) < first
    time.sleep(0.05)
    nothing()
    assert least(nothing, 10) < again
