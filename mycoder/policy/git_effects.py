"""What a git command does that cannot be taken back, or that others see."""

import re
from collections.abc import Sequence

from mycoder.policy.tables import names

GLOBAL_VALUES = frozenset(
    {"-C", "-c", "--git-dir", "--work-tree", "--namespace", "--exec-path", "--config-env"}
)

KNOWN = names(
    """add am annotate apply archive bisect blame branch bundle cat-file check-attr check-ignore check-mailmap
    check-ref-format checkout checkout-index cherry cherry-pick citool clean clone column commit commit-graph
    commit-tree config count-objects credential daemon describe diff diff-files diff-index diff-tree difftool
    fast-export fast-import fetch fetch-pack filter-branch filter-repo fmt-merge-msg for-each-ref format-patch fsck gc
    get-tar-commit-id grep gui hash-object help hook index-pack init instaweb interpret-trailers lfs log ls-files
    ls-remote ls-tree maintenance merge merge-base merge-file merge-index merge-tree mergetool mktag mktree mv name-rev
    notes pack-objects pack-redundant pack-refs patch-id prune prune-packed pull push quiltimport range-diff read-tree
    rebase receive-pack reflog remote repack replace request-pull rerere reset restore rev-list rev-parse revert rm
    send-email send-pack shortlog show show-branch show-index show-ref sparse-checkout stage stash status stripspace
    submodule svn switch symbolic-ref tag unpack-file unpack-objects update-index update-ref update-server-info
    upload-archive upload-pack var verify-commit verify-pack verify-tag version web--browse whatchanged worktree
    write-tree"""
)

_NETWORK = frozenset(
    {"push", "fetch", "pull", "ls-remote", "fetch-pack", "send-pack", "send-email", "svn", "daemon"}
)
_HISTORY = frozenset(
    {"filter-branch", "filter-repo", "rebase", "prune", "replace", "fast-import", "instaweb"}
)


def subcommand(argv: Sequence[str]) -> tuple[str, list[str], list[str]]:
    """Subcommand, its arguments, and the values of ``-c`` before it."""
    at, configured = 1, []
    while at < len(argv):
        word = argv[at]
        if word in GLOBAL_VALUES:
            configured += [argv[at + 1]] if word in ("-c", "--config-env") and at + 1 < len(argv) else []
            at += 2
        elif word.startswith("-"):
            at += 1
        else:
            return word, list(argv[at + 1 :]), configured
    return "", [], configured


def why_ask(argv: Sequence[str]) -> str:
    """What makes this git command one to ask about; empty when it only looks, or can be taken back."""
    name, args, _ = subcommand(argv)
    if not name:
        return ""
    if name not in KNOWN:
        return f"`git {name}` is no command of git: it may be an alias for anything"
    if name in _NETWORK:
        return f"`git {name}` reaches another machine"
    if name in _HISTORY:
        return f"`git {name}` rewrites history"
    flags = _flags(args)
    rest = [word for word in args if not word.startswith("-")]
    reason = _DISCARDING[name](args, flags, rest) if name in _DISCARDING else ""
    return f"`git {name}` {reason}" if reason else ""


def _flags(args: list[str]) -> set[str]:
    """Options by letter and long name, without values."""
    found: set[str] = set()
    for word in args:
        if word == "--":
            break
        if word.startswith("--"):
            found.add(word.partition("=")[0])
        elif word.startswith("-"):
            found.update(f"-{letter}" for letter in word[1:])
    return found


def _any(flags: set[str], *wanted: str) -> bool:
    """Whether one of `wanted` is given; long names may be shortened, as git allows."""
    return any(f in wanted or (len(f) > 3 and any(w.startswith(f) for w in wanted)) for f in flags)


def _checkout(args: list[str], flags: set[str], rest: list[str]) -> str:
    if _any(flags, "-f", "--force", "--ours", "--theirs", "-m", "--merge", "-B") or "--" in args:
        return "discards uncommitted changes"
    if _any(flags, "-b", "--orphan", "--detach", "-d"):
        return ""
    return (
        "may discard uncommitted changes of files; `git switch` changes the branch and keeps them"
        if rest
        else ""
    )


def _restore(args: list[str], flags: set[str], rest: list[str]) -> str:
    only_index = _any(flags, "-S", "--staged") and not _any(flags, "-W", "--worktree")
    return "" if only_index else "discards uncommitted changes"


def _reset(args: list[str], flags: set[str], rest: list[str]) -> str:
    if _any(flags, "--hard", "--merge", "--keep"):
        return "discards uncommitted changes"
    moves = [
        word for word in rest if re.fullmatch(r"(?:HEAD|@)?[~^@][\w~^{}@-]*|[0-9a-f]{7,40}|origin/.*", word)
    ]
    return "moves the branch away from its commits" if moves and "--" not in args else ""


def _clean(args: list[str], flags: set[str], rest: list[str]) -> str:
    return "" if _any(flags, "-n", "--dry-run") else "deletes files that git does not know"


def _stash(args: list[str], flags: set[str], rest: list[str]) -> str:
    return "throws stashed work away" if rest[:1] in (["drop"], ["clear"]) else ""


def _branch(args: list[str], flags: set[str], rest: list[str]) -> str:
    deletes = _any(flags, "-D", "-M", "-C", "-f", "--force")
    return "may drop commits that no other branch holds" if deletes else ""


def _tag(args: list[str], flags: set[str], rest: list[str]) -> str:
    return "removes or moves a tag" if _any(flags, "-d", "-f", "--delete", "--force") else ""


def _commit(args: list[str], flags: set[str], rest: list[str]) -> str:
    long = {flag for flag in flags if flag.startswith("--")}
    return "rewrites the last commit" if _any(long, "--amend") else ""


def _reflog(args: list[str], flags: set[str], rest: list[str]) -> str:
    return "removes what lost commits are found by" if rest[:1] in (["expire"], ["delete"], ["drop"]) else ""


def _gc(args: list[str], flags: set[str], rest: list[str]) -> str:
    return "deletes commits that nothing points to" if _any(flags, "--prune", "--aggressive") else ""


def _force(args: list[str], flags: set[str], rest: list[str]) -> str:
    return "discards uncommitted changes" if _any(flags, "-f", "--force") else ""


def _switch(args: list[str], flags: set[str], rest: list[str]) -> str:
    return "discards uncommitted changes" if _any(flags, "-f", "--force", "--discard-changes", "-C") else ""


def _abort(args: list[str], flags: set[str], rest: list[str]) -> str:
    return "discards uncommitted changes" if _any(flags, "--abort", "--quit") else ""


def _remote(args: list[str], flags: set[str], rest: list[str]) -> str:
    if rest[:1] in (["update"], ["show"], ["prune"]):
        return "reaches another machine"
    return "changes where commits are sent" if rest and rest[0] not in ("get-url",) else ""


def _submodule(args: list[str], flags: set[str], rest: list[str]) -> str:
    return "" if rest[:1] in ([], ["status"], ["summary"]) else "fetches or changes other repositories"


def _clone(args: list[str], flags: set[str], rest: list[str]) -> str:
    is_remote = any(re.match(r"[\w+.-]+://|[\w.-]+@?[\w.-]*:", word) for word in rest)
    return "reaches another machine" if is_remote else ""


def _config(args: list[str], flags: set[str], rest: list[str]) -> str:
    reads = _any(flags, "-l", "--list", "--get", "--get-all", "--get-regexp", "--get-urlmatch")
    if reads or rest[:1] in (["list"], ["get"]) or (len(rest) == 1 and not flags - {"--local", "--global"}):
        return ""
    return "changes what git runs"


def _update_ref(args: list[str], flags: set[str], rest: list[str]) -> str:
    return "moves or removes a branch without a trace of it"


def _worktree(args: list[str], flags: set[str], rest: list[str]) -> str:
    return "discards a work tree" if rest[:1] == ["remove"] and _any(flags, "-f", "--force") else ""


def _read_tree(args: list[str], flags: set[str], rest: list[str]) -> str:
    return "discards uncommitted changes" if _any(flags, "-u", "--reset") else ""


def _lfs(args: list[str], flags: set[str], rest: list[str]) -> str:
    return "reaches another machine" if rest[:1] in (["push"], ["fetch"], ["pull"], ["prune"]) else ""


_DISCARDING = {
    "checkout": _checkout,
    "restore": _restore,
    "reset": _reset,
    "clean": _clean,
    "stash": _stash,
    "branch": _branch,
    "tag": _tag,
    "commit": _commit,
    "reflog": _reflog,
    "gc": _gc,
    "repack": lambda args, flags, rest: (
        "deletes commits that nothing points to" if _any(flags, "-A", "-d") else ""
    ),
    "rm": _force,
    "mv": _force,
    "checkout-index": _force,
    "switch": _switch,
    "merge": _abort,
    "cherry-pick": _abort,
    "revert": _abort,
    "am": _abort,
    "remote": _remote,
    "submodule": _submodule,
    "clone": _clone,
    "config": _config,
    "update-ref": _update_ref,
    "symbolic-ref": lambda args, flags, rest: "moves a branch" if len(rest) > 1 or "-d" in flags else "",
    "worktree": _worktree,
    "read-tree": _read_tree,
    "lfs": _lfs,
}
