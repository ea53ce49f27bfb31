"""Checkpoints of one session on disk: complete or not there, the last few kept, a broken one passed over.

The file is written beside its place, brought to the disk and renamed; only then the log gets its watermark, an event
that names the file and the hash of its bytes. So a file counts when the log names it and its bytes are those that
the log knows; else the one before counts, and without any what the log says of itself is enough.
"""

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path

import msgspec

from mycoder.agent.checkpoint import FORMAT, Checkpoint
from mycoder.config.private import make_private
from mycoder.protocol.codec import encode
from mycoder.protocol.events import AnyEvent, CheckpointMade
from mycoder.workspace.files import content_hash

_NAME = "checkpoint-"


class Checkpoints:
    """`agent.checkpoint.Shelf` for one session. `outputs` is the folder that the tools read and grep may look into."""

    def __init__(self, folder: Path, outputs: Path, kept: int = 5) -> None:
        self.folder, self._outputs, self._kept = folder, outputs, kept

    def save(self, checkpoint: Checkpoint) -> CheckpointMade:
        """Writes the next file and forgets the oldest. Raises OSError."""
        make_private(self.folder)
        known = self._numbers()
        name = f"{_NAME}{(known[-1] if known else 0) + 1}.json"
        data = msgspec.json.format(encode(checkpoint), indent=1)
        _write(self.folder / name, data)
        for number in known[: max(0, len(known) + 1 - self._kept)]:
            (self.folder / f"{_NAME}{number}.json").unlink(missing_ok=True)
        return CheckpointMade(checkpoint=name, reason=checkpoint.reason, digest=content_hash(data))

    def keep(self, text: str, number: int) -> str:
        """Writes what a rebuild takes out of the conversation. Raises OSError."""
        make_private(self._outputs)
        path = self._outputs / f"before-rebuild-{number}.txt"
        _write(path, text.encode("utf-8", "replace"))
        return str(path)

    def newest(self, history: Iterable[AnyEvent]) -> Checkpoint | None:
        """The last checkpoint that `history` has a watermark of and whose file is what it was."""
        marks = [event for event in history if isinstance(event, CheckpointMade) and event.digest]
        for mark in reversed(marks[-2 * self._kept :]):
            if (found := self.load(mark)) is not None:
                return found
        return None

    def load(self, mark: CheckpointMade) -> Checkpoint | None:
        """The checkpoint of a watermark; None when its file is gone, torn, changed or of a newer mycoder."""
        if "/" in mark.checkpoint or not mark.checkpoint.startswith(_NAME):
            return None
        try:
            data = (self.folder / mark.checkpoint).read_bytes()
            if content_hash(data) != mark.digest:
                return None
            found = msgspec.json.decode(data, type=Checkpoint)
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
            return None
        return found if found.format <= FORMAT else None

    def forget(self) -> None:
        """Removes all of it, with the session that it belongs to."""
        for folder in (self.folder, self._outputs):
            with contextlib.suppress(FileNotFoundError):
                for path in folder.iterdir():
                    path.unlink()
                folder.rmdir()

    def _numbers(self) -> list[int]:
        names = (path.stem.removeprefix(_NAME) for path in self.folder.glob(f"{_NAME}*.json"))
        return sorted(int(name) for name in names if name.isdigit())


def shelf_of(own: Path, session: str, kept: int = 5) -> Checkpoints:
    """Where the checkpoints of a session are, `own` being the folder of the project."""
    return Checkpoints(own / "checkpoints" / session, own / "outputs" / f"session-{session}", kept)


def _write(path: Path, data: bytes) -> None:
    """`path` holds `data` or what it held before, whatever happens meanwhile."""
    part = path.with_suffix(".part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.rename(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
