"""What a session does with skills and with slash commands of one's own: tells the first request which skills there
are, reads one when the model or a person asks for it. Files are only looked at where there are any."""

import asyncio
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mycoder.config.loadable import LOADED
from mycoder.config.memory_settings import SkillWishes
from mycoder.config.paths import Paths
from mycoder.memory.files import ACCEPTED, MemoryFault
from mycoder.protocol.tooling import ToolResult
from mycoder.session.remembering import Remembering

if TYPE_CHECKING:
    from mycoder.workflows.prompts import PromptFile
    from mycoder.workflows.skills import Skills


class Skilled:
    """The skills of one session."""

    def __init__(
        self,
        wishes: SkillWishes,
        paths: Paths,
        root: Path,
        memory: Remembering,
        is_trusted: Callable[[], bool],
    ) -> None:
        self.wishes = wishes
        self._paths, self._root, self._memory, self._is_trusted = paths, root, memory, is_trusted

    async def told(self) -> str:
        """The lines for the first request; empty without skills."""
        if not (self.wishes.enabled and self.wishes.budget) or not await self._has_any():
            return ""
        text = (await self.all()).told(self.wishes.budget)
        return f"\n{text}" if text else ""

    async def all(self) -> "Skills":
        """Every skill that may be used here, as the files are now."""
        from mycoder.workflows import skills  # late: most projects have none

        history = await self._history()

        def look() -> "Skills":
            return skills.read(
                skills.places(self._root, self._paths.config, history, is_trusted=self._is_trusted())
            )

        return await asyncio.to_thread(look)

    async def read(self, name: str) -> ToolResult:
        """For the tool that reads: a skill, a file beside one, or the list."""
        from mycoder.workflows.skills import SkillError  # late: as above

        if not self.wishes.enabled:
            return ToolResult("Skills are switched off by the setting skills.enabled.", ok=False)
        try:
            return ToolResult((await self.all()).text(name))
        except SkillError as problem:
            return ToolResult(str(problem), ok=False)

    async def commands(self) -> Mapping[str, "PromptFile"]:
        """The slash commands of the person's own and of the project's, by name, as the files are now."""
        from mycoder.workflows import prompts  # late: as above

        def look() -> Mapping[str, "PromptFile"]:
            return prompts.read(prompts.places(self._root, self._paths.config, is_trusted=self._is_trusted()))

        return await asyncio.to_thread(look)

    async def slashes(self) -> Sequence[tuple[str, str, str]]:
        """Of each such command its name, what it is for, and what may follow it."""
        return [(each.name, each.summary, each.usage) for each in (await self.commands()).values()]

    async def _has_any(self) -> bool:
        """Whether a folder for skills is there at all: asked at every start, so it loads nothing."""
        history = await self._history()
        names = [str(self._paths.config / "skills"), *_in_project(self._root)]
        names += [str(history)] if history is not None else []
        return any(map(os.path.isdir, names))

    async def _history(self) -> Path | None:
        """The folder of what was distilled here."""
        if not self._memory.is_on:
            return None
        try:
            return (await self._memory.memory()).folder / ACCEPTED
        except (OSError, MemoryFault, ValueError):
            return None


def _in_project(root: Path) -> list[str]:
    return [f"{root}/{name}" for name, kind in LOADED if kind == "skills"]
