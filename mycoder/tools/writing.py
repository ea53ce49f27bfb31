"""Writing whole files; the work of the tool `write`."""

from mycoder.protocol.tooling import ToolResult
from mycoder.tools.excerpt import bracketed, change_of, notes_of, sentence, stale
from mycoder.tools.tool import ToolContext
from mycoder.workspace.commit import ContentChanged
from mycoder.workspace.files import FileMissing, Files, PathRefused, content_hash
from mycoder.workspace.journal_log import JournalError
from mycoder.workspace.names import count, printable
from mycoder.workspace.syntax import introduced
from mycoder.workspace.text import FileText, NotEncodable, NotText, encode


async def run(context: ToolContext, path: str, content: str) -> ToolResult:
    """Does not replace a file that the model has not seen as it is now. A file that is there keeps its
    encoding, newlines and mode."""
    files = context.workspace.files
    try:
        file = _there(files, path)
        if file is None:
            return _create(context, path, content)
        return _replace(context, file, path, content)
    except NotText as why:
        return ToolResult(
            f"{printable(path)} is there and {why}: it is not replaced by text. Delete it first if that is "
            "meant.",
            ok=False,
        )
    except ContentChanged as problem:
        return ToolResult(f"{problem} this very moment. Nothing was written; read it again.", ok=False)
    except (PathRefused, NotEncodable, JournalError) as problem:
        return ToolResult(f"{sentence(problem)} Nothing was written.", ok=False)
    except OSError as problem:
        return ToolResult(f"{printable(path)} cannot be written: {problem.strerror or problem}.", ok=False)


def _there(files: Files, path: str) -> FileText | None:
    files.resolve(path, write=True)
    try:
        return files.read(path)
    except FileMissing:
        return None


def _create(context: ToolContext, path: str, content: str) -> ToolResult:
    files = context.workspace.files
    real = files.resolve(path, write=True)
    name = files.relative(real)
    if twin := files.twin(real):
        return ToolResult(
            f"{printable(twin)} exists; {printable(name)} differs from it only in case, and the two would be "
            "one file on "
            "many systems. Nothing was written: use its name, or another one.",
            ok=False,
        )
    data = content.encode("utf-8", "replace")
    with context.workspace.journal.change("tool", context.call_id or f"write {name}") as change:
        change.write(name, data, expect="")
    files.note_seen(name, content_hash(data))
    fault = introduced(name, "", content)
    notes = [f"it does not parse: {fault}"] if fault else []
    _, blocks = change_of("", content, name)
    return ToolResult(f"created {printable(name)}, {_lines(content)}{bracketed(notes)}", blocks=blocks)


def _replace(context: ToolContext, file: FileText, path: str, content: str) -> ToolResult:
    files = context.workspace.files
    name = printable(file.path)
    text = content.replace("\r\n", "\n")
    data = encode(file, text)
    if content_hash(data) == file.hash:
        files.note_seen(file.path, file.hash)
        return ToolResult(f"{name} holds exactly this already; nothing was written.")
    if file.text.strip() and not files.seen(file.path):
        return ToolResult(
            f"{name} exists ({_lines(file.text)}) and you have not read it. Nothing was written. Read it, "
            "then change "
            "it with edit, or write it whole.",
            ok=False,
        )
    if stale(files, file):
        return ToolResult(
            f"{name} has changed since you read it. Nothing was written: read it again.", ok=False
        )
    with context.workspace.journal.change("tool", context.call_id or f"write {file.path}") as change:
        change.write(file.path, data, expect=file.hash)
    files.note_seen(file.path, content_hash(data))
    fault = introduced(file.path, file.text, text)
    notes = [f"it no longer parses: {fault}"] if fault else []
    diff, blocks = change_of(file.text, text, file.path, context=1)
    return ToolResult(
        f"replaced {name}, {_lines(text)}\n{diff}{bracketed([*notes, *notes_of(file, file.path, path)])}",
        blocks=blocks,
    )


def _lines(text: str) -> str:
    return count(text.count("\n") + (not text.endswith("\n") and bool(text)), "line")
