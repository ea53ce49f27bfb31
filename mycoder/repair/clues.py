"""What the failing tests and the files they run tell the operators: literals, words, and what was compared."""

from mycoder.repair import baseline
from mycoder.repair.contrast import Contrast
from mycoder.repair.diagnosis import Diagnosis
from mycoder.repair.hints import awaited, lacking
from mycoder.repair.site import Literals
from mycoder.repair.vocabulary import Vocabulary

MOST_FILES = 60
MOST_CONTRASTS = 60


def clues(diagnosis: Diagnosis) -> Literals:
    """The clues for a diagnosis that is prepared."""
    failing = [diagnosis.suite.tests[i] for i in diagnosis.failing if i in diagnosis.suite.tests]
    found = baseline.literals(failing, diagnosis.load, str(diagnosis.copy))
    paths = dict.fromkeys(p.path for p in diagnosis.suspects)
    for ran in failing[:8]:
        paths[ran.id.split("::")[0]] = None
        paths.update(dict.fromkeys(ran.lines))
    sources = [s for s in map(diagnosis.load, list(paths)[:MOST_FILES]) if s is not None]
    root = str(diagnosis.copy)
    return found._replace(
        lacking=lacking(ran.message for ran in failing),
        awaited=awaited(n for ran in failing[:8] for n in baseline.nodes_of(ran, diagnosis.load, root)),
        vocabulary=Vocabulary((s.text for s in sources), (s.tree for s in sources)),
        contrasts=tuple(Contrast(*row) for row in diagnosis.compared[:MOST_CONTRASTS]),
    )
