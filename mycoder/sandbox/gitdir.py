"""Which git directory belongs to a work tree, without asking git and without believing the work tree."""

import re
from os.path import dirname, exists, expanduser, isdir, isfile, islink, join, realpath

_HOOKS_PATH = re.compile(r"^\s*hookspath\s*=\s*(.+?)\s*$", re.IGNORECASE | re.MULTILINE)


def git_directory(root: str) -> str:
    """The git directory that work in `root` has to write to; empty without a repository at `root`.

    A `.git` file of a linked work tree names a folder elsewhere. It is followed only when that folder points
    back to this very file and lies in the `worktrees` of a git directory; a forged one would make any folder
    writable."""
    dot = f"{root}/.git"
    if islink(dot):
        return ""
    if isdir(dot):
        return dot
    place = _named_in(dot, "gitdir:")
    if not place or _named_in(f"{place}/gitdir", "") != dot:
        return ""
    trees = dirname(place)
    store = dirname(trees)
    if trees != f"{store}/worktrees" or _named_in(f"{place}/commondir", "") != store:
        return ""
    return store if all(exists(f"{store}/{name}") for name in ("HEAD", "objects", "refs")) else ""


def hooks_folder(config: str, root: str) -> str:
    """The folder that `core.hooksPath` in the file `config` names, if it lies in `root` and is there."""
    try:
        with open(config, encoding="utf-8", errors="replace") as file:
            named = _HOOKS_PATH.findall(file.read())
    except OSError:
        return ""
    if not named:
        return ""
    folder = realpath(join(root, expanduser(named[-1].strip('"'))))
    return folder if folder.startswith(f"{root}/") and exists(folder) else ""


def _named_in(file: str, prefix: str) -> str:
    """The real path that a one-line file names, relative to its own folder; empty when it is no such file."""
    if islink(file) or not isfile(file):
        return ""
    try:
        with open(file, encoding="utf-8", errors="surrogateescape") as opened:
            line = opened.read(4096).strip()
    except OSError:
        return ""
    if not line.startswith(prefix) or "\n" in line or "\0" in line:
        return ""
    return realpath(join(dirname(file), line.removeprefix(prefix).strip()))
