"""The measuring of sandbox starts."""

from pathlib import Path

from mycoder.bench.sandbox import measure


async def test_every_level_that_works_is_measured(tmp_path: Path) -> None:
    found = await measure(3, tmp_path)
    assert {"process", "limits"} <= found.keys()
    for times in found.values():
        assert set(times) == {"alone", "in a row"}
        assert all(0 < value < 10_000 for value in times.values())
