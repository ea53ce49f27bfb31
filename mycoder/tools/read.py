"""The tool that reads files, a page at a time, with the line numbers that grep and edit use."""

import asyncio
import os

from mycoder.protocol.blocks import Code, Image
from mycoder.protocol.tooling import Effect, ToolResult
from mycoder.tools.tool import ToolContext, tool
from mycoder.workspace.files import MOST_TEXT, FileMissing, PathRefused
from mycoder.workspace.names import count, printable
from mycoder.workspace.pages import Page, is_under, page_of, page_of_file, size_of
from mycoder.workspace.text import FileText, NotText

MOST_LINES = 2000
MOST_PAGED = 2 << 30
"""Bytes of a file whose lines are still counted, which takes about a second for each gigabyte."""
_ENTRIES = 60

_IMAGES = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF8": "image/gif",
    b"RIFF": "image/webp",
    b"BM": "image/bmp",
}
_BINARIES = {
    b"%PDF": ("a PDF document", "pdftotext FILE -"),
    b"PK\x03\x04": ("a zip archive (also .docx, .xlsx, .jar, .whl)", "unzip -l FILE"),
    b"\x1f\x8b": ("gzip", "zcat FILE | head"),
    b"\x7fELF": ("an ELF binary", "file FILE; nm FILE"),
    b"SQLite format 3": ("an SQLite database", "python3 -c with sqlite3"),
}


@tool(
    effect=Effect.READ,
    aliases=("read_file", "view", "cat", "open", "open_file", "view_file"),
    title="read {path}",
)
async def read(context: ToolContext, path: str, offset: int = 1, limit: int = 400) -> ToolResult:
    """A page of the file; what is no text file is answered with what to do instead."""
    files = context.workspace.files
    limit = min(max(limit, 1), MOST_LINES)
    if path.startswith("skill:") and context.skills is not None:
        return await context.skills.read(path.removeprefix("skill:"))
    try:
        if os.path.isabs(path) and context.spill.name and is_under(path, os.fspath(context.spill)):
            return _shown(page_of_file(path, offset, limit), path, path, "")
        real = files.resolve(path, follow_out=True)
        if real.is_dir():
            return _folder(os.fspath(real), path)
        if real.is_file() and (size := real.stat().st_size) > MOST_TEXT:
            return await _of_big(os.fspath(real), path, size, offset, limit)
        file = files.read(path, follow_out=True)
    except NotText as why:
        return _binary(os.fspath(real), path, str(why))
    except (PathRefused, FileMissing) as problem:
        return ToolResult(str(problem), ok=False)
    except OSError as problem:
        return ToolResult(f"{printable(path)} cannot be read: {problem.strerror}.", ok=False)
    files.note_seen(file.path, file.hash)
    return _of_text(file, offset, limit)


async def _of_big(real: str, path: str, size: int, offset: int, limit: int) -> ToolResult:
    """A page of a file that is too big for memory; in a thread, since it is read from its start to its end."""
    if _has_nul(real):
        raise NotText("is not text")
    if size > MOST_PAGED:
        text = f"{printable(path)} has {size_of(size)}, too much to be read here. In the shell: `head`, `tail`, `rg`."
        return ToolResult(text, ok=False)
    page = await asyncio.to_thread(page_of_file, real, offset, limit)
    return _shown(page, path, path, "too big to be edited here")


def _has_nul(real: str) -> bool:
    with open(real, "rb") as file:
        return b"\0" in file.read(8192)


def _of_text(file: FileText, offset: int, limit: int) -> ToolResult:
    if not file.text:
        return ToolResult(f"{printable(file.path)} is empty.")
    notes = [file.peculiarities, "" if file.final_newline else "no newline at the end"]
    return _shown(page_of(file.text, offset, limit), file.path, file.path, ", ".join(filter(None, notes)))


def _shown(page: Page, name: str, path: str, note: str) -> ToolResult:
    if not page.text:
        return ToolResult(
            f"{printable(name)} has {count(page.total, 'line')}: there is no line {page.first}.", ok=False
        )
    if page.next:
        last = f"lines {page.first}-{page.last} of {page.total}, next: offset={page.next}"
    elif page.first > 1:
        last = f"lines {page.first}-{page.last} of {page.total}, the end"
    else:
        last = ""
    tail = "; ".join(filter(None, (last, note)))
    block = Code(text=_bare(page.text), path=printable(path), start=page.first)
    return ToolResult(page.text + (f"\n[{tail}]" if tail else ""), blocks=(block,))


def _bare(text: str) -> str:
    """Without the numbers, for people."""
    return "\n".join(line.partition("\t")[2] for line in text.split("\n"))


def _folder(real: str, path: str) -> ToolResult:
    entries = sorted(os.scandir(real), key=lambda e: (not e.is_dir(), e.name))
    names = [printable(e.name) + ("/" if e.is_dir() else "") for e in entries]
    more = f"\n… and {len(names) - _ENTRIES} more" if len(names) > _ENTRIES else ""
    listed = "\n".join(names[:_ENTRIES]) or "(empty)"
    return ToolResult(f"{printable(path)} is a folder with {count(len(names), 'entry')}:\n{listed}{more}")


def _binary(real: str, path: str, why: str) -> ToolResult:
    with open(real, "rb") as file:
        start = file.read(32)
        size = size_of(os.fstat(file.fileno()).st_size)
    name = printable(path)
    for magic, media in _IMAGES.items():
        if start.startswith(magic):
            return ToolResult(
                f"{name} is an image ({media}, {_pixels(start)}{size}). It was shown to the person; you "
                "cannot see it "
                "with this tool. Work from code or text that describes it.",
                blocks=(Image(path=real, media_type=media),),
            )
    for magic, (kind, command) in _BINARIES.items():
        if start.startswith(magic):
            return ToolResult(f"{name} is {kind}, {size}. In the shell: `{command}`.", ok=False)
    return ToolResult(
        f"{name} {why} ({size}). In the shell `file`, `strings` or `xxd | head` tell what it is; "
        "`iconv` makes UTF-8 of other encodings.",
        ok=False,
    )


def _pixels(start: bytes) -> str:
    if start.startswith(b"\x89PNG"):
        width, height = int.from_bytes(start[16:20], "big"), int.from_bytes(start[20:24], "big")
        return f"{width}x{height}, "
    if start.startswith(b"GIF8"):
        width, height = int.from_bytes(start[6:8], "little"), int.from_bytes(start[8:10], "little")
        return f"{width}x{height}, "
    return ""
