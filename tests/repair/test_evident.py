"""Statements that their own texts tell of."""

from mycoder.repair.contrast import Contrast
from mycoder.repair.evident import evident
from mycoder.repair.site import Literals
from mycoder.repair.source import Source
from mycoder.repair.vocabulary import Vocabulary
from mycoder.testing.localise import Place

MODULE = "A = 'colour of the sky'\nB = ['heigth', 'zebra']\n\n\ndef f(x):\n    return 'heigt'\n\n\nHELP = 'Usge: '\n"


def test_a_misspelt_word_and_a_wrong_piece_outside_of_functions() -> None:
    source = Source("m.py", MODULE.encode())
    vocabulary = Vocabulary([MODULE, "def g(height, colour): return height"])
    literals = Literals((), (), vocabulary, (Contrast("==", "Usge: x", "Usage: x"),))
    places = evident([Place("m.py", 6, 6, 0.8)], [source], literals)
    assert [(p.path, p.line, p.score) for p in sorted(places, key=lambda p: p.line)] == [
        ("m.py", 2, 0.4),
        ("m.py", 9, 0.4),
    ]
    known = [*places, Place("m.py", 6, 6, 0.8)]
    assert not evident(known, [source], literals), "what is suspected anyway is not named again"


def test_nothing_is_told_without_a_sign() -> None:
    assert not evident([Place("m.py", 6, 6, 0.8)], [Source("m.py", MODULE.encode())], Literals())
