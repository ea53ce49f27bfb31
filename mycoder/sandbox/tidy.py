"""Terminal output made readable: escapes dropped, progress bars reduced to their last state, bytes
decoded."""

import re

_ESCAPES = re.compile(
    "\x1b\\][^\x07\x1b\x9c\n]{0,4096}(?:\x07|\x1b\\\\|\x9c)?"  # OSC: titles, links, clipboard
    "|\x1b[PX^_][^\x1b\x9c\n]{0,65536}(?:\x1b\\\\|\x9c)?"  # DCS, SOS, PM, APC: sixel and the like
    "|(?:\x1b\\[|\x9b)[0-?]*[ -/]*[@-~]?"  # CSI: colours, cursor
    "|\x1b[ -/]*[0-~]?"  # two-character and charset sequences
)
_ESCAPES_IN_BYTES = re.compile(
    rb"\x1b\][^\x07\x1b\n]{0,4096}(?:\x07|\x1b\\)?"
    rb"|\x1b[PX^_][^\x1b\n]{0,65536}(?:\x1b\\)?"
    rb"|\x1b\[[0-?]*[ -/]*[@-~]?"
    rb"|\x1b[ -/]*[0-~]?"
)
_CONTROLS = re.compile("[\x00-\x07\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f-\x9f]+")
_OVERSTRUCK = re.compile("[^\x08\n]\x08")
_UNREADABLE = re.compile("\ufffd{9,}")


def tidy(data: bytes) -> str:
    """Text of `data` as a person would have seen it at the end, without colours.

    Undecodable bytes and control characters become U+FFFD, long runs of those are counted instead of shown.
    """
    text = data.decode("utf-8", "replace")
    if "\x1b" in text or "\x9b" in text:
        text = _ESCAPES.sub("", text)
    if "\r" in text:
        text = _settle_lines(text)
    if "\x08" in text:
        text = _strike_over(text)
    text = _CONTROLS.sub(lambda run: "\ufffd" * len(run.group()), text)
    return _UNREADABLE.sub(lambda run: f"[{len(run.group())} unreadable bytes]", text)


def plain(data: bytes) -> bytes:
    """A cheap form of `tidy` for streams of any length: every state of a progress bar stays, as its own
    line."""
    if b"\x1b" in data:
        data = _ESCAPES_IN_BYTES.sub(b"", data)
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return data.replace(b"\0", b"") if b"\0" in data else data


def shorten(text: str, keep: int) -> tuple[str, str, int]:
    """Head, tail and the number of characters missing between them; a quarter of `keep` goes to the head.

    Cuts at the end of a line when one is near.
    """
    if len(text) <= keep:
        return text, "", 0
    head, tail = text[: keep // 4], text[len(text) - (keep - keep // 4) :]
    head, tail = whole_lines(head, tail)
    return head, tail, len(text) - len(head) - len(tail)


def whole_lines(head: str, tail: str, reach: int = 400) -> tuple[str, str]:
    """Drops the broken line at the end of `head` and at the start of `tail`, if it is shorter than
    `reach`."""
    end = head.rfind("\n") + 1
    if end and len(head) - end < reach:
        head = head[:end]
    start = tail.find("\n") + 1
    if start and start < reach:
        tail = tail[start:]
    return head, tail


def _settle_lines(text: str) -> str:
    """Each line in its last state: what followed the last carriage return that something followed."""
    text = text.replace("\r\n", "\n")
    if "\r" not in text:
        return text
    return "\n".join(line.rstrip("\r").rsplit("\r", 1)[-1] for line in text.split("\n"))


def _strike_over(text: str) -> str:
    """Backspaces applied: bold and underline of old manual pages, and progress that writes over itself."""
    for _ in range(64):
        shorter = _OVERSTRUCK.sub("", text)
        if shorter == text:
            break
        text = shorter
    return text.replace("\x08", "")
