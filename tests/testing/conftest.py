"""A factory for benches that closes what it opened."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from mycoder.testing.command import TestCommand
from tests.testing.projects import Bench, found, write

Make = Callable[..., Bench]


@pytest.fixture
async def make_bench(tmp_path: Path) -> AsyncIterator[Make]:
    """`make_bench(files, command="", …)` writes a project and opens a bench over it."""
    opened: list[Bench] = []

    def make(
        files: dict[str, str],
        command: str | TestCommand = "",
        *,
        want: str = "off",
        root: Path | None = None,
        state: Path | None = None,
        rerun_seconds: float = 0,
        **env: str,
    ) -> Bench:
        place = write(root or tmp_path / "project", files)
        place.mkdir(exist_ok=True)
        chosen = found(place, command, **env) if isinstance(command, str) else command
        bench = Bench(place, state or tmp_path / "state", chosen, want, rerun_seconds)
        opened.append(bench)
        return bench

    yield make
    for bench in opened:
        await bench.close()
