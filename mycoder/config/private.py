"""Folders that only their owner may look into."""

import os
from pathlib import Path


def make_private(folder: Path | str) -> Path:
    """Makes `folder` and what is missing above it, each with mode 0700 (`mkdir(parents=True)` gives only the last
    one its mode). Returns `folder`."""
    folder = Path(folder)
    if not folder.is_dir():
        make_private(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def write_private(file: Path, data: bytes) -> None:
    """Writes `file`, made with mode 0600 whatever the umask. Raises OSError."""
    with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600), "wb") as new:
        new.write(data)
