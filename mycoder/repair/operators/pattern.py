"""Small changes of regular expressions: repetition, greed, anchors, what is escaped, classes, groups, the case.

The operators are those for mutating regular expressions (Arcaini, Gargantini, Riccobene, "MutRex", 2017; Davis et
al. and Chapman et al. on what developers get wrong in them), read backwards.
"""

import ast
import re
import warnings
from collections.abc import Iterator

from mycoder.repair.literal import Run, TextNode
from mycoder.repair.operators.text import TextOperator, Wanted
from mycoder.repair.site import Edit, Site

_PART = re.compile(
    r"(?P<escape>\\.)|(?P<set>\[\^?\]?(?:\\.|[^\]\\])*\])|(?P<group>\((?:\?(?:P?<\w+>|<?[=!]|:))?)"
    r"|(?P<many>(?:[*+?]|\{\d*,?\d*\})\??)|(?P<any>\.)|(?P<edge>[\^$])|(?P<close>\))|(?P<other>.)",
    re.S,
)
_LOOKS_LIKE = re.compile(r"\\[dwsbDWSBZA]|\(\?|\[\^|[)\]][*+?]|\.[*+]")
_CLASSES = "dwsDWSbB"
_MODULES = ("re", "regex", "_re", "sre")
_FUNCTIONS = ("compile", "match", "search", "fullmatch", "findall", "finditer", "sub", "subn", "split")
_FLAGS = ("IGNORECASE", "MULTILINE", "DOTALL")
_RANGES = ("a-zA-Z", "a-z", "A-Z", "0-9", "a-zA-Z0-9", r"\w")
LONGEST = 300
MOST = 200


class Pattern(TextOperator):
    name = "pattern"
    cost = 1.6

    def edits(self, site: Site) -> Iterator[Edit]:
        if not _is_pattern(site):
            return
        yield from super().edits(site)
        yield from self._flags(site)

    def wanted(self, site: Site, node: TextNode, run: Run) -> Wanted:
        if run.is_format or len(run.value) > LONGEST:
            return
        is_whole = isinstance(node, ast.Constant) and _is_valid(run.value)
        count = 0
        for value, more in self._changes(run.value, site):
            if is_whole and not _is_valid(value):
                continue
            count += 1
            if count > MOST:
                return
            yield value, self.cost + more + 0.002 * count

    def _changes(self, value: str, site: Site) -> Wanted:
        parts = list(_PART.finditer(value))
        for part in parts:
            for new, more in _instead(part, site):
                yield value[: part.start()] + new + value[part.end() :], more
        for number, part in enumerate(parts):
            following = parts[number + 1].lastgroup if number + 1 < len(parts) else None
            if part.lastgroup in ("escape", "set", "any", "close") and following != "many":
                for rank, many in enumerate("+*?"):
                    yield value[: part.end()] + many + value[part.end() :], 0.5 + 0.1 * rank
        for edge in ("^", r"\b", r"\s*"):
            yield edge + value, 0.5
        for edge in ("$", r"\b", r"\Z", r"\s*"):
            yield value + edge, 0.5

    def _flags(self, site: Site) -> Iterator[Edit]:
        """A flag for a call that has none, with the name by which the call reaches the module."""
        call = site.parent
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
            return
        module = site.of(call.func.value)
        is_free = not call.keywords and len(call.args) < (2 if call.func.attr == "compile" else 3)
        if module not in _MODULES or not call.args or call.args[0] is not site.node:
            return
        if not is_free and call.func.attr not in ("sub", "subn"):
            return
        if call.keywords or any(isinstance(a, ast.Starred) for a in call.args):
            return
        end = site.source.span(call.args[-1])[1]
        for rank, flag in enumerate(_FLAGS):
            yield Edit(end, end, f", flags={module}.{flag}", self.cost + 0.6 + 0.1 * rank)


def _instead(part: "re.Match[str]", site: Site) -> Wanted:
    text = part.group()
    match part.lastgroup:
        case "many":
            yield from _repetitions(text)
        case "any":
            yield r"\.", 0.0
        case "edge":
            yield "", 0.2
            yield "\\" + text, 0.4
        case "group":
            for other in {"(": ("(?:",), "(?:": ("(",), "(?=": ("(?!",), "(?!": ("(?=",)}.get(text, ()):
                yield other, 0.3
            for other in {"(?<=": ("(?<!",), "(?<!": ("(?<=",)}.get(text, ()):
                yield other, 0.3
        case "set":
            yield from _sets(text, site)
        case "escape":
            yield from _escapes(text)
        case "other" if text in _CLASSES:
            yield "\\" + text, 0.6
        case "other" if text.isspace():
            yield "", 0.3
            yield r"\s", 0.4
        case "other" if text in "|{}]":
            yield "\\" + text, 0.7


def _repetitions(text: str) -> Wanted:
    if len(text) > 1 and text.endswith("?"):
        yield text[:-1], 0.0
        text = text[:-1]
    else:
        yield text + "?", 0.0
    for rank, other in enumerate(("*", "+", "?", "")):
        if other != text:
            yield other, 0.1 * rank
    for number in re.finditer(r"\d+", text):
        for value in (int(number.group()) + 1, int(number.group()) - 1):
            yield text[: number.start()] + str(value) + text[number.end() :], 0.1


def _sets(text: str, site: Site) -> Wanted:
    yield ("[" + text[2:] if text[1] == "^" else "[^" + text[1:]), 0.2
    for rank, other in enumerate(_RANGES):
        for span in re.finditer(r"[a-zA-Z0-9]-[a-zA-Z0-9]", text):
            yield text[: span.start()] + other + text[span.end() :], 0.4 + 0.05 * rank
        if other not in text:
            yield text[:-1] + other + "]", 0.7 + 0.05 * rank
    marks = [t for t in site.literals.texts if len(t) == 1 and not t.isalnum() and t not in text]
    for rank, mark in enumerate(["_", "-", ".", *marks][:10]):
        yield text[:-1] + ("\\" + mark if mark in "]^\\-" else mark) + "]", 0.6 + 0.05 * rank
    inner = 2 if text[1] == "^" else 1
    for place in range(inner, min(len(text) - 1, inner + 12)):
        yield text[:place] + text[place + 1 :], 0.7
        if text[place] in _CLASSES:
            yield text[:place] + "\\" + text[place:], 0.5
        if text[place : place + 2][:1] == "\\" and text[place + 1].lower() in _CLASSES:
            yield text[: place + 1] + text[place + 1].swapcase() + text[place + 2 :], 0.4


def _escapes(text: str) -> Wanted:
    if text[1] not in _CLASSES:
        yield text[1], 0.1 if not text[1].isalnum() else 0.6
        if text[1].isalnum():
            for rank, other in enumerate(_CLASSES):
                yield "\\" + other, 0.3 + 0.1 * rank
        return
    yield "\\" + text[1].swapcase(), 0.1
    for rank, other in enumerate(_CLASSES):
        yield "\\" + other, 0.2 + 0.05 * rank
    yield ".", 0.5


def _is_valid(pattern: str) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            re.compile(pattern)
    except (re.error, OverflowError, RecursionError):
        return False
    return True


def _is_pattern(site: Site) -> bool:
    """It is handed to the module `re` here or by a name, or it looks like nothing else."""
    node = site.node
    for outer in site.source.up(node):
        if isinstance(outer, ast.Call):
            name = getattr(outer.func, "attr", getattr(outer.func, "id", ""))
            owner = getattr(getattr(outer.func, "value", None), "id", "")
            if name in _FUNCTIONS and (owner in _MODULES or isinstance(outer.func, ast.Name)):
                return bool(outer.args) and any(n is site.node for n in ast.walk(outer.args[0]))
            if name not in ("join", "format"):
                break
        elif not isinstance(outer, ast.BinOp | ast.JoinedStr | ast.FormattedValue | ast.List | ast.Tuple):
            break
    text = site.of(node)
    prefix = text[: text.find(text.strip("rRbBfFuU")[:1])].lower()
    return "r" in prefix and bool(_LOOKS_LIKE.search(text))
