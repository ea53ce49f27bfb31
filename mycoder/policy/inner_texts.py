"""Commands and code in the arguments of a command, and in what it reads from standard input."""

import re

from mycoder.policy import effects_table as table
from mycoder.policy import git_effects
from mycoder.policy.subject import Subject

_SCRIPT_RUNS = re.compile(r"\bsystem\b|\||\bgetline\b|(?:^|[\d$/!;{}\s])e\s+\S")


def shell_texts(subject: Subject, name: str) -> list[str]:
    if name in table.SHELLS:
        texts = [subject.command.stdin] if subject.command.stdin and not subject.operands() else []
        return texts + _after(subject, "c")
    if name == "eval":
        return [" ".join(subject.argv[1:])]
    if name == "trap":
        return list(subject.argv[1:2])
    if name in ("script", "su", "ssh"):
        return [word for word in subject.argv[1:] if " " in word]
    if subject.wrappers and " " in subject.argv[0]:  # watch 'rm -rf x'
        return [" ".join(subject.argv)]
    if name == "git":
        values = git_effects.subcommand(subject.argv)[2]
        return [value.partition("=")[2].lstrip("!") for value in values if "=" in value]
    return []


def _after(subject: Subject, letter: str) -> list[str]:
    """The word after the option `letter`, also when it stands in a cluster, as in ``-lc``."""
    for at, text in enumerate(subject.argv[1:-1], 1):
        if text.startswith("-") and not text.startswith("--") and letter in text[1:]:
            return [next((w for w in subject.argv[at + 1 :] if not w.startswith(("-", "+"))), "")]
    return []


def carried(subject: Subject, name: str) -> list[str]:
    """Arguments in which a program takes commands, in a language of its own."""
    args = subject.argv[1:]
    if name in table.CARRIERS:
        return [word for word in args if not re.fullmatch(r"[\w./-]*", word)]
    if name in table.CARRIERS_BY_OPTION:
        return [word for word in args if word.startswith("-") and "=" in word]
    if name in table.CARRIERS_BY_SCRIPT:
        return [word for word in args if _SCRIPT_RUNS.search(word)]
    return []


def code_texts(subject: Subject, name: str) -> list[str]:
    options = table.CODE.get(name)
    if options is None:
        return []
    texts = [subject.command.stdin] if subject.command.stdin else []
    for at, text in enumerate(subject.argv[1:], 1):
        if text in options and at + 1 < len(subject.argv):
            texts.append(subject.argv[at + 1])
        elif any(len(o) == 2 and re.match(rf"-\w*{o[1]}", text) for o in options):
            texts += [text, *subject.argv[at + 1 : at + 2]]
    return texts if options else [*texts, *subject.argv[1:]]


def reads_code_from_pipe(subject: Subject) -> bool:
    if not subject.command.is_piped or subject.command.stdin:
        return False
    rest = [word for word in subject.argv[1:] if word not in ("-s", "-x", "-e", "-u", "-")]
    return not any(
        not w.startswith("-") or w in ("-c", "-m", "-e", "-p", "-r", "--eval") or "c" in w for w in rest
    )
