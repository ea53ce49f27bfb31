"""One command of the shell, read once for a decision: what is plain in it, what it may start, what is wrong with it."""

import re
from functools import cached_property

from mycoder.policy import git_effects
from mycoder.policy.concern import Concern, Ground
from mycoder.policy.effects import concerns, in_text
from mycoder.policy.embedded import targets_of
from mycoder.policy.safe import why_not_safe, why_not_test_run
from mycoder.policy.safe_table import COMMANDS, GIT
from mycoder.policy.syntax import Command, Plain, Script, parse
from mycoder.policy.targets import normal
from mycoder.policy.words import Word, has_invisible
from mycoder.policy.wrappers import program, unwrapped

LONGEST = 500_000
"""Characters; a longer command is refused unread."""

_IFS = re.compile(r"\$IFS\b|\$\{IFS[^}]*\}")
_NO_DIFF_PROGRAMS = ("diff", "log", "show", "whatchanged", "blame", "annotate")


class Reading:
    """`text` read on `ground`."""

    def __init__(self, text: str, ground: Ground = Ground()) -> None:
        self.text, self.ground = text, ground

    @cached_property
    def script(self) -> Script:
        return parse(self.text) if len(self.text) <= LONGEST else Script(why="it is too long", has_error=True)

    @cached_property
    def commands(self) -> tuple[Command, ...]:
        """Every command that the text may start, also as it would be with blanks in the place of ``$IFS``."""
        found = self.script.commands
        return (*found, *parse(_IFS.sub(" ", self.text)).commands) if _IFS.search(self.text) else found

    @property
    def plain(self) -> tuple[Plain, ...]:
        return self.script.plain

    @cached_property
    def concerns(self) -> tuple[Concern, ...]:
        """Those that refuse first."""
        if len(self.text) > LONGEST:
            return (Concern("deny", "length", f"it is longer than {LONGEST:,} characters"),)
        if "\0" in self.text:
            return (Concern("deny", "nul", "it has a NUL character in it"),)
        script = Script(self.commands, functions=self.script.functions)
        found = concerns(script, self.ground)
        if has_invisible(self.text):
            found.append(Concern("ask", "invisible", "it has characters that cannot be seen"))
        if self.script.has_error:
            found += in_text(re.sub(r"[{},]", " ", self.text), self.ground, 0)
            writes = tuple(Word(target, is_literal=False) for target in targets_of(self.text))
            found += concerns(Script((Command((), writes),)), self.ground)
            found += in_text(re.sub(r"['\"\\]", "", self.text), self.ground, 0)
        return tuple(sorted(found, key=lambda concern: concern.level != "deny"))

    @cached_property
    def variants(self) -> tuple[tuple[str, ...], ...]:
        """Every command as words that a rule may name: as written, without wrappers, without folders, and a command
        of git without the options before it."""
        found: dict[tuple[str, ...], None] = {}
        for command in self.commands:
            for words in (command.words, unwrapped(command.words)[0]):
                argv = tuple(word.text for word in words)
                if not argv:
                    continue
                bare = (program(argv[0]), *argv[1:])
                found.update({argv: None, bare: None})
                if bare[0] == "git":
                    name, args, _ = git_effects.subcommand(bare)
                    found["git", name, *args] = None
        for concern in self.concerns:
            if concern.argv:
                found[program(concern.argv[0]), *concern.argv[1:]] = None
        return tuple(found)

    @cached_property
    def named(self) -> tuple[str, ...]:
        """Every word and target, which may be a path, seen from the start."""
        return tuple(
            normal(word.text, command.cwd)
            for command in self.commands
            for word in (*command.words, *command.writes)
            if word.text
        )

    @cached_property
    def written(self) -> tuple[str, ...]:
        """The same for what may be written: targets of redirections, and words of commands that may do more than
        read."""
        return tuple(
            normal(word.text, command.cwd)
            for command in self.commands
            for word in (
                *command.writes,
                *(() if command.words and command.words[0].text in COMMANDS else command.words),
            )
            if word.text
        )

    # -- what needs no question ----------------------------------------------------------------------------------

    @cached_property
    def folders(self) -> tuple[str, ...]:
        """Where a plain command may run: the start, and each place that a `cd` may have led to."""
        found = [""]
        for part in self.plain:
            if part.argv[:1] == ("cd",) and len(part.argv) == 2:
                found += [normal(part.argv[1], folder) for folder in found]
        return tuple(dict.fromkeys(found))[:50]

    def why_not_safe(self, argv: tuple[str, ...]) -> str:
        changed = len(self.folders) > 1
        for folder in self.folders:
            if why := why_not_safe(argv, folder, self.ground.root, self.ground.home, changed):
                return why
        return ""

    @cached_property
    def why_asked(self) -> str:
        """Why the text is not known to only read; empty when it does."""
        if not self.plain:
            return self.script.why or "it is not plain"
        return next((why for part in self.plain if (why := self.why_not_safe(part.argv))), "")

    @property
    def is_test_run(self) -> bool:
        """Whether it only runs the project's own tests, and perhaps shortens what they print."""
        parts = self.plain
        tests = [not why_not_test_run(part.argv, self.ground.root, self.ground.home) for part in parts]
        return any(tests) and all(
            t or not self.why_not_safe(p.argv) for t, p in zip(tests, parts, strict=True)
        )

    def as_read(self) -> str:
        """The plain commands written so that bash runs the very words that were judged."""
        text = ""
        for part in self.plain:
            text += f"{'' if part.joiner in ('', ';') else ' '}{part.joiner} " if text else ""
            text += " ".join(_guarded(part))
        return text


def _guarded(part: Plain) -> list[str]:
    """A command of git that only reads starts none of the programs that the repository's configuration names."""
    forms = [word.form for word in part.words]
    argv = [word for word in part.argv if word != "--no-pager"]
    if part.argv[0] != "git" or len(argv) < 2 or argv[1] not in GIT:
        return forms
    at = part.argv.index(argv[1]) + 1
    no_programs = ["--no-ext-diff", "--no-textconv"] if argv[1] in _NO_DIFF_PROGRAMS else []
    no_programs = no_programs[1:] if argv[1] in ("blame", "annotate") else no_programs
    return ["git", "--no-pager", "-c", "core.fsmonitor=false", argv[1], *no_programs, *forms[at:]]
