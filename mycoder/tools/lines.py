"""Finding lines by content, with the numbers that read and edit use; the work of the tool `grep`."""

from mycoder.protocol.blocks import Text
from mycoder.protocol.tooling import ToolResult
from mycoder.tools.places import place
from mycoder.tools.tool import ToolContext
from mycoder.workspace import grep as lines
from mycoder.workspace.names import count, printable
from mycoder.workspace.scan import Hit
from mycoder.workspace.search import SearchError

MOST = 500
MOST_CONTEXT = 20


async def run(
    services: ToolContext,
    pattern: str,
    path: str,
    glob: str,
    regex: bool | None,
    ignore_case: bool,
    context: int,
    limit: int,
) -> ToolResult:
    """Matching lines by file, and how many there are in all."""
    try:
        root, below = place(services, path)
        found = await lines.grep(
            root,
            pattern,
            below=below,
            glob=glob,
            regex=regex,
            ignore_case=ignore_case,
            context=min(max(context, 0), MOST_CONTEXT),
            limit=min(max(limit, 1), MOST),
        )
    except SearchError as problem:
        return ToolResult(f"{problem}.", ok=False)
    text = render(found)
    return ToolResult(text, blocks=(Text(text=text),))


def render(found: lines.Found) -> str:
    """The total, then the lines of each file: ``12:`` and a tab before a match, ``13-`` before context."""
    out = [_total(found)]
    for hit in found.hits:
        out += _of_file(hit)
    files = found.files - len(found.hits)
    if files > 0:
        rest = found.matches - sum(number for _, number, _ in found.hits)
        out.append(
            f"[{_lines(rest)} in {count(files, 'more file')}; narrow path, glob or pattern, or raise limit]"
        )
    return "\n".join(out)


def _total(found: lines.Found) -> str:
    if not found.candidates:
        return "No match: no file here to look in; check path and glob with find."
    if found.matches:
        total = f"{_lines(found.matches)} in {count(found.files, 'file')}"
    else:
        total = f"No match in {count(found.candidates, 'file')}"
    if not found.is_complete:
        total += f"; stopped after {found.searched:,} of {count(found.candidates, 'file')}, it took too long"
    return total + (f" ({found.note})" if found.note else "")


def _lines(number: int) -> str:
    return count(number, "matching line")


def _of_file(hit: Hit) -> list[str]:
    path, number, rows = hit
    out = [printable(path)]
    last = rows[0][0] - 1 if rows else 0
    has_context = any(not is_match for _, is_match, _ in rows)
    for line, is_match, text in rows:
        if has_context and line > last + 1:
            out.append("--")
        shown = text.encode("utf-8", "replace").decode()
        out.append(f"{line}{':' if is_match else '-'}\t{shown}")
        last = line
    more = number - sum(is_match for _, is_match, _ in rows)
    return [*out, f"[{more:,} more in this file]"] if more > 0 else out
