"""Rules of a person: ``tool`` or ``tool(pattern)``, in lists that allow, ask and deny.

For the shell the pattern is the beginning of a command in whole words, ``shell(git push)``; for other tools it is a
glob over the paths that a call names, ``write(secrets/**)``. Deny wins over ask, ask over allow. Text matching on
shell commands is a guard against mistakes and no wall: an allow rule only takes commands of plain words, a deny rule
looks at every part of a command, and what really holds a command is the sandbox.
"""

import re
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any

import msgspec

PLAIN = re.compile(r"[\w ./=:@,+%-]+")
"""Commands that an allow rule may take: words without quotes, expansions, redirections or a second command."""

_PARTS = re.compile(r"[;&|\n\r()`]|\$\(|\bthen\b|\bdo\b")
_WRAPPERS = frozenset(
    {"sudo", "env", "nohup", "nice", "time", "timeout", "command", "exec", "xargs", "setsid", "doas"}
)
_RULE = re.compile(r"\s*([a-z_]+|\*)\s*(?:\((.*)\))?\s*", re.DOTALL)
_PATHS = ("path", "paths", "patch")
_PATCHED = re.compile(r"^\*\*\* (?:Add|Update|Delete) File: (.+)$|^\*\*\* Move to: (.+)$", re.MULTILINE)


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

    def __str__(self) -> str:
        return f"{self.tool}({self.pattern})" if self.pattern else self.tool

    def fits(self, tool: str, arguments: Mapping[str, Any], *, is_cautious: bool) -> bool:
        """Whether the rule is about this call. `is_cautious`: for rules that forbid, so that doubt counts as yes."""
        if self.tool not in ("*", tool):
            return False
        if not self.pattern:
            return True
        if tool == "shell":
            return _fits_command(self.pattern, str(arguments.get("command", "")), is_cautious=is_cautious)
        paths = _paths(arguments)
        matches = [_fits_path(self.pattern, path) for path in paths]
        return any(matches) if is_cautious else bool(matches) and all(matches)


def first_fit(
    rules: Iterable[Rule], tool: str, arguments: Mapping[str, Any], *, is_cautious: bool
) -> Rule | None:
    return next((rule for rule in rules if rule.fits(tool, arguments, is_cautious=is_cautious)), None)


def _fits_command(pattern: str, command: str, *, is_cautious: bool) -> bool:
    wanted = pattern.removesuffix("*").split()
    if not is_cautious:
        return PLAIN.fullmatch(command) is not None and command.split()[: len(wanted)] == wanted
    return any(_begins(_words(part), wanted) for part in _PARTS.split(command))


def _begins(words: list[str], wanted: list[str]) -> bool:
    return any(words[at : at + len(wanted)] == wanted for at in range(len(words)) if _is_wrapped(words[:at]))


def _is_wrapped(before: list[str]) -> bool:
    """Whether the words before a command only wrap it: assignments, wrappers and their options."""
    return all("=" in w or w in _WRAPPERS or w.startswith("-") or w[0].isdigit() for w in before)


def _words(part: str) -> list[str]:
    return [word for word in re.sub(r"[\"'\\]", "", part).split() if word]


def _paths(arguments: Mapping[str, Any]) -> list[str]:
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


def _fits_path(pattern: str, path: str) -> bool:
    parts: list[str] = []
    for part in path.strip().split("/"):
        if part == ".." and parts:
            parts.pop()
        elif part not in (".", ""):
            parts.append(part)
    clean = "/".join(parts)
    return (
        fnmatchcase(clean, pattern)
        or fnmatchcase(clean, f"{pattern.rstrip('/*')}/*")
        or clean == pattern.rstrip("/*")
    )
