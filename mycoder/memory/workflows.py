"""Distilling: runs of commands that came more than once become a proposal for a skill.

A run is two to five commands that followed each other in one session. It counts once a session, must have come in
at least two, and every command in it must have ended well at least once. Nothing is proposed that is part of a
longer run of the same count.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec

from mycoder.memory.entries import one_line
from mycoder.protocol.events import AnyEvent, TestsRan, ToolCalled, ToolFinished

SHORTEST, LONGEST = 2, 5
LEAST = 2
MOST_PROPOSED = 3
_LOOKING = (
    "ls",
    "cat",
    "pwd",
    "head",
    "tail",
    "grep",
    "rg",
    "find",
    "sed -n",
    "echo",
    "cd",
    "wc",
    "which",
    "true",
)


class Workflow(msgspec.Struct, frozen=True):
    """Commands that belong together, and in how many sessions they came so."""

    commands: tuple[str, ...]
    count: int

    @property
    def name(self) -> str:
        """A short name for a file, made of the programs."""
        words = [
            re.sub(r"[^a-z0-9]+", "-", " ".join(c.split()[:2]).lower()).strip("-") for c in self.commands[:3]
        ]
        return "-then-".join(dict.fromkeys(word for word in words if word))[:60].strip("-") or "workflow"

    @property
    def line(self) -> str:
        return f"Seen in {self.count} sessions: " + ", then ".join(
            f"`{command}`" for command in self.commands
        )

    def skill(self) -> str:
        """As a skill: front matter and steps."""
        steps = "\n".join(f"{n}. Run `{command}`." for n, command in enumerate(self.commands, 1))
        about = one_line(f"Runs {', then '.join(self.commands)}", 200).replace('"', "'")
        return (
            f'---\nname: {self.name}\ndescription: "{about}"\n---\n\n'
            f"Commands that were run in this order in {self.count} sessions of this project.\n\n{steps}\n\n"
            "Stop at the first that fails, and say what it printed.\n"
        )


def commands_of(events: Iterable[AnyEvent]) -> list[str]:
    """The commands of a session that ended well, in order; looking around is left out."""
    calls: dict[str, str] = {}
    out: list[str] = []
    for event in events:
        match event:
            case ToolCalled(tool="shell"):
                calls[event.call_id] = _command(event.arguments)
            case ToolFinished(ok=True) if command := calls.pop(event.call_id, ""):
                out.append(command)
            case TestsRan(baseline=False, complete=True) if event.is_green:
                out.append(one_line(event.command, 200))
    return [c for i, c in enumerate(out) if c and not c.startswith(_LOOKING) and (i == 0 or out[i - 1] != c)]


def distil(sessions: Iterable[Sequence[str]]) -> list[Workflow]:
    """The workflows in the commands of `sessions`, those that came most often and are longest first."""
    counts: Counter[tuple[str, ...]] = Counter()
    for commands in sessions:
        runs = {
            tuple(commands[i : i + n])
            for n in range(SHORTEST, LONGEST + 1)
            for i in range(len(commands) - n + 1)
        }
        counts.update(run for run in runs if len(set(run)) == len(run))
    often = sorted(
        ((run, n) for run, n in counts.items() if n >= LEAST),
        key=lambda pair: (-pair[1], -len(pair[0]), pair[0]),
    )
    found: list[Workflow] = []
    for run, count in often:
        if not any(_is_part(run, longer) for longer, n in often if len(longer) > len(run) and n >= count):
            found.append(Workflow(run, count))
    return found[:MOST_PROPOSED]


def _is_part(run: tuple[str, ...], longer: tuple[str, ...]) -> bool:
    return any(longer[i : i + len(run)] == run for i in range(len(longer) - len(run) + 1))


def _command(arguments: str) -> str:
    try:
        values = msgspec.json.decode(arguments)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return ""
    command = values.get("command", "") if isinstance(values, dict) else ""
    text = one_line(command, 200) if isinstance(command, str) else ""
    return "" if text.endswith("…") or "`" in text else text
