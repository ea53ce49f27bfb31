"""Whether a plain command only reads: its row in the table, its options, and places only inside of the project."""

import re
from collections.abc import Callable, Sequence

from mycoder.policy.safe_table import COMMANDS, GIT, GIT_DIFF, TEST_RUNNERS, VERSIONS, Safe
from mycoder.policy.tables import names
from mycoder.policy.targets import inside, is_credential

_SED_PRINT = re.compile(
    r"(?:(?:\d+|\$|/[^/]*/)(?:,(?:[+~]?\d+|\$|/[^/]*/))?)?[pdq=]?(?:;\s*(?:\d+|\$)?(?:,(?:\d+|\$))?[pdq=])*"
)
_SED_SUBSTITUTE = re.compile(r"s([/|,#])(?:(?!\1)[^\\]|\\.)*\1(?:(?!\1)[^\\]|\\.)*\1[gpiI0-9]*")
_AWK_FORBIDDEN = re.compile(r"[|>@`]|\b(?:system|getline|close|fflush|ENVIRON|PROCINFO|include|load|ARGV)\b")
_FIND_TESTS = names(
    """-amin -anewer -atime -cmin -cnewer -ctime
    -group -gid -iname -inum -ipath -iregex -links -lname -maxdepth
    -mindepth -mmin -mtime -name -newer -path -perm -regex -regextype -size -type -uid -user -wholename -xtype"""
)
_FIND_FLAGS = names(
    """-a -and -daystart -depth -empty -executable -false -follow -mount -nogroup -not -nouser -noleaf -o -or -print
    -print0 -prune -quit -readable -true -writable -xdev ! ( ) , -H -L -P"""
)

Argv = Sequence[str]


def why_not_safe(argv: Argv, cwd: str, root: str, home: str, folders_changed: bool = False) -> str:
    """Why `argv` is not known to only read; empty when it does. `folders_changed`: a `cd` stands before it."""
    if not argv:
        return "there is no command"
    name, args = argv[0], argv[1:]
    if name in VERSIONS and args in (("--version",), ["--version"], ("-V",), ["-V"]):
        return ""
    row = COMMANDS.get(name)
    if row is None:
        return f"`{name}` is not on the list of commands that only read"
    if name == "git" and folders_changed:
        return "another folder may have a configuration of git of its own"
    if why := _why_not_place(args, cwd, root, home):
        return why
    if row.check in _CHECKS:
        return _CHECKS[row.check](args, row)
    return why_not_row(name, args, row)


def why_not_test_run(argv: Argv, root: str, home: str) -> str:
    """Why `argv` is not a plain run of the project's own tests; empty when it is one."""
    name, args = _runner(argv)
    row = TEST_RUNNERS.get(name)
    if row is None:
        return f"`{' '.join(argv[:2])}` is not on the list of test runners"
    if any(word.startswith("@") for word in args):
        return "options are read from a file"
    return _why_not_place(args, "", root, home) or why_not_row(name, args, row)


def _runner(argv: Argv) -> tuple[str, Argv]:
    if not argv:
        return "", ()
    name = (
        argv[0].rpartition("/")[2] if re.fullmatch(r"\.?/?(?:\.?venv|env)/bin/[\w.]+", argv[0]) else argv[0]
    )
    if re.fullmatch(r"python(?:3(?:\.\d+)?)?", name) and argv[1:2] in (("-m",), ["-m"]):
        return (argv[2] if len(argv) > 2 else ""), argv[3:]
    if f"{name} {argv[1] if len(argv) > 1 else ''}" in TEST_RUNNERS:
        return f"{name} {argv[1]}", argv[2:]
    return name, argv[1:]


def why_not_row(name: str, args: Argv, row: Safe) -> str:
    """Compares options and operands with the row."""
    flags, values = row.names.split(), row.values.split()
    operands, at, takes = 0, 0, 0
    while at < len(args):
        word = args[at]
        at, takes = at + 1, 0
        if word == "--":
            operands += len(args) - at
            break
        if not word.startswith("-") or word == "-":
            operands += 1
        elif row.numbers and re.fullmatch(r"-\d+", word):
            continue
        elif word.startswith("--") or word in flags or word in values:
            long, equals, _ = word.partition("=")
            if long not in values and long not in flags:
                return f"`{name}` with {long} is not known to only read"
            takes = int(long in values and not equals and long not in flags)
        else:
            used = _letters(word, row)
            if used is None:
                return f"`{name}` with {word} is not known to only read"
            takes = used
        if takes and at < len(args) and re.match(r"-[^\d]", args[at]):
            return f"`{name}` with {word} {args[at]} can be read in two ways"
        at += takes
    if row.most is not None and operands > row.most:
        return f"`{name}` with {operands} operands is not known to only read"
    return ""


def _letters(word: str, row: Safe) -> int | None:
    """How many further words a cluster of short options takes; None when one of them is not in the row."""
    for at, letter in enumerate(word[1:], 1):
        if letter in row.value_letters:
            return 0 if at + 1 < len(word) else 1
        if letter not in row.letters:
            return None
    return 0


def _why_not_place(args: Argv, cwd: str, root: str, home: str) -> str:
    """A path that leads out of the project may be read by hiding it in an option too, so every part is looked at."""
    for word in args:
        for part in re.split(r"[=:,]|^-\w(?=[/~.])", word):
            if not part.startswith(("/", "~")) and ".." not in part.split("/"):
                continue
            if part == "/dev/null" or re.fullmatch(r"/tmp/[\w./-]*", part):
                continue
            if inside(part, cwd, root, home) is None:
                return f"{part} is outside of the project"
        if is_credential(word):
            return f"{word} is where keys are kept"
    return ""


# -- checks of single commands -----------------------------------------------------------------------------------------


def _any(args: Argv, row: Safe) -> str:
    return ""


def _printf(args: Argv, row: Safe) -> str:
    return "`printf -v` sets a variable" if args and args[0].startswith("-") and args[0] != "--" else ""


def _cd(args: Argv, row: Safe) -> str:
    if not args or any(word.startswith("-") for word in args):
        return "where `cd` leads is not known"
    return why_not_row("cd", args, row)


def _date(args: Argv, row: Safe) -> str:
    if any(not word.startswith(("-", "+")) for word in args):
        return "`date` with that operand sets the clock"
    return why_not_row("date", args, row)


def _sleep(args: Argv, row: Safe) -> str:
    return "" if len(args) == 1 and re.fullmatch(r"\d{1,2}(?:\.\d+)?s?", args[0]) else "`sleep` for long"


def _test(args: Argv, row: Safe) -> str:
    allowed = {
        "-d",
        "-e",
        "-f",
        "-L",
        "-h",
        "-n",
        "-r",
        "-s",
        "-w",
        "-x",
        "-z",
        "=",
        "!=",
        "==",
        "!",
        "-nt",
        "-ot",
    }
    wrong = [word for word in args if word.startswith("-") and word not in allowed]
    return f"`test` with {wrong[0]} is not known to only read" if wrong else ""


def _names(args: Argv, row: Safe) -> str:
    return why_not_row("type", args, row)


def _stdin(args: Argv, row: Safe) -> str:
    return why_not_row("column", args, row)


def _jq(args: Argv, row: Safe) -> str:
    if any(re.search(r"\b(?:env|input_filename|include|import|\$__prog)\b|\$ENV", word) for word in args):
        return "`jq` reads more than its input"
    return why_not_row("jq", args, row)


def _sed(args: Argv, row: Safe) -> str:
    """Only printing, deleting of lines and substitution without the flags e and w."""
    scripts: list[str] = []
    at = 0
    while at < len(args):
        word = args[at]
        if word in ("-e", "--expression"):
            scripts += args[at + 1 : at + 2]
            at += 1
        elif word.startswith("--expression="):
            scripts.append(word.partition("=")[2])
        elif re.match(r"-[nErsuz]*e", word):
            return f"`sed` with {word} is not known to only read"
        at += 1
    if not scripts:
        scripts = [word for word in args if not word.startswith("-")][:1]
    for script in scripts:
        if not (_SED_PRINT.fullmatch(script.strip()) or _SED_SUBSTITUTE.fullmatch(script.strip())):
            return f"the script {script!r} of `sed` is not known to only read"
    return why_not_row("sed", args, row) if scripts else "`sed` has no script"


def _awk(args: Argv, row: Safe) -> str:
    rest = list(args)
    while rest and rest[0].startswith("-"):
        word = rest.pop(0)
        if word == "-F" and rest:
            rest.pop(0)
        elif not re.fullmatch(r"-F.", word):
            return f"`awk` with {word} is not known to only read"
    if not rest:
        return "`awk` has no program"
    found = _AWK_FORBIDDEN.search(rest[0])
    if found:
        return f"the program of `awk` has {found[0]!r}"
    return "`awk` sets a variable" if any("=" in word for word in rest[1:]) else ""


def _find(args: Argv, row: Safe) -> str:
    at = 0
    while at < len(args):
        word = args[at]
        if word in _FIND_TESTS or re.fullmatch(r"-newer[aBcm][aBcmt]", word):
            at += 1
        elif word.startswith("-") and word not in _FIND_FLAGS:
            return f"`find` with {word} is not known to only read"
        at += 1
    return ""


def _git(args: Argv, row: Safe) -> str:
    args = args[1:] if args[:1] in (("--no-pager",), ["--no-pager"]) else args
    if not args:
        return "`git` without a command"
    inner = GIT.get(args[0])
    if inner is None:
        return f"`git {args[0]}` is not on the list of commands that only read"
    check = _GIT_CHECKS.get(inner.check)
    if check and (why := check(args[1:])):
        return why
    if inner.check == "git-stash":
        return ""
    return why_not_row(f"git {args[0]}", args[1:], GIT_DIFF if inner.check == "git-diff" else inner)


def _git_list_only(args: Argv) -> str:
    if [word for word in args if not word.startswith("-")] and not {"-l", "--list"} & set(args):
        values = ("--sort", "--format", "--contains", "--points-at", "--merged")
        if not (args[0] in values and len(args) == 2):
            return "it may make or move a branch or tag"
    return ""


def _git_remote(args: Argv) -> str:
    return (
        "" if not args or args[0] in ("-v", "--verbose", "get-url") else "it changes where commits are sent"
    )


def _git_stash(args: Argv) -> str:
    if list(args[:1]) == ["list"]:
        return why_not_row("git stash list", args[1:], GIT_DIFF)
    if list(args[:1]) == ["show"]:
        return why_not_row("git stash show", args[1:], GIT_DIFF)
    return "it moves work away"


def _git_reflog(args: Argv) -> str:
    return (
        "" if not args or args[0].startswith("-") or args[0] in ("show", "HEAD") else "it may remove entries"
    )


_GIT_CHECKS: dict[str, Callable[[Argv], str]] = {
    "git-branch": _git_list_only,
    "git-tag": _git_list_only,
    "git-remote": _git_remote,
    "git-stash": _git_stash,
    "git-reflog": _git_reflog,
}

_CHECKS: dict[str, Callable[[Argv, Safe], str]] = {
    "echo": _any,
    "printf": _printf,
    "cd": _cd,
    "date": _date,
    "sleep": _sleep,
    "test": _test,
    "names": _names,
    "stdin": _stdin,
    "jq": _jq,
    "sed": _sed,
    "awk": _awk,
    "find": _find,
    "git": _git,
}
