"""The lines of an ignore file as rules: gitignore(5).

Rules are asked one folder level at a time and an ignored folder is never entered (see `walk`), so a rule
does not have to match what is below the folder that it names.
"""

import re

Rule = tuple[str, bool, bool, bool]
"""Regular expression for the whole of it; takes back; folders only; matches the name rather than the path."""


class Rules:
    """The rules of one ignore file. The last line that matches decides."""

    __slots__ = ("_names", "_ordered", "_paths")

    def __init__(self, text: str) -> None:
        lines = text.removeprefix("\ufeff").split("\n")
        found = [rule for rule in map(translate, lines) if rule is not None]
        self._ordered = [(re.compile(rule[0]).fullmatch, *rule[1:]) for rule in reversed(found)]
        # Nearly every entry matches nothing: one look with all rules together says so.
        self._names = _any_of([rule[0] for rule in found if rule[3]])
        self._paths = _any_of([rule[0] for rule in found if not rule[3]])

    def __bool__(self) -> bool:
        return bool(self._ordered)

    def match(self, path: str, name: str, is_folder: bool) -> bool | None:
        """True when ignored, False when a rule takes it back, None when no rule speaks of it.

        `path` is relative to the folder of the ignore file, `name` is its last part.
        """
        by_name, by_path = self._names, self._paths
        if not ((by_name and by_name.fullmatch(name)) or (by_path and by_path.fullmatch(path))):
            return None
        for matches, takes_back, only_folders, is_name in self._ordered:
            if (is_folder or not only_folders) and matches(name if is_name else path):
                return not takes_back
        return None


def _any_of(expressions: list[str]) -> re.Pattern[str] | None:
    return re.compile("|".join(f"(?:{e})" for e in expressions), re.DOTALL) if expressions else None


def translate(line: str) -> Rule | None:
    """One line as a rule; None for a comment, an empty line and a pattern that can never match."""
    line = line.removesuffix("\r")
    if line.startswith("#"):
        return None
    while line.endswith(" ") and not line.endswith("\\ "):
        line = line[:-1]
    takes_back = line.startswith("!")
    line = line[takes_back:]
    only_folders = line.endswith("/")
    line = line.removesuffix("/")
    is_name = "/" not in line
    expression = translate_glob(line.removeprefix("/"))
    if expression is None:
        return None
    return f"(?s:{expression})", takes_back, only_folders, is_name


def translate_glob(glob: str) -> str | None:
    """A glob as a regular expression that matches whole paths: ``*``, ``?``, ``[a-z]`` and ``\\`` inside of
    a part, ``**`` as a part for any number of parts. None when it is empty or malformed, which matches
    nothing.

    Everything before the last star is matched lazily and never tried again, which loses nothing and keeps a
    hostile pattern from taking exponential time.
    """
    if not glob:
        return None
    chunks: list[list[str]] = [[]]
    for part in glob.split("/"):
        if len(part) > 1 and not part.strip("*"):
            chunks.append([])
            continue
        expression = _part(part)
        if expression is None:
            return None
        chunks[-1].append(expression)
    first, *rest = chunks
    if not rest:
        return "/".join(first)
    *middle, last = rest
    out = "".join(part + "/" for part in first)
    out += "".join(f"(?>(?:[^/]*/)*?{'/'.join(chunk)}/)" for chunk in middle if chunk)
    return out + (f"(?:[^/]*/)*{'/'.join(last)}" if last else ".+")


def _part(part: str) -> str | None:
    pieces = [""]
    at = 0
    while at < len(part):
        match part[at]:
            case "*":
                if pieces[-1] or len(pieces) == 1:
                    pieces.append("")
                at += 1
            case "?":
                pieces[-1] += "[^/]"
                at += 1
            case "[":
                found = _bracket(part, at)
                if found is None:
                    return None
                piece, at = found
                pieces[-1] += piece
            case "\\":
                if at + 1 == len(part):
                    return None
                pieces[-1] += re.escape(part[at + 1])
                at += 2
            case letter:
                pieces[-1] += re.escape(letter)
                at += 1
    if len(pieces) == 1:
        return pieces[0]
    return pieces[0] + "".join(f"(?>[^/]*?{piece})" for piece in pieces[1:-1]) + "[^/]*" + pieces[-1]


def _bracket(part: str, at: int) -> tuple[str, int] | None:
    """The set that starts at `at`, and where it ends."""
    start = at + 1
    is_negated = part[start : start + 1] in ("!", "^")
    start += is_negated
    members: list[str] = []
    position = start
    while position < len(part) and (part[position] != "]" or position == start):
        if part[position] == "\\" and position + 1 < len(part):
            position += 1
        members.append(part[position])
        position += 1
        if part[position : position + 1] == "-" and part[position + 1 : position + 2] not in ("", "]"):
            last = part[position + 1]
            if last < members[-1]:
                return None
            members[-1] = f"{re.escape(members[-1])}-{re.escape(last)}"
            position += 2
        else:
            members[-1] = re.escape(members[-1])
    if position >= len(part):
        return None
    inside = "".join(members)
    return (f"[^/{inside}]" if is_negated else f"[{inside}]"), position + 1
