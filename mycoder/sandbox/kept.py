"""What of a repository's sandbox outlives a session, below mycoder's cache folder."""

import os
from pathlib import Path

from mycoder.blake2 import blake2b

MASKS = "masks"
"""Name of the file in it that tells which placeholders are in the repository."""


def of_repository(cache: Path, root: Path) -> Path:
    return cache / "sandbox" / blake2b(os.fsencode(root), digest_size=8).hexdigest()
