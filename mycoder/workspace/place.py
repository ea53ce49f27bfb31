"""Putting new text where the old text stands in another form: other whitespace, other indentation, other
quotes.
"""

import re

from mycoder.workspace.canonical import Canonical, alignment, similarity
from mycoder.workspace.diff import opcodes
from mycoder.workspace.indent import Indents, indent_of

_FRAME = r"(?s)\A((?:[ \t]*\n)*)(.*?)((?:\n[ \t]*)*)\Z"


class Place:
    """Where `old` occurs in `text` but for whitespace and punctuation: at `index` of the canonical form of
    `text`.
    """

    def __init__(self, text: str, canonical: Canonical, index: int, old: str) -> None:
        self._text = text
        self._canonical = canonical
        self._index = index
        self._form = Canonical(old)
        self._old = old
        self._before, self._lines, self._after = _unframed(old)
        self._start = canonical.at(index)
        self._end = canonical.at(index + len(self._form.form) - 1) + 1
        self.line = text.count("\n", 0, self._start) + 1
        self.likeness = similarity(old, text[self._start : self._end])

    @property
    def is_in_proportion(self) -> bool:
        """Whether the place is about as long as `old`, also counting empty lines."""
        size, lines = self._end - self._start, self._text.count("\n", self._start, self._end) + 1
        return lines <= 2 * len(self._lines) + 2 and size <= 2 * len(self._old) + 200

    def replace(self, new: str) -> str:
        """The text with `new` at this place. Raises CannotIndent."""
        text, start, end = self._text, self._line_start(self._start), self._line_end(self._end)
        before, lines, after = _unframed(new)
        body = "\n".join(self._merged(lines)) if lines else ""
        head, tail = text[:start], text[end:]
        more_before, more_after = before - self._before, after - self._after
        if not body and more_after < 0 and tail.startswith("\n") and (not head or head.endswith("\n")):
            tail, more_after = tail[1:], more_after + 1  # whole lines go
        # of the empty lines around, only those that are there can go; the end of a line of text never does
        while more_before < 0 and head.endswith("\n\n"):
            head, more_before = head[:-1], more_before + 1
        while more_after < 0 and tail.startswith("\n\n"):
            tail, more_after = tail[1:], more_after + 1
        return head + "\n" * more_before + body + "\n" * more_after + tail

    def _merged(self, new: list[str]) -> list[str]:
        """Lines that are in old and new as the file has them, the others fitted in."""
        spans = self._spans()
        indents = Indents(
            (indent_of(self._lines[i]), self._text[self._line_start(s) : s])
            for i, (s, _) in spans.items()
            if self._line_start(s) < s or self._is_line_start(s)
        )
        out: list[str] = []
        for tag, a1, a2, b1, b2 in opcodes(self._lines, new):
            if tag == "equal":
                out += self._kept(a1, a2, spans)
                continue
            for j in range(b1, b2):
                i = a1 + j - b1
                if a2 - a1 == b2 - b1 and i in spans and indent_of(self._lines[i]) == indent_of(new[j]):
                    out.append(self._changed(self._lines[i], new[j], *spans[i]))
                elif j == 0 and not self._is_line_start(self._start):
                    out.append(new[j].removeprefix(indent_of(self._lines[0])))
                else:
                    out.append(indents.fit(new[j]))
        return out

    def _spans(self) -> dict[int, tuple[int, int]]:
        """Number of a line of `old` that is not empty -> where it begins and ends in the text."""
        spans: dict[int, tuple[int, int]] = {}
        position = self._old.index(self._lines[0]) if self._lines else 0
        for i, line in enumerate(self._lines):
            if line.strip():
                first = self._form.index_from(position + len(indent_of(line)))
                last = self._form.index_from(position + len(line.rstrip()) - 1)
                spans[i] = (
                    self._canonical.at(self._index + first),
                    self._canonical.at(self._index + last) + 1,
                )
            position += len(line) + 1
        return spans

    def _kept(self, a1: int, a2: int, spans: dict[int, tuple[int, int]]) -> list[str]:
        """The lines a1 to a2 of `old` as the text has them, with what is between them."""
        filled = [i for i in range(a1, a2) if i in spans]
        if not filled:
            return [""] * (a2 - a1)
        start, end = self._line_start(spans[filled[0]][0]), self._line_end(spans[filled[-1]][1])
        return [""] * (filled[0] - a1) + [self._text[start:end]] + [""] * (a2 - 1 - filled[-1])

    def _changed(self, old: str, new: str, start: int, end: int) -> str:
        """The line at start to end with the steps that make `new` of `old`: what they leave alone stays as it
        is.
        """
        file, old, new = self._text[start:end], old.strip(), new.strip()
        if file != old:
            at = alignment(old, file)
            steps = opcodes(old, new)
            new = "".join(
                file[at[a1] : at[a2]] if tag == "equal" else new[b1:b2] for tag, a1, a2, b1, b2 in steps
            )
        return self._text[self._line_start(start) : start] + new

    def _is_line_start(self, position: int) -> bool:
        return not self._text[self._text.rfind("\n", 0, position) + 1 : position].strip()

    def _line_start(self, position: int) -> int:
        """The start of the line when only indentation is before `position`, else `position`."""
        return self._text.rfind("\n", 0, position) + 1 if self._is_line_start(position) else position

    def _line_end(self, position: int) -> int:
        """The end of the line when only whitespace comes after `position`, else `position`."""
        end = self._text.find("\n", position)
        end = len(self._text) if end < 0 else end
        return position if self._text[position:end].strip() else end


def _unframed(text: str) -> tuple[int, list[str], int]:
    """(empty lines before, lines from the first that is not empty to the last, newlines after)."""
    found = re.match(_FRAME, text)
    if found is None:  # it matches anything
        return 0, [text], 0
    before, body, after = found.groups()
    return before.count("\n"), body.split("\n") if body.strip() else [], after.count("\n")
