"""May it? A pure function from an action and the policy to a verdict with its rule and reason."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from mycoder.policy.policy import Policy as Policy  # handed on: most callers need both
from mycoder.policy.policy import stricter_mode
from mycoder.policy.programs_path import why_foreign
from mycoder.policy.rules import Rule, first_fit, paths_of
from mycoder.policy.targets import is_credential, why_not_write
from mycoder.protocol.events import Mode
from mycoder.protocol.tooling import Effect

if TYPE_CHECKING:
    from mycoder.policy.reading import Reading

Decision = Literal["allow", "ask", "deny"]
RANK: dict[Decision, int] = {"allow": 0, "ask": 1, "deny": 2}


class Action(msgspec.Struct, frozen=True):
    """What a call wants to do. `arguments` are validated."""

    tool: str
    effect: Effect
    arguments: Mapping[str, Any] = {}


class Verdict(msgspec.Struct, frozen=True):
    """`command` is, for a command that was allowed by its words, what is to be run in its place: the same words,
    written so that the shell cannot read them in another way."""

    decision: Decision
    rule: str = ""
    reason: str = ""
    command: str = ""


class Ground(msgspec.Struct, frozen=True):
    """Where the action happens.

    `sandbox` is the level that commands run at, or ``off`` where the person has switched it off. `root` and `home`
    are real paths, empty when not known; `path` is the PATH of commands, by which their names are looked up.
    `is_tainted`: content that nobody vouches for has entered the conversation.
    """

    sandbox: str = "limits"
    is_trusted: bool = True
    is_tainted: bool = False
    root: str = ""
    home: str = ""
    path: str = ""

    @property
    def has_wall(self) -> bool:
        return self.sandbox in WALLS


WALLS = frozenset({"bubblewrap", "landlock", "seatbelt", "container"})
"""Levels that hold files outside of the project and the network."""

READ_ONLY_WALLS = frozenset({"bubblewrap", "landlock"})
"""Of these, the ones that can also run a command that may write nothing in the project."""

TABLE: dict[tuple[Mode, Effect], Decision] = {
    ("plan", Effect.READ): "allow",
    ("plan", Effect.WRITE): "deny",
    ("plan", Effect.RUN): "deny",
    ("plan", Effect.NET): "deny",
    ("ask", Effect.READ): "allow",
    ("ask", Effect.WRITE): "ask",
    ("ask", Effect.RUN): "ask",
    ("ask", Effect.NET): "ask",
    ("edit", Effect.READ): "allow",
    ("edit", Effect.WRITE): "allow",
    ("edit", Effect.RUN): "ask",
    ("edit", Effect.NET): "ask",
    ("auto", Effect.READ): "allow",
    ("auto", Effect.WRITE): "allow",
    ("auto", Effect.RUN): "allow",
    ("auto", Effect.NET): "ask",
}
"""Mode × effect. What `auto` runs is held by the sandbox, and by what `mycoder.policy.effects` finds."""

OWN_TESTS = frozenset({"test", "localise", "wait"})
"""Tools that only run the project's own tests, or wait: the mode `edit` runs them without a question."""

MEMORY_TOOLS = frozenset({"remember", "memory", "forget", "note"})
"""What they write outlasts the session, so that words of a stranger must not get into it unseen."""


def decide(
    action: Action,
    mode: Mode,
    policy: Policy = Policy(),
    *,
    sandbox: str = "limits",
    is_trusted: bool = True,
    is_tainted: bool = False,
    root: str = "",
    home: str = "",
    path: str = "",
) -> Verdict:
    """The verdict on `action`.

    Nothing is read but the arguments, and with a `path` which programs are there. A deny rule holds in every mode;
    an allow rule never lifts what the mode forbids. See `Ground` for the words after the star.
    """
    ground = Ground(sandbox, is_trusted, is_tainted, root, home, path)
    return _decided(action, stricter_mode(mode, policy.at_most), policy, ground, _reading(action, ground))


def _reading(action: Action, ground: Ground) -> "Reading | None":
    command = action.arguments.get("command")
    if action.tool != "shell" or not isinstance(command, str) or not command.strip():
        return None
    # late: the first command pays for the grammar of bash, the start does not
    from mycoder.policy.concern import Ground as Places
    from mycoder.policy.reading import Reading

    return Reading(command, Places(ground.root, ground.home))


def _decided(
    action: Action, mode: Mode, policy: Policy, ground: Ground, reading: "Reading | None"
) -> Verdict:
    """What refuses first, then what asks, then what allows."""
    if refused := _guarded(action, ground, reading) or _refused(action, mode, policy, ground, reading):
        return refused
    if rule := first_fit(policy.ask, action.tool, action.arguments, is_cautious=True, reading=reading):
        return Verdict("ask", f"ask:{rule}", f"the rule ask {rule} wants it approved")
    if ground.is_tainted and (_reaches_out(action) or action.tool in MEMORY_TOOLS):
        return Verdict("ask", "taint", "text from outside has been read, which may have asked for this")
    if reading is not None and mode == "plan":  # else it was refused
        return Verdict(
            "allow", "safe", "it only reads, in a sandbox that can write nothing", reading.as_read()
        )
    if reading is not None:
        return _command(reading, mode, policy, ground)
    if rule := first_fit(policy.allow, action.tool, action.arguments, is_cautious=False):
        return Verdict("allow", f"allow:{rule}", f"the rule allow {rule}")
    if mode == "edit" and action.tool in OWN_TESTS:
        return Verdict("allow", f"mode:{mode}", "the project's own tests, in the sandbox")
    if _by_table(action, mode) == "ask":
        return Verdict("ask", f"mode:{mode}", f"the mode `{mode}` asks before a tool may {action.effect}")
    return Verdict("allow", f"mode:{mode}")


def _refused(
    action: Action, mode: Mode, policy: Policy, ground: Ground, reading: "Reading | None"
) -> Verdict | None:
    if rule := first_fit(policy.deny, action.tool, action.arguments, is_cautious=True, reading=reading):
        return Verdict("deny", f"deny:{rule}", f"the rule deny {rule} forbids it")
    if _by_table(action, mode) == "deny" and not _only_reads(action, ground, reading):
        why = f"the mode `{mode}` is read-only: nothing may be changed or run"
        return Verdict("deny", f"mode:{mode}", why)
    return None


def _only_reads(action: Action, ground: Ground, reading: "Reading | None") -> bool:
    """Whether `plan` lets a command run: its words only read, and the sandbox holds it to that."""
    if reading is None or action.effect is not Effect.RUN or _reaches_out(action):
        return False
    if ground.sandbox not in READ_ONLY_WALLS or reading.concerns or reading.why_asked:
        return False
    return not _why_foreign(reading, ground)


def _why_foreign(reading: "Reading", ground: Ground) -> str:
    """Why a program may not be the one whose name it has."""
    names = [part.argv[0] for part in reading.plain if part.argv]
    return why_foreign(names, ground.path, ground.root) if ground.path else ""


def _reaches_out(action: Action) -> bool:
    return action.effect is Effect.NET or bool(action.arguments.get("network"))


def _by_table(action: Action, mode: Mode) -> Decision:
    """A command that wants the network has two effects, and the stricter verdict holds."""
    verdicts = [TABLE[mode, action.effect]]
    if _reaches_out(action):
        verdicts.append(TABLE[mode, Effect.NET])
    return max(verdicts, key=RANK.__getitem__)


def _guarded(action: Action, ground: Ground, reading: "Reading | None") -> Verdict | None:
    """What is refused in every mode and whatever is allowed, because nobody wants it or it cannot be undone."""
    if reading is not None:
        for concern in reading.concerns:
            if concern.level == "deny":
                return Verdict("deny", f"guard:{concern.id}", f"{concern.reason}; refused in every mode")
        return None
    for path in paths_of(action.arguments):
        if "\0" in path:
            return Verdict("deny", "guard:nul", "there is a NUL character in the path")
        if is_credential(path):
            return Verdict("deny", "guard:credentials", f"{path} is where keys and passwords are kept")
        if action.effect is not Effect.WRITE:
            continue
        if path.startswith(("/dev/", "/proc/", "/sys/")):
            return Verdict("deny", "guard:write", f"{path} is no file")
        if why := why_not_write(path, "", ground.root, ground.home):
            return Verdict("deny", "guard:write", f"{why}; refused in every mode")
    return None


def _command(reading: "Reading", mode: Mode, policy: Policy, ground: Ground) -> Verdict:
    """What is not refused: by its effects, then by rules that allow, by its words, by the mode and the sandbox."""
    for concern in reading.concerns:
        if not _is_lifted(concern.argv, policy.allow):
            return Verdict("ask", f"guard:{concern.id}", concern.reason)
    if rule := next((r for r in policy.allow if r.tool in ("*", "shell") and not r.pattern), None):
        return Verdict("allow", f"allow:{rule}", f"the rule allow {rule}")
    if rule := _allowed_by(reading, policy.allow):
        return Verdict("allow", f"allow:{rule}", f"the rule allow {rule}", reading.as_read())
    foreign = "" if reading.why_asked else _why_foreign(reading, ground)
    if not reading.why_asked and not foreign and (ground.is_trusted or ground.has_wall):
        return Verdict("allow", "safe", "it only reads inside of the project", reading.as_read())
    if mode in ("edit", "auto") and reading.is_test_run:
        return Verdict("allow", "tests", "the project's own tests, in the sandbox", reading.as_read())
    if mode != "auto":
        return Verdict(
            "ask",
            f"mode:{mode}",
            f"the mode `{mode}` asks before a command, and {reading.why_asked or foreign}",
        )
    if ground.has_wall or ground.sandbox == "off":
        return Verdict("allow", f"mode:{mode}")
    why = (
        "no sandbox on this machine holds commands, so that only those known to be harmless run unasked "
        "(a rule under policy.allow permits more, --sandbox off permits all)"
    )
    return Verdict("ask", "sandbox", why)


def _is_lifted(argv: tuple[str, ...], allow: tuple[Rule, ...]) -> bool:
    """A concern is lifted only by a rule that names the command, never by one that allows all."""
    return bool(argv) and any(rule.covers(argv) for rule in allow)


def _allowed_by(reading: "Reading", allow: tuple[Rule, ...]) -> Rule | None:
    """A rule that takes part in allowing every command of the text; each is named by a rule or only reads."""
    used: Rule | None = None
    for part in reading.plain:
        rule = next((rule for rule in allow if rule.covers(part.argv)), None)
        if rule is not None and part.argv[0] == "git" and len(reading.folders) > 1:
            return None  # another folder may have a configuration of git of its own
        if rule is None and reading.why_not_safe(part.argv):
            return None
        used = used or rule
    return used
