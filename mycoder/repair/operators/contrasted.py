"""A text that shows up in what a failing assertion got, with the piece changed that was expected otherwise."""

from collections.abc import Iterable

from mycoder.repair.contrast import Proposal
from mycoder.repair.literal import Run, TextNode
from mycoder.repair.operators.text import TextOperator, Wanted
from mycoder.repair.site import Site

MOST = 24
STEP = 0.06
BLANK = 0.8
"""What it costs more to say something where nothing stands, and for how many letters at most."""
MOST_BLANK = 3


class Contrasted(TextOperator):
    name = "contrasted"
    cost = 0.7

    def wanted(self, site: Site, node: TextNode, run: Run) -> Wanted:
        if run.is_format:
            return
        if not run.value:
            yield from self._from_nothing(site)
            return
        found: dict[str, tuple[float, int]] = {}
        for contrast in site.literals.contrasts:
            for value, doubt in _least(contrast.proposals(run.value)):
                least, count = found.get(value, (doubt, 0))
                found[value] = min(least, doubt), count + 1
        ordered = sorted(found.items(), key=lambda pair: (pair[1][0], -pair[1][1]))
        for rank, (value, (doubt, _)) in enumerate(ordered[:MOST]):
            yield value, self.cost + doubt + STEP * rank

    def _from_nothing(self, site: Site) -> Wanted:
        """What is missing in the output could be what an empty text should say."""
        found: dict[str, None] = {}
        for contrast in site.literals.contrasts:
            for reading in contrast.readings:
                found.update({h.text: None for h in reading if h.start == h.end and _is_separator(h.text)})
        for rank, value in enumerate(list(found)[:MOST]):
            yield value, self.cost + BLANK + 0.1 * len(value) + STEP * rank


def _is_separator(text: str) -> bool:
    """Short, and without letters and digits, which an input of the test may have brought."""
    return 0 < len(text) <= MOST_BLANK and not any(c.isalnum() for c in text)


def _least(given: Iterable[Proposal]) -> list[Proposal]:
    """Each text once, with the least doubt that one comparison leaves."""
    found: dict[str, float] = {}
    for value, doubt in given:
        found[value] = min(doubt, found.get(value, doubt))
    return [Proposal(value, doubt) for value, doubt in found.items()]
