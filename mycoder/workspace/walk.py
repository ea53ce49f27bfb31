"""A walk over the files of a project that keeps to its ignore files; for where ripgrep is not installed.

It lists what ``rg --files --hidden --glob !.git`` lists: rules of a nearer folder win, and of the kinds of
ignore files one in .rgignore over .ignore over .gitignore over .git/info/exclude. Rules of git end at a
repository's top. Symlinks and what is neither file nor folder are left out, so the walk never leaves the
tree.
"""

import os
import stat
from collections.abc import Callable, Iterator

from mycoder.workspace.git_run import find_repository
from mycoder.workspace.ignore import Rules

_KINDS = (".rgignore", ".ignore", ".gitignore")
_GIT_KINDS = 2
"""From this kind on the rules are git's: .gitignore, and as the last kind .git/info/exclude."""

_MOST_BYTES = 1 << 20

Chain = tuple[tuple[tuple[str, int, Rules], ...], ...]
"""Per kind the rules in force, the nearest folder first, each with what turns a path relative to the root
of the walk into one relative to the folder of the rules: a prefix to add and a number of characters to
cut."""

_NONE: Chain = ((),) * (len(_KINDS) + 1)


def walk(root: str, below: str = "", *, stop: Callable[[], bool] = lambda: False) -> Iterator[str]:
    """Paths relative to `root` of the files in its folder `below` and further down, in no order.

    `below` itself is walked even if a rule ignores it. `stop` is asked once a folder.
    """
    chain = _above(root)
    parts = below.split("/") if below else []
    for depth in range(len(parts)):
        folder = "/".join(parts[:depth])
        chain = _with(chain, root, folder, _listed(os.path.join(root, folder))[0])
    pending = [(below, chain)]
    while pending and not stop():
        folder, chain = pending.pop()
        names, entries = _listed(os.path.join(root, folder))
        chain = _with(chain, root, folder, names)
        prefix = folder + "/" if folder else ""
        for name, is_folder in entries:
            path = prefix + name
            if name == ".git" or _is_ignored(chain, path, name, is_folder):
                continue
            if is_folder:
                pending.append((path, chain))
            else:
                yield path


def _listed(folder: str) -> tuple[set[str], list[tuple[str, bool]]]:
    """All names in a folder; and its files and folders as (name, is a folder). Nothing when it cannot be
    read."""
    names: set[str] = set()
    entries: list[tuple[str, bool]] = []
    try:
        with os.scandir(folder) as found:
            for entry in found:
                names.add(entry.name)
                if entry.is_dir(follow_symlinks=False):
                    entries.append((entry.name, True))
                elif entry.is_file(follow_symlinks=False):
                    entries.append((entry.name, False))
    except OSError:
        pass
    return names, entries


def _is_ignored(chain: Chain, path: str, name: str, is_folder: bool) -> bool:
    for kind in chain:
        for prefix, cut, rules in kind:
            answer = rules.match(prefix + path[cut:], name, is_folder)
            if answer is not None:
                return answer
    return False


def _with(chain: Chain, root: str, folder: str, names: set[str]) -> Chain:
    """`chain` with the rules of one more folder of the walk."""
    if ".git" not in names and names.isdisjoint(_KINDS):
        return chain
    full = os.path.join(root, folder)
    return _joined(chain, full, names, "", len(folder) + 1 if folder else 0)


def _joined(chain: Chain, full: str, names: set[str], prefix: str, cut: int) -> Chain:
    kinds = []
    for number, outer in enumerate(chain):
        if number >= _GIT_KINDS and ".git" in names:
            outer = ()
        file = _KINDS[number] if number < len(_KINDS) else ".git/info/exclude"
        rules = read_rules(os.path.join(full, file)) if file.partition("/")[0] in names else None
        kinds.append(((prefix, cut, rules), *outer) if rules else outer)
    return tuple(kinds)


def _above(root: str) -> Chain:
    """The rules of the folders above `root`: git's up to the top of its repository, the others all the way.
    None when `root` is a top itself or in no repository: what lies around a project is then not about
    it."""
    repository = find_repository(root)
    if repository is None or str(repository.top) == os.path.abspath(root):
        return _NONE
    chain = _NONE
    path = os.path.abspath(root)
    folders = []
    while (parent := os.path.dirname(path)) != path:
        path = parent
        folders.append(path)
    inside = os.path.abspath(root)
    for folder in reversed(folders):
        names = {name for name in (*_KINDS, ".git") if os.path.lexists(os.path.join(folder, name))}
        below = inside[len(folder) :].strip("/")
        if not str(folder).startswith(str(repository.top)):
            names &= set(_KINDS[:_GIT_KINDS])
        if names:
            chain = _joined(chain, folder, names, below + "/", 0)
    return chain


def read_rules(path: str) -> Rules | None:
    """The rules of an ignore file; None when it is not there, holds none, or is not a regular file."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return None
        data = os.read(descriptor, _MOST_BYTES)
    except OSError:
        return None
    finally:
        os.close(descriptor)
    return Rules(os.fsdecode(data)) or None
