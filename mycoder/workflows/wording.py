"""What a task asks for, as far as its words tell. The patterns are compiled when a word makes them worth it."""

import re

_FAILING = r"(?is)\btests?\b.{0,60}\b(fail|red|broken|pass|green)|\b(fail|fix|red|broken|repair)\w*\b.{0,40}\btests?\b"
_GO_ON = r"(?i)\W*(go on|go ahead|continue|resume|carry on|keep going|proceed)\W*(please)?\W*"


def is_go_on(prompt: str) -> bool:
    """Whether the words ask for nothing but to go on with what was begun."""
    return bool(re.fullmatch(_GO_ON, prompt.strip()))


def is_about_failing_tests(prompt: str) -> bool:
    """Whether a task asks for nothing but tests to pass, as far as its words tell. Short tasks only: a long one says
    more than that."""
    return len(prompt) <= 400 and "test" in prompt.casefold() and bool(re.search(_FAILING, prompt))


_FILLERS = (
    "the|a|an|all|any|some|our|my|your|these|those|this|that|its|their|old|existing|failing|broken|flaky|unit|doc|whole"
    "|integration|e2e|obsolete|outdated|wrong|pytest|jest|of|in|for|and|code|names?|values?|expected|test|two|three"
)
_CHANGING = (
    r"(?i)\b(updat|chang|adapt|adjust|rewrit|remov|delet|drop|skip|disabl|renam|refactor|mov|regenerat|modif|edit|xfail"
    rf"|merg|split|simplif|port|migrat|convert|correct)\w*\s+(({_FILLERS})\s+){{0,5}}"
    r"(tests?|specs?|assertions?|expectations?|expected values?|snapshots?|fixtures?|conftest|test \w+)\b"
    r"|\b(tests?|expected values?|expectations?) (is|are|was|were) (wrong|outdated|obsolete|incorrect|stale)\b"
    r"|\bwrong (tests?|expect\w*)\b"
)
_NOT = (
    r"(?i)\b(do not|don't|never|without|not)\b[^.;\n]{0,20}"
    r"\b(chang|edit|touch|modif|weaken|skip|delet|remov|updat)\w*[^.;\n]{0,40}\btests?\b"
)


def is_about_changing_tests(prompt: str) -> bool:
    """Whether a task asks for tests that exist to be changed, as far as its words tell."""
    return bool(re.search(_CHANGING, prompt)) and not re.search(_NOT, prompt)
