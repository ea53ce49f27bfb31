"""Folders swapped for links while files in them are written."""

from pathlib import Path

from mycoder.bench.races import race


def test_nothing_leads_out_while_a_folder_is_swapped_with_a_link(tmp_path: Path) -> None:
    raced = race(1500, tmp_path)
    assert raced.escapes == ()
    assert raced.done > 20, "the race was never won by the folder"
    assert raced.refused > 20, "the race was never won by the link"
    assert raced.swaps > 100
