"""Themes are data: one TOML file each, the packaged ones and a person's own read by the same loader.

A file names its colours by role. Every pair of text and background that any stylesheet uses is listed in
`pairs` and holds a contrast of at least 4.5:1 (WCAG 2.2, success criterion 1.4.3); for the packaged themes a
test sees to that, and for a person's own the loader warns.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

GROUNDS = ("background", "surface", "panel")
INKS = ("text", "muted", "primary", "secondary", "accent", "success", "warning", "error")
MARKS = ("added-bg", "removed-bg", "added-word-bg", "removed-word-bg", "selection-bg", "cursor-bg")
SYNTAX = ("keyword", "string", "number", "comment", "function", "type", "operator")
LEAST_CONTRAST = 4.5
DEFAULT = "dusk"
DEFAULT_LIGHT = "paper"

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}\Z")
_ANSI = re.compile(r"ansi_(default|(bright_)?(black|red|green|yellow|blue|magenta|cyan|white))\Z")


class ThemeError(Exception):
    """A theme file that cannot be used; says file, line and what to write instead."""

    def __init__(self, file: Path, line: int, message: str) -> None:
        super().__init__(f"{file}:{line}: {message}")
        self.file, self.line, self.message = file, line, message


class ThemeColors(msgspec.Struct, frozen=True, kw_only=True):
    """A theme. `colors` has every role of GROUNDS, INKS and MARKS, `syntax` every kind of SYNTAX."""

    name: str
    title: str
    is_dark: bool
    is_ansi: bool
    colors: dict[str, str]
    syntax: dict[str, str]


def packaged() -> Path:
    """The folder of the themes that come with mycoder: in the wheel, or beside the package in a checkout."""
    inside = Path(__file__).parent.parent / "themes"
    return inside if inside.is_dir() else Path(__file__).parent.parent.parent / "themes"


def suiting(env: Mapping[str, str]) -> str:
    """The theme for a terminal that says how bright it is (COLORFGBG, as rxvt, Konsole and others set it)."""
    ground = env.get("COLORFGBG", "").rpartition(";")[2]
    return DEFAULT_LIGHT if ground in ("7", "15") else DEFAULT


def read(file: Path) -> ThemeColors:
    """Raises ThemeError; a file that cannot be opened raises OSError."""
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ThemeError(file, 1, "not UTF-8 text") from error
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"at line (\d+)", str(error))
        line = int(found[1]) if found else text.count("\n") + 1
        raise ThemeError(file, line, f"not TOML: {error}") from error
    is_ansi = _switch(file, text, data, "ansi", False)
    theme = ThemeColors(
        name=file.stem,
        title=str(data.get("title", file.stem)),
        is_dark=_switch(file, text, data, "dark", True),
        is_ansi=is_ansi,
        colors=_table(file, text, data, "colors", GROUNDS + INKS + MARKS, is_ansi),
        syntax=_table(file, text, data, "syntax", SYNTAX, is_ansi),
    )
    for key in data:
        if key not in ("title", "dark", "ansi", "colors", "syntax"):
            raise ThemeError(
                file, _line_of(text, key), f"unknown key {key!r}; known: title, dark, ansi, colors, syntax"
            )
    return theme


def read_all(own: Path | None = None) -> tuple[dict[str, ThemeColors], list[str]]:
    """All themes by name, a person's own over the packaged ones, and what is wrong with those left out."""
    themes: dict[str, ThemeColors] = {}
    problems: list[str] = []
    for folder in (packaged(), own):
        if folder is None or not folder.is_dir():
            continue
        for file in sorted(folder.glob("*.toml")):
            try:
                theme = read(file)
            except (ThemeError, OSError) as error:
                problems.append(str(error))
                continue
            themes[theme.name] = theme
            if folder is own:
                problems += [f"{file}: {fault}" for fault in weak_pairs(theme)]
    return themes, problems


def named(themes: Mapping[str, ThemeColors], word: str) -> tuple[str, str]:
    """The name of the theme that `word` means, and what is wrong where it means none; one of them is empty.

    Case does not matter, and the title of a theme is as good as its name.
    """
    spelled = {theme.title.casefold(): theme.name for theme in themes.values()}
    spelled |= {name.casefold(): name for name in themes}
    wanted = word.strip().casefold()
    if wanted in spelled:
        return spelled[wanted], ""
    import difflib  # late: only for a name that nobody has

    near = difflib.get_close_matches(wanted, spelled, n=1, cutoff=0.5)
    hint = f"Did you mean {spelled[near[0]]}?" if near else f"There are {', '.join(sorted(themes))}."
    return "", f"There is no theme {word.strip()!r}. {hint}"


def pairs(theme: ThemeColors) -> Iterator[tuple[str, str, str, str]]:
    """(name of the text, its colour, name of the ground, its colour) for all that are used together."""
    inks = {name: theme.colors[name] for name in INKS} | {f"syntax.{k}": v for k, v in theme.syntax.items()}
    for ink, colour in inks.items():
        for ground in (*GROUNDS, "added-bg", "removed-bg", "cursor-bg"):
            yield ink, colour, ground, theme.colors[ground]
    for ground in ("added-word-bg", "removed-word-bg", "selection-bg"):
        yield "text", theme.colors["text"], ground, theme.colors[ground]


def weak_pairs(theme: ThemeColors) -> list[str]:
    """Pairs below the least contrast, in words. None for a theme that uses the terminal's own palette."""
    if theme.is_ansi:
        return []
    found = []
    for ink, colour, ground, under in pairs(theme):
        ratio = contrast(colour, under)
        if ratio < LEAST_CONTRAST:
            found.append(
                f"{ink} {colour} on {ground} {under}: contrast {ratio:.1f}, less than {LEAST_CONTRAST}"
            )
    return found


def contrast(first: str, second: str) -> float:
    """Contrast ratio of two ``#rrggbb`` colours, 1 to 21 (WCAG 2.2, definition of contrast ratio)."""
    bright, dark = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = []
    for start in (1, 3, 5):
        part = int(colour[start : start + 2], 16) / 255
        parts.append(part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4)
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def _table(
    file: Path, text: str, data: dict[str, Any], section: str, names: tuple[str, ...], is_ansi: bool
) -> dict[str, str]:
    table = data.get(section)
    if not isinstance(table, dict):
        raise ThemeError(file, _line_of(text, section), f"the table [{section}] is missing")
    for key, value in table.items():
        line = _line_of(text, key, section)
        if key not in names:
            raise ThemeError(file, line, f"unknown colour {key!r} in [{section}]; known: {', '.join(names)}")
        if not isinstance(value, str) or not (_ANSI if is_ansi else _COLOUR).match(value):
            form = "an ansi_... name such as ansi_bright_blue" if is_ansi else "of the form #rrggbb"
            raise ThemeError(file, line, f"{section}.{key} must be {form}, not {value!r}")
    missing = [name for name in names if name not in table]
    if missing:
        raise ThemeError(file, _line_of(text, section), f"[{section}] lacks {', '.join(missing)}")
    return {name: table[name].lower() for name in names}


def _switch(file: Path, text: str, data: dict[str, Any], key: str, default: bool) -> bool:
    value = data.get(key, default)
    if not isinstance(value, bool):
        raise ThemeError(file, _line_of(text, key), f"{key} must be true or false, not {value!r}")
    return value


def _line_of(text: str, key: str, section: str = "") -> int:
    """Line of `key` (in `section`), or of the table of that name; 1 when it is nowhere."""
    current = ""
    for number, line in enumerate(text.splitlines(), 1):
        head = re.match(r"\s*\[([^\]]+)\]", line)
        if head:
            current = head[1].strip()
            if current == key and not section:
                return number
        name = line.split("=", 1)[0].strip().strip("\"'")
        if "=" in line and name == key and current == section:
            return number
    return 1
