"""The whole suite as the judge of a patch that was not verified, on a copy of the project as it is now."""

import asyncio
from pathlib import Path

import pytest

from mycoder.repair.outcome import Patch, RepairProgress, RepairRequest
from mycoder.repair.verifying import verify
from tests.repair.conftest import MID

RIGHT = MID.replace(
    "        if a < b:\n            m = b\n        elif a < c:\n            m = b",
    "        if a < b:\n            m = b\n        elif a < c:\n            m = a",
)
REQUEST = RepairRequest(
    argv=("python", "-m", "pytest"), seconds=20, failing=("test_median.py::test_middle_first",)
)


def patch(text: str) -> Patch:
    return Patch(files={"median.py": text.encode()}, diff="", operator="x", line=1, path="median.py")


async def test_a_good_patch_passes_and_the_project_is_only_read(project: Path, tmp_path: Path) -> None:
    told: list[RepairProgress] = []
    found = await verify(project, REQUEST, patch(RIGHT), None, told.append, tmp_path / "home")
    assert found.red == ()
    assert (found.after.passed, found.after.failed) == (5, 0)
    assert [p.stage for p in told] == ["preparing", "verifying"]
    assert (project / "median.py").read_text(encoding="utf-8") == MID
    assert not list((tmp_path / "home").glob("mcr-*"))


async def test_what_a_patch_breaks_is_told_and_what_failed_before_is_not(
    project: Path, tmp_path: Path
) -> None:
    broken = RIGHT.replace("m = c ", "m = a ")
    (project / "test_other.py").write_text("def test_red():\n    assert False\n")
    found = await verify(project, REQUEST, patch(broken), None, home=tmp_path)
    assert "test_other.py::test_red" in found.red
    assert set(found.red) > {"test_other.py::test_red"}
    known = RepairRequest(
        argv=REQUEST.argv, seconds=20, failing=REQUEST.failing, red=("test_other.py::test_red",)
    )
    found = await verify(project, known, patch(RIGHT), None, home=tmp_path)
    assert found.red == ()
    assert found.after.failed == 1


@pytest.mark.parametrize(
    "test", ["def test_last(:\n", "import os\nos._exit(3)\n", "def test_last():\n    pass\n"]
)
async def test_a_test_that_is_not_there_is_not_passed(project: Path, tmp_path: Path, test: str) -> None:
    (project / "test_median.py").write_text(test)
    found = await verify(project, REQUEST, patch(RIGHT), None, home=tmp_path)
    assert found.red
    assert not list(tmp_path.glob("mcr-*"))


async def test_a_patch_whose_file_is_gone_is_refused(project: Path, tmp_path: Path) -> None:
    (project / "median.py").unlink()
    found = await verify(project, REQUEST, patch(RIGHT), None, home=tmp_path)
    assert "median.py" in found.red[0]


async def test_cancelling_leaves_nothing(project: Path, tmp_path: Path) -> None:
    (project / "conftest.py").write_text("import time\ntime.sleep(60)\n")
    running = asyncio.Event()

    def hear(progress: RepairProgress) -> None:
        if progress.stage == "verifying":
            running.set()

    task = asyncio.create_task(verify(project, REQUEST, patch(RIGHT), None, hear, tmp_path / "home"))
    await asyncio.wait_for(running.wait(), 30)
    await asyncio.sleep(0.3)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not list((tmp_path / "home").glob("mcr-*"))
