"""Where the tools that look for something look."""

import os

from mycoder.tools.tool import ToolContext
from mycoder.workspace.search import locate


def place(services: ToolContext, path: str) -> tuple[str, str]:
    """The root of the search, and `path` relative to it: the project, or the folder of full outputs for a
    path in it.

    Raises SearchError.
    """
    spill = os.path.realpath(services.spill) if services.spill.name else ""
    if spill and os.path.isabs(path) and os.path.realpath(path).startswith(spill + "/"):
        return spill, locate(spill, path)
    return os.fspath(services.workspace.root), locate(services.workspace.root, path or ".")
