"""What a command would do that nobody gets back, or that reaches beyond the project.

Judged by the words that the lenient reading of the shell text found. A concern is `deny` where it is refused in
every mode, and `ask` where a person must see it whatever the mode is. No concern does not mean safe.
"""

import re
from collections.abc import Iterator

from mycoder.policy import effects_table as table
from mycoder.policy import targets
from mycoder.policy.concern import MOST_NESTED, Concern, Ground
from mycoder.policy.embedded import starts_programs, tokens
from mycoder.policy.fresh_links import made_by, through
from mycoder.policy.inner_texts import carried, code_texts, reads_code_from_pipe, shell_texts
from mycoder.policy.programs import JUDGES, WATCHED
from mycoder.policy.subject import Subject
from mycoder.policy.syntax import Command, Script, parse
from mycoder.policy.words import Word
from mycoder.policy.wrappers import PRIVILEGED, program

_REMOVING = re.compile(
    r"(?:rmtree|rmSync|rm_rf|rm_r|remove_tree|removeSync|rmdirSync|remove_dir_all|RemoveAll)\b"
    r"""[^'"]{0,20}['"]([^'"]*)"""
)
_WRITING = re.compile(
    r"""\bopen\(\s*['"]([^'"]+)['"]\s*,\s*(?:mode\s*=\s*)?['"](?:[^'"]*[wax+])"""
    r"""|\bopen\([^,()]*,\s*['"]\+?>+[^'"]*['"]\s*,\s*['"]([^'"]+)"""
    r"""|\bPath\(\s*['"]([^'"]+)['"]\s*\)\.(?:write_|touch|unlink|rename|replace|mkdir|open\(\s*['"][wax])"""
    r"""|\b(?:write|append)File(?:Sync)?\(\s*['"]([^'"]+)|\bFile\.(?:write|delete)\(\s*['"]([^'"]+)"""
)
"""The name of a file that code writes to, in one of the groups."""
_VERSION = re.compile(r"(?:-?\d+(?:\.\d+)*)$")


def concerns(script: Script, ground: Ground, depth: int = 0) -> list[Concern]:
    """All concerns about `script`, in the order of its commands."""
    found: list[Concern] = []
    links: dict[str, str] = {}
    for command in script.commands:
        found += of_command(command, ground, depth)
        if links:
            found += of_command(through(command, links), ground, depth)
        links.update(made_by(command))
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
        if program(word.text) in WATCHED or program(word.text) in table.NETWORK:
            here = Command(tuple(words[at : at + 12]), cwd="")
            found += of_command(here, ground, MOST_NESTED + depth)
    return found


def of_command(command: Command, ground: Ground, depth: int) -> list[Concern]:
    subject = Subject(command, ground, depth, of_command)
    found = list(_redirections(subject))
    if PRIVILEGED.intersection(subject.wrappers):
        whole = tuple(word.text for word in subject.command.words)
        found.append(Concern("ask", "privilege", "it runs with another user's rights", whole))
    if not subject.words:
        return found
    first = subject.words[0]
    name = _VERSION.sub("", program(first.text)) if program(first.text) not in JUDGES else program(first.text)
    if not first.is_literal and "/" not in first.text and subject.depth < MOST_NESTED:
        found.append(subject.ask("unknown", "which program it starts is not known before it runs"))
    elif not first.text.isascii():
        found.append(subject.ask("unknown", f"the name {first.text!a} only looks like one that is known"))
    if name in PRIVILEGED:
        found.append(subject.ask("privilege", "it runs with another user's rights"))
    found += _by_table(subject, name)
    if judge := JUDGES.get(name):
        found += judge(subject)
    found += _inner(subject, name)
    return found


def _redirections(subject: Subject) -> Iterator[Concern]:
    for word in subject.command.writes:
        if why := subject.why_not_write(word):
            yield subject.deny("write", why)
    for word in subject.words:
        if re.match(r"/dev/(?:tcp|udp)/", word.text):
            yield subject.deny("network", f"{word.text} is a connection to the network")
        elif targets.is_credential(word.text):
            yield subject.ask("credentials", f"{word.text} is where keys and passwords are kept")


def _by_table(subject: Subject, name: str) -> Iterator[Concern]:
    if name in table.NETWORK and not _is_loopback(subject):
        if (
            name in table.NAME_LOOKUP
            and any(not word.is_literal for word in subject.words[1:])
            and subject.depth < MOST_NESTED
        ):
            yield subject.deny("network", f"`{name}` would send out what is put into the name")
        yield subject.ask("network", f"`{name}` talks to other machines")
    if name in table.OUTSIDE:
        yield subject.ask("outside", f"`{name}` changes things that others see")
    if name in table.SYSTEM:
        yield subject.ask("system", f"`{name}` changes the machine and not the project")
    if name in table.MACHINE_LOST or name.startswith("mkfs."):
        yield subject.deny("machine", f"`{name}` can end the machine or what is on its disks")
    subcommands = table.INSTALLERS.get(name)
    if subcommands is not None and _installs(subject, name, subcommands):
        yield subject.ask("install", f"`{' '.join(subject.argv[:2])}` fetches or publishes packages")


def _is_loopback(subject: Subject) -> bool:
    """Whether all addresses are on this machine."""
    addresses = [w for w in subject.operands() if re.search(r"[.:/]", w.text) or w.text == "localhost"]
    local = re.compile(r"(?:https?://)?(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?(?:[/?].*)?")
    return bool(addresses) and all(w.is_literal and local.fullmatch(w.text) for w in addresses)


def _installs(subject: Subject, name: str, subcommands: frozenset[str]) -> bool:
    rest = [word for word in subject.argv[1:] if not word.startswith("-")]
    if not rest or rest[0] not in subcommands:
        return name == "yarn" and not rest
    if name == "uv" and rest[:2] not in (["pip", "install"], ["pip", "sync"]) and rest[0] == "pip":
        return False
    if name in ("pip", "pip3") and "--no-index" not in subject.argv:
        named = rest[1:]
        return not named or any(
            word not in (".", "./") and not word.startswith((".[", "./")) for word in named
        )
    return (
        "--no-index" not in subject.argv
        and "--offline" not in subject.argv
        and "--dry-run" not in subject.argv
    )


def _inner(subject: Subject, name: str) -> list[Concern]:
    """Commands in the arguments and in what is read from standard input."""
    if subject.depth >= MOST_NESTED:
        return []
    texts, code = shell_texts(subject, name), code_texts(subject, name)
    found: list[Concern] = []
    for text in texts:
        script = parse(text)
        found += concerns(script, subject.ground, subject.depth + 1)
        if script.has_error:
            found += in_text(text, subject.ground, subject.depth)
    for text in code:
        found += _in_code(text, subject.ground, subject.depth)
    for text in carried(subject, name):
        found += in_text(text, subject.ground, subject.depth)
    is_interpreter = name in table.SHELLS or name in table.CODE
    if is_interpreter and reads_code_from_pipe(subject):
        found.append(subject.ask("unknown", f"`{name}` runs what another command prints"))
    if name in ("eval", "source", ".") and any(not word.is_literal for word in subject.words[1:]):
        found.append(subject.ask("unknown", f"`{name}` runs what is not known before it runs"))
    return found


def _in_code(text: str, ground: Ground, depth: int) -> list[Concern]:
    """Concerns about code of some language."""
    found: list[Concern] = []
    for path in _REMOVING.findall(text):
        if targets.is_everything(path, "", ground.root, ground.home) or targets.is_protected(path):
            found.append(Concern("deny", "remove", f"it removes {path or 'everything'}"))
    for groups in _WRITING.findall(text):
        path = next(filter(None, groups))
        if why := targets.why_not_write(path, "", ground.root, ground.home):
            found.append(Concern("deny", "write", why))
    if starts_programs(text):
        found += in_text(text, ground, depth)
    return found
