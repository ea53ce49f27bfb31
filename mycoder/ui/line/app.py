"""The line face: the same session in the terminal's own scrollback. What is printed stays as it is."""

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

from msgspec import structs
from rich.console import Console

from mycoder.protocol.commands import AnyCommand, Interrupt
from mycoder.ui import themes
from mycoder.ui.door import Door, OpenError, Opening, Options
from mycoder.ui.examples import examples
from mycoder.ui.farewell import farewell
from mycoder.ui.glyphs import glyphs
from mycoder.ui.history import History
from mycoder.ui.line import draw
from mycoder.ui.line.keys import Keys
from mycoder.ui.line.listings import slashes
from mycoder.ui.line.printer import Printer
from mycoder.ui.line.reader import PlainReader, PromptReader, Reader, Sources
from mycoder.ui.line.taking import submit, take
from mycoder.ui.line.trust import ask_for_trust

LAST_WORDS = 5.0
"""Seconds that a closed session has for what it still tells."""
PAST_TURNS = 5
"""Turns of the event loop in which the next event of a log is there; what has yet to happen takes longer."""


class LineFace:
    """One session, one reader, one console."""

    def __init__(
        self,
        options: Options,
        reader: Reader | None = None,
        console: Console | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        env = options.env or os.environ
        is_dumb = env.get("TERM", "dumb") in ("dumb", "unknown") or not sys.stdout.isatty()
        self.options = options
        self.glyphs = glyphs(options.is_ascii or is_dumb)
        found, self._problems = themes.read_all(options.config_dir / "themes" if options.config_dir else None)
        self.themes: Mapping[str, themes.ThemeColors] = found
        chosen, problem = themes.named(found, options.theme) if options.theme else ("", "")
        self._problems += [problem] if problem else []
        self.console = console or draw.console(found.get(chosen), is_dumb=is_dumb)
        self.history = History.of_project(options.state_dir, options.root)
        self.sources = Sources()
        self.clock = clock
        self.keys = Keys(self, clock)
        self.reader = reader or self._reader(is_dumb or not sys.stdin.isatty())
        self.printer = self._printer()
        self.door: Door | None = None
        self.code = 0
        self._is_trusted = False
        self.opened: asyncio.Task[bool] | None = None
        """The opening of the session, whose result tells whether there is one."""
        self._feeding: asyncio.Task[None] | None = None
        self._sending: set[asyncio.Task[None]] = set()

    def _reader(self, is_plain: bool) -> Reader:
        if is_plain:
            return PlainReader()

        def status() -> str:
            return self.printer.status(self.door)

        return PromptReader(self.history, self.sources, status, self.keys.bound())

    def _printer(self) -> Printer:
        return Printer(self.console, self.glyphs, self.reader, self.options.clock, self.clock)

    # -- running -------------------------------------------------------------------

    async def run(self) -> int:
        loop = asyncio.get_running_loop()
        main = asyncio.current_task()
        assert main is not None
        for number, code in ((signal.SIGTERM, 143), (signal.SIGHUP, 129)):
            with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
                loop.add_signal_handler(number, self._end_by, main, code)
        if isinstance(self.reader, PlainReader):
            with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
                loop.add_signal_handler(signal.SIGINT, self.keys.interrupted)
        with self.reader.open():
            try:
                opening = await self._trusted(self.options.opening)
                self._is_trusted = opening.is_trusted
                # the prompt is there at once; what is typed meanwhile waits for the session
                self.opened = asyncio.create_task(self._open(opening))
                await self._loop(self.opened)
            except asyncio.CancelledError:
                if self.code == 0:
                    raise
            finally:
                await self._close()
        self.console.print(farewell(self.printer.transcript), style="muted")
        return self.code

    def _end_by(self, main: asyncio.Task[Any], code: int) -> None:
        self.code = code
        main.cancel()

    async def _open(self, opening: Opening) -> bool:
        for problem in self._problems:
            self.printer.say(problem, "warning")
        self._problems = []
        try:
            self.door = await self.options.open_session(opening)
        except OpenError as error:
            self.printer.say(error.message, "error", error.hint)
            self.code = 3
            return False
        except Exception as error:
            # a fault while opening is told in a sentence; a traceback helps nobody at a prompt
            self.printer.say(f"No session could be opened: {error!r}", "error")
            self.code = 1
            return False
        self._feeding = asyncio.create_task(self._feed(self.door, bool(opening.resume)))
        self.sources.files = await self.door.files()
        self.sources.slashes = await slashes(self.door)
        self.sources.takes_images = await asyncio.to_thread(self.door.takes_images)
        if not self.door.state.model:
            text = "No key and no local model server was found."
            self.printer.say(text, "warning", "/setup chooses a provider and tries a key.")
        prompt, self.options.prompt = self.options.prompt, ""  # sent once, not in sessions that follow
        if not opening.resume and not prompt:
            for example in examples(self.sources.files):
                self.console.print(f"for example: {example}", style="muted")
        if prompt:
            submit(self, prompt)
        return True

    async def _trusted(self, opening: Opening) -> Opening:
        if self.options.trust is None or opening.is_trusted:
            return opening
        return structs.replace(
            opening, is_trusted=await ask_for_trust(self.options, self.reader, self.printer)
        )

    async def _close(self) -> None:
        door, self.door = self.door, None
        if door is not None:
            await door.close()
        feeding, self._feeding = self._feeding, None
        if feeding is not None:
            # it ends by itself when the session is closed, after the last word of it
            await asyncio.wait([feeding], timeout=LAST_WORDS)
            feeding.cancel()
        for task in list(self._sending):
            task.cancel()

    async def _loop(self, opening: "asyncio.Task[bool]") -> None:
        while True:
            reading = asyncio.create_task(self._read())
            if not opening.done():
                await asyncio.wait([reading, opening], return_when=asyncio.FIRST_COMPLETED)
            if opening.done() and not opening.result():
                reading.cancel()
                await asyncio.wait([reading])
                return
            line = await reading
            if isinstance(line, KeyboardInterrupt):
                if self.keys.interrupted():
                    return
                continue
            if not await opening:
                return
            if isinstance(line, EOFError):
                await self._drain()
                return
            if line.strip() and not await take(self, line, self.clock()):
                return

    async def _read(self) -> str | EOFError | KeyboardInterrupt:
        """A line, or why there is none: a task may not raise KeyboardInterrupt, which would end the loop."""
        try:
            return await self.reader.read(self._prompt)
        except (EOFError, KeyboardInterrupt) as end:
            return end

    async def _drain(self) -> None:
        """The input has ended (a pipe): let the turn and what is queued come to their end."""
        while self.door is not None and (
            self._sending or self.door.state.is_running or self.door.state.queue
        ):
            if self.printer.transcript.asks:
                self.printer.say("Nobody can answer any more; stopping.", "warning")
                await self.door.send(Interrupt())
            await asyncio.sleep(0.02)

    def send(self, command: AnyCommand) -> None:
        """To the session, without waiting for what comes of it."""
        if self.door is not None:
            task = asyncio.create_task(self._sent(self.door, command))
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)

    async def _sent(self, door: Door, command: AnyCommand) -> None:
        try:
            await door.send(command)
        except Exception as error:
            # a fault of the session is told; it must not end the face and what is typed with it
            self.printer.say(f"The session failed on this: {error!r}", "error")
        self.reader.refresh()

    async def _feed(self, door: Door, is_resumed: bool) -> None:
        """Of a resumed session the end is printed, of a living one everything as it happens."""
        events = door.events(replay=True)
        while is_resumed:
            following = asyncio.ensure_future(anext(events))
            for _turn in range(PAST_TURNS):
                await asyncio.sleep(0)
            is_resumed = following.done() and following.exception() is None
            if is_resumed:
                self.printer.take(following.result())
                continue
            self.printer.show_end()
            with contextlib.suppress(StopAsyncIteration):
                self.printer.see(await following)
        async for event in events:
            self.printer.see(event)

    # -- from the person ---------------------------------------------------------------

    def _prompt(self) -> str:
        if self.printer.transcript.asks:
            return "answer: "
        return f"{self.printer.transcript.mode}{self.glyphs.prompt} "

    async def reopen(self, opening: Opening) -> bool:
        """Close this session and open another one, trusted as this one is; False when it cannot be opened."""
        await self._close()
        self.printer = self._printer()
        return await self._open(structs.replace(opening, is_trusted=self._is_trusted))


def run(options: Options) -> int:
    """Runs the line face until the person leaves or the input ends; returns the exit code."""

    async def main() -> int:
        return await LineFace(options).run()

    return asyncio.run(main())
