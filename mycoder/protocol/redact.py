"""The one redactor: secrets give way to ``[redacted:kind:1a2b]``, the same secret always to the same words.

What a model reads, what is stored and what is shown are one text, redacted once when it enters; so a resumed
session repeats its requests byte for byte. The four hexadecimal digits (16 bits of a hash) tell two secrets of
one text apart and say nothing else about them. `restored` is the way back, for a file that holds the secret
already: a model can edit such a file without ever having seen what is in it.
"""

import re
from collections.abc import Iterable, Mapping

from mycoder.protocol.inert import signs_of
from mycoder.protocol.secrets import (
    BEGINNINGS,
    NAMING,
    PLACEHOLDER,
    Found,
    find,
    is_secret_name,
    is_secret_value,
)

LONGEST_RUN = 8_192
"""Characters without a blank that a stream holds back at most; no secret is longer."""

_REACH = 240
"""Characters between the name of a secret and the end of its value's beginning, at most."""

LINE = 2_000
"""Characters of the line so far that a stream remembers, for the name that stands before a value."""

_BLANKS = " \t\n\r\f\v"
"""What ends a value in the shapes of secrets; other control characters do not, and no value goes past ASCII."""


class Redactor:
    """Knows the shapes of secrets, and the `values` of this session's own ones. A strict one also takes what
    only may be a secret, for texts that nobody goes on working with."""

    def __init__(self, values: Iterable[str] = (), *, is_strict: bool = False) -> None:
        self._is_strict = is_strict
        self.values = tuple(sorted(set(values), key=len, reverse=True))

    @classmethod
    def of(cls, env: Mapping[str, str], names: Iterable[str] = (), keys: Iterable[str] = ()) -> "Redactor":
        """With `keys` and the values of the variables in `env` that are named like a secret, or in `names`."""
        wanted = set(names)
        values = (
            value
            for name, value in env.items()
            if (name in wanted or is_secret_name(name)) and is_secret_value(value)
        )
        return cls((*values, *(key for key in keys if is_secret_value(key))))

    def found(self, text: str, *, is_strict: bool = False) -> list[Found]:
        """The secrets in `text`, in order and without overlaps."""
        hits = list(find(text, is_strict=is_strict or self._is_strict))
        for value in self.values:
            start = text.find(value)
            while start >= 0:
                hits.append(Found(start, start + len(value), "own-key"))
                start = text.find(value, start + len(value))
        if len(hits) < 2:
            return hits
        hits.sort(key=lambda hit: (hit.start, -hit.end))
        merged = hits[:1]
        for hit in hits[1:]:
            last = merged[-1]
            if hit.start >= last.end:
                merged.append(hit)
            elif hit.end > last.end:
                merged[-1] = Found(last.start, hit.end, last.kind)
        return merged

    def text(self, text: str, *, is_strict: bool = False) -> str:
        """`text` without its secrets; the same object when there are none."""
        hits = self.found(text, is_strict=is_strict)
        if not hits:
            return text
        parts, at = [], 0
        for hit in hits:
            parts += [text[at : hit.start], placeholder(text[hit.start : hit.end], hit.kind)]
            at = hit.end
        return "".join([*parts, text[at:]])

    def restored(self, text: str, original: str) -> str:
        """`text`, written by a model that read `original` redacted and escaped, with the real characters of
        `original` in the place of ours."""
        if PLACEHOLDER in text:
            for hit in self.found(original):
                secret = original[hit.start : hit.end]
                text = text.replace(placeholder(secret, hit.kind), secret)
        if "<U+" in text:
            for sign, character in signs_of(original):
                if sign not in original:
                    text = text.replace(sign, character)
        return text


def placeholder(secret: str, kind: str) -> str:
    from mycoder.blake2 import blake2b  # late: a text without secrets does not need it

    digest = blake2b(secret.encode("utf-8", "surrogatepass"), digest_size=2).hexdigest()
    return f"{PLACEHOLDER}{kind}:{digest}]"


class Stream:
    """Redacts a text that comes in pieces: what `push` and `flush` return, put together, is the redacted whole.

    Held back is only what may be the first half of a key at the end of what came: from where it may begin, or
    the whole word after a name like "password", and a private key until its last line.
    """

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._line = self._held = ""

    def push(self, piece: str) -> str:
        """What is certain now."""
        return self._emit(self._held + piece, is_end=False)

    def flush(self) -> str:
        """The rest."""
        return self._emit(self._held, is_end=True)

    def _emit(self, text: str, *, is_end: bool) -> str:
        known = len(self._line)
        whole = self._line + text
        cut = len(whole) if is_end else known + _certain(self._line, text, self._redactor.values)
        hits = [hit for hit in self._redactor.found(whole) if hit.end > known]
        cut = min([cut, *(hit.start for hit in hits if hit.start < cut < hit.end)])
        parts, at = [], known
        for hit in hits:
            if hit.end <= cut:
                secret = placeholder(whole[hit.start : hit.end], hit.kind)
                parts += [whole[at : max(hit.start, known)], secret]
                at = hit.end
        parts.append(whole[at:cut])
        self._held = whole[cut:]
        self._line = whole[:cut].rpartition("\n")[2][-LINE:]
        return "".join(parts)


def _certain(line: str, text: str, values: tuple[str, ...]) -> int:
    """How much of `text`, which goes on the line that so far is `line`, no further text can change."""
    end = len(text)
    while end and text[end - 1] <= "~" and text[end - 1] not in _BLANKS:
        end -= 1
    run = text[end:]
    if len(run) > LONGEST_RUN:
        end = len(text)
    elif not _is_named(line, text, end):
        end += min(
            (at for start in (*BEGINNINGS, *values) if (at := _begins(run, start)) >= 0), default=len(run)
        )
    begin = text.rfind("-----BEGIN ")
    if begin >= 0 and len(text) - begin < 2 * LONGEST_RUN and _is_open(text[begin:]):
        end = min(end, begin)
    return end


def _is_named(line: str, text: str, end: int) -> bool:
    """Whether the run of `text` from `end` on may be a value that its line names a secret, or in an address."""
    before = (line + text[:end]).rpartition("\n")[2][-_REACH:]
    last = before[max(before.rfind(blank) for blank in _BLANKS) + 1 :]
    run = text[end:]
    if "://" in last + run:
        return True
    folded = (before + run).lower()
    return any(word in folded for word in NAMING)


def _begins(run: str, start: str) -> int:
    """Where in `run` something begins that is, or may become, `start` and more; -1 for nowhere."""
    at = run.find(start)
    if at >= 0:
        return at
    for size in range(min(len(start) - 1, len(run)), 0, -1):
        if run.endswith(start[:size]):
            at = len(run) - size
            is_within_word = at > 0 and run[at - 1].isalnum() and start[0].isalnum()
            return -1 if is_within_word and start in BEGINNINGS else at
    return -1


def _is_open(text: str) -> bool:
    """Whether `text`, from a line that begins a key on, is a private key without its last line yet."""
    head = text[11:60]
    name = head.partition("-----")[0]
    if "-----" in head and "PRIVATE KEY" not in name:
        return False
    if not re.fullmatch(r"[A-Z ]*-{0,4}", name):
        return False
    last = text.rfind("-----END ")
    return last < 0 or "-----" not in text[last + 9 :]
