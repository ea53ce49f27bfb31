"""Commands: what anyone may ask of a session. Imperative, serialisable, without an answer;
what comes of a command is seen in the events."""

import msgspec

from mycoder.protocol.messages import Attachment


class Command(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type", tag=str.lower):
    """Base of all commands; the tag on the wire is the lower-cased class name."""


class Submit(Command, frozen=True):
    """State a task: starts a turn, or waits in the queue when one is running."""

    text: str
    attachments: tuple[Attachment, ...] = ()


class Steer(Command, frozen=True):
    """Enters the running turn before its next model call."""

    text: str


class FollowUp(Command, frozen=True):
    """Waits until the running turn would end, then goes on in the same turn."""

    text: str


class Interrupt(Command, frozen=True):
    """Stop the turn. `hard` does not wait for tools to say what was left."""

    hard: bool = False


class Answer(Command, frozen=True):
    """Settle the ask `ask_id` with one of its choices; `note` goes to the model."""

    ask_id: str
    choice: str
    note: str = ""


class SetMode(Command, frozen=True):
    mode: str


class SetModel(Command, frozen=True):
    model: str


class RunSlash(Command, frozen=True):
    """Run the slash command `name` (without the slash) with the rest of the line."""

    name: str
    arguments: str = ""


class Undo(Command, frozen=True):
    steps: int = 1


class Redo(Command, frozen=True):
    steps: int = 1


AnyCommand = Submit | Steer | FollowUp | Interrupt | Answer | SetMode | SetModel | RunSlash | Undo | Redo
