"""What of a repository becomes configuration or is run. Being asked whether there is any of it costs next to
nothing, since every start asks."""

import os
import re
from pathlib import Path

LOADED: tuple[tuple[str, str], ...] = (
    (".mycoder/config.toml", "settings"),
    (".mycoder/workflows", "workflows"),
    (".mycoder/agents", "sub-agents"),
    (".mycoder/commands", "slash commands"),
    (".mycoder/skills", "skills"),
    (".mycoder/hooks", "hooks"),
    (".mycoder/hooks.json", "hooks"),
    (".mycoder/themes", "themes"),
    (".mcp.json", "MCP servers"),
    (".agents/skills", "skills"),
    (".claude/settings.json", "hooks"),
    (".claude/agents", "sub-agents"),
    (".claude/commands", "slash commands"),
    (".claude/skills", "skills"),
)
"""Files and folders, and what they are. Our table in pyproject.toml counts too."""

SETTINGS = ".mycoder/config.toml"
PYPROJECT = "pyproject.toml"

LARGEST = 1_000_000
"""Bytes of a file with settings; what is larger is something else."""

_OUR_TABLE = rb"""(?mx)
    ^ \s* \[? \s* ["']?tool["']? \s* \. \s* ["']?mycoder["']? \s* [].=]   # [tool.mycoder], or without [ ]
    | ^ \s* ["']?tool["']? \s* = .* mycoder                               # tool = {mycoder = {...}}
    | ^ \s* \[ \s* ["']?tool["']? \s* \] [^[]* ^ \s* ["']?mycoder         # [tool] and mycoder.x = 1 below
"""


def has_any(root: Path) -> bool:
    """Whether the folder would load anything, so that its trust matters."""
    return any(os.path.lexists(f"{root}/{name}") for name, _ in LOADED) or has_our_table(root / PYPROJECT)


def has_our_table(pyproject: Path) -> bool:
    """Whether a pyproject.toml seems to have ``[tool.mycoder]``, found out without parsing it."""
    try:
        with open(pyproject, "rb", opener=_open_without_waiting) as file:
            data = file.read(LARGEST)
    except OSError:
        return False
    return b"mycoder" in data and re.search(_OUR_TABLE, data) is not None


def _open_without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK)
