"""What a face needs of a session, and what whoever starts a face hands to it.

Faces are written against these shapes and never import the session itself, so that a face can paint before
anything else is loaded, and so that a recorded session (`ui/played.py`) is as good as a living one.
"""

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import msgspec

from mycoder.protocol.blocks import AnyBlock
from mycoder.protocol.commands import AnyCommand
from mycoder.protocol.events import AnyEvent
from mycoder.protocol.state import StateView


class Door(Protocol):
    """The one door of a session, as faces use it."""

    @property
    def state(self) -> StateView: ...
    async def send(self, command: AnyCommand) -> None: ...
    def events(self, replay: bool = False) -> AsyncIterator[AnyEvent]: ...
    async def files(self) -> Sequence[str]: ...
    async def own_slashes(self) -> Sequence[tuple[str, str, str]]:
        """Name, summary and usage of the slash commands in files of the person's and the project's."""
        ...

    async def rewind(self, at: int, *, files: bool, talk: bool) -> str:
        """Back to before the prompt at the position `at`; the id of the session to go on in, or empty."""
        ...

    def takes_images(self) -> bool:
        """Whether the model of this session reads images. May read a table; call it in a thread."""
        ...

    async def memory_text(self) -> str:
        """What is remembered of the project, as the text of its file. Any fault is an exception with words."""
        ...

    async def keep_memory(self, before: str, after: str) -> str:
        """Takes over what an editor made of `before`; says what was done. Raises as `memory_text`."""
        ...

    def remove_queued(self, index: int) -> None: ...
    def notice(
        self, text: str, *, level: str = "info", hint: str = "", blocks: tuple[AnyBlock, ...] = ()
    ) -> Any: ...
    async def close(self) -> None: ...


class OpenError(Exception):
    """A session could not be opened. `needs_model` is True when a model or a key is what is missing."""

    def __init__(self, message: str, hint: str = "", *, needs_model: bool = False) -> None:
        super().__init__(message)
        self.message, self.hint, self.needs_model = message, hint, needs_model


class Opening(msgspec.Struct, frozen=True, kw_only=True):
    """How to open a session: an id to resume (empty: a new one), whether the folder is trusted, the model."""

    resume: str = ""
    is_trusted: bool = False
    model: str = ""


class SessionSummary(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the session picker. `at` is the Unix time of its last event."""

    id: str
    title: str
    root: str
    at: float = 0.0
    cost: float = 0.0
    turns: int = 0
    forked_from: str = ""


class Provider(msgspec.Struct, frozen=True, kw_only=True):
    """A model provider that can be chosen on the first run. A local server needs no key."""

    id: str
    label: str
    key_variable: str = ""
    key_page: str = ""
    """Where a person gets a key."""
    model: str = ""
    is_local: bool = False


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """What came of trying a key or a local server: the model that answered, or what is wrong in a sentence."""

    model: str = ""
    problem: str = ""


class TrustQuestion(msgspec.Struct, frozen=True):
    """The folder and, one line each, what would be loaded or run if it were trusted."""

    folder: str
    loads: tuple[str, ...] = ()
    details: tuple[str, ...] = ()
    """Contents or differences, line by line, with any characters in them."""


class SettingField(msgspec.Struct, frozen=True, kw_only=True):
    """One setting: `key` is dotted, `kind` is one of text, number, switch, choice."""

    key: str
    help: str
    kind: str
    value: Any
    default: Any
    choices: tuple[str, ...] = ()
    origin: str = "default"


async def _no_session(opening: Opening) -> Door:
    raise OpenError("No session can be opened here.", "Start mycoder from its command line.")


async def _untested(provider: str, key: str) -> Tried:
    return Tried()


class Options(msgspec.Struct, kw_only=True):
    """Everything a face is started with. Callables that are no coroutine functions may run in a thread."""

    root: Path
    open_session: Callable[[Opening], Awaitable[Door]] = _no_session
    opening: Opening = Opening()
    prompt: str = ""
    """A task to send as soon as the session is open."""
    list_sessions: Callable[[], Sequence[SessionSummary]] = tuple
    settings: Any = None
    """config Settings, or None for their defaults."""
    setting_fields: Callable[[], Sequence[SettingField]] = tuple
    save_setting: Callable[[str, Any], None] | None = None
    """Writes one setting to the user's configuration file; raises ValueError saying what is wrong."""
    providers: tuple[Provider, ...] = ()
    test_key: Callable[[str, str], Awaitable[Tried]] = _untested
    """Asks (provider id, key) for a word; a local server is tried without a key."""
    save_key: Callable[[str, str], str] | None = None
    """Stores (provider id, key) and returns where, in words. Raises OSError and ValueError."""
    trust: TrustQuestion | None = None
    remember_trust: Callable[[bool], None] | None = None
    config_dir: Path | None = None
    """Folder that may hold `themes/*.toml`."""
    state_dir: Path | None = None
    """Folder for the prompt history."""
    env: Mapping[str, str] = {}
    theme: str = ""
    """Empty: one that suits the terminal."""
    keys: Mapping[str, str] = {}
    """Key id → keys, separated by commas."""
    notify: str = "auto"
    """How to tell of an end while the terminal is not in view: auto, bell, osc or off."""
    clock: Callable[[], float] = time.time
    """Unix time in seconds, for elapsed times on the screen."""
    is_ascii: bool = False
    is_still: bool = False
    """Reduced motion."""
