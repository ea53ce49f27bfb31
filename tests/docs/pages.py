"""Reads the documentation as a test needs it: fenced blocks with what is said about them, links, headings.

Just before a block an HTML comment, which no reader sees, may say what is to become of it:

    <!-- not run: reason -->   its commands are only parsed
    <!-- file: NAME -->        the block is the content of that file in the example project
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent.parent
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))

_FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.DOTALL | re.MULTILINE)
_MARK = re.compile(r"<!--\s*(not run|file):\s*((?:(?!-->).)+?)\s*-->\s*\Z", re.DOTALL)
_LINK = re.compile(r"!?\[(?:[^\]\[]|\[[^\]]*\])*\]\(([^)\s]+)\)")


class Block(NamedTuple):
    page: Path
    line: int
    """Of the opening fence, from 1."""
    language: str
    text: str
    mark: str
    """not run, file or empty."""
    about: str

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


def blocks(page: Path) -> Iterator[Block]:
    text = page.read_text(encoding="utf-8")
    for found in _FENCE.finditer(text):
        indent, language, inside = found.groups()
        mark = _MARK.search(text[: found.start()])
        lines = (line.removeprefix(indent) for line in inside.splitlines(keepends=True))
        line = text.count("\n", 0, found.start()) + 1
        yield Block(page, line, language, "".join(lines), *(mark.groups() if mark else ("", "")))


def prose(page: Path) -> str:
    """The page without its blocks and without what stands in backticks."""
    text = _FENCE.sub("", page.read_text(encoding="utf-8"))
    return re.sub(r"(`+)(?!`).+?(?<!`)\1(?!`)", "code", text)


def links(page: Path) -> list[str]:
    return _LINK.findall(prose(page))


def anchors(page: Path) -> set[str]:
    """The names under which headings can be linked to, as GitHub and MkDocs make them."""
    text = _FENCE.sub("", page.read_text(encoding="utf-8"))
    found: set[str] = set()
    for heading in re.findall(r"^#+ +(.+?) *$", text, re.MULTILINE):
        plain = re.sub(r"[^\w\- ]", "", heading.replace("`", "").lower()).strip()
        found.add(plain.replace(" ", "-"))
    return found


class Command(NamedTuple):
    """One ``$`` line of a console block, what it should print, and the exit code that a comment names."""

    text: str
    output: str
    exit_code: int


def commands(block: Block) -> list[Command]:
    found: list[Command] = []
    lines = iter(block.text.splitlines())
    for line in lines:
        if not line.startswith("$ "):
            assert found, f"{block}: a console block begins with a command"
            found[-1] = found[-1]._replace(output=f"{found[-1].output}{line}\n")
            continue
        text = line[2:]
        while text.endswith("\\"):
            text = f"{text}\n{next(lines)}"
        code = re.search(r"#.*\bexit (?:code )?(\d+)\b", text)
        found.append(Command(text, "", int(code[1]) if code else 0))
    return found


def fits(expected: str, printed: str) -> bool:
    """Whether `printed` is what the page shows, with anything in the place of each …"""
    parts = [re.escape(part) for part in expected.strip().split("…")]
    return re.search(r"\A\s*" + ".*".join(parts) + r"\s*\Z", printed, re.DOTALL) is not None
