"""What the first request tells of a project, so that no call has to ask for it.

On the way to the first answer: nothing is run but git, twice or thrice at the same time; what is slow is
left out rather than waited for.
"""

import asyncio
import os
from collections.abc import Awaitable, Mapping
from pathlib import Path

import msgspec

from mycoder.workspace import git, instructions, tree
from mycoder.workspace.git_run import Repository, find_repository
from mycoder.workspace.instructions import Instructions
from mycoder.workspace.names import printable
from mycoder.workspace.toolchains import python_of, toolchains

MOST_SECONDS = 1.0
"""For git; a status of 2,000 files takes 0.01 s."""

MOST_ENTRIES = 12
"""Changed files that are named."""

_LISTING = 2 << 20
"""Bytes of git's list of files, about 40,000 of them: 0.03 s to sort into folders."""


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """All of it as it was when the session started. Nothing here is asked for again."""

    root: str
    top: str = ""
    """The top of the repository where that is not the root."""
    status: git.Status | None = None
    """None outside of a repository."""
    commits: tuple[git.Commit, ...] = ()
    tree: tuple[str, ...] = ()
    files: int = 0
    """Files that git tracks below the root; 0 when it is not known."""
    is_cut: bool = False
    """There are more files than `files`."""
    python: str = ""
    toolchains: tuple[str, ...] = ()
    instructions: tuple[Instructions, ...] = ()
    """The person's own first, then from the top of the repository to the root."""
    nested: tuple[str, ...] = ()
    """Instruction files in folders below the root."""
    withheld: str = ""
    """Why the project's instructions are not told; empty when they are."""


async def gather(
    root: Path | str,
    *,
    config: Path | str | None = None,
    env: Mapping[str, str] | None = None,
    withhold: str = "",
    budget: int = instructions.MOST_CHARACTERS,
) -> Facts:
    """Looks at the project in `root`. `config` is the folder that may hold the person's own AGENTS.md,
    `withhold` a reason not to read those of the project, `budget` the number of characters of all
    together."""
    top = os.path.realpath(root)
    repository = find_repository(top)
    asked = asyncio.gather(*_asked(top)) if repository and not repository.is_bare else None
    try:
        await asyncio.sleep(0)  # git starts before we look around ourselves
        names = _names(top)
        python = python_of(top, names, os.environ if env is None else env)
        told = _instructions(top, repository, config, withhold, budget)
        status, listing, commits = await asked if asked else (None, None, ())
    finally:
        if asked is not None:
            asked.cancel()
    if repository and repository.is_bare:
        status = git.Status(problem="a bare repository, which has no files to work on")
    paths, is_cut = listing or (tree.scanned(top), False)
    folder = tree.grown(paths)
    return Facts(
        root=top,
        top=str(repository.top) if repository and str(repository.top) != top else "",
        status=status,
        commits=commits,
        tree=tuple(tree.lines(folder, is_counted=listing is not None)),
        files=folder.count if listing else 0,
        is_cut=is_cut,
        python=python,
        toolchains=toolchains(names),
        instructions=told,
        nested=_nested(paths),
        withheld=withhold,
    )


def _asked(
    root: str,
) -> tuple[
    Awaitable[git.Status], Awaitable[tuple[list[str], bool] | None], Awaitable[tuple[git.Commit, ...]]
]:
    return (
        git.status(root, shown=MOST_ENTRIES, seconds=MOST_SECONDS),
        git.tracked(root, seconds=MOST_SECONDS, limit=_LISTING),
        git.last_commits(root, 5, seconds=MOST_SECONDS),
    )


def _names(root: str) -> frozenset[str]:
    try:
        return frozenset(os.listdir(root))
    except OSError:
        return frozenset()


def _instructions(
    root: str, repository: Repository | None, config: Path | str | None, withhold: str, budget: int
) -> tuple[Instructions, ...]:
    """The nearest, which wins, gets its share of the budget first."""
    files: list[tuple[str, str]] = []
    if config is not None:
        own = os.path.join(config, "AGENTS.md")
        files.append((own, own))
    if not withhold:
        top = os.path.realpath(repository.top) if repository else root
        files += [(str(file), os.path.relpath(file, root)) for file in instructions.applicable(top, root)]
    found: list[Instructions] = []
    for file, name in reversed(files):
        text = instructions.read(file, name, max(budget, 0))
        if text is not None:
            found.append(text)
            budget -= len(text.text)
    return tuple(reversed(found))


def _nested(paths: list[str]) -> tuple[str, ...]:
    files = {path for path in paths if path.endswith(("/AGENTS.md", "/CLAUDE.md"))}
    return tuple(
        path
        for path in sorted(files)
        if path.endswith("AGENTS.md") or path.replace("CLAUDE.md", "AGENTS.md") not in files
    )


def render(facts: Facts, test_command: str = "") -> str:
    """The facts as the model reads them: plain text, about 300 tokens without instructions. `test_command`
    is what the project's tests are run with, as far as that is known."""
    parts = [f"Working directory: {printable(facts.root)} ({os.uname().sysname})", *_git(facts)]
    if facts.files:
        parts.append(f"Files ({'over ' if facts.is_cut else ''}{facts.files:,} tracked by git):")
    else:
        parts.append("Files (two levels):" if facts.tree else "No files yet.")
    parts += facts.tree
    parts += [f"Interpreter: {printable(facts.python)}"] if facts.python else []
    parts += facts.toolchains
    parts.append(f"Tests: {test_command}" if test_command else "Tests: no command is known to run them")
    if facts.withheld:
        parts.append(f"Instructions of the project (AGENTS.md) are not loaded: {facts.withheld}")
    if facts.nested:
        parts.append("Read these before you work below them: " + _some(facts.nested, 8))
    parts += [instructions.as_text(found) for found in facts.instructions]
    return "\n".join(parts)


def _git(facts: Facts) -> list[str]:
    status = facts.status
    if status is None:
        return ["Git: not a repository"]
    if status.problem:
        return [f"Git: {status.problem}"]
    where = f"branch {printable(status.branch)}" if status.branch else f"detached at {status.commit[:10]}"
    words = [where]
    if status.upstream:
        distance = [f"{n} {word}" for n, word in ((status.ahead, "ahead of"), (status.behind, "behind")) if n]
        words.append(f"{' and '.join(distance) or 'level with'} {printable(status.upstream)}")
    if status.operation:
        words.append(f"in the middle of a {status.operation}")
    if not status.commit:
        words.append("no commit yet")
    if facts.top:
        words.append(f"top at {printable(facts.top)}")
    out = [f"Git: {', '.join(words)}", _uncommitted(status)]
    if facts.commits:
        out += ["Last commits:", *(f"{c.id} {c.date} {c.subject}" for c in facts.commits)]
    return out


def _uncommitted(status: git.Status) -> str:
    if not status.total:
        return "Nothing uncommitted."
    kinds: dict[str, list[str]] = {}
    for entry in status.entries:
        kinds.setdefault(_kind(entry.code), []).append(printable(entry.path))
    told = "; ".join(f"{kind} {' '.join(paths)}" for kind, paths in kinds.items())
    more = status.total - len(status.entries)
    left = f"; and {more:,} more" if more > 0 else ""
    return f"Uncommitted ({status.total:,}{'+' if status.is_cut else ''}): {told}{left}"


def _kind(code: str) -> str:
    match code:
        case "??":
            return "untracked"
        case _ if "U" in code or code in ("AA", "DD"):
            return "in conflict"
        case _ if code[1] == "D":
            return "deleted"
        case _ if code[1] != ".":
            return "changed"
    return "staged"


def _some(names: tuple[str, ...], most: int) -> str:
    more = len(names) - most
    return " ".join(printable(name) for name in names[:most]) + (f" and {more} more" if more > 0 else "")
