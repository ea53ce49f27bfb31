"""What a task asks for, as far as its words tell."""

import re

_FAILING = re.compile(
    r"\btests?\b.{0,60}\b(fail|red|broken|pass|green)|\b(fail|fix|red|broken|repair)\w*\b.{0,40}\btests?\b",
    re.I | re.S,
)


def is_about_failing_tests(prompt: str) -> bool:
    """Whether a task asks for nothing but tests to pass, as far as its words tell. Short tasks only: a long one says
    more than that."""
    return len(prompt) <= 400 and bool(_FAILING.search(prompt))
