"""The few lines between two `---` at the top of a markdown file, as words: for files that were also written for other
assistants. No YAML library is loaded for it; what is not `key: value` is passed over, and nothing raises."""

import re

_FRONT = re.compile(r"\A\ufeff?---[ \t]*\r?\n(.*?)(?:^|\n)---[ \t]*(?:\r?\n|\Z)", re.DOTALL)
_KEY = re.compile(r"([A-Za-z][\w-]*)[ \t]*:(?:[ \t]+(.*)|[ \t]*)$")
_BLOCK = re.compile(r"[|>][+-]?\d?$")


def split(text: str) -> tuple[dict[str, str], str]:
    """The keys in small letters with their values in one line each, and what stands below. Without a front matter
    the first is empty and the second all of `text`."""
    found = _FRONT.match(text)
    if found is None:
        return {}, text.removeprefix("\ufeff").strip()
    values: dict[str, str] = {}
    key = ""
    for line in found[1].splitlines():
        start = _KEY.match(line)
        if start is not None:
            key = start[1].lower()
            value = (start[2] or "").strip()
            values[key] = "" if _BLOCK.match(value) else value
        elif key and line[:1] in (" ", "\t", "-"):
            values[key] = f"{values[key]} {line.strip()}".strip()
    return {key: _bare(value) for key, value in values.items()}, text[found.end() :].strip()


def _bare(value: str) -> str:
    """Without its quotes, or a comment behind it."""
    if len(value) > 1 and value[0] in "\"'" and value.endswith(value[0]):
        inner = value[1:-1]
        return inner.replace('\\"', '"') if value[0] == '"' else inner.replace("''", "'")
    return re.sub(r"\s+#.*$", "", value)
