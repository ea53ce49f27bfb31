"""The end of an agent's turn in a workflow: code in its answer becomes files, through the tool that writes them."""

from collections.abc import AsyncIterator, Callable

import msgspec

from mycoder.agent.gate import Gate, GateRules, Ruling
from mycoder.agent.toolbox import Toolbox
from mycoder.protocol.events import (
    AnyEvent,
    FilesChanged,
    ModelRetried,
    TextAdded,
    ToolFinished,
    TurnStarted,
    UsageChanged,
)
from mycoder.protocol.messages import ToolCall
from mycoder.workflows import answers

MOST_REFUSALS = 2
"""How often a file that could not be written is sent back."""


_AGAIN = "You have seen it now: change what is needed, and answer with the whole file again."


class _NoJudge:
    """A node is not judged; the run of the workflow is, at its end."""

    command = ""

    async def run(self) -> AsyncIterator[AnyEvent]:
        return
        yield

    def digest(self) -> str:
        return ""


class AnswerGate(Gate):
    """Lets the agent's turn end, after what its last reply holds as files is written.

    An answer counts as files only when no tool changed any in this turn, since a report quotes code too. A file
    that is there is replaced only when the fence itself says the path, or when the agent has no tools to write;
    `show` gives one that was not read yet, so that it has been read when the agent answers again.
    """

    def __init__(
        self,
        agent: str,
        toolbox: Toolbox,
        *,
        call_id: str,
        usual: str,
        has_tools: bool,
        exists: Callable[[str], bool],
        show: Callable[[str], str],
    ) -> None:
        super().__init__(_NoJudge(), GateRules(is_on=False))
        self._agent, self._toolbox, self._usual, self._call_id = agent, toolbox, usual, call_id
        self._has_tools, self._exists, self._show = has_tools, exists, show
        self._text: list[str] = []
        self._reply = ""
        self._has_written = False
        self._failures = self._count = 0
        self.is_writing = True

    def see(self, event: AnyEvent) -> None:
        match event:
            case TurnStarted() | ModelRetried():
                self._text.clear()
            case TextAdded():
                self._text.append(event.text)
            case UsageChanged():
                self._reply = "".join(self._text)
                self._text.clear()
            case FilesChanged(cause="tool" | "command"):
                self._edited_now = True
                self._has_written = self._has_written or event.agent != self._writer

    async def rule(self) -> AsyncIterator[AnyEvent | Ruling]:
        """Writes the files of the last reply; the last item is the Ruling."""
        failed: list[str] = []
        unwritten: list[str] = []
        if self.is_writing and not self._has_written:
            for path, content in self._files():
                self._count += 1
                arguments = msgspec.json.encode({"path": path, "content": content}).decode()
                call = ToolCall(f"{self._call_id}-{self._count}", "write", arguments)
                called = msgspec.structs.replace(self._toolbox.called(call), agent=self._writer)
                yield called
                told: list[AnyEvent] = []
                await self._toolbox.run([called], told.append)
                for event in told:
                    if isinstance(event, ToolFinished) and not event.ok:
                        failed.append(event.output)
                        unwritten.append(path)
                    yield event if event.agent else msgspec.structs.replace(event, agent=self._writer)
        if failed and self._failures < MOST_REFUSALS and not self._toolbox.denied:
            self._failures += 1
            shown = [text for path in unwritten if (text := self._show(path))]
            parts = [
                "Your files were not all written:\n" + "\n".join(failed),
                *shown,
                _AGAIN if shown else "",
            ]
            yield Ruling(words="\n\n".join(part for part in parts if part))
            return
        yield Ruling("done")

    @property
    def denied(self) -> list[str]:
        """Titles of files that were not allowed to be written."""
        return self._toolbox.denied

    @property
    def _writer(self) -> str:
        """Of another name, so that the agent's conversation does not take the calls for its own."""
        return f"{self._agent}.files"

    def _files(self) -> list[tuple[str, str]]:
        found = answers.files(self._reply, self._usual)
        return [
            (path, text)
            for path, (text, is_explicit) in found.items()
            if is_explicit or not self._has_tools or not self._exists(path)
        ]
