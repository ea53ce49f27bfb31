"""Earlier sessions as lists show them: only those in which something was said, each once."""

from collections.abc import Iterable

from mycoder.ui import wording
from mycoder.ui.door import SessionSummary


def listed(found: Iterable[SessionSummary], *, current: str, here: str) -> list[SessionSummary]:
    """Those of the folder `here` first, then the others, the newest first; without the session `current`."""
    known = {session.id: session for session in found if session.turns and session.id != current}
    return sorted(known.values(), key=lambda session: (session.root != here, session.root, -session.at))


def about(session: SessionSummary, here: str, now: float) -> str:
    """Age, turns, cost, whether it branched off another one, and the folder when it is another one."""
    parts = [wording.age(now - session.at), wording.counted(session.turns, "turn")]
    parts += [wording.cost(session.cost)] if session.cost else []
    parts += ["a fork"] if session.forked_from else []
    parts += [session.root] if session.root != here else []
    return " · ".join(parts)
