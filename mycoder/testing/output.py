"""Words from what a runner printed."""

import re

_RULE = r"^[\s=\-_*#.]*$"
_TELLING = r"(?i)\b(?:error|fatal|exception|cannot|not found|no such|denied|failed)\b|\w+Error\b"


def last_words(text: str, lines: int = 4, limit: int = 600) -> str:
    """The end of an output on one line: its last lines that speak of an error, else its last lines."""
    held = [line.strip() for line in text[-20_000:].splitlines() if not re.match(_RULE, line)]
    telling = [line for line in held[-40:] if re.search(_TELLING, line)]
    words = " | ".join((telling or held)[-lines:])
    return words if len(words) <= limit else f"{words[: limit // 3]} … {words[-limit * 2 // 3 :]}"


def clip(text: str, limit: int) -> str:
    """Cuts in the middle and says so."""
    if len(text) <= limit:
        return text
    return f"{text[: limit * 2 // 3]}\n… {len(text) - limit} characters left out …\n{text[-limit // 3 :]}"
