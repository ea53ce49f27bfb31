"""Commands: what anyone may ask of a session. Imperative, serialisable, without an answer;
what comes of a command is seen in the events."""

import msgspec

from mycoder.protocol.messages import Attachment


class Command(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type", tag=str.lower):
    """Base of all commands; the tag on the wire is the lower-cased class name."""


class Submit(Command):
    """State a task: starts a turn, or waits in the queue when one is running."""

    text: str
    attachments: tuple[Attachment, ...] = ()


class Steer(Command):
    """Enters the running turn before its next model call."""

    text: str


class FollowUp(Command):
    """Waits until the running turn would end, then goes on in the same turn."""

    text: str


class Interrupt(Command):
    """Stop the turn. `hard` does not wait for tools to say what was left."""

    hard: bool = False


class Answer(Command):
    """Settle the ask `ask_id` with one of its choices; `note` goes to the model."""

    ask_id: str
    choice: str
    note: str = ""


class SetMode(Command):
    mode: str


class SetModel(Command):
    model: str


class RunSlash(Command):
    """Run the slash command `name` (without the slash) with the rest of the line."""

    name: str
    arguments: str = ""


class Undo(Command):
    steps: int = 1


class Redo(Command):
    steps: int = 1


AnyCommand = Submit | Steer | FollowUp | Interrupt | Answer | SetMode | SetModel | RunSlash | Undo | Redo
