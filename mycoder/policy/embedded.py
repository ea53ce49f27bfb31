"""Code of other languages, only looked at for words: it is not read, and what it computes is not known."""

import re

_STARTS = re.compile(
    r"system|popen|subprocess|exec|spawn|qx\b|`|\bpty\b|\bfork\b|Runtime|Deno\.Command|Bun\.\$|\bsh\b|shell|Open3|:!|!",
    re.IGNORECASE,
)
_TOKEN = re.compile(r"[\w./~*@:+$%-]+|[;|&\n()]")
_ENDS = frozenset(";|&\n()")


def starts_programs(text: str) -> bool:
    """Whether code has a word by which its language starts programs."""
    return _STARTS.search(text) is not None


def tokens(text: str) -> list[str]:
    """Words of `text` without quotes and brackets; what ends a command in a shell ends it here as an empty word."""
    return ["" if found in _ENDS else found for found in _TOKEN.findall(re.sub(r"\$\{?IFS\}?|=", " ", text))]


def targets_of(text: str) -> list[str]:
    """What stands after a redirection in text that could not be read."""
    return re.findall(r"[<>][>|&]*\s*([^\s;|&<>()'\"]+)", text)
