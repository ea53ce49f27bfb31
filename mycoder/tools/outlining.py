"""Drawing the map of a project or the outline of a file; the work of the tool `outline`."""

import asyncio
import os

from mycoder.protocol.blocks import Code
from mycoder.protocol.tooling import ToolResult
from mycoder.tools.places import place
from mycoder.tools.tool import ToolContext
from mycoder.workspace import git
from mycoder.workspace.names import count, printable
from mycoder.workspace.search import SearchError

MOST_TOKENS = 8000


async def run(services: ToolContext, path: str, query: str, budget: int) -> ToolResult:
    """Definitions with their lines, of a file or the most important ones of a folder."""
    try:
        root, below = place(services, path)
    except SearchError as problem:
        return ToolResult(f"{problem}.", ok=False)
    if os.path.isfile(os.path.join(root, below)):
        return await _of_file(root, below)
    return await _map(services, root, below, query, min(max(budget, 100), MOST_TOKENS))


async def _of_file(root: str, path: str) -> ToolResult:
    from mycoder.workspace.outline import of_file, render  # late: not needed for a first request

    found = await asyncio.to_thread(of_file, root, path)
    text = render(found)
    return ToolResult(text, ok=not found.problem, blocks=(Code(text=text, path=printable(path)),))


async def _map(services: ToolContext, root: str, below: str, query: str, budget: int) -> ToolResult:
    from mycoder.workspace.repo_map import build_apart  # late: not needed for a first request

    touched = frozenset(entry.path for entry in (await git.status(root)).entries)
    found = await build_apart(
        root,
        below=below,
        query=query,
        touched=touched,
        budget=budget,
        store=services.workspace.state / "outline.msgpack",
        progress=lambda done, total: services.progress(f"{done:,} of {count(total, 'file')} read\n"),
    )
    if found is None:
        return ToolResult(
            "The map could not be drawn; outline a folder of it, or use find and grep.", ok=False
        )
    if not found.total:
        return ToolResult("No source file here has definitions that can be outlined; use find and read.")
    left = f"; {count(found.left, 'file')} not read, it took too long" if found.left else ""
    of_all = f"{found.shown:,} of {count(found.total, 'definition')} in {count(found.files, 'source file')}"
    return ToolResult(f"{of_all}, the most used first{left}\n{found.text}", blocks=(Code(text=found.text),))
