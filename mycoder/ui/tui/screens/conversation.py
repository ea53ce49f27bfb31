"""The conversation screen: lays the parts out, hands them events, and carries their wishes to the session."""

import asyncio
from typing import Any, cast

from msgspec import structs
from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.screen import Screen
from textual.widget import AwaitMount

from mycoder.protocol.commands import Answer, AnyCommand, RunSlash, Submit
from mycoder.protocol.events import COMMAND, AnyEvent, Asked, ModelChanged, Noticed, ToolFinished, TurnEnded
from mycoder.ui import shell, wording
from mycoder.ui.door import Door, OpenError, Opening, Options
from mycoder.ui.examples import examples
from mycoder.ui.glyphs import Glyphs, glyphs
from mycoder.ui.history import History
from mycoder.ui.transcript import Transcript
from mycoder.ui.tui import registry
from mycoder.ui.tui.approval import ApprovalBar
from mycoder.ui.tui.chat import Chat
from mycoder.ui.tui.commands.blocks import CHAT_KEYS
from mycoder.ui.tui.completer import Completer, SlashItem
from mycoder.ui.tui.composer import Composer
from mycoder.ui.tui.draw import Look
from mycoder.ui.tui.feed import Feed
from mycoder.ui.tui.fields import focus, handled
from mycoder.ui.tui.find import FindBar
from mycoder.ui.tui.frozen import frozen
from mycoder.ui.tui.inks import highlighted
from mycoder.ui.tui.panels import Examples, PromptRow, QueueView, SideBar, StatusLine
from mycoder.ui.tui.popup import Popup
from mycoder.ui.tui.rest import Rest
from mycoder.ui.tui.stage import Face
from mycoder.ui.typed import parse
from mycoder.ui.visible import visible_line

AT_ONCE = "turn.stop"
"""The command that waits for nothing: Esc stops at once."""
TICK = 0.25
"""Seconds between two drawings of the status line while a turn runs; it rests when none does."""


class Conversation(Screen[None]):
    """One session on the screen. It paints before the session is open, and keeps what is sent until then."""

    BINDINGS = registry.bindings()
    AUTO_FOCUS = "Composer"

    def __init__(self, options: Options, opening: Opening) -> None:
        super().__init__()
        self.options, self.opening = options, opening
        self.transcript = Transcript()
        self.door: Door | None = None
        self.feed: Feed | None = None
        signs = glyphs(options.is_ascii)
        look = Look(signs)
        self.chat = Chat(self.transcript.entries, look)
        self.find = FindBar(self.chat)
        self.popup = Popup()
        history = History.of_project(options.state_dir, options.root)
        self.composer = Composer(Completer(self.popup, history, self._files))
        self.prompt = PromptRow(self.composer, signs)
        self.approval = ApprovalBar(look)
        self.examples = Examples(markup=False)
        self.waiting = QueueView(markup=False)
        self.status = StatusLine(signs, options.is_still, options.clock)
        self.side = SideBar(signs)
        self._unsent: list[AnyCommand] = [Submit(text=options.prompt)] if options.prompt else []
        options.prompt = ""  # sent once, not in sessions that follow
        self._new_below = 0
        self._rest = Rest(self, lambda: self.transcript.is_running)

    def update_node_styles(self, animate: bool = True) -> None:
        """No style depends on the state of the screen; restyling all of it on each focus is what stalls."""

    @property
    def face(self) -> Face:
        return cast(Face, self.app)

    def compose(self) -> ComposeResult:
        with Horizontal(id="stage"):
            yield self.chat
            yield self.side
        yield self.examples
        yield self.find
        yield self.waiting
        yield self.approval
        yield self.popup
        yield self.prompt
        yield self.status

    def on_mount(self) -> None:
        self.composer.placeholder = "a task, @file, /command or !shell"
        self._ticker = self.set_interval(TICK, self.refresh_panels, pause=True)
        self.doing("opening")

    def begin(self) -> None:
        """Open the session; the first paint comes before everything that this loads."""
        self.call_after_refresh(lambda: self.run_worker(self._open(), exit_on_error=False))

    # -- the session ---------------------------------------------------------------

    async def _open(self) -> None:
        try:
            self.door = await self.options.open_session(self.opening)
        except OpenError as error:
            self._not_open(error)
            return
        except Exception as error:
            # a fault while opening is told where it can be read, instead of "opening" for ever
            self._not_open(OpenError(f"No session could be opened: {error!r}"))
            return
        self.feed = Feed(self.door, self.transcript, self._saw, self._show)
        self.run_worker(self.feed.run(), group="feed")
        self.doing("")
        for command in self._unsent:
            self.send(command)
        if not (self.door.state.model or self._unsent or self.opening.resume):
            self.face.set_up_model(OpenError("No key and no local model server was found.", needs_model=True))
        self._unsent.clear()
        ours = await asyncio.to_thread(_slashes)
        own = [SlashItem(*each) for each in await self.door.own_slashes()]
        self.composer.completer.slashes = [*ours, *(o for o in own if all(o.name != c.name for c in ours))]
        await self._look_at_model()
        files = await self.door.files() if self.door is not None else ()
        if not self.transcript.title:
            self.examples.show(examples(files))

    async def _look_at_model(self) -> None:
        """Images are taken or refused by what the catalogue says of the model."""
        if self.door is not None:
            self.composer.takes_images = await asyncio.to_thread(self.door.takes_images)

    def _not_open(self, error: OpenError) -> None:
        self.doing("no session")
        noticed = Noticed(text=error.message, level="error", hint=error.hint)
        self.chat.sync(self.transcript.push(noticed))
        self.face.set_up_model(error)

    async def _files(self) -> Any:
        return await self.door.files() if self.door is not None else ()

    def send(self, command: AnyCommand) -> None:
        """To the session, without waiting for what comes of it."""
        if self.door is None:
            self._unsent.append(command)
            return
        self.run_worker(self._sent(self.door, command), exit_on_error=False)

    async def _sent(self, door: Door, command: AnyCommand) -> None:
        try:
            await door.send(command)
        except Exception as error:
            # a fault of the session is told; it must not take the terminal and what is typed with it
            self.say(f"The session failed on this: {error!r}", "error")
        self.refresh_panels()

    def ask_again(self, opening: Opening) -> None:
        trusted = structs.replace(opening, is_trusted=self.opening.is_trusted)
        self.face.open_conversation(trusted)

    async def leave_session(self) -> None:
        """Close the session; the screen may go."""
        door, self.door = self.door, None
        if door is not None:
            await door.close()

    # -- from the session to the screen ----------------------------------------------

    def _saw(self, event: AnyEvent) -> None:
        self._rest.event()
        if isinstance(event, TurnEnded) and not event.agent:
            self.composer.completer.forget_files()
            self.status.doing = ""
            self._rest.may_come()
            self.face.tell(f"mycoder: {wording.ending(event.reason)}")
        elif isinstance(event, ToolFinished) and event.agent == COMMAND:
            self.composer.completer.forget_files()
            self.status.doing = ""
            self._rest.may_come()
        elif isinstance(event, ModelChanged):
            self.run_worker(self._look_at_model(), exit_on_error=False)
        elif isinstance(event, Asked):
            self.face.tell("mycoder waits for you")

    def _show(self, changed: set[int]) -> None:
        self.chat.sync(changed)
        self._show_asks()
        if self.transcript.title:
            self.examples.display = False
        self.refresh_panels()

    def _show_asks(self) -> None:
        asked = next(iter(self.transcript.asks.values()), None)
        if asked is not None:
            self.approval.show(asked)
        elif self.approval.asked is not None:
            self.approval.hide()
            self.prompt.display = self.composer.display = True
            focus(self.composer)

    def refresh_panels(self) -> None:
        state = self.door.state if self.door is not None else None
        self.waiting.show(
            tuple(state.queue) if state else (), registry.key_of("queue.edit", self.options.keys)
        )
        self.status.show(self.transcript, state.branch if state else "", self._new_below)
        self.side.show(self.transcript)
        self.prompt.show(self.transcript.mode)
        self.face.title_of(self.transcript)
        if self.transcript.is_running and not self.options.is_still:
            self._ticker.resume()
            self._rest.may_come()
        else:
            self._ticker.pause()

    def use_signs(self, signs: Glyphs) -> None:
        """Draw the parts around the chat with other signs."""
        self.status.glyphs = self.side.glyphs = signs
        self.prompt.use_signs(signs)
        self.approval.look = Look(signs, self.approval.look.width)
        self.refresh_panels()

    def doing(self, text: str) -> None:
        self.status.doing = text
        self.refresh_panels()

    def say(self, text: str, level: str = "information") -> None:
        """A passing word of the face itself; what the session says stands in the transcript."""
        self.notify(visible_line(text), severity=level, markup=False, timeout=4)  # type: ignore[arg-type]

    # -- from the person to the session ------------------------------------------------

    async def action_run(self, command_id: str) -> None:
        """Carry out what a key stands for, after the keys before it and before those that follow."""
        if command_id != AT_ONCE:
            await handled(self.focused)
        self.run_named(command_id)
        opened = self.app.screen
        if not opened.is_mounted:
            await AwaitMount(opened, [opened])

    def run_named(self, command_id: str, argument: str = "") -> None:
        command = registry.find(command_id)
        if command is None:
            return
        outcome = command.run(self, argument)
        if outcome is not None:
            self.run_worker(outcome, exit_on_error=False)

    @on(Composer.Submitted)
    def _submitted(self, message: Composer.Submitted) -> None:
        self.chat.follow()
        typed = parse(message.text)
        match typed.kind:
            case "quit":
                self.face.leave()
            case "shell":
                self.run_worker(self._shell(typed.text), exit_on_error=False)
            case "slash" if (command := registry.of_line(_name(typed.text), typed.arguments)) is not None:
                self.run_named(command.id, typed.arguments)
            case "slash":
                self.send(RunSlash(name=typed.text, arguments=typed.arguments))
            case "prompt":
                self.send(Submit(text=message.text, attachments=message.attachments))

    async def _shell(self, command: str) -> None:
        if self.door is None:
            return
        self.doing(f"! {command}")
        block = await shell.run(command, self.options.root)
        self.doing("")
        self.door.notice(f"! {command}", blocks=(block,))

    @on(Composer.Typed)
    def _typed(self) -> None:
        self._rest.key()
        self.approval.typed()

    @on(Composer.ImageWanted)
    def _image_wanted(self) -> None:
        self.run_named("prompt.image")

    @on(ApprovalBar.Took)
    def _took(self) -> None:
        self.prompt.display = self.composer.display = False

    @on(ApprovalBar.Answered)
    def _answered(self, message: ApprovalBar.Answered) -> None:
        self.send(Answer(ask_id=message.ask_id, choice=message.choice, note=message.note))

    @on(Chat.Away)
    def _away(self, message: Chat.Away) -> None:
        if message.count != self._new_below:
            self._new_below = message.count
            self.refresh_panels()

    def on_key(self, event: events.Key) -> None:
        """While the chat has the focus: its single-letter keys; any other letter goes back to the prompt."""
        if self.focused is not self.chat:
            return
        if event.key in CHAT_KEYS and self.chat.cursor is not None:
            event.stop()
            self.run_named(CHAT_KEYS[event.key])
        elif event.is_printable and event.character and self.composer.display:
            event.stop()
            self.chat.set_cursor(None)
            focus(self.composer)
            self.composer.insert(event.character)

    def on_text_selected(self) -> None:
        selected = self.get_selected_text()
        if selected and selected.strip():
            self.face.copy(selected)


def _name(typed: str) -> str:
    """The command's own name for what was typed, so that aliases of face commands work as well."""
    # late: the session's package is heavy, and loaded by now
    from mycoder.session.slash.registry import find

    command = find(typed)
    return command.name if command is not None else typed


def _slashes() -> list[SlashItem]:
    """All slash commands, for the popup; called in a thread, which also loads what the first reply needs."""
    highlighted("pass", language="python")
    highlighted("pass", path="a.py")
    frozen("", glyphs(True))
    from mycoder.session.slash.registry import all_commands  # late: see _name

    return [SlashItem(c.name, c.summary, c.usage, c.aliases) for c in all_commands()]
