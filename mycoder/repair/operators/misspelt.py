"""A word that occurs nowhere else in the project, where one that is nearly the same does."""

from collections.abc import Iterator

from mycoder.repair.literal import Run, TextNode
from mycoder.repair.operators.text import TextOperator, Wanted
from mycoder.repair.site import Site
from mycoder.repair.vocabulary import LONGEST, PART, WORD, without_escapes, words

MOST_WORDS = 60


class Misspelt(TextOperator):
    name = "misspelt"
    cost = 1.0

    def wanted(self, site: Site, node: TextNode, run: Run) -> Wanted:
        if run.is_format:
            return
        vocabulary, value = site.literals.vocabulary, run.value
        shown = without_escapes(value)
        own = list(words(shown))
        if len(own) > MOST_WORDS:
            return
        for first, last in _places(shown):
            word = value[first:last]
            for rank, (other, far) in enumerate(vocabulary.meant(word, own.count(word))):
                yield value[:first] + other + value[last:], self._cost(far, rank)
        if len(value) <= LONGEST and not (value.isidentifier() and value.isalpha()):
            for rank, (other, far) in enumerate(vocabulary.meant_phrase(value)):
                yield other, self._cost(far, rank) + 0.05

    def _cost(self, far: float, rank: int) -> float:
        return self.cost + 0.2 * max(0.0, far - 1) + 0.1 * rank


def _places(value: str) -> Iterator[tuple[int, int]]:
    """Where names stand in a text, and where their parts do."""
    for found in WORD.finditer(value):
        yield found.span()
        if not found.group().isalpha():
            for part in PART.finditer(found.group()):
                yield found.start() + part.start(), found.start() + part.end()
