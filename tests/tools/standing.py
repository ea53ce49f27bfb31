"""A context for tools over a real project, and calls as the loop makes them."""

from pathlib import Path
from typing import Any

import msgspec

from mycoder.protocol.tooling import ToolResult
from mycoder.tools.tool import Tool, ToolContext
from mycoder.workspace.workspace import Workspace


class Standing:
    """A project in `root`, with nothing but a workspace: these tools need no sandbox and no tests."""

    def __init__(self, base: Path) -> None:
        self.root = base / "project"
        self.root.mkdir()
        self.spill = base / "spill"
        self.spill.mkdir()
        self.workspace = Workspace(self.root, base / "state", "s")

    async def call(self, tool: Tool, **arguments: Any) -> ToolResult:
        context: Any = ToolContext(
            workspace=self.workspace,
            sandbox=None,  # type: ignore[arg-type]  # not used by these tools
            tests=None,  # type: ignore[arg-type]
            progress=lambda text: None,
            spill=self.spill,
            call_id="call-1",
        )
        return await tool.call(context, msgspec.convert(arguments, tool.arguments))

    def write(self, path: str, content: str | bytes) -> Path:
        full = self.root / path
        full.parent.mkdir(parents=True, exist_ok=True)
        full.write_bytes(content if isinstance(content, bytes) else content.encode())
        return full

    def bytes_of(self, path: str) -> bytes:
        return (self.root / path).read_bytes()
