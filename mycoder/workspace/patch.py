"""The V4A patch envelope: what it says. Where that fits is found in `hunks.py`.

    *** Begin Patch
    *** Update File: src/a.py        | *** Add File: b.py | *** Delete File: c.py
    *** Move to: src/moved.py
    @@ class A
    @@     def f(self):
     context
    -old line
    +new line
    *** End of File
    *** End Patch

Understood too, because models send it: no envelope, no end, a heredoc or code fence around it, other words in
the headers, context lines without their space, and unified diffs (``---``/``+++`` headers, line numbers after
``@@``).
"""

import re

import msgspec

# compiled on first use: 1 ms at start for what most sessions never need
_HEADER = (
    r"(?i)^\s*\*{2,3} *(add|create|new|update|edit|modify|change|delete|remove)(?:d)? +file *: *"
    r"(.+?)\s*(?:\*{3})?\s*$"
)
_MOVE = r"(?i)^\s*\*{2,3} *(?:move|rename)(?: file)?(?: to)? *: *(.+?)\s*$"
_END_OF_FILE = r"(?i)^\s*\*{2,3} *end of file\s*$"
_ENVELOPE = r"(?i)^\s*\*{2,3} *(begin|end)(?: of)? patch\s*(?:\*{3})?\s*$"
_NUMBERS = r"^@@+ -(\d+)(?:,\d+)? \+\d+(?:,\d+)? @@+ ?(.*)$"
_HEREDOC = r"<<-?\s*[\"']?(\w+)[\"']?"

_OPERATIONS = {
    **dict.fromkeys(("add", "create", "new"), "add"),
    **dict.fromkeys(("update", "edit", "modify", "change"), "update"),
    **dict.fromkeys(("delete", "remove"), "delete"),
}


class BadPatch(Exception):
    """The text is not a patch. The message says what is expected, and where it went wrong."""


class Hunk(msgspec.Struct, frozen=True):
    """One change. `lines` are pairs of " ", "-" or "+" and the line; `anchors` are the texts after ``@@``."""

    lines: tuple[tuple[str, str], ...]
    anchors: tuple[str, ...] = ()
    at_end: bool = False
    """Its last old line is the last of the file."""
    near: int = 0
    """Line number that a unified diff names; 0 for none."""

    @property
    def old(self) -> list[str]:
        return [line for mark, line in self.lines if mark != "+"]

    @property
    def new(self) -> list[str]:
        return [line for mark, line in self.lines if mark != "-"]


class FilePatch(msgspec.Struct, frozen=True):
    """What the patch says of one file. `content` is that of an added one."""

    operation: str
    """add | update | delete"""
    path: str
    move_to: str = ""
    hunks: tuple[Hunk, ...] = ()
    content: str = ""


def parse(text: str) -> list[FilePatch]:
    """The files of the patch in their order. Raises BadPatch."""
    lines = _unwrapped(text)
    if not any(re.match(_HEADER, line) for line in lines):
        lines = _from_unified(lines)
    files: list[FilePatch] = []
    at = 0
    while at < len(lines):
        if not lines[at].strip() or re.match(_ENVELOPE, lines[at]):
            at += 1
            continue
        header = re.match(_HEADER, lines[at])
        if header is None:
            raise BadPatch(
                f"line {at + 1} of the patch stands outside of a file section: {lines[at][:80]!r}. "
                "Each file begins with `*** Update File: path`, `*** Add File: path` or `*** Delete File: "
                "path`."
            )
        end = at + 1
        while end < len(lines) and not re.match(_HEADER, lines[end]) and not re.match(_ENVELOPE, lines[end]):
            end += 1
        files.append(_file(_OPERATIONS[header[1].lower()], _path(header[2]), lines[at + 1 : end]))
        at = end
    if not files:
        raise BadPatch(
            "the patch is empty. It looks like: *** Begin Patch, *** Update File: path, @@ line above the "
            "change, "
            "lines with a leading space, - or +, *** End Patch."
        )
    return files


def _unwrapped(text: str) -> list[str]:
    """Lines without what the patch is wrapped in: a code fence, a shell heredoc, JSON escapes."""
    if "\n" not in text.strip() and "\\n" in text:
        text = text.replace("\\n", "\n").replace('\\"', '"').replace("\\t", "\t").replace("\\\\", "\\")
    lines = text.replace("\r\n", "\n").strip("\n").split("\n")
    for n, line in enumerate(lines[:3]):
        if (heredoc := re.search(_HEREDOC, line)) and not line.startswith(("+", "-", " ", "*")):
            rest = lines[n + 1 :]
            ends = [i for i, other in enumerate(rest) if other.strip() == heredoc[1]]
            return rest[: ends[-1]] if ends else rest
    fences = [n for n, line in enumerate(lines) if line.startswith("```")]
    if len(fences) >= 1 and fences[0] == 0:
        return lines[1 : fences[-1]] if len(fences) > 1 else lines[1:]
    starts = [n for n, line in enumerate(lines) if re.match(_ENVELOPE, line)]
    # words around an envelope are for people
    if starts and "begin" in lines[starts[0]].lower():
        last = starts[-1] + 1 if len(starts) > 1 else len(lines)
        return lines[starts[0] : last]
    return lines


def _path(text: str) -> str:
    return text.strip().strip("`\"'").removeprefix("./")


def _file(operation: str, path: str, lines: list[str]) -> FilePatch:
    move_to = ""
    body: list[str] = []
    for line in lines:
        if move := re.match(_MOVE, line):
            move_to = _path(move[1])
        else:
            body.append(line)
    if operation == "delete":
        return FilePatch("delete", path)
    if operation == "add":
        return FilePatch("add", path, content=_content(body))
    hunks = _hunks(path, body)
    if not hunks and not move_to:
        raise BadPatch(f"the section for {path} changes nothing: it has no line that begins with - or +")
    return FilePatch("update", path, move_to, tuple(hunks))


def _content(body: list[str]) -> str:
    """Of an added file: the lines after their +; all lines as they are when none has one."""
    lines = [line for line in body if not re.match(_END_OF_FILE, line)]
    while lines and not lines[-1].strip():
        lines.pop()
    if lines and lines[0].startswith("@@"):
        lines = lines[1:]
    if any(line.startswith("+") for line in lines):
        lines = [line.removeprefix("+") for line in lines]
    return "\n".join(lines) + "\n" if lines else ""


def _hunks(path: str, body: list[str]) -> list[Hunk]:
    hunks: list[Hunk] = []
    lines: list[tuple[str, str]] = []
    anchors: list[str] = []
    near, at_end, layout = 0, False, 0

    def close() -> None:
        nonlocal lines, anchors, near, at_end, layout
        if layout and not at_end:  # empty lines before the next header are no context
            del lines[-layout:]
        if any(mark != " " for mark, _ in lines):
            hunks.append(Hunk(tuple(lines), tuple(anchors), at_end, near))
            anchors = []
        elif lines:  # context alone leads to the next hunk
            anchors += [line for _, line in lines if line.strip()][-1:]
        lines, near, at_end, layout = [], 0, False, 0

    for line in body:
        layout = layout + 1 if line == "" else 0
        if re.match(_END_OF_FILE, line):
            at_end = True
            close()
        elif line.startswith("@@"):
            if lines:
                close()
            if numbers := re.match(_NUMBERS, line):
                near, anchor = int(numbers[1]), ""
            else:
                anchor = line.strip("@").removeprefix(" ").rstrip()
            if anchor.strip():
                anchors.append(anchor)
        elif line.startswith("\\ No newline"):
            continue
        elif line[:1] in (" ", "-", "+"):
            lines.append((line[0], line[1:]))
        else:  # a context line whose space was forgotten
            lines.append((" ", line))
    close()
    return hunks


def _from_unified(lines: list[str]) -> list[str]:
    """A unified diff with the headers of the envelope."""
    out: list[str] = []
    at = 0
    while at < len(lines):
        line, after = lines[at], lines[at + 1] if at + 1 < len(lines) else ""
        if line.startswith("--- ") and after.startswith("+++ "):
            old, new = _side(line), _side(after)
            if old == "/dev/null":
                out.append(f"*** Add File: {new}")
            elif new == "/dev/null":
                out.append(f"*** Delete File: {old}")
            else:
                out.append(f"*** Update File: {old}")
                if new != old:
                    out.append(f"*** Move to: {new}")
            at += 2
            continue
        if not line.startswith(
            ("diff --git ", "index ", "new file mode", "deleted file mode", "similarity index")
        ):
            out.append(line)
        at += 1
    return out


def _side(line: str) -> str:
    path = line[4:].split("\t")[0].strip()
    return path if path == "/dev/null" else re.sub(r"^[ab]/", "", path)
