"""Server-sent events, decoded from bytes however they are cut."""

_LIMIT = 64 * 1024 * 1024


class SseDecoder:
    """The event stream format of the HTML standard, section 9.2.6, as far as replies use it: data and event
    name.

    `feed` takes any piece of the stream and returns the events it completed as (name, data) in order; `close`
    returns what a stream that just ended held back, which the standard drops and sloppy servers rely on.
    Raises ValueError when one event grows past 64 MiB.
    """

    def __init__(self) -> None:
        self._line: list[bytes] = []
        self._data: list[bytes] = []
        self._name = b""
        self._held = 0
        self._is_first = True
        self._skips_newline = False

    def feed(self, piece: bytes) -> list[tuple[str, bytes]]:
        events: list[tuple[str, bytes]] = []
        if self._skips_newline and piece:
            piece = piece.removeprefix(b"\n")
            self._skips_newline = False
        for line in piece.splitlines(keepends=True):
            body = line.rstrip(b"\r\n")
            self._line.append(body)
            self._held += len(body)
            if self._held > _LIMIT:
                raise ValueError("one event of the stream is larger than 64 MiB")
            self._skips_newline = line.endswith(b"\r")
            if len(body) == len(line):
                return events
            self._take(b"".join(self._line), events)
            self._line = []
        return events

    def close(self) -> list[tuple[str, bytes]]:
        events: list[tuple[str, bytes]] = []
        if self._line:
            self._take(b"".join(self._line), events)
            self._line = []
        self._take(b"", events)
        return events

    def _take(self, line: bytes, events: list[tuple[str, bytes]]) -> None:
        if self._is_first:
            line = line.removeprefix(b"\xef\xbb\xbf")
            self._is_first = False
        if not line:
            if self._data:
                events.append((self._name.decode("utf-8", "replace"), b"\n".join(self._data)))
            self._data, self._name, self._held = [], b"", 0
            return
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if field == b"data":
            self._data.append(value)
        elif field == b"event":
            self._name = value
        elif not self._data:
            self._held = 0
