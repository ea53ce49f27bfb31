"""Running git on a repository that may be hostile: nothing that the repository configures is executed.

A repository's own `.git/config` can name programs that ordinary read-only commands run: hooks, fsmonitor,
filters, pagers, external diffs, signature checkers, transports. Every call from here turns them off on the
command line, which wins over every file. Of our own environment git gets what it needs to find itself and its
configuration, and no key. See git-config(1) and git(1), "ENVIRONMENT
VARIABLES".
"""

import os
from collections.abc import Mapping
from pathlib import Path

import msgspec

from mycoder.workspace.capture import capture

_KEPT = {
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "TMPDIR",
    "XDG_CONFIG_HOME",
    "LD_LIBRARY_PATH",
    "NIX_LD",
    "NIX_LD_LIBRARY_PATH",
    "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_SYSTEM",
    "GIT_CONFIG_NOSYSTEM",
    "GIT_EXEC_PATH",
    "GIT_CEILING_DIRECTORIES",
    "GIT_DISCOVERY_ACROSS_FILESYSTEM",
}

OPTIONS: tuple[str, ...] = (
    "--no-pager",
    "-c",
    "core.hooksPath=/dev/null",
    # Empty rather than "false": before git 2.36 the value was the path of a program.
    "-c",
    "core.fsmonitor=",
    "-c",
    "core.pager=cat",
    "-c",
    "diff.external=",
    "-c",
    "log.showSignature=false",
    "-c",
    "status.submoduleSummary=false",
    "-c",
    "submodule.recurse=false",
    "-c",
    "credential.helper=",
    "-c",
    "core.sshCommand=false",
    "-c",
    "core.askPass=",
    "-c",
    "core.editor=false",
    "-c",
    "sequence.editor=false",
    "-c",
    "commit.gpgSign=false",
    "-c",
    "tag.gpgSign=false",
    "-c",
    "gpg.program=false",
    "-c",
    "gpg.ssh.program=false",
    "-c",
    "gpg.x509.program=false",
    "-c",
    "core.alternateRefsCommand=false",
    "-c",
    "gc.auto=0",
    "-c",
    "maintenance.auto=false",
    # A folder inside a work tree that looks like a bare repository is not taken for one.
    "-c",
    "safe.bareRepository=explicit",
)
"""Before every git command."""


class Repository(msgspec.Struct, frozen=True):
    """Where a repository is on disk. `git_dir` is this work tree's own, `common_dir` the one all its work
    trees share."""

    top: Path
    git_dir: Path
    common_dir: Path
    is_bare: bool = False


class Ran(msgspec.Struct, frozen=True):
    """What a git command did. `problem` is empty on success, else one sentence for people."""

    out: bytes = b""
    code: int = -1
    """Exit code; -1 when git did not end by itself or was never started."""
    problem: str = ""
    is_cut: bool = False
    """True when git printed more than was taken and was ended."""


def find_repository(path: Path | str) -> Repository | None:
    """The repository that holds `path`, found without running git; None when there is none."""
    start = os.path.abspath(path)
    folder = start
    while True:
        git = os.path.join(folder, ".git")
        if os.path.isdir(git) and os.path.exists(os.path.join(git, "HEAD")):
            return Repository(Path(folder), Path(git), Path(git))
        if os.path.isfile(git):
            return _linked(folder, git)
        if all(os.path.exists(os.path.join(folder, name)) for name in ("HEAD", "objects", "refs")):
            return Repository(Path(folder), Path(folder), Path(folder), is_bare=True)
        parent = os.path.dirname(folder)
        if parent == folder:
            return None
        folder = parent


def _linked(folder: str, file: str) -> Repository | None:
    """A linked work tree or a submodule: `.git` is a file that points to the directory
    (gitrepository-layout(5))."""
    pointer = _small(file)
    if not pointer.startswith(b"gitdir:"):
        return None
    git_dir = os.path.normpath(os.path.join(folder, os.fsdecode(pointer[7:].strip())))
    common = _small(os.path.join(git_dir, "commondir")).strip()
    common_dir = os.path.normpath(os.path.join(git_dir, os.fsdecode(common))) if common else git_dir
    return Repository(Path(folder), Path(git_dir), Path(common_dir))


def environment(env: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of a git command: `env` (default: ours) without what could lead git elsewhere or make
    it wait."""
    clean = {k: v for k, v in (os.environ if env is None else env).items() if _is_kept(k)}
    clean.update(
        GIT_OPTIONAL_LOCKS="0",  # git status must not write the index under a person's own git command
        GIT_TERMINAL_PROMPT="0",
        GIT_ALLOW_PROTOCOL="none",  # a partial clone must not fetch what is missing
        GIT_NO_LAZY_FETCH="1",
        GIT_PAGER="cat",
        GIT_EDITOR="false",
        GIT_ASKPASS="",
        SSH_ASKPASS="",
        LC_ALL="C.UTF-8",  # messages in English: some are told apart below
        LANGUAGE="",
    )
    return clean


def _is_kept(name: str) -> bool:
    return name in _KEPT


async def filters_off(repository: Repository) -> tuple[str, ...]:
    """Options that switch off the clean and smudge filters which the repository itself configures.

    Filters of the person's own configuration (git-lfs) stay. Asks git only when the configuration can hold
    one. Raises PermissionError for a filter that cannot be switched off.
    """
    if not any(
        _can_hold_filter(path)
        for path in (repository.common_dir / "config", repository.git_dir / "config.worktree")
    ):
        return ()
    question = ("config", "-z", "--name-only", "--get-regexp", r"^filter\.")
    ran = await run(repository.top, question[0], "--show-scope", *question[1:], trusting=True)
    if ran.code in (0, 1):
        words = ran.out.split(b"\0")
        keys = {
            key
            for scope, key in zip(words[::2], words[1::2], strict=False)
            if scope in (b"local", b"worktree")
        }
    else:  # git before 2.26 does not tell scopes: all of them off
        keys = set((await run(repository.top, *question, trusting=True)).out.split(b"\0")) - {b""}
    drivers = sorted({os.fsdecode(key)[len("filter.") :].rpartition(".")[0] for key in keys})
    if any("=" in name for name in drivers):  # cannot be said with -c
        raise PermissionError("the repository's git configuration has a filter with = in its name")
    pairs = [
        f"filter.{name}.{key}"
        for name in drivers
        for key in ("clean=", "smudge=", "process=", "required=false")
    ]
    return tuple(word for pair in pairs for word in ("-c", pair))


def _can_hold_filter(path: Path) -> bool:
    text = _small(path, 1 << 20).lower()
    return b"filter" in text or b"include" in text or len(text) == 1 << 20


async def run(
    root: Path | str, *arguments: str, seconds: float = 10.0, limit: int = 8 << 20, trusting: bool = False
) -> Ran:
    """Runs ``git arguments`` in `root` and takes at most `limit` bytes of its output. Never raises for what
    git does.

    A command that reads file contents (status, diff, checkout) needs the repository's filters off, which is
    looked up first; `trusting` leaves that out for commands that do not.
    """
    repository = find_repository(root)
    if repository is None:
        return Ran(problem="not a git repository")
    options: list[str] = []
    try:
        if not repository.is_bare:
            # The repository's core.worktree could point anywhere else.
            options.append(f"--work-tree={repository.top}")
            options += () if trusting else await filters_off(repository)
    except OSError as error:
        return Ran(problem=str(error))
    done = await capture(
        ("git", *OPTIONS, *options, *arguments), root, env=environment(), seconds=seconds, limit=limit
    )
    if done.is_late:
        return Ran(problem=f"git {arguments[0]} took longer than {seconds:g} s")
    if done.problem or done.is_cut or not done.code:
        return Ran(done.out, -1 if done.code is None else done.code, done.problem, done.is_cut)
    told = explain(done.error.decode("utf-8", "replace"))
    return Ran(done.out, done.code, told or f"git ended with {done.code}")


def explain(error: str) -> str:
    """What git printed on its standard error, as one sentence that says what to do where something can be
    done."""
    lines = [line.strip() for line in error.splitlines() if line.strip()]
    told = next((line for line in lines if line.startswith(("fatal:", "error:"))), lines[0] if lines else "")
    match told:
        case _ if "dubious ownership" in error:
            return (
                "git refuses this repository because another user owns it; if you trust it, run"
                " `git config --global --add safe.directory <its path>`"
            )
        case _ if "not a git repository" in told:
            return "not a git repository"
        case _ if "safe.bareRepository" in told or "must be run in a work tree" in told:
            return "a bare repository, which has no files to work on"
        case _ if "does not have any commits yet" in told:
            return "there is no commit yet"
    return told.removeprefix("fatal: ").removeprefix("error: ")[:300]


def _small(path: Path | str, limit: int = 1 << 16) -> bytes:
    """The first `limit` bytes of a file; empty when it cannot be read."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return b""
    try:
        return os.read(descriptor, limit)
    except OSError:
        return b""
    finally:
        os.close(descriptor)
