"""The line face: the same session in the terminal's own scrollback. What is printed stays as it is."""

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable
from typing import Any

from msgspec import structs
from rich.console import Console

from mycoder.protocol.commands import (
    Answer,
    AnyCommand,
    Interrupt,
    RunSlash,
    SetMode,
    SetModel,
    Steer,
    Submit,
)
from mycoder.ui import shell, themes
from mycoder.ui.door import Door, OpenError, Opening, Options
from mycoder.ui.examples import examples
from mycoder.ui.farewell import farewell
from mycoder.ui.glyphs import glyphs
from mycoder.ui.history import History
from mycoder.ui.line import draw
from mycoder.ui.line.answers import how_to_answer, judge
from mycoder.ui.line.keys import KEYS
from mycoder.ui.line.listings import print_sessions, slashes
from mycoder.ui.line.printer import Printer
from mycoder.ui.line.reader import PlainReader, PromptReader, Reader, Sources
from mycoder.ui.line.rewind import rewound
from mycoder.ui.line.trust import ask_for_trust
from mycoder.ui.setting_words import told
from mycoder.ui.typed import parse

DOUBLE = 1.0
PAST_TURNS = 5
"""Turns of the event loop in which the next event of a log is there; what has yet to happen takes longer."""
MODES = ("ask", "edit", "plan", "auto")


class LineFace:
    """One session, one reader, one console."""

    def __init__(
        self, options: Options, reader: Reader | None = None, console: Console | None = None
    ) -> None:
        env = options.env or os.environ
        is_dumb = env.get("TERM", "dumb") in ("dumb", "unknown") or not sys.stdout.isatty()
        self.options = options
        self.glyphs = glyphs(options.is_ascii or is_dumb)
        found, self._problems = themes.read_all(options.config_dir / "themes" if options.config_dir else None)
        self.themes = found
        self.console = console or draw.console(
            found.get(options.theme) if options.theme else None, is_dumb=is_dumb
        )
        self.history = History.of_project(options.state_dir, options.root)
        self.sources = Sources()
        self.reader = reader or self._reader(is_dumb or not sys.stdin.isatty())
        self.printer = Printer(self.console, self.glyphs, self.reader, options.clock)
        self.door: Door | None = None
        self.code = 0
        self._is_trusted = False
        self._stopped_at = self._left_at = float("-inf")
        self._tasks: set[asyncio.Task[Any]] = set()

    def _reader(self, is_plain: bool) -> Reader:
        if is_plain:
            return PlainReader()
        keys: dict[str, Callable[[str], str | None]] = {
            "escape": self._escape,
            "c-s": self._steer,
            "s-tab": self._next_mode,
        }

        def status() -> str:
            return self.printer.status(self.door)

        return PromptReader(self.history, self.sources, status, keys)

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
                loop.add_signal_handler(signal.SIGINT, self._interrupted)
        with self.reader.open():
            try:
                opening = await self._trusted(self.options.opening)
                self._is_trusted = opening.is_trusted
                # the prompt is there at once; what is typed meanwhile waits for the session
                await self._loop(asyncio.create_task(self._open(opening)))
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
        self._do(self._feed(self.door, bool(opening.resume)))
        self.sources.files = await self.door.files()
        self.sources.slashes = await asyncio.to_thread(slashes)
        self.sources.takes_images = await asyncio.to_thread(self.door.takes_images)
        if not self.door.state.model:
            text = "No key and no local model server was found."
            self.printer.say(text, "warning", "/setup chooses a provider and tries a key.")
        prompt, self.options.prompt = self.options.prompt, ""  # sent once, not in sessions that follow
        if not opening.resume and not prompt:
            for example in examples(self.sources.files):
                self.console.print(f"for example: {example}", style="muted")
        if prompt:
            self._submit(prompt)
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
        for task in list(self._tasks):
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
                if self._interrupted():
                    return
                continue
            if not await opening:
                return
            if isinstance(line, EOFError):
                await self._drain()
                return
            if line.strip() and not await self._take(line):
                return

    async def _read(self) -> str | EOFError | KeyboardInterrupt:
        """A line, or why there is none: a task may not raise KeyboardInterrupt, which would end the loop."""
        try:
            return await self.reader.read(self._prompt)
        except (EOFError, KeyboardInterrupt) as end:
            return end

    async def _drain(self) -> None:
        """The input has ended (a pipe): let the turn and what is queued come to their end."""
        await asyncio.sleep(0.05)
        while self.door is not None and (self.door.state.is_running or self.door.state.queue):
            if self.printer.transcript.asks:
                self.printer.say("Nobody can answer any more; stopping.", "warning")
                self._send(Interrupt())
            await asyncio.sleep(0.05)
        await asyncio.sleep(0.05)

    def _do(self, coroutine: Any) -> None:
        task = asyncio.ensure_future(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _send(self, command: AnyCommand) -> None:
        if self.door is not None:
            self._do(self._sent(self.door, command))

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

    async def _take(self, line: str) -> bool:
        """False when the person wants to leave."""
        asked = next(iter(self.printer.transcript.asks.values()), None)
        if asked is not None:
            waited = time.monotonic() - self.printer.asked_at
            verdict = judge(asked, line, waited=waited, was_typing=self.printer.was_typing)
            self.printer.was_typing = False
            match verdict.kind:
                case "answer":
                    self._send(Answer(ask_id=asked.ask_id, choice=verdict.choice, note=verdict.note))
                    return True
                case "early" | "unclear":
                    self.printer.say(how_to_answer(asked, is_early=verdict.kind == "early"), "warning")
                    return True
        typed = parse(line)
        match typed.kind:
            case "quit":
                return False
            case "shell":
                await self._shell(typed.text)
            case "slash":
                return await self._slash(typed.text, typed.arguments)
            case "prompt":
                self._submit(line)
        return True

    def _submit(self, line: str) -> None:
        has_chips = self.reader.chips.has_any(line)
        text, images = self.reader.chips.expand(line)
        self.history.add(text if has_chips else line)
        if self.printer.transcript.is_running:
            self.console.print("queued; it starts when this turn has ended", style="muted")
        else:
            self.printer.own.append(text)
        self._send(Submit(text=text, attachments=images))

    async def _shell(self, command: str) -> None:
        block = await shell.run(command, self.options.root)
        if self.door is not None:
            self.door.notice(f"! {command}", blocks=(block,))

    async def _slash(self, name: str, arguments: str) -> bool:
        from mycoder.session.slash.registry import find  # late: the session's package is loaded by now

        command = find(name)
        match command.name if command is not None else "":
            case "quit":
                return False
            case "keys":
                self.console.print(KEYS)
            case "theme":
                self._theme(arguments)
            case "resume":
                return await self._resume(arguments)
            case "clear":
                return await self._new()
            case "settings":
                self.printer.say(*told(self.options, arguments, self._apply))
            case "rewind":
                return await self._rewind(arguments)
            case "setup":
                await self._set_up()
            case _:
                self._send(RunSlash(name=name, arguments=arguments))
        return True

    async def _set_up(self) -> None:
        from mycoder.ui.line.setup import set_up_model  # late: once in the life of a machine

        try:
            model = await set_up_model(self.options, self.reader, self.printer)
        except (EOFError, KeyboardInterrupt):
            return
        if not model:
            return
        if self.options.save_setting is not None:
            with contextlib.suppress(ValueError, OSError):
                self.options.save_setting("model", model)
        self._send(SetModel(model=model))

    def _theme(self, name: str) -> None:
        if name not in self.themes:
            self.console.print(f"Themes: {', '.join(sorted(self.themes))}. /theme NAME chooses one.")
            return
        self.console.push_theme(draw.console_theme(self.themes[name]))
        if self.options.save_setting is not None:
            with contextlib.suppress(ValueError, OSError):
                self.options.save_setting("ui.theme", name)

    async def _rewind(self, arguments: str) -> bool:
        new = await rewound(arguments, self.door, self.printer) if self.door is not None else ""
        return await self._resume(new) if new else True

    async def _new(self) -> bool:
        before = self.printer.transcript.session
        self.printer.say(f"A new session; /resume {before} goes back to this one.")
        return await self._go_to(Opening())

    async def _go_to(self, opening: Opening) -> bool:
        await self._close()
        self.printer = Printer(self.console, self.glyphs, self.reader, self.options.clock)
        return await self._open(structs.replace(opening, is_trusted=self._is_trusted))

    def _apply(self, key: str, value: Any) -> bool:
        match key:
            case "mode":
                self._send(SetMode(mode=value))
            case "model" if value:
                self._send(SetModel(model=value))
            case _:
                return False
        return True

    async def _resume(self, session: str) -> bool:
        if not session:
            await print_sessions(self.options, self.console, self.printer.transcript.session)
            return True
        return await self._go_to(Opening(resume=session))

    # -- keys --------------------------------------------------------------------------

    def _escape(self, text: str) -> str | None:
        if not self.printer.transcript.is_running:
            return None
        now = time.monotonic()
        self._send(Interrupt(hard=now - self._stopped_at < DOUBLE))
        self._stopped_at = now
        return None

    def _steer(self, text: str) -> str | None:
        if not text.strip():
            return None
        self.history.add(text)
        if not self.printer.transcript.is_running:
            self.printer.own.append(text)
        self._send(Steer(text=text) if self.printer.transcript.is_running else Submit(text=text))
        return ""

    def _next_mode(self, text: str) -> str | None:
        mode = self.printer.transcript.mode
        at = MODES.index(mode) if mode in MODES else -1
        self._send(SetMode(mode=MODES[(at + 1) % len(MODES)]))
        return None

    def _interrupted(self) -> bool:
        """Ctrl+C: stops the turn, else leaves the second time. True when it is time to leave."""
        now = time.monotonic()
        if self.printer.transcript.is_running:
            self._escape("")
            return False
        if now - self._left_at < DOUBLE:
            return True
        self._left_at = now
        self.console.print("Ctrl+C again leaves.", style="muted")
        return False


def run(options: Options) -> int:
    """Runs the line face until the person leaves or the input ends; returns the exit code."""

    async def main() -> int:
        return await LineFace(options).run()

    return asyncio.run(main())
