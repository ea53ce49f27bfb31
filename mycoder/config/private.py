"""Folders that only their owner may look into."""

from pathlib import Path


def make_private(folder: Path) -> Path:
    """Makes `folder` and what is missing above it, each with mode 0700 (`mkdir(parents=True)` gives only the last
    one its mode). Returns `folder`."""
    if not folder.is_dir():
        make_private(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)
    return folder
