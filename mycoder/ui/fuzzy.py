"""Fuzzy matching of a few typed characters against names and paths."""

import heapq
import re
from collections.abc import Iterable

MOST_SCORED = 4_000


def best(query: str, candidates: Iterable[str], most: int = 8) -> list[str]:
    """The `most` best candidates that hold the characters of `query` in order, best first.

    Beginnings of words, runs of neighbouring characters and the file name count for more than scattered hits;
    of equals the shorter comes first. An empty query matches everything in the order given.
    """
    if not query:
        return [candidate for candidate, _ in zip(candidates, range(most), strict=False)]
    needle = query.casefold()
    pattern = re.compile(".*?".join(map(re.escape, needle)), re.DOTALL)
    found = []
    for candidate in candidates:
        if pattern.search(candidate.casefold()):
            found.append(candidate)
            if len(found) == MOST_SCORED:
                break
    return heapq.nsmallest(
        most, found, key=lambda candidate: (-score(needle, candidate), len(candidate), candidate)
    )


def score(needle: str, candidate: str) -> float:
    """How well `needle` (case folded) fits; 0 when its characters are not all there in order."""
    text = candidate.casefold()
    name_at = text.rstrip("/").rfind("/") + 1
    if needle in text:
        at = text.rfind(needle) if text.rfind(needle) >= name_at else text.find(needle)
        exact = 40.0 + 10.0 * len(needle)
        exact += 30.0 if at == name_at else (15.0 if _begins_word(candidate, at) else 0.0)
        return exact + (5.0 if at >= name_at else 0.0)
    tries = [_walk(needle, candidate, text, start) for start in {0, name_at}]
    return max(tries)


def _walk(needle: str, candidate: str, text: str, start: int) -> float:
    total, at, previous = 0.0, start, -2
    for character in needle:
        at = text.find(character, at)
        if at < 0:
            return 0.0
        total += 1.0
        if at == previous + 1:
            total += 4.0
        elif _begins_word(candidate, at):
            total += 6.0
        previous = at
        at += 1
    return total


def _begins_word(text: str, at: int) -> bool:
    if at <= 0 or at >= len(text):
        return at == 0
    before, here = text[at - 1], text[at]
    return before in "/_-. " or (before.islower() and here.isupper())
