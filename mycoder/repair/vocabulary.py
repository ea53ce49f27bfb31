"""The words of a project, and which of them a misspelt one may have been meant to be.

A word that occurs at one place only, while one that is nearly the same occurs elsewhere, is likely to be a slip of
the pen: the idea of "did you mean" in compilers, and of the name-based bug detectors (Rice et al., "Detecting
argument selection defects", 2017). Words within two slips are found by an index of all words with one letter left
out, after SymSpell (Garbe, 2012); distances are those of Damerau and Levenshtein, in which two exchanged neighbours
are one slip.
"""

import ast
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable
from functools import cached_property

WORD = re.compile(r"\w+")
PART = re.compile(r"[^\W\d_]+")
_ESCAPE = re.compile(r"\\.")
LONGEST = 40
"""Letters of the longest words that are compared."""
MOST_BYTES = 4_000_000
MOST_TREES = 24
MOST_CUT = 4
MOST_NEAR = 6


class Vocabulary:
    """Words and parts of names in `texts`, the contents of files, and whole literals in their syntax `trees`. Read
    only when it is asked."""

    def __init__(self, texts: Iterable[str] = (), trees: Iterable[ast.AST] = ()) -> None:
        self._texts = tuple(texts)
        self._trees = tuple(trees)

    @cached_property
    def counts(self) -> Counter[str]:
        """How often each word occurs: names as they are written, and their parts."""
        found: Counter[str] = Counter()
        size = 0
        for text in self._texts:
            size += len(text)
            if size > MOST_BYTES:
                break
            found.update(words(without_escapes(text)))
        return found

    @cached_property
    def phrases(self) -> Counter[str]:
        """How often each short literal occurs as a whole, among those that are more than one word."""
        found: Counter[str] = Counter()
        for tree in self._trees[:MOST_TREES]:
            values = [n.value for n in ast.walk(tree) if isinstance(n, ast.Constant)]
            values = [v.decode("latin-1") if isinstance(v, bytes) else v for v in values]
            found.update(v for v in values if isinstance(v, str) and 2 < len(v) <= LONGEST)
        return found

    def meant(self, word: str, own: int = 1) -> list[tuple[str, float]]:
        """Words that `word` may have been meant to be with how far they are, nearest first; none where it occurs
        more often than the `own` times in the place that is asked about."""
        if self.counts[word] > own or not 3 <= len(word) <= LONGEST:
            return []
        return self._nearest(word, self.counts, self._words)

    def meant_phrase(self, phrase: str, own: int = 1) -> list[tuple[str, float]]:
        """As `meant`, of whole literals."""
        if self.phrases[phrase] > own or not 3 <= len(phrase) <= LONGEST:
            return []
        return self._nearest(phrase, self.phrases, self._literals)

    @cached_property
    def _words(self) -> "_Index":
        return _Index(w for w in self.counts if 1 < len(w) <= LONGEST)

    @cached_property
    def _literals(self) -> "_Index":
        return _Index(self.phrases)

    def _nearest(self, word: str, counts: Counter[str], index: "_Index") -> list[tuple[str, float]]:
        found: dict[str, float] = {}
        for other in index.like(word):
            far: float = distance(word, other, 2)
            if other.lower() == word.lower():
                far = 0.5
            if 0 < far <= (1 if len(word) < 6 else 2):
                found[other] = far
        for other in index.longer(word):
            found.setdefault(other, 1.5)
        ordered = sorted(found.items(), key=lambda pair: (pair[1], -counts[pair[0]], pair[0]))
        return ordered[:MOST_NEAR]


class _Index:
    """Finds the words that are alike a given one."""

    def __init__(self, known: Iterable[str]) -> None:
        self._sorted = sorted(known)
        self._shorter: dict[str, list[str]] = {}
        for word in self._sorted:
            for short in _shortened(word.lower()):
                self._shorter.setdefault(short, []).append(word)

    def like(self, word: str) -> set[str]:
        """Words that share with it what is left without one letter; the case of letters does not count."""
        return {other for short in _shortened(word.lower()) for other in self._shorter.get(short, ())} - {
            word
        }

    def longer(self, word: str) -> list[str]:
        """Words of which it is the start, with up to four letters more."""
        found: list[str] = []
        if len(word) < MOST_CUT:
            return found
        for place in range(bisect_left(self._sorted, word), len(self._sorted)):
            other = self._sorted[place]
            if not other.startswith(word):
                break
            if 0 < len(other) - len(word) <= MOST_CUT:
                found.append(other)
        return found


def words(text: str) -> Iterable[str]:
    """Names in a text and the parts of those that are made of several."""
    for word in WORD.findall(text):
        yield word
        if not word.isalpha():
            yield from PART.findall(word)


def without_escapes(text: str) -> str:
    """The text with blanks for what a backslash makes of the letter behind it; all else stays in its place."""
    return _ESCAPE.sub("  ", text)


def _shortened(word: str) -> set[str]:
    return {word, *(word[:i] + word[i + 1 :] for i in range(len(word)))}


def distance(one: str, other: str, most: int) -> int:
    """Letters left out, added, changed or exchanged with their neighbour (the restricted distance of Damerau and
    Levenshtein); more than `most` is told as ``most + 1``."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        earlier, before, row = before, row, [i]
        for j, b in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, earlier[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
    return min(row[-1], most + 1)
