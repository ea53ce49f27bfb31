"""Words for the index and for queries, cut the same way: identifiers into their parts, Chinese, Japanese and Korean
into pairs of characters, everything else as the index's own tokenizer does it.

Text without spaces has no words to find, and pairs find any part of two characters or more (bigram indexing, as in
Lucene's CJKAnalyzer). ``parseHTTPReply`` is found as itself and as parse, http and reply.
"""

import re
import unicodedata

_WIDE = (
    "\u1100-\u11ff\u3005-\u3007\u3040-\u30ff\u3130-\u318f\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
    "\uf900-\ufaff\U00020000-\U0003134f"
)
_RUNS = re.compile(rf"[{_WIDE}]+|[^\W{_WIDE}]+", re.UNICODE)
_WIDE_FIRST = re.compile(f"[{_WIDE}]")
_HUMPS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_A-Za-z]+")
_DATA = re.compile(r"data:[\w/+.-]+;base64,[A-Za-z0-9+/=]+|[A-Za-z0-9+/=]{200,}")

MOST_WORD = 64


def cut(text: str) -> list[str]:
    """The words of `text`, in order, lower-cased; of an identifier first the whole, then its parts."""
    out: list[str] = []
    for run in _RUNS.findall(unicodedata.normalize("NFKC", _DATA.sub(" ", text))):
        if _WIDE_FIRST.match(run):
            out += [run] if len(run) == 1 else [run[i : i + 2] for i in range(len(run) - 1)]
            continue
        whole = run.strip("_").lower()[:MOST_WORD]
        if not whole:
            continue
        out.append(whole.replace("_", ""))
        parts = [part.lower()[:MOST_WORD] for part in _HUMPS.findall(run)]
        if len(parts) > 1:
            out += parts
    return out


def terms(text: str) -> list[str]:
    """The words of `text` as terms of FTS5, each quoted so that none is taken for an operator, at most 64. A single
    wide character also finds the pairs that begin with it."""
    found = []
    for word in dict.fromkeys(cut(text)):
        is_single = len(word) == 1 and _WIDE_FIRST.match(word)
        found.append(f'"{word}"*' if is_single else f'"{word}"')
    return found[:64]


def excerpt(text: str, asked: str, width: int = 240) -> str:
    """The part of `text` around the first of the words asked for, on one line."""
    line = " ".join(_DATA.sub("[data]", text).split())
    if len(line) <= width:
        return line
    low = line.lower()
    places = [low.find(word) for word in (asked.lower(), *cut(asked))]
    hit = next((place for place in places if place >= 0), 0)
    start = max(0, min(hit - width // 3, len(line) - width))
    head, tail = "…" if start else "", "…" if start + width < len(line) else ""
    return f"{head}{line[start : start + width].strip()}{tail}"
