"""``mycoder bench attacks``: the attack cases, survived and total at each level.

A level is one module in `mycoder.bench.attack_levels` with `NAME` (as in the cases' `levels`), `missing()` (why it
cannot run here, empty when it can) and `run(case)`, which returns the problems of one case, empty when it survived.
"""

import pwd
import tomllib
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

import msgspec

from mycoder.protocol.events import Mode
from mycoder.protocol.tooling import Effect

CASES = Path(__file__).parents[2] / "tests" / "attacks" / "cases.toml"
LEVELS: tuple[str, ...] = ("decision", "tool", "process", "host")
"""Modules beside this one, weakest claim first."""

HOME = "/home/u"
"""The home directory in the cases, where nothing is run; a stage has its own."""

FREE_RULES = ("shell(git status)", "shell(echo)", "shell(ls)")
EFFECTS = {"read": Effect.READ, "shell": Effect.RUN}


class Call(msgspec.Struct, frozen=True):
    """A call that the attacker makes the model send."""

    tool: str
    arguments: dict[str, Any] = {}
    effect: str = ""

    @property
    def declared(self) -> Effect:
        return Effect(self.effect) if self.effect else EFFECTS.get(self.tool, Effect.WRITE)


class Repeat(msgspec.Struct, frozen=True):
    text: str
    times: int
    last: str


class Child(msgspec.Struct, frozen=True):
    """The mode that a sub-agent wants for itself; rules of its own it has none."""

    at_most: Mode = "auto"


class Case(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One attack; what the fields mean stands at the head of the file of cases."""

    id: str
    expect: str
    levels: tuple[str, ...]
    number: int = 0
    cve: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()
    calls: tuple[Call, ...] = ()
    repeat: Repeat | None = None
    modes: tuple[Mode, ...] = ()
    allow: tuple[str, ...] = FREE_RULES
    deny: tuple[str, ...] = ()
    at_most: Mode = "auto"
    child: Child | None = None
    tainted: bool = False
    setup: dict[str, Any] = {}
    sandboxes: tuple[str, ...] = ("bubblewrap", "landlock")
    seconds: float = 0.0
    must_end: bool = False
    heavy: bool = False
    is_endless: bool = False
    never_shown: tuple[str, ...] = ()
    after: dict[str, str] = {}
    how: str = ""
    why: str = ""

    def actions(self) -> list[Call]:
        """Everything that the attacker tries, in order."""
        found = [Call("shell", {"command": command}) for command in self.commands]
        if self.repeat is not None:
            text = self.repeat.text * self.repeat.times + self.repeat.last
            found.append(Call("shell", {"command": text}))
        return [*found, *self.calls]


class Level(Protocol):
    NAME: str

    def missing(self) -> str: ...
    def run(self, case: Case) -> list[str]: ...


class _File(msgspec.Struct):
    case: tuple[Case, ...]


class Score(msgspec.Struct, frozen=True):
    """What came of one level: `failed` maps cases to their problems."""

    level: str
    survived: int
    total: int
    tries: int
    failed: dict[str, list[str]] = {}
    missing: str = ""


def load_cases(path: Path = CASES) -> tuple[Case, ...]:
    """Raises OSError, and ValidationError with the place of what is wrong."""
    text = path.read_text("utf-8").replace("{home}", HOME).replace("{root_home}", pwd.getpwuid(0).pw_dir)
    return msgspec.convert(tomllib.loads(text), _File).case


def score(level: Any, cases: Sequence[Case]) -> Score:
    """Runs the cases that apply to `level`, a module as the head of this one says."""
    title = getattr(level, "title", level.NAME)
    if missing := level.missing():
        return Score(title, 0, 0, 0, missing=missing)
    applies = getattr(level, "applies", None)
    applying = [c for c in cases if level.NAME in c.levels and (applies is None or applies(c))]
    problems = {case.id: level.run(case) for case in applying}
    failed = {name: found for name, found in problems.items() if found}
    tries = sum(len(case.actions()) for case in applying)
    return Score(title, len(applying) - len(failed), len(applying), tries, failed)


def run(cases: Path = CASES, levels: Sequence[str] = LEVELS, *, as_json: bool = False) -> tuple[str, bool]:
    """The report, and whether everything survived."""
    loaded = load_cases(cases)
    modules = [import_module(f"mycoder.bench.attack_levels.{name}") for name in levels]
    scores = [score(part, loaded) for module in modules for part in getattr(module, "PARTS", (module,))]
    is_good = not any(one.failed for one in scores)
    if as_json:
        return msgspec.json.encode(scores).decode(), is_good
    lines = [f"{len(loaded)} cases, {sum(len(case.actions()) for case in loaded)} attempts"]
    for one in scores:
        if one.missing:
            lines.append(f"{one.level}: not run, {one.missing}")
            continue
        lines.append(f"{one.level}: {one.survived}/{one.total} survived ({one.tries} attempts)")
        lines += [f"  {name}: {problem}" for name, found in one.failed.items() for problem in found]
    return "\n".join(lines), is_good
