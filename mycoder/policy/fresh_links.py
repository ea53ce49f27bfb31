"""Links that one command of a text makes and a later one may go through: the later one is judged by both paths."""

from mycoder.policy.syntax import Command
from mycoder.policy.targets import normal
from mycoder.policy.words import Word
from mycoder.policy.wrappers import program, unwrapped


def made_by(command: Command) -> dict[str, str]:
    """Path of a link, seen from the start, to what it leads to; only symbolic ones by plain words."""
    words = unwrapped(command.words)[0]
    if not words or program(words[0].text) != "ln":
        return {}
    flags = "".join(word.text for word in words[1:] if word.text.startswith("-"))
    operands = [word.text for word in words[1:] if not word.text.startswith("-") and word.text]
    if "s" not in flags or not operands:
        return {}
    target = operands[0]
    names = [operands[1]] if len(operands) > 1 else ["."]
    # of a folder that is there the link lies in it
    names.append(f"{names[0]}/{target.rstrip('/').rpartition('/')[2]}")
    found = {}
    for name in names:
        path = normal(name, command.cwd)
        found[path] = normal(target, path.rpartition("/")[0])
    return found


def through(command: Command, links: dict[str, str]) -> Command:
    """`command` with the paths that its words have behind `links`."""
    return Command(
        tuple(_led(word, command.cwd, links) for word in command.words),
        tuple(_led(word, command.cwd, links) for word in command.writes),
        cwd="",
    )


def _led(word: Word, cwd: str | None, links: dict[str, str]) -> Word:
    path = normal(word.text, cwd)
    for link, target in links.items():
        if path.startswith(f"{link}/"):
            return Word(target + path[len(link) :], is_literal=word.is_literal)
    return word
