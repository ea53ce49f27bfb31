"""Markdown as the reference pages write it."""

from collections.abc import Iterable, Sequence

NOTE = "<!-- Made by `mycoder reference`. Change the code that it is made from, not this page. -->"


def page(title: str, *parts: str) -> str:
    """A whole page, ending in one newline. Empty parts are left out."""
    return "\n\n".join([NOTE, f"# {title}", *(part.strip("\n") for part in parts if part.strip())]) + "\n"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; empty when there are no rows."""
    lines = [_row(cells) for cells in rows]
    return "\n".join([_row(head), _row(["---"] * len(head)), *lines]) if lines else ""


def code(text: str) -> str:
    """`text` in backticks, also where it holds some itself; empty stays empty."""
    if not text:
        return ""
    fence = "``" if "`" in text else "`"
    space = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{space}{text}{space}{fence}"


def block(text: str, language: str = "") -> str:
    return f"```{language}\n{text.strip(chr(10))}\n```"


def one_line(text: str) -> str:
    return " ".join(text.split())


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(one_line(cell).replace("|", "\\|") for cell in cells) + " |"
