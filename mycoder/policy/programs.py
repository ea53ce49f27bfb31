"""What single programs do with the files and the machine: one judge for each, called with the command."""

import re
from collections.abc import Callable, Iterator
from itertools import pairwise

from mycoder.policy import effects_table as table
from mycoder.policy import git_effects, targets
from mycoder.policy.concern import MOST_NESTED, Concern
from mycoder.policy.subject import Subject
from mycoder.policy.words import Word


def _rm(judge: Subject) -> Iterator[Concern]:
    is_deep = bool(judge.flags() & {"r", "R", "--recursive"}) or any(
        f.startswith("--r") for f in judge.flags()
    )
    operands = judge.operands()
    if not operands and "xargs" in judge.wrappers:
        yield judge.ask("remove", "which files are removed is not known before it runs")
    for word in operands:
        place = judge.place(word)
        if judge.is_everything(word) and (is_deep or word.text.rstrip("/") not in (".", "..", "")):
            yield judge.deny("remove", f"`{word.text}` takes everything with it, and that cannot be undone")
        elif place is not None and targets.is_protected(place):
            yield judge.deny("remove", f"{word.text} is protected: its history cannot be brought back")
        elif place is None and (is_deep or not word.text.startswith(("/tmp/", "/var/tmp/"))):
            if not targets.normal(word.text).startswith(("/tmp/", "/var/tmp/")):
                yield judge.deny("remove", f"{word.text} is outside of the project")
        elif not word.is_literal and is_deep and judge.depth < MOST_NESTED and not word.text:
            yield judge.ask("remove", "which folder is removed is not known before it runs")


def _rmdir(judge: Subject) -> Iterator[Concern]:
    yield from _written(judge, judge.operands())


def _written(judge: Subject, words: list[Word], id: str = "write") -> Iterator[Concern]:
    for word in words:
        if why := judge.why_not_write(word):
            yield judge.deny(id, why)


def _writes_all(judge: Subject) -> Iterator[Concern]:
    yield from _written(judge, judge.operands())


def _writes_last(judge: Subject) -> Iterator[Concern]:
    for at, text in enumerate(judge.argv[:-1]):
        if text in ("-t", "--target-directory"):
            yield from _written(judge, [judge.words[at + 1]])
    operands = judge.operands()
    if len(operands) > 1:
        yield from _written(judge, operands[-1:])


def _mv(judge: Subject) -> Iterator[Concern]:
    operands = judge.operands()
    for word in operands:
        if judge.is_everything(word) and word is not operands[-1]:
            yield judge.deny("remove", f"`{word.text}` takes everything with it")
    yield from _written(judge, [word for word in operands if word.text.rstrip("/") not in (".", "..")])


def _modes(judge: Subject) -> Iterator[Concern]:
    is_deep = bool(judge.flags() & {"R", "--recursive"})
    for word in judge.operands()[1:]:
        if is_deep and judge.is_everything(word):
            yield judge.deny("modes", f"it changes the rights of everything below {word.text}")
        elif why := judge.why_not_write(word):
            yield judge.deny("modes", why)


def _dd(judge: Subject) -> Iterator[Concern]:
    for text in judge.argv[1:]:
        if text.startswith("of="):
            yield from _written(judge, [Word(text[3:])])


def _sed(judge: Subject) -> Iterator[Concern]:
    if any(t.startswith(("-i", "--in-place")) or re.match(r"-[nErszu]+i", t) for t in judge.argv[1:]):
        yield from _written(
            judge, [word for word in judge.operands()[1:] if "/" in word.text or "." in word.text]
        )


_IN_PLACE = r"-[plnaws0-7]*i"


def _script(judge: Subject) -> Iterator[Concern]:
    """perl and ruby with -i write to the files that they are given."""
    if any(re.match(_IN_PLACE, text) for text in judge.argv[1:]):
        pairs = zip(judge.words, judge.words[1:], strict=False)
        files = [word for before, word in pairs if not re.fullmatch(r"-\w*[eE]", before.text)]
        yield from _written(judge, [word for word in files if not word.text.startswith("-")])


def _kill(judge: Subject) -> Iterator[Concern]:
    if "-1" in judge.argv[2:] or judge.argv[1:] == ("-1",):
        yield judge.deny("machine", "it ends every process")


def _find(judge: Subject) -> Iterator[Concern]:
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


def _removed_by_find(judge: Subject, starts: list[str], is_filtered: bool) -> Iterator[Concern]:
    for start in starts:
        word = Word(start)
        place = judge.place(word)
        if (judge.is_everything(word) and not (is_filtered and place is not None)) or (
            place is not None and targets.is_protected(place)
        ):
            yield judge.deny("remove", f"it deletes everything below {start}")
        elif place is None and judge.why_not_write(word):
            yield judge.deny("remove", f"{start} is outside of the project")


def _run_by_find(judge: Subject, at: int, instead: list[str]) -> Iterator[Concern]:
    inner: list[Word] = []
    for word in judge.words[at + 1 :]:
        if word.text in (";", "+"):
            break
        inner += [Word(text) for text in instead] if word.text == "{}" else [word]
    yield from judge.starts(tuple(inner))


def _git(judge: Subject) -> Iterator[Concern]:
    if why := git_effects.why_ask(judge.argv):
        yield judge.ask("git", why)
    name, args, _ = git_effects.subcommand(judge.argv)
    if name == "config" and "--global" in args and git_effects.why_ask(judge.argv):
        yield judge.deny("write", "it changes your own settings of git")


def _docker(judge: Subject) -> Iterator[Concern]:
    text = " ".join(judge.argv)
    if re.search(
        r"(?:-v|--volume|--mount)[ =]?\S*?(?:source=|src=)?/(?::|,)|docker\.sock|--privileged|--pid[ =]host",
        text,
    ):
        yield judge.deny("outside", "the container could change the whole machine")


def _rsync(judge: Subject) -> Iterator[Concern]:
    if any(re.match(r"[\w.@-]+::?[^/]?|rsync://", w.text) and ":" in w.text for w in judge.operands()):
        yield judge.ask("network", "`rsync` talks to another machine")
    yield from _writes_last(judge)


def _python(judge: Subject) -> Iterator[Concern]:
    """``python -m`` runs a program of that name."""
    if (
        judge.argv[1:2] == ("-m",)
        and len(judge.argv) > 2
        and judge.argv[2] in ("pip", "pipx", "twine", "poetry", "uv")
    ):
        yield from judge.starts(judge.words[2:])


def _shred(judge: Subject) -> Iterator[Concern]:
    yield judge.ask("remove", "what it deletes cannot be brought back")
    yield from _writes_all(judge)


def _history(judge: Subject) -> Iterator[Concern]:
    yield judge.ask("outside", "it deletes data that no copy here can bring back")


JUDGES: dict[str, Callable[[Subject], Iterator[Concern]]] = {
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
    "perl": _script,
    "ruby": _script,
    **dict.fromkeys(("ed", "ex", "vi", "vim", "nvim", "nano", "emacs"), _writes_all),
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

WATCHED = frozenset(JUDGES) - {
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
    "perl",
    "ruby",
    "ed",
    "ex",
    "vi",
    "sed",
} | (table.MACHINE_LOST - {"init", "halt"})
"""Names that are taken for commands wherever they stand in code: what destroys, without words of plain English."""
