"""What goes to standard output, and nothing else does: text, one JSON object, or a line for each event."""

import os
import sys
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from mycoder.protocol.codec import encode
from mycoder.protocol.events import AnyEvent, TurnEnded
from mycoder.version import __version__

FORMAT = 1
"""Version of both JSON forms; it rises when a field changes its meaning or goes away."""


class Results:
    """Standard output. When it cannot be written any more nothing else is, and the run goes to its end."""

    def __init__(
        self, form: str, stream: BinaryIO, *, encoding: str = "utf-8", is_ascii: bool = False
    ) -> None:
        self.form = form
        self.is_broken = False
        """Whoever read it has gone."""
        self.fault = ""
        """Why it could not be written, when it is something else, such as a full disk."""
        self._stream, self._encoding = stream, encoding
        self.is_ascii = is_ascii
        self._has_header = False

    @classmethod
    def of_process(cls, form: str) -> "Results":
        encoding = sys.stdout.encoding or "utf-8"
        return cls(form, sys.stdout.buffer, encoding=encoding, is_ascii=not can_show("→−·…", encoding))

    def event(self, event: AnyEvent) -> None:
        """Passes an event on, in the form that streams."""
        if self.form == "stream-json":
            self._header()
            self._line(encode(event))

    def end(
        self, ended: TurnEnded, exit_code: int, *, session: str = "", output: Any = msgspec.UNSET
    ) -> None:
        """The result of the run. `output` is the parsed answer where a schema was given."""
        match self.form:
            case "json":
                self._line(encode(as_object(ended, exit_code, session=session, output=output)))
            case "text":
                from mycoder.ui.headless.report import as_text  # late: not before the first request

                text = as_text(
                    ended,
                    is_ascii=self.is_ascii,
                    is_terminal=self._stream.isatty(),
                    has_report=output is msgspec.UNSET,
                )
                self._write(text.encode(self._encoding, "replace"))

    def _header(self) -> None:
        if not self._has_header:
            self._has_header = True
            self._line(encode({"type": "Stream", "format": FORMAT, "mycoder": __version__}))

    def _line(self, data: bytes) -> None:
        self._write(data + b"\n")

    def _write(self, data: bytes) -> None:
        if self.is_broken or self.fault:
            return
        try:
            self._stream.write(data)
            self._stream.flush()
        except BrokenPipeError:
            self.is_broken = True
        except OSError as error:
            self.fault = error.strerror or str(error)


def as_object(
    ended: TurnEnded, exit_code: int, *, session: str = "", output: Any = msgspec.UNSET
) -> dict[str, Any]:
    """The form `json`: every field of the report is there, also where it has its default."""
    result = {
        "format": FORMAT,
        "mycoder": __version__,
        "session": session,
        "reason": ended.reason,
        "exit_code": int(exit_code),
        "message": ended.message,
        "answer": ended.answer,
        "report": _complete(ended.report),
    }
    return result if output is msgspec.UNSET else {**result, "output": output}


def _complete(value: Any) -> Any:
    if isinstance(value, msgspec.Struct):
        return {name: _complete(getattr(value, name)) for name in value.__struct_fields__}
    if isinstance(value, tuple):
        return [_complete(item) for item in value]
    return value


def can_show(characters: str, encoding: str) -> bool:
    try:
        characters.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def write_answer(path: Path, answer: str) -> None:
    """Writes the answer beside `path` and renames, so that nobody reads half of it. Raises OSError."""
    data = answer.rstrip("\n").encode("utf-8", "replace") + b"\n"
    target = Path(os.path.realpath(path))
    if target.exists() and not target.is_file():  # a terminal, a pipe, /dev/null
        target.write_bytes(data)
        return
    part = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        part.write_bytes(data)
        if target.exists():
            part.chmod(target.stat().st_mode & 0o777)
        part.replace(target)
    except OSError:
        part.unlink(missing_ok=True)
        raise
