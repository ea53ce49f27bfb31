"""Rules of a person: ``tool`` or ``tool(pattern)``, in lists that allow, ask and deny.

For the shell the pattern is the beginning of a command in whole words, ``shell(git push)``, or with an equals sign
the whole of it, ``shell(= npm run build)``; for other tools it is a glob over the paths that a call names,
``write(secrets/**)``. Deny wins over ask, ask over allow. An allow rule only takes commands of plain words; rules
that forbid look at every command that a text may start, and rules over paths also at the words of commands. What
really holds a command is the sandbox.
"""

import re
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

import msgspec

from mycoder.config.settings import RuleWithExamples
from mycoder.policy.targets import folded

if TYPE_CHECKING:
    from mycoder.policy.reading import Reading

RuleText = str | RuleWithExamples

_PARTS = re.compile(r"[;&|\n\r()`]|\$\(|\bthen\b|\bdo\b")
_WRAPPERS = frozenset(
    {"sudo", "env", "nohup", "nice", "time", "timeout", "command", "exec", "xargs", "setsid", "doas"}
)
_RULE = re.compile(r"\s*([a-z_]+|\*)\s*(?:\((.*)\))?\s*", re.DOTALL)
_PATHS = ("path", "paths", "patch")
_PATCHED = re.compile(r"^\*\*\* (?:Add|Update|Delete) File: (.+)$|^\*\*\* Move to: (.+)$", re.MULTILINE)
_READERS = frozenset({"read", "*"})
_WRITERS = frozenset({"write", "edit", "patch"})


class RuleError(Exception):
    """A rule that cannot be read; the message says how to write it."""


class Rule(msgspec.Struct, frozen=True):
    """`tool` may be ``*``; an empty pattern takes every call of the tool."""

    tool: str
    pattern: str = ""

    @classmethod
    def parse(cls, text: str) -> "Rule":
        """Raises RuleError."""
        found = _RULE.fullmatch(text)
        if found is None:
            raise RuleError(
                f"the rule {text!r} is none: write a tool, or tool(pattern), e.g. shell(git push)"
            )
        return cls(found[1], (found[2] or "").strip())

    @classmethod
    def checked(cls, text: RuleText, *, is_cautious: bool) -> "Rule":
        """A rule whose examples hold. Raises RuleError."""
        if isinstance(text, str):
            return cls.parse(text)
        rule = cls.parse(text.rule)
        for examples, is_wanted in ((text.fits, True), (text.spares, False)):
            for example in examples:
                if rule._fits_example(example, is_cautious) is not is_wanted:
                    does = "does not fit" if is_wanted else "fits"
                    raise RuleError(f"the rule {rule} {does} its example {example!r}")
        return rule

    def __str__(self) -> str:
        return f"{self.tool}({self.pattern})" if self.pattern else self.tool

    def fits(
        self,
        tool: str,
        arguments: Mapping[str, Any],
        *,
        is_cautious: bool,
        reading: "Reading | None" = None,
    ) -> bool:
        """Whether the rule is about this call. `is_cautious`: for rules that forbid, so that doubt counts as yes.
        `reading` is the command of a call of the shell."""
        if tool == "shell" and is_cautious and self.pattern and reading is not None:
            if self.tool in _READERS and self.tool != "shell" and self._fits_any(reading.named):
                return True
            if self.tool in _WRITERS and self._fits_any(reading.written):
                return True
        if self.tool not in ("*", tool):
            return False
        if not self.pattern:
            return True
        if tool == "shell":
            return self._fits_command(str(arguments.get("command", "")), reading, is_cautious)
        paths = paths_of(arguments)
        matches = [_fits_path(self.pattern, path) for path in paths]
        return any(matches) if is_cautious else bool(matches) and all(matches)

    def covers(self, argv: tuple[str, ...]) -> bool:
        """Whether a rule for the shell that has a pattern names this command."""
        if self.tool != "shell" or not self.pattern:
            return False
        wanted, is_whole = self._wanted()
        return argv == wanted if is_whole else argv[: len(wanted)] == wanted

    def _fits_command(self, command: str, reading: "Reading | None", is_cautious: bool) -> bool:
        if not is_cautious:
            plain = reading.plain if reading is not None else ()
            return bool(plain) and all(self.covers(part.argv) for part in plain)
        wanted, _ = self._wanted()
        if any(_begins(_words(part), list(wanted)) for part in _PARTS.split(command)):
            return True
        return reading is not None and any(argv[: len(wanted)] == wanted for argv in reading.variants)

    def _wanted(self) -> tuple[tuple[str, ...], bool]:
        """The words of the pattern, and whether they must be all of the command."""
        is_whole = self.pattern.startswith("= ")
        text = self.pattern[2:] if is_whole else self.pattern.removesuffix("*")
        if not re.search(r"[\"'\\]", text):
            return tuple(text.split()), is_whole
        import shlex  # late: few rules have quotes

        try:
            return tuple(shlex.split(text)), is_whole
        except ValueError:
            return tuple(text.split()), is_whole

    def _fits_any(self, paths: Iterable[str]) -> bool:
        return any(_fits_path(self.pattern, path) for path in paths)

    def _fits_example(self, example: str, is_cautious: bool) -> bool:
        if self.tool != "shell":
            return self.fits(self.tool, {"path": example}, is_cautious=is_cautious)
        from mycoder.policy.reading import Reading  # late: the grammar of bash

        return self.fits("shell", {"command": example}, is_cautious=is_cautious, reading=Reading(example))


def first_fit(
    rules: Iterable[Rule],
    tool: str,
    arguments: Mapping[str, Any],
    *,
    is_cautious: bool,
    reading: "Reading | None" = None,
) -> Rule | None:
    fitting = (r for r in rules if r.fits(tool, arguments, is_cautious=is_cautious, reading=reading))
    return next(fitting, None)


def paths_of(arguments: Mapping[str, Any]) -> list[str]:
    """The paths that a call names, those in a patch too."""
    paths: list[str] = []
    for name in _PATHS:
        value = arguments.get(name)
        if name == "patch" and isinstance(value, str):
            paths += [a or b for a, b in _PATCHED.findall(value)]
        elif isinstance(value, str):
            paths.append(value)
        elif isinstance(value, list | tuple):
            paths += [str(item) for item in value]
    return paths


def _begins(words: list[str], wanted: list[str]) -> bool:
    """Whether a command begins so, after words that only wrap it: assignments, wrappers and their options."""
    for at, word in enumerate(words):
        if words[at : at + len(wanted)] == wanted:
            return True
        if not ("=" in word or word in _WRAPPERS or word.startswith("-") or word[0].isdigit()):
            return False
    return False


def _words(part: str) -> list[str]:
    return [word for word in re.sub(r"[\"'\\]", "", part).split() if word]


def _fits_path(pattern: str, path: str) -> bool:
    parts: list[str] = []
    for part in path.strip().split("/"):
        if part == ".." and parts:
            parts.pop()
        elif part not in (".", ""):
            parts.append(part)
    clean, wanted = "/".join(parts), pattern.removeprefix("./").lstrip("/")
    return _fits_clean(wanted, clean) or _fits_clean(_folded(wanted), _folded(clean))


def _fits_clean(pattern: str, path: str) -> bool:
    top = pattern.rstrip("/*")
    return fnmatchcase(path, pattern) or fnmatchcase(path, f"{top}/*") or path == top


def _folded(path: str) -> str:
    """As a file system that folds case and width would see it."""
    return "/".join(folded(part) for part in path.split("/"))
