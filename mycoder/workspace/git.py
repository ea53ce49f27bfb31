"""What git knows of the project: branch and status, last commits, who it is, what changed lately; and work
trees.

Everything answers with a value: `problem` says in a sentence why there is nothing to know. See `git_run`
for how git is kept from executing what a repository configures.
"""

import asyncio
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from mycoder.blake2 import blake2b
from mycoder.protocol.secrets import is_secret_name
from mycoder.workspace.git_run import OPTIONS, Repository, environment, find_repository, run


class Entry(msgspec.Struct, frozen=True):
    """One path that is not as in the last commit. `code` is git's two letters (``M.`` staged, ``.M`` in the
    work tree, ``??`` untracked, ``UU`` conflict); `path` is relative to the top of the repository, a folder
    ends with a slash."""

    code: str
    path: str


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """Branch and work tree. `problem` says why nothing else is set."""

    problem: str = ""
    branch: str = ""
    """Empty when HEAD is detached."""
    commit: str = ""
    """Full id; empty before the first commit."""
    upstream: str = ""
    ahead: int = 0
    behind: int = 0
    operation: str = ""
    """merge | rebase | cherry-pick | revert | bisect, when one is under way."""
    entries: tuple[Entry, ...] = ()
    """The first of them; `total` counts them all, or at least that many when `is_cut`."""
    total: int = 0
    staged: int = 0
    changed: int = 0
    untracked: int = 0
    conflicts: int = 0
    is_cut: bool = False


class Commit(msgspec.Struct, frozen=True):
    """`id` abbreviated, `date` as ``2026-11-21``."""

    id: str
    date: str
    subject: str


class Identity(msgspec.Struct, frozen=True):
    """What stays the same when a repository is moved or cloned again."""

    first_commit: str = ""
    remote: str = ""
    """The address of `origin` without user, password and ending."""

    @property
    def key(self) -> str:
        """16 hex digits; the same for every clone. Empty when nothing is known."""
        if not (self.first_commit or self.remote):
            return ""
        return blake2b(f"{self.first_commit}\n{self.remote}".encode(), digest_size=8).hexdigest()


class Worktree(msgspec.Struct, frozen=True):
    path: Path
    commit: str
    branch: str = ""


class GitError(Exception):
    """Git did not do what was asked; the message says why."""


_OPERATIONS = (
    ("MERGE_HEAD", "merge"),
    ("rebase-merge", "rebase"),
    ("rebase-apply", "rebase"),
    ("CHERRY_PICK_HEAD", "cherry-pick"),
    ("REVERT_HEAD", "revert"),
    ("BISECT_LOG", "bisect"),
)


async def status(root: Path | str, *, shown: int = 200, seconds: float = 10.0) -> Status:
    """Branch, distance to its upstream, and what is not committed, of the repository that holds `root`.

    Untracked folders count as one entry. Submodules are compared by commit; what is changed inside is not
    looked at.
    """
    ran = await run(
        root,
        "status",
        "--porcelain=v2",
        "--branch",
        "-z",
        "--untracked-files=normal",
        "--no-renames",
        "--ignore-submodules=dirty",
        seconds=seconds,
    )
    if ran.problem:
        return Status(problem=ran.problem)
    return parse_status(ran.out, shown=shown, operation=_operation(root), is_cut=ran.is_cut)


def parse_status(out: bytes, *, shown: int = 200, operation: str = "", is_cut: bool = False) -> Status:
    """Reads ``git status --porcelain=v2 --branch -z --no-renames``; the last record is dropped when
    `is_cut`."""
    head: dict[str, str] = {}
    entries: list[Entry] = []
    counts = dict.fromkeys(("staged", "changed", "untracked", "conflicts"), 0)
    records = out.split(b"\0")[:-1]
    for record in records:
        kind = record[:1]
        if kind == b"#":
            key, _, value = os.fsdecode(record[2:]).partition(" ")
            head[key] = value
            continue
        code = "??" if kind == b"?" else record[2:4].decode("ascii", "replace")
        fields = {b"1": 8, b"u": 10, b"?": 1}.get(kind)
        if fields is None:
            continue
        for name in _kinds(kind, code):
            counts[name] += 1
        if len(entries) < shown:
            entries.append(Entry(code, os.fsdecode(record.split(b" ", fields)[-1])))
    ahead, behind = _distance(head.get("branch.ab", ""))
    branch, commit = head.get("branch.head", ""), head.get("branch.oid", "")
    return Status(
        branch="" if branch == "(detached)" else branch,
        commit="" if commit == "(initial)" else commit,
        upstream=head.get("branch.upstream", ""),
        ahead=ahead,
        behind=behind,
        operation=operation,
        entries=tuple(entries),
        total=sum(1 for record in records if record[:1] in (b"1", b"u", b"?")),
        is_cut=is_cut,
        staged=counts["staged"],
        changed=counts["changed"],
        untracked=counts["untracked"],
        conflicts=counts["conflicts"],
    )


def _kinds(kind: bytes, code: str) -> Iterator[str]:
    match kind:
        case b"?":
            yield "untracked"
        case b"u":
            yield "conflicts"
        case _:
            if code[0] != ".":
                yield "staged"
            if code[1] != ".":
                yield "changed"


def _distance(value: str) -> tuple[int, int]:
    match = re.fullmatch(r"\+(\d+) -(\d+)", value)
    return (int(match[1]), int(match[2])) if match else (0, 0)


def _operation(root: Path | str) -> str:
    repository = find_repository(root)
    if repository is None:
        return ""
    return next((word for name, word in _OPERATIONS if (repository.git_dir / name).exists()), "")


async def last_commits(root: Path | str, count: int = 5, *, seconds: float = 10.0) -> tuple[Commit, ...]:
    """The last commits of HEAD, newest first; none where there is no commit or no repository."""
    ran = await run(
        root,
        "log",
        "-z",
        f"--max-count={count}",
        "--no-color",
        "--encoding=UTF-8",
        "--date=short",
        "--format=%h%x1f%cd%x1f%s",
        seconds=seconds,
        trusting=True,
    )
    rows = (row.split("\x1f", 2) for row in ran.out.decode("utf-8", "replace").split("\0"))
    return tuple(Commit(row[0], row[1], _one_line(row[2], 100)) for row in rows if len(row) == 3)


def _one_line(text: str, limit: int) -> str:
    text = re.sub(r"[\x00-\x1f\x7f-\x9f]+", " ", text).strip()
    return text if len(text) <= limit else text[: limit - 1] + "…"


async def tracked(
    root: Path | str, *, seconds: float = 10.0, limit: int = 8 << 20
) -> tuple[list[str], bool] | None:
    """Paths below `root`, relative to it, that git tracks, sorted, and whether they are only the first ones.

    None where git cannot tell. Non-UTF-8 bytes are lone surrogates, as from `os.fsdecode`.
    """
    ran = await run(root, "ls-files", "-z", seconds=seconds, limit=limit, trusting=True)
    if ran.problem:
        return None
    return [os.fsdecode(name) for name in ran.out.split(b"\0")[:-1]], ran.is_cut


async def identity(root: Path | str, *, seconds: float = 2.0) -> Identity:
    """First commit and remote. The first commit is left out when finding it takes longer than `seconds`,
    and in a shallow clone, where it is not there."""
    repository = find_repository(root)
    if repository is None:
        return Identity()
    asked = [run(root, "config", "--get", "remote.origin.url", trusting=True)]
    if not (repository.common_dir / "shallow").exists():
        history = ("rev-list", "--max-parents=0", "--first-parent", "HEAD")
        asked.append(run(root, *history, seconds=seconds, trusting=True))
    url, *roots = await asyncio.gather(*asked)
    first = (roots[0].out.split() or [b""])[-1].decode("ascii", "replace") if roots else ""
    return Identity(first, bare_address(os.fsdecode(url.out).strip()))


def bare_address(url: str) -> str:
    """``host/owner/name`` of a remote's address in any of git's forms, without what is secret or
    incidental."""
    url = re.sub(r"^[A-Za-z][A-Za-z0-9+.-]*://", "", url)
    head, slash, rest = url.partition("/")
    head = head.rpartition("@")[2]
    head = re.sub(r":(\d+)$", "", head) if slash else head
    return (head.replace(":", "/", 1) + slash + rest).rstrip("/").removesuffix(".git")


async def worktrees(root: Path | str) -> tuple[Worktree, ...]:
    """All work trees of the repository, the main one first; none where git cannot tell."""
    ran = await run(root, "worktree", "list", "--porcelain", trusting=True)
    found = []
    for block in ran.out.split(b"\n\n"):
        rows = dict(line.partition(b" ")[::2] for line in block.split(b"\n"))
        if b"worktree" in rows:
            branch = os.fsdecode(rows.get(b"branch", b"")).removeprefix("refs/heads/")
            found.append(
                Worktree(
                    Path(os.fsdecode(rows[b"worktree"])),
                    rows.get(b"HEAD", b"").decode("ascii", "replace"),
                    branch,
                )
            )
    return tuple(found)


async def add_worktree(
    root: Path | str, path: Path | str, base: str = "HEAD", *, seconds: float = 120.0
) -> Worktree:
    """Checks the commit `base` out at `path`, which must not be there yet, without a branch and without
    running hooks.

    Raises GitError: no repository, no commit yet, unknown `base`, `path` taken.
    """
    asked = await run(root, "rev-parse", "--verify", "--quiet", f"{base}^{{commit}}", trusting=True)
    commit = asked.out.decode("ascii", "replace").strip()
    if base.startswith("-") or not re.fullmatch(r"[0-9a-f]{40,64}", commit):
        unknown = f"there is no commit {base} to make a work tree of; commit something first or name another"
        raise GitError(unknown if asked.code == 1 or base.startswith("-") else asked.problem)
    ran = await run(root, "worktree", "add", "--detach", os.path.abspath(path), commit, seconds=seconds)
    if ran.problem:
        raise GitError(ran.problem)
    return Worktree(Path(os.path.abspath(path)), commit)


async def remove_worktree(root: Path | str, path: Path | str, *, seconds: float = 60.0) -> None:
    """Removes a work tree with all that is in it, committed or not; one whose folder is gone is only
    forgotten.

    Raises GitError when `path` is not a linked work tree of this repository.
    """
    if not os.path.lexists(path):
        await run(root, "worktree", "prune", trusting=True)
        return
    ran = await run(root, "worktree", "remove", "--force", os.path.abspath(path), seconds=seconds)
    if ran.problem:
        raise GitError(ran.problem)


def content_at(root: Path | str, path: str, revision: str = "HEAD", *, limit: int = 8 << 20) -> bytes | None:
    """The file `path` (relative to the top) as it was committed in `revision`; None when it is not there, is
    not a file, is larger than `limit` bytes or cannot be read. Blocks; not for a hot path."""
    repository = find_repository(root)
    if repository is None:
        return None
    try:
        import git  # late: 0.1 s
    except ImportError:  # GitPython also looks for the git program
        return None
    repo: Any = None
    try:
        repo = git.Repo(repository.top)
        repo.git.set_persistent_git_options(c=[word for word in OPTIONS if "=" in word])
        repo.git.update_environment(**_environment(repository))
        blob = repo.commit(revision).tree / path
        return blob.data_stream.read() if blob.type == "blob" and blob.size <= limit else None
    except (git.GitError, git.exc.ODBError, OSError, ValueError, LookupError):
        return None
    finally:
        if repo is not None:
            repo.close()


def _environment(repository: Repository) -> dict[str, str]:
    """For GitPython, which passes our whole environment on: what it must not inherit is set right instead."""
    right = {
        "GIT_DIR": str(repository.git_dir),
        "GIT_COMMON_DIR": str(repository.common_dir),
        "GIT_WORK_TREE": str(repository.top),
        "GIT_OBJECT_DIRECTORY": str(repository.common_dir / "objects"),
        "GIT_ALTERNATE_OBJECT_DIRECTORIES": "",
        "GIT_CONFIG_PARAMETERS": "",
        "GIT_CONFIG_COUNT": "0",
    }
    inherited = {name: value for name, value in right.items() if name in os.environ}
    inherited |= {name: "" for name in os.environ if is_secret_name(name)}
    return inherited | {k: v for k, v in environment({}).items() if k.startswith("GIT_")}
