"""Places that a path names, judged by its text alone: what no command and no tool may write to or delete.

Links are not followed here, because a decision reads no files; the host's file tools and the sandbox hold those.
"""

import re

from mycoder.policy.tables import names

PROTECTED = names(
    """.git .mycoder .mcp.json .vscode .idea .claude .cursor .codex .gemini .agents .devcontainer .bashrc .bash_profile
    .bash_login .bash_logout .bash_aliases .profile .zshrc .zshenv .zprofile .zlogin .gitconfig .ripgreprc"""
)
"""Names that make somebody's program run something, wherever in the project they stand. The sandbox masks the same."""

# Patterns are compiled when they are first used: this module is imported at every start.
_EVERYTHING = frozenset(
    {"", "/", "/*", "~", "~/*", ".", "./*", "..", "../*", "*", "**", ".*", "./.*", "../..", "//"}
)
_SYSTEM = r"/(?:usr|etc|bin|sbin|lib\w*|boot|home|root|var|opt|dev|proc|sys|srv|mnt|media)(?:/\*?)?"
_HARMLESS = r"/dev/(?:null|zero|full|random|urandom|stdin|stdout|stderr|tty|fd/\d+)|/(?:var/)?tmp(?:/.*)?"
_CREDENTIALS = (
    r"(?:~|/root|/home/[^/]+)/\.(?:ssh|gnupg|aws|azure|kube|docker|netrc|npmrc|pypirc|git-credentials|config/gh)\b"
    r"|/proc/(?:self|\d+|thread-self)/(?:environ|root|cwd|fd|mem)\b|/etc/g?shadow\b"
)


def normal(path: str, cwd: str | None = "") -> str:
    """`path` without ``.``, ``//`` and inner ``..``, seen from the start; ``..`` that lead out stay in front."""
    if cwd and not path.startswith(("/", "~")):
        path = f"{cwd}/{path}"
    parts: list[str] = []
    for part in path.split("/"):
        if part == ".." and parts and parts[-1] not in ("..", "~"):
            parts.pop()
        elif part not in (".", "") and not (part == ".." and path.startswith("/")):
            parts.append(part)
    return ("/" if path.startswith("/") else "") + "/".join(parts)


def inside(path: str, cwd: str | None, root: str, home: str) -> str | None:
    """`path` relative to the project, "" for the project itself; None when it is outside, as far as text tells."""
    clean = normal(path, cwd)
    if clean == "~" or clean.startswith("~/"):
        if not home:
            return None
        clean = normal(home + clean[1:])
    if clean.startswith("/"):
        if root and (clean == root or clean.startswith(root.rstrip("/") + "/")):
            return clean[len(root.rstrip("/")) + 1 :]
        return None
    return (
        None
        if clean.startswith(("..", "~")) and clean.split("/")[0][:1] in ".~" and _leads_out(clean)
        else clean
    )


def _leads_out(clean: str) -> bool:
    first = clean.split("/")[0]
    return first == ".." or first.startswith("~")


def folded(name: str) -> str:
    """A name as file systems that fold case, width or trailing dots and blanks see it."""
    if name.isascii():
        return name.lower().rstrip(". ")
    import unicodedata  # late: few names need it

    return unicodedata.normalize("NFKC", name).casefold().rstrip(". ")


def is_protected(path: str) -> bool:
    """Whether a path inside the project names, or lies below, a protected name."""
    return any(folded(part.split(":")[0]) in PROTECTED for part in path.split("/"))


def is_everything(path: str, cwd: str | None, root: str = "", home: str = "") -> bool:
    """Whether removing `path` would take the project, the home folder, a system folder or the history with it."""
    bare = path.rstrip("/") or ("/" if path.startswith("/") else "")
    if bare in _EVERYTHING or normal(path) in _EVERYTHING:
        return (
            cwd in ("", None)
            or normal(path, cwd) in _EVERYTHING
            or bare in ("/", "/*", "~", "~/*", "..", "../*")
        )
    clean = normal(path, cwd)
    own = {root, home, f"{root}/*", f"{home}/*"} - {"", "/*"}
    return bool(re.fullmatch(_SYSTEM, clean)) or clean in own or bool(re.match(r"~[\w-]*(?:/\*)?$", clean))


def why_not_write(path: str, cwd: str | None, root: str, home: str) -> str:
    """Why nothing may be written at `path`; empty when it may."""
    if re.match(r"/dev/(?:tcp|udp)/", path):
        return f"{path} is a connection to the network"
    clean = normal(path, None)
    if re.fullmatch(_HARMLESS, clean):
        return ""
    if re.match(r"(?:~|/root|/home/[^/]+)/\.cache(?:/|$)", clean):
        return ""
    place = inside(path, cwd, root, home)
    if place is None:
        if cwd is None and not path.startswith(("/", "~")):
            return f"{path} is protected" if is_protected(clean) else ""
        return f"{path} is outside of the project"
    return f"{path} is protected: it decides what other programs run" if is_protected(place) else ""


def is_credential(path: str) -> bool:
    return re.search(_CREDENTIALS, normal(path)) is not None
