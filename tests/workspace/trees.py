"""What is on disk below a folder, for comparing."""

import os
import stat
from pathlib import Path

Tree = dict[str, tuple[str, int, bytes]]


def _bytes(path: Path, mode: int) -> bytes:
    if mode & 0o400:
        return path.read_bytes()
    path.chmod(mode | 0o400)
    try:
        return path.read_bytes()
    finally:
        path.chmod(mode)


def tree_of(root: Path) -> Tree:
    """Relative path -> (kind, permission bits, content or target)."""
    out: Tree = {}
    for folder, folders, names in os.walk(root):
        for name in [*folders, *names]:
            path = Path(folder, name)
            status = path.lstat()
            mode = stat.S_IMODE(status.st_mode)
            relative = str(path.relative_to(root))
            if path.is_symlink():
                out[relative] = ("l", 0, os.fsencode(os.readlink(path)))
            elif path.is_dir():
                out[relative] = ("d", mode, b"")
            else:
                out[relative] = ("f", mode, _bytes(path, mode))
    return out
