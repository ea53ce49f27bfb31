"""Files in an answer: fenced blocks that say their path, for models that answer with code instead of calling tools."""

import re

import msgspec

_FENCE = re.compile(r"^(?P<indent> {0,3})(?P<marks>`{3,}|~{3,})(?P<info>[^`\n]*)$")
_PATH = re.compile(r"(?:[\w.+-]+/)*[\w.+-]*[\w+-]\.[A-Za-z][A-Za-z0-9]{0,9}\Z")
_BEFORE = re.compile(
    r"""^[\s#>*_`-]*(?:(?:file|path)\s*:\s*)?[*_`"']*(?P<path>[^\s*`"':]+)[*_`"':\s]*$""", re.I
)
_INSIDE = re.compile(
    r"^\s*(?:#|//|--|/\*|<!--)\s*(?:(?:file|path)\s*:\s*)?(?P<path>\S+?)\s*(?:\*/|-->)?\s*$", re.I
)


class Block(msgspec.Struct, frozen=True):
    """One fenced block. `path` is empty where none is said; `is_explicit`: it stands in the fence itself."""

    text: str
    language: str = ""
    path: str = ""
    is_explicit: bool = False


def blocks(answer: str) -> list[Block]:
    """The fenced blocks of an answer that are closed, in their order."""
    found: list[Block] = []
    lines = answer.splitlines()
    at = 0
    while at < len(lines):
        fence = _FENCE.match(lines[at])
        end = _end(lines, at, fence["marks"]) if fence else None
        if fence is None or end is None:
            at += 1
            continue
        body = lines[at + 1 : end]
        found.append(_block(body, fence["info"].strip(), lines[at - 1] if at else ""))
        at = end + 1
    return found


def files(answer: str, usual: str = "") -> dict[str, tuple[str, bool]]:
    """Path → (content, whether the fence itself says the path). Without any path, the only block is `usual`."""
    named = [block for block in blocks(answer) if block.path]
    if named:
        return {block.path: (block.text, block.is_explicit) for block in named}
    code = [block for block in blocks(answer) if block.language in _CODE]
    return {usual: (code[0].text, False)} if usual and len(code) == 1 else {}


def without_blocks(answer: str) -> str:
    """The words of an answer, with … for each block of code."""
    lines: list[str] = []
    source = answer.splitlines()
    at = 0
    while at < len(source):
        fence = _FENCE.match(source[at])
        end = _end(source, at, fence["marks"]) if fence else None
        if end is None:
            lines.append(source[at])
            at += 1
        else:
            lines.append("…")
            at = end + 1
    return "\n".join(lines).strip()


_CODE = frozenset(
    {
        "",
        "tsx",
        "rs",
        "jsx",
        "py",
        "rust",
        "typescript",
        "java",
        "cpp",
        "javascript",
        "c",
        "python3",
        "ruby",
        "js",
        "rb",
        "go",
        "python",
        "ts",
        "c++",
    }
)
"""What a block without a path may be to count as the usual file; none said counts too."""


def _end(lines: list[str], start: int, marks: str) -> int | None:
    for at in range(start + 1, len(lines)):
        line = lines[at].strip()
        if line and set(line) == {marks[0]} and len(line) >= len(marks):
            return at
    return None


def _block(body: list[str], info: str, before: str) -> Block:
    language, _, rest = info.partition(" ")
    named = re.search(r"""(?:path|file|title|filename)\s*=\s*["']?([^"'\s]+)""", info)
    candidates = [named[1]] if named else [rest.strip(), language.partition(":")[2], language]
    path = next((word for word in candidates if _is_path(word)), "")
    text = "\n".join(body) + ("\n" if body else "")
    language = language.partition(":")[0].lower()
    if path:
        return Block(text, language if language != path.lower() else "", path, is_explicit=True)
    if (found := _BEFORE.match(before)) and _is_path(found["path"]):
        return Block(text, language, found["path"])
    if body and (found := _INSIDE.match(body[0])) and _is_path(found["path"]):
        return Block(text, language, found["path"])
    return Block(text, language)


def _is_path(word: str) -> bool:
    return bool(_PATH.match(word)) and ".." not in word and not word.startswith(("http", "www."))
