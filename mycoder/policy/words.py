"""Words of a command: which are plain, what their quotes mean, and how to write them so that they stay as they are."""

import re

import msgspec


class Word(msgspec.Struct, frozen=True):
    """`text` is what the program gets when `is_literal`, else a guess with what is not known left out.

    `is_glob`: the shell may put names of files in its place. `form` is how it is written so that bash makes
    exactly this of it; empty for a guess.
    """

    text: str
    is_literal: bool = True
    is_glob: bool = False
    form: str = ""


Words = tuple[Word, ...]


_BARE = re.compile(r"[A-Za-z0-9_./:=@%+,^~*?\[\]-]+")
_PIECE = re.compile(r"""'([^']*)'|"([^"$`\\!]*)"|([A-Za-z0-9_./:=@%+,^~*?\[\]-]+)""")
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U000e0000-\U000e0fff]"
)
_ESCAPE = re.compile(
    r"\\(?:x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|U([0-9a-fA-F]{1,8})|([0-7]{1,3})|(.))", re.S
)
_LETTERS = {
    "n": "\n",
    "t": "\t",
    "r": "\r",
    "a": "\a",
    "b": "\b",
    "e": "\x1b",
    "E": "\x1b",
    "f": "\f",
    "v": "\v",
}


def has_invisible(text: str) -> bool:
    """Characters that take no room or turn the direction of the text: a person can't see what would run."""
    return _INVISIBLE.search(text) is not None


def plain_word(source: str) -> Word | None:
    """The word that `source` is written for; None when the shell would make more of it than take off its quotes.

    A glob may stand in it, but not at its beginning, where a file's name could become an option.
    """
    at, text, form, is_glob = 0, "", "", False
    for piece in _PIECE.finditer(source):
        if piece.start() != at:
            return None
        at = piece.end()
        quoted = piece[1] if piece[1] is not None else piece[2]
        if quoted is not None:
            text += quoted
            form += f"'{quoted}'" if "'" not in quoted else f'"{quoted}"'
            continue
        bare = piece[3]
        if "~" in bare and (not text or text[-1] in ":=") and _is_home(bare):
            return None
        if re.search(r"[:=]~", bare):
            return None
        is_glob = is_glob or bool(re.search(r"[*?\[]", bare))
        text, form = text + bare, form + bare
    if at != len(source) or not source:
        return None
    if is_glob and not re.match(r"[A-Za-z0-9_./]", source):
        return None
    return Word(text, is_glob=is_glob, form=form)


def _is_home(bare: str) -> bool:
    return bare.startswith("~")


def ansi_c(source: str) -> str:
    """What ``$'…'`` stands for."""

    def character(found: re.Match[str]) -> str:
        for group in (1, 2, 3):
            if found[group]:
                code = int(found[group], 16)
                return chr(code) if code < 0x110000 else ""
        if found[4]:
            return chr(int(found[4], 8) & 255)
        return _LETTERS.get(found[5], found[5])

    return _ESCAPE.sub(character, source[2:-1])
