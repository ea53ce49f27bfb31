"""What the configuration of a repository can never do, trusted or not: weaken what protects the person.

A repository is written by many hands. Its settings may make mycoder stricter; they may not name a server that
keys are sent to (CVE-2026-21852), switch the sandbox off, approve calls (CVE-2025-53773) or lift a limit that
the person has set.
"""

from typing import Any

from mycoder.config.key_paths import KeyPath
from mycoder.config.settings import Settings

_MODES = ("plan", "ask", "edit", "auto")
_SANDBOX = ("required", "container", "auto", "off")
"""Both from strict to free."""

_NEVER = {
    "pass_env": "a repository cannot say which variables its commands see",
    "sandbox_network": "a repository cannot say which hosts its commands reach",
    "sandbox_container": "a repository cannot say which container its commands run in",
    "undo": "a repository cannot say how long changes can be taken back",
}

_SPENDING = ("max_steps", "max_cost", "max_time")
_OF_AGENTS = ("most", "depth", "max_steps", "max_cost")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


FREE = _words(
    """
    test_command limits.refusals
    tests.seconds tests.baseline tests.baseline_seconds tests.allow_unverified tests.accept_known_failures
    retry.attempts retry.first_delay retry.max_delay retry.connect_seconds retry.first_token_seconds
    retry.idle_seconds context.window context.compact_at context.tail
    models.*.temperature models.*.max_tokens models.*.window models.*.tools
    roles.*.temperature roles.*.max_tokens roles.*.window
    repair.enabled repair.engine repair.seconds repair.alone_seconds repair.endless_seconds
    agents.enabled agents.at_once agents.stall_seconds agents.approval_seconds
    checkpoints.note checkpoints.note_seconds checkpoints.ladder goals.attempts goals.check_seconds
    goals.open_tasks stall.remind stall.replan stall.stop
    ui.theme ui.ascii ui.reduced_motion ui.plain ui.notify policy.ask policy.deny
    """
)
"""Keys that may have any value: they change how work is done, and nothing of what protects the person."""

JUDGED = _words(
    """
    model prefer mode sandbox limits.max_steps limits.max_cost limits.max_time memory.enabled
    models.*.name roles.*.model roles.*.max_calls roles.*.budget
    agents.most agents.depth agents.max_steps agents.max_cost tests.verify stall.enabled repair.ask
    workflow.name
    """
)
"""Keys that may have some values; see `forbidden`. A key in neither list is the person's alone, new ones too."""


def forbidden(path: KeyPath, value: Any, current: Settings, is_set: bool) -> str:
    """Why the repository must not give the key at `path` this value; empty when it may.

    `current` holds what the layers below say, `is_set` tells whether one of them names this key.
    """
    match path:
        case ("base_url",) | ("models", _, "base_url" | "key_env" | "extra", *_):
            return "a repository cannot say where requests and keys are sent"
        case ("policy", "allow"):
            return "a repository cannot approve calls"
        case ("workflow", "set", *_):
            return _workflow(path, value)
        case ("memory", key) if (key, value) != ("enabled", False):
            return "a repository can only switch memory off"
        case (section, *_) if section in _NEVER:
            return _NEVER[section]
    match kind_of(path):
        case "free":
            return ""
        case "judged":
            return _judged(path, value, current, is_set)
    return "only you can set this, in your own settings"


def _judged(path: KeyPath, value: Any, current: Settings, is_set: bool) -> str:
    match path:
        case ("model",) | ("models", _, "name") | ("roles", _, "model") | ("prefer",) if _is_scripted(value):
            return "a repository cannot name a scripted model, which may be a program"
        case ("tests", "verify") | ("stall", "enabled") | ("repair", "ask") if value is False:
            return "a repository cannot switch this off"
        case ("mode",):
            return _only_stricter(_MODES, value, current.mode)
        case ("sandbox",):
            return _only_stricter(_SANDBOX, value, current.sandbox)
        case ("limits", key) if key in _SPENDING and is_set:
            return _only_lower(value, getattr(current.limits, key))
        case ("agents", key) if key in _OF_AGENTS:
            return _only_lower(value, getattr(current.agents, key))
        case ("roles", role, "max_calls" | "budget" as key) if is_set:
            return _only_lower(value, getattr(getattr(current.roles, role), key))
        case ("workflow", *_):
            return _workflow(path, value)
    return ""


def _workflow(path: KeyPath, value: Any) -> str:
    if path[1:2] == ("set",):
        return "a repository cannot change your workflows; it can bring its own in .mycoder/workflows"
    if "/" in value or value.endswith((".yaml", ".yml")):
        return "a repository can only name a workflow, not a file"
    return ""


def kind_of(path: KeyPath) -> str:
    """``free`` or ``judged``; empty for a key that a repository cannot set at all."""
    names = {".".join(path), ".".join([path[0], "*", *path[2:]])}
    return "free" if names & FREE else "judged" if names & JUDGED else ""


def _is_scripted(value: Any) -> bool:
    names = value if isinstance(value, tuple) else (value,)
    return any(name.strip().lower().startswith("scripted") for name in names)


def _only_stricter(order: tuple[str, ...], value: Any, current: str) -> str:
    if order.index(value) <= order.index(current):
        return ""
    return f"a repository cannot make this less strict than {current!r}"


def _only_lower(value: float, current: float) -> str:
    """0 is no limit for cost and time; steps are never 0."""
    if current == 0 or 0 < value <= current:
        return ""
    return f"a repository cannot lift the limit of {current:g}"
