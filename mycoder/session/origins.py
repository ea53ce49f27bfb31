"""Which words are somebody else's: where a command, a path or a listing shows that they come from outside."""

import os
import re

FOREIGN = (
    "node_modules",
    "bower_components",
    "jspm_packages",
    "site-packages",
    "dist-packages",
    ".venv",
    "venv",
    "vendor",
    "_vendor",
    "third_party",
    "third-party",
    "external",
    ".tox",
    ".nox",
    ".cargo",
    "Pods",
    ".yarn",
)
"""Folders whose content somebody else has written, wherever they are in a path."""

_FETCHING = (
    r"(?:^|[\s;&|(`])(?:curl|wget|gh|glab|lynx|w3m|http|https|aria2c|git\s+(?:clone|fetch|pull))(?:\s|$)"
)


def of_command(command: str) -> str:
    if re.search(_FETCHING, command):
        return "the network, by a command"
    named = _foreign(command)
    return f"{named}, a dependency" if named else ""


def of_listing(output: str) -> str:
    named = _foreign(output)
    return f"{named}, a dependency" if named else ""


def _foreign(text: str) -> str:
    """The folder of others that a path in `text` leads into; empty for none."""
    return next(
        (f for f in FOREIGN if f"{f}/" in text and re.search(rf"(?<![\w.-]){re.escape(f)}/", text)), ""
    )


def of_path(path: str, root: str, own: str) -> str:
    """What a file is called that is not the project's own; `root` is the project's real path, `own` that of a folder
    of ours."""
    full = os.path.realpath(os.path.join(root, os.path.expanduser(path)))
    if full == root or full.startswith(own + "/"):
        return ""
    if not full.startswith(root.rstrip("/") + "/"):
        return f"{path}, outside of the project"
    inside = os.path.relpath(full, root)
    return f"{inside}, a dependency" if any(part in FOREIGN for part in inside.split("/")) else ""
