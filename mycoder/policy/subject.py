"""One command under judgement: its words as the judges of programs ask for them."""

from collections.abc import Callable, Iterable

from mycoder.policy import targets
from mycoder.policy.concern import Concern, Ground
from mycoder.policy.syntax import Command
from mycoder.policy.words import Word
from mycoder.policy.wrappers import unwrapped

Look = Callable[[Command, Ground, int], Iterable[Concern]]
"""All concerns about a command, so many shells deep."""


class Subject:
    """`words` are those without the programs that only start others, which are `wrappers`."""

    def __init__(self, command: Command, ground: Ground, depth: int, look: Look) -> None:
        self.command, self.ground, self.depth = command, ground, depth
        self._look = look
        self.words, self.wrappers = unwrapped(command.words)
        self.argv = tuple(word.text for word in self.words)

    def ask(self, id: str, reason: str) -> Concern:
        return Concern("ask", id, reason, self.argv)

    def deny(self, id: str, reason: str) -> Concern:
        return Concern("deny", id, reason, self.argv)

    def flags(self) -> set[str]:
        found: set[str] = set()
        for text in self.argv[1:]:
            if text == "--":
                break
            if text.startswith("--"):
                found.add(text.partition("=")[0])
            elif text.startswith("-"):
                found.update(text[1:])
        return found

    def operands(self) -> list[Word]:
        found, only = [], False
        for word in self.words[1:]:
            if word.text == "--" and not only:
                only = True
            elif only or not word.text.startswith("-"):
                found.append(word)
        return found

    def is_everything(self, word: Word) -> bool:
        """What is not known may be empty: `"$UNSET"/` is the root of the file system."""
        if not word.text and not word.is_literal:
            return False
        return targets.is_everything(word.text, self.command.cwd, self.ground.root, self.ground.home)

    def place(self, word: Word) -> str | None:
        return targets.inside(word.text, self.command.cwd, self.ground.root, self.ground.home)

    def why_not_write(self, word: Word) -> str:
        if not word.text:
            return ""
        return targets.why_not_write(word.text, self.command.cwd, self.ground.root, self.ground.home)

    def starts(self, words: tuple[Word, ...]) -> Iterable[Concern]:
        """The concerns about a command that this one starts."""
        return self._look(Command(words, cwd=self.command.cwd), self.ground, self.depth + 1)
