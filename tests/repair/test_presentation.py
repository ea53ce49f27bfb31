"""What a person without a model reads at the end: the command itself, headless."""

import asyncio
import os
import sys
from pathlib import Path

PRICE = """\
def total(prices, discount):
    full = sum(prices)
    return full + full * discount / 100
"""
TEST = """\
from price import total


def test_discount():
    assert total([50, 50], 100) == 0


def test_none():
    assert total([10, 5], 0) == 15
"""


async def test_the_report_says_on_which_input_other_candidates_differ(tmp_path: Path) -> None:
    root = tmp_path / "p"
    root.mkdir()
    (root / "price.py").write_text(PRICE)
    (root / "test_price.py").write_text(TEST)
    kinds = ("DATA", "STATE", "CONFIG", "CACHE")
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "mycoder",
        "--engine",
        "repair",
        "--task",
        "make the failing tests pass",
        cwd=root,
        env={**os.environ, **{f"XDG_{kind}_HOME": str(tmp_path / kind) for kind in kinds}},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output = (await process.communicate())[0].decode()
    assert process.returncode == 0, output
    assert "other candidates also did" in output
    assert "Another of them for total(" in output
    assert "add a test that says so" in output
    assert (root / "price.py").read_text() == PRICE.replace("full + full", "full - full")
