"""What a command would do that nobody gets back, or that reaches beyond the project.

Judged by the words that the lenient reading of the shell text found. A concern is `deny` where it is refused in
every mode, and `ask` where a person must see it whatever the mode is. No concern does not mean safe.
"""

import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Literal

import msgspec

from mycoder.policy import effects_table as table
from mycoder.policy import git_effects, targets
from mycoder.policy.embedded import starts_programs, tokens
from mycoder.policy.syntax import Command, Script, parse
from mycoder.policy.words import Word
from mycoder.policy.wrappers import PRIVILEGED, program, unwrapped

MOST_NESTED = 6
"""Shells inside of shells that are looked into."""

_REMOVING = re.compile(
    r"(?:rmtree|rmSync|rm_rf|rm_r|remove_tree|removeSync|rmdirSync|remove_dir_all|RemoveAll)\b"
    r"""[^'"]{0,20}['"]([^'"]*)"""
)
_SCRIPT_RUNS = re.compile(r"\bsystem\b|\||\bgetline\b|(?:^|[\d$/!;{}\s])e\s+\S")
_VERSION = re.compile(r"(?:-?\d+(?:\.\d+)*)$")


class Concern(msgspec.Struct, frozen=True):
    """`argv` is the command that it is about, as far as it is known."""

    level: Literal["ask", "deny"]
    id: str
    reason: str
    argv: tuple[str, ...] = ()


class Ground(msgspec.Struct, frozen=True):
    """Where commands run: root of the project and home folder, empty when they are not known."""

    root: str = ""
    home: str = ""


def concerns(script: Script, ground: Ground, depth: int = 0) -> list[Concern]:
    """All concerns about `script`, in the order of its commands."""
    found: list[Concern] = []
    for command in script.commands:
        found += _Judge(command, ground, depth).concerns()
    for name, body in script.functions:
        if (
            name
            and len(re.findall(rf"(?<![\w-]){re.escape(name)}(?![\w-])", body)) > 2
            and re.search(r"\|.*&", body, re.S)
        ):
            found.append(Concern("deny", "fork-bomb", "it starts itself without end", (name,)))
    return found


def in_text(text: str, ground: Ground, depth: int) -> list[Concern]:
    """Concerns about words of `text`, whatever language it is: each word that names a command is taken for one."""
    words = [Word(word, is_literal=False) for word in tokens(text)]
    found: list[Concern] = []
    for at, word in enumerate(words):
        if program(word.text) in _WATCHED or program(word.text) in table.NETWORK:
            here = Command(tuple(words[at : at + 12]), cwd="")
            found += _Judge(here, ground, MOST_NESTED + depth).concerns()
    return found


class _Judge:
    def __init__(self, command: Command, ground: Ground, depth: int) -> None:
        self.command, self.ground, self.depth = command, ground, depth
        self.words, self.wrappers = unwrapped(command.words)
        self.argv = tuple(word.text for word in self.words)

    def concerns(self) -> list[Concern]:
        found = list(self._redirections())
        if PRIVILEGED.intersection(self.wrappers):
            whole = tuple(word.text for word in self.command.words)
            found.append(Concern("ask", "privilege", "it runs with another user's rights", whole))
        if not self.words:
            return found
        first = self.words[0]
        name = (
            _VERSION.sub("", program(first.text))
            if program(first.text) not in _JUDGES
            else program(first.text)
        )
        if not first.is_literal and "/" not in first.text and self.depth < MOST_NESTED:
            found.append(self._ask("unknown", "which program it starts is not known before it runs"))
        elif not first.text.isascii():
            found.append(self._ask("unknown", f"the name {first.text!a} only looks like one that is known"))
        if name in PRIVILEGED:
            found.append(self._ask("privilege", "it runs with another user's rights"))
        found += self._by_table(name)
        if judge := _JUDGES.get(name):
            found += judge(self)
        found += self._inner(name)
        return found

    # -- words for the judges --------------------------------------------------------------------------------------

    def _ask(self, id: str, reason: str) -> Concern:
        return Concern("ask", id, reason, self.argv)

    def _deny(self, id: str, reason: str) -> Concern:
        return Concern("deny", id, reason, self.argv)

    def _flags(self) -> set[str]:
        found: set[str] = set()
        for text in self.argv[1:]:
            if text == "--":
                break
            if text.startswith("--"):
                found.add(text.partition("=")[0])
            elif text.startswith("-"):
                found.update(text[1:])
        return found

    def _operands(self) -> list[Word]:
        found, only = [], False
        for word in self.words[1:]:
            if word.text == "--" and not only:
                only = True
            elif only or not word.text.startswith("-"):
                found.append(word)
        return found

    def _everything(self, word: Word) -> bool:
        """What is not known may be empty: `"$UNSET"/` is the root of the file system."""
        if not word.text and not word.is_literal:
            return False
        return targets.is_everything(word.text, self.command.cwd, self.ground.root, self.ground.home)

    def _place(self, word: Word) -> str | None:
        return targets.inside(word.text, self.command.cwd, self.ground.root, self.ground.home)

    def _why_not_write(self, word: Word) -> str:
        if not word.text:
            return ""
        return targets.why_not_write(word.text, self.command.cwd, self.ground.root, self.ground.home)

    # -- for every command -----------------------------------------------------------------------------------------

    def _redirections(self) -> Iterator[Concern]:
        for word in self.command.writes:
            if why := self._why_not_write(word):
                yield self._deny("write", why)
        for word in self.words:
            if re.match(r"/dev/(?:tcp|udp)/", word.text):
                yield self._deny("network", f"{word.text} is a connection to the network")
            elif targets.is_credential(word.text):
                yield self._ask("credentials", f"{word.text} is where keys and passwords are kept")

    def _by_table(self, name: str) -> Iterator[Concern]:
        if name in table.NETWORK and not self._is_loopback():
            if (
                name in table.NAME_LOOKUP
                and any(not word.is_literal for word in self.words[1:])
                and self.depth < MOST_NESTED
            ):
                yield self._deny("network", f"`{name}` would send out what is put into the name")
            yield self._ask("network", f"`{name}` talks to other machines")
        if name in table.OUTSIDE:
            yield self._ask("outside", f"`{name}` changes things that others see")
        if name in table.SYSTEM:
            yield self._ask("system", f"`{name}` changes the machine and not the project")
        if name in table.MACHINE_LOST or name.startswith("mkfs."):
            yield self._deny("machine", f"`{name}` can end the machine or what is on its disks")
        subcommands = table.INSTALLERS.get(name)
        if subcommands is not None and self._installs(name, subcommands):
            yield self._ask("install", f"`{' '.join(self.argv[:2])}` fetches or publishes packages")

    def _is_loopback(self) -> bool:
        """Whether all addresses are on this machine."""
        addresses = [w for w in self._operands() if re.search(r"[.:/]", w.text) or w.text == "localhost"]
        local = re.compile(r"(?:https?://)?(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?(?:[/?].*)?")
        return bool(addresses) and all(w.is_literal and local.fullmatch(w.text) for w in addresses)

    def _installs(self, name: str, subcommands: frozenset[str]) -> bool:
        rest = [word for word in self.argv[1:] if not word.startswith("-")]
        if not rest or rest[0] not in subcommands:
            return name == "yarn" and not rest
        if name == "uv" and rest[:2] not in (["pip", "install"], ["pip", "sync"]) and rest[0] == "pip":
            return False
        if name in ("pip", "pip3") and "--no-index" not in self.argv:
            named = rest[1:]
            return not named or any(
                word not in (".", "./") and not word.startswith((".[", "./")) for word in named
            )
        return "--no-index" not in self.argv and "--offline" not in self.argv and "--dry-run" not in self.argv

    def _inner(self, name: str) -> list[Concern]:
        """Commands in the arguments and in what is read from standard input."""
        if self.depth >= MOST_NESTED:
            return []
        texts, code = self._shell_texts(name), self._code_texts(name)
        found: list[Concern] = []
        for text in texts:
            script = parse(text)
            found += concerns(script, self.ground, self.depth + 1)
            if script.has_error:
                found += in_text(text, self.ground, self.depth)
        for text in code:
            found += _in_code(text, self.ground, self.depth)
        for text in self._carried(name):
            found += in_text(text, self.ground, self.depth)
        is_interpreter = name in table.SHELLS or name in table.CODE
        if is_interpreter and self._reads_code_from_pipe():
            found.append(self._ask("unknown", f"`{name}` runs what another command prints"))
        if name in ("eval", "source", ".") and any(not word.is_literal for word in self.words[1:]):
            found.append(self._ask("unknown", f"`{name}` runs what is not known before it runs"))
        return found

    def _shell_texts(self, name: str) -> list[str]:
        if name in table.SHELLS:
            texts = [self.command.stdin] if self.command.stdin and not self._operands() else []
            return texts + self._after("c")
        if name == "eval":
            return [" ".join(self.argv[1:])]
        if name == "trap":
            return list(self.argv[1:2])
        if name in ("script", "su", "ssh"):
            return [word for word in self.argv[1:] if " " in word]
        if self.wrappers and " " in self.argv[0]:  # watch 'rm -rf x'
            return [" ".join(self.argv)]
        if name == "git":
            values = git_effects.subcommand(self.argv)[2]
            return [value.partition("=")[2].lstrip("!") for value in values if "=" in value]
        return []

    def _after(self, letter: str) -> list[str]:
        """The word after the option `letter`, also when it stands in a cluster, as in ``-lc``."""
        for at, text in enumerate(self.argv[1:-1], 1):
            if text.startswith("-") and not text.startswith("--") and letter in text[1:]:
                return [next((w for w in self.argv[at + 1 :] if not w.startswith(("-", "+"))), "")]
        return []

    def _carried(self, name: str) -> list[str]:
        """Arguments in which a program takes commands, in a language of its own."""
        args = self.argv[1:]
        if name in table.CARRIERS:
            return [word for word in args if not re.fullmatch(r"[\w./-]*", word)]
        if name in table.CARRIERS_BY_OPTION:
            return [word for word in args if word.startswith("-") and "=" in word]
        if name in table.CARRIERS_BY_SCRIPT:
            return [word for word in args if _SCRIPT_RUNS.search(word)]
        return []

    def _code_texts(self, name: str) -> list[str]:
        options = table.CODE.get(name)
        if options is None:
            return []
        texts = [self.command.stdin] if self.command.stdin else []
        for at, text in enumerate(self.argv[1:], 1):
            if text in options and at + 1 < len(self.argv):
                texts.append(self.argv[at + 1])
            elif any(len(o) == 2 and re.match(rf"-\w*{o[1]}", text) for o in options):
                texts += [text, *self.argv[at + 1 : at + 2]]
        return texts if options else [*texts, *self.argv[1:]]

    def _reads_code_from_pipe(self) -> bool:
        if not self.command.is_piped or self.command.stdin:
            return False
        rest = [word for word in self.argv[1:] if word not in ("-s", "-x", "-e", "-u", "-")]
        return not any(
            not w.startswith("-") or w in ("-c", "-m", "-e", "-p", "-r", "--eval") or "c" in w for w in rest
        )


def _in_code(text: str, ground: Ground, depth: int) -> list[Concern]:
    """Concerns about code of some language."""
    found: list[Concern] = []
    for path in _REMOVING.findall(text):
        if targets.is_everything(path, "", ground.root, ground.home) or targets.is_protected(path):
            found.append(Concern("deny", "remove", f"it removes {path or 'everything'}"))
    if starts_programs(text):
        found += in_text(text, ground, depth)
    return found


# -- judges of single programs -----------------------------------------------------------------------------------------


def _rm(judge: _Judge) -> Iterator[Concern]:
    is_deep = bool(judge._flags() & {"r", "R", "--recursive"}) or any(
        f.startswith("--r") for f in judge._flags()
    )
    operands = judge._operands()
    if not operands and "xargs" in judge.wrappers:
        yield judge._ask("remove", "which files are removed is not known before it runs")
    for word in operands:
        place = judge._place(word)
        if judge._everything(word) and (is_deep or word.text.rstrip("/") not in (".", "..", "")):
            yield judge._deny("remove", f"`{word.text}` takes everything with it, and that cannot be undone")
        elif place is not None and targets.is_protected(place):
            yield judge._deny("remove", f"{word.text} is protected: its history cannot be brought back")
        elif place is None and (is_deep or not word.text.startswith(("/tmp/", "/var/tmp/"))):
            if not targets.normal(word.text).startswith(("/tmp/", "/var/tmp/")):
                yield judge._deny("remove", f"{word.text} is outside of the project")
        elif not word.is_literal and is_deep and judge.depth < MOST_NESTED and not word.text:
            yield judge._ask("remove", "which folder is removed is not known before it runs")


def _rmdir(judge: _Judge) -> Iterator[Concern]:
    yield from _written(judge, judge._operands())


def _written(judge: _Judge, words: list[Word], id: str = "write") -> Iterator[Concern]:
    for word in words:
        if why := judge._why_not_write(word):
            yield judge._deny(id, why)


def _writes_all(judge: _Judge) -> Iterator[Concern]:
    yield from _written(judge, judge._operands())


def _writes_last(judge: _Judge) -> Iterator[Concern]:
    for at, text in enumerate(judge.argv[:-1]):
        if text in ("-t", "--target-directory"):
            yield from _written(judge, [judge.words[at + 1]])
    operands = judge._operands()
    if len(operands) > 1:
        yield from _written(judge, operands[-1:])


def _mv(judge: _Judge) -> Iterator[Concern]:
    operands = judge._operands()
    for word in operands:
        if judge._everything(word) and word is not operands[-1]:
            yield judge._deny("remove", f"`{word.text}` takes everything with it")
    yield from _written(judge, [word for word in operands if word.text.rstrip("/") not in (".", "..")])


def _modes(judge: _Judge) -> Iterator[Concern]:
    is_deep = bool(judge._flags() & {"R", "--recursive"})
    for word in judge._operands()[1:]:
        if is_deep and judge._everything(word):
            yield judge._deny("modes", f"it changes the rights of everything below {word.text}")
        elif why := judge._why_not_write(word):
            yield judge._deny("modes", why)


def _dd(judge: _Judge) -> Iterator[Concern]:
    for text in judge.argv[1:]:
        if text.startswith("of="):
            yield from _written(judge, [Word(text[3:])])


def _sed(judge: _Judge) -> Iterator[Concern]:
    if any(t.startswith(("-i", "--in-place")) or re.match(r"-[nErszu]+i", t) for t in judge.argv[1:]):
        yield from _written(
            judge, [word for word in judge._operands()[1:] if "/" in word.text or "." in word.text]
        )


def _kill(judge: _Judge) -> Iterator[Concern]:
    if "-1" in judge.argv[2:] or judge.argv[1:] == ("-1",):
        yield judge._deny("machine", "it ends every process")


def _find(judge: _Judge) -> Iterator[Concern]:
    argv = judge.argv
    starts = []
    for text in argv[1:]:
        if text.startswith(("-", "(", "!", "\\")) and text not in ("-H", "-L", "-P"):
            break
        starts += [] if text.startswith("-") else [text]
    names = [
        b for a, b in pairwise(argv) if a in ("-name", "-iname", "-path", "-ipath", "-regex", "-wholename")
    ]
    is_filtered = any(re.search(r"[^*?./]", name) for name in names) and not {"!", "-not", "-o", "-or"} & set(
        argv
    )
    if "-delete" in argv:
        yield from _removed_by_find(judge, starts or ["."], is_filtered)
    for at, text in enumerate(argv):
        if text in ("-fprintf", "-fprint", "-fprint0", "-fls") and at + 1 < len(argv):
            yield from _written(judge, [judge.words[at + 1]])
        if text in ("-exec", "-execdir", "-ok", "-okdir"):
            places = starts or ["."]
            hit = [f"{place}/{name.replace('*', 'x')}" for place in places for name in names]
            yield from _run_by_find(judge, at, hit if is_filtered else places)


def _removed_by_find(judge: _Judge, starts: list[str], is_filtered: bool) -> Iterator[Concern]:
    for start in starts:
        word = Word(start)
        place = judge._place(word)
        if (judge._everything(word) and not (is_filtered and place is not None)) or (
            place is not None and targets.is_protected(place)
        ):
            yield judge._deny("remove", f"it deletes everything below {start}")
        elif place is None and judge._why_not_write(word):
            yield judge._deny("remove", f"{start} is outside of the project")


def _run_by_find(judge: _Judge, at: int, instead: list[str]) -> Iterator[Concern]:
    inner: list[Word] = []
    for word in judge.words[at + 1 :]:
        if word.text in (";", "+"):
            break
        inner += [Word(text) for text in instead] if word.text == "{}" else [word]
    command = Command(tuple(inner), cwd=judge.command.cwd)
    yield from _Judge(command, judge.ground, judge.depth + 1).concerns()


def _git(judge: _Judge) -> Iterator[Concern]:
    if why := git_effects.why_ask(judge.argv):
        yield judge._ask("git", why)
    name, args, _ = git_effects.subcommand(judge.argv)
    if name == "config" and "--global" in args and git_effects.why_ask(judge.argv):
        yield judge._deny("write", "it changes your own settings of git")


def _docker(judge: _Judge) -> Iterator[Concern]:
    text = " ".join(judge.argv)
    if re.search(
        r"(?:-v|--volume|--mount)[ =]?\S*?(?:source=|src=)?/(?::|,)|docker\.sock|--privileged|--pid[ =]host",
        text,
    ):
        yield judge._deny("outside", "the container could change the whole machine")


def _rsync(judge: _Judge) -> Iterator[Concern]:
    if any(re.match(r"[\w.@-]+::?[^/]?|rsync://", w.text) and ":" in w.text for w in judge._operands()):
        yield judge._ask("network", "`rsync` talks to another machine")
    yield from _writes_last(judge)


def _python(judge: _Judge) -> Iterator[Concern]:
    """``python -m`` runs a program of that name."""
    if (
        judge.argv[1:2] == ("-m",)
        and len(judge.argv) > 2
        and judge.argv[2] in ("pip", "pipx", "twine", "poetry", "uv")
    ):
        command = Command(judge.words[2:], cwd=judge.command.cwd)
        yield from _Judge(command, judge.ground, judge.depth + 1).concerns()


def _shred(judge: _Judge) -> Iterator[Concern]:
    yield judge._ask("remove", "what it deletes cannot be brought back")
    yield from _writes_all(judge)


def _history(judge: _Judge) -> Iterator[Concern]:
    yield judge._ask("outside", "it deletes data that no copy here can bring back")


_JUDGES: dict[str, Callable[[_Judge], Iterator[Concern]]] = {
    "rm": _rm,
    "unlink": _rm,
    "rmdir": _rmdir,
    "shred": _shred,
    "srm": _shred,
    "mv": _mv,
    "cp": _writes_last,
    "install": _writes_last,
    "ln": _writes_last,
    "tee": _writes_all,
    "touch": _writes_all,
    "mkdir": _writes_all,
    "truncate": _writes_all,
    "mkfifo": _writes_all,
    "mknod": _writes_all,
    "chmod": _modes,
    "chown": _modes,
    "chgrp": _modes,
    "dd": _dd,
    "sed": _sed,
    "gsed": _sed,
    "kill": _kill,
    "find": _find,
    "git": _git,
    "docker": _docker,
    "podman": _docker,
    "nerdctl": _docker,
    "rsync": _rsync,
    "python": _python,
    "dropdb": _history,
    "redis-cli": _history,
}

_WATCHED = frozenset(_JUDGES) - {
    "python",
    "install",
    "touch",
    "mkdir",
    "find",
    "cp",
    "ln",
    "mv",
    "kill",
    "tee",
    "sed",
} | (table.MACHINE_LOST - {"init", "halt"})
"""Names that are taken for commands wherever they stand in code: what destroys, without words of plain English."""
