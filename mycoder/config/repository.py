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


def forbidden(path: KeyPath, value: Any, current: Settings, is_set: bool) -> str:
    """Why the repository must not give the key at `path` this value; empty when it may.

    `current` holds what the layers below say, `is_set` tells whether one of them names this key.
    """
    why = ""
    match path:
        case ("base_url",) | ("models", _, "base_url" | "key_env" | "extra", *_):
            return "a repository cannot say where requests and keys are sent"
        case ("model",) | ("models", _, "name") | ("roles", _, "model") | ("prefer",) if _is_scripted(value):
            return "a repository cannot name a scripted model, which may be a program"
        case ("tests", "verify") | ("stall", "enabled") if value is False:
            return "a repository cannot switch this off"
        case (section, *_) if section in _NEVER or path == ("policy", "allow"):
            return _NEVER.get(section, "a repository cannot approve calls")
        case ("mode",):
            return _only_stricter(_MODES, value, current.mode)
        case ("sandbox",):
            return _only_stricter(_SANDBOX, value, current.sandbox)
        case ("memory", key) if (key, value) != ("enabled", False):
            why = "a repository can only switch memory off"
        case ("limits", key) if key in _SPENDING and is_set:
            why = _only_lower(value, getattr(current.limits, key))
        case ("workflow", *_):
            why = _workflow(path, value)
    return why


def _workflow(path: KeyPath, value: Any) -> str:
    if path[1:2] == ("set",):
        return "a repository cannot change your workflows; it can bring its own in .mycoder/workflows"
    if "/" in value or value.endswith((".yaml", ".yml")):
        return "a repository can only name a workflow, not a file"
    return ""


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
