"""The text that stands for all that is no longer shown: sections with budgets, made from the chronicle."""

from collections.abc import Sequence

import msgspec

from mycoder.agent.chronicle import Chronicle
from mycoder.agent.notes import Note
from mycoder.agent.shorten import to_tokens
from mycoder.models.tokens import estimate_text

MOST_SHARE = 0.25
MOST_TOKENS = 52_000
"""Of the window, and in all, that the sections may take together."""

WORDS_TOKENS, WORDS_OF_ONE = 16_000, 2_000
"""Tokens of the person's own words, and of one message of theirs except the newest."""

WORKING = (
    "The conversation was compacted to fit the model's window. Below is what the session's log holds of it; "
    "the last messages follow as they were. Go on from there: do not start over, and do not repeat what is done."
)
FINISHED = (
    "The conversation was compacted to fit the model's window. Below is what the session's log holds of it. "
    "The last task is finished: there is nothing to take up again. Wait for the person's next words and answer "
    "those only."
)


class Live(msgspec.Struct, frozen=True):
    """What no event tells: the state of the world when the text is made."""

    branch: str = ""
    dirty: tuple[str, ...] = ()
    jobs: tuple[str, ...] = ()


class Section(msgspec.Struct, frozen=True):
    """A title and its lines. `share` is of the whole budget; `newest` says which end is kept when it is cut."""

    title: str
    lines: Sequence[str]
    share: float
    newest: bool = False


def rebuilt_text(
    chronicle: Chronicle, live: Live, note: Note | None, *, budget: int, scale: float = 1.0, whole: str = ""
) -> str:
    """The text, of about `budget` tokens at most. `whole` is the file that holds what is no longer shown."""
    head = FINISHED if chronicle.is_finished else WORKING
    foot = "Read files again before you edit them: their old contents are no longer shown."
    if whole:
        foot += (
            f" All that was said and printed before is in {whole}: grep or read it for what is missing here."
        )
    left = budget - _cost(head, scale) - _cost(foot, scale)
    sections = [s for s in _sections(chronicle, live, note, left, scale) if s.lines]
    shown = _fitted(sections, left, scale)
    return "\n\n".join([head, *shown, foot])


def state_text(chronicle: Chronicle, note: Note | None, budget: int = 3_000) -> str:
    """What the session knows now, in about `budget` tokens: for whoever helps in it without its conversation."""
    wanted = [s for s in _sections(chronicle, Live(), note, budget, 1.0) if s.lines][:-1]
    return "\n\n".join(_fitted([s for s in wanted if not s.title.startswith("Your own")], budget, 1.0))


def _sections(
    chronicle: Chronicle, live: Live, note: Note | None, budget: int, scale: float
) -> list[Section]:
    """In the order in which they are shown, which is by how much they matter."""
    return [
        Section("Goal", _goal(chronicle), 0.1),
        Section("Tasks", [f"[{item.status}] {item.label}" for item in chronicle.plan], 0.12),
        Section(
            "What the person said, word for word",
            _words(chronicle.words, int(min(WORDS_TOKENS, budget * 0.3)), scale),
            0.3,
            newest=True,
        ),
        Section(
            "Your intent, decisions and next step, as you noted them", note.lines() if note else [], 0.12
        ),
        Section("Values, byte for byte", chronicle.literals.lines(), 0.32),
        Section("Last test runs", _tests(chronicle), 0.08),
        Section(
            "Files changed in this session (last 12 digits of the content's hash)",
            _files(chronicle),
            0.1,
            newest=True,
        ),
        Section("Git and running commands", _live(live), 0.05),
        Section("Your own last words", chronicle.last_words.splitlines()[-40:], 0.06, newest=True),
        Section("What was done, oldest first", _actions(chronicle), 0.1, newest=True),
        Section("Calls that failed lately", list(chronicle.failures), 0.04, newest=True),
        Section("The project, as it was when the session started", chronicle.facts.splitlines(), 0.15),
    ]


def _fitted(sections: Sequence[Section], budget: int, scale: float) -> list[str]:
    """Each section gets its share; what one leaves goes to the others, the first first."""
    needs = [_fixed(s, scale) + sum(_cost(line, scale) + 1 for line in s.lines) for s in sections]
    given = [min(need, int(budget * s.share)) for s, need in zip(sections, needs, strict=True)]
    spare = budget - sum(given)
    for index, need in enumerate(needs):
        more = min(need - given[index], max(spare, 0))
        given[index] += more
        spare -= more
    excess = -min(spare, 0)
    for index in reversed(range(len(given))):  # shares add up to more than all: the last sections give way
        less = min(given[index], excess)
        given[index] -= less
        excess -= less
    texts = (_section(s, tokens, scale) for s, tokens in zip(sections, given, strict=True))
    return [text for text in texts if text]


def _section(section: Section, budget: int, scale: float) -> str:
    left = budget - _fixed(section, scale)
    kept: list[str] = []
    lines = list(section.lines)
    for line in reversed(lines) if section.newest else lines:
        cost = _cost(line, scale) + 1
        if cost > left:
            if not kept and left > 12:
                kept.append(to_tokens(line, left, scale))
            break
        kept.append(line)
        left -= cost
    if not kept:
        return ""
    missing = len(lines) - len(kept)
    more = [f"(… {missing} more)"] if missing > 0 else []
    body = [*more, *reversed(kept)] if section.newest else [*kept, *more]
    return "\n".join([f"## {section.title}", *body])


def _fixed(section: Section, scale: float) -> int:
    """What the title costs, and the line that says how much is missing."""
    return _cost(section.title, scale) + 10


def _cost(text: str, scale: float) -> int:
    return round(estimate_text(text) * scale)


def _words(words: Sequence[str], budget: int, scale: float) -> list[str]:
    """The newest first, then the first, then backwards from the newest; shown in the order they were said."""
    if not words:
        return []
    kept: dict[int, str] = {}
    left = budget
    last = len(words) - 1
    for index in dict.fromkeys([last, 0, *range(last - 1, 0, -1)]):
        most = left * 2 // 3 if index == last else min(WORDS_OF_ONE, left)
        text = to_tokens(words[index], max(most, 0), scale)
        cost = _cost(text, scale) + 4
        if not text or cost > left:
            break
        kept[index] = text
        left -= cost
    said = [kept[index] for index in sorted(kept)]
    missing = len(words) - len(said)
    lines = [line for text in said for line in ("> " + text.replace("\n", "\n> "),)]
    return [*lines[:1], *([f"(… {missing} more messages)"] if missing else []), *lines[1:]]


def _goal(chronicle: Chronicle) -> list[str]:
    goal = chronicle.goal
    if goal is None:
        return []
    checks = [f"checked at the end by: `{check}`" for check in goal.checks]
    state = {"open": "not reached yet", "met": "reached", "unmet": "given up"}[goal.status]
    return [f"{goal.text} ({state})", *checks]


def _tests(chronicle: Chronicle) -> list[str]:
    lines: list[str] = []
    for kind, run in (("all", chronicle.tests), ("some", chronicle.part)):
        if run is not None:
            problem = f"; {run.problem}" if run.problem else ""
            lines.append(
                f"{kind}: {run.command}: {run.passed} passed, {run.failed} failed, {run.errors} errors{problem}"
            )
            lines += [f"- failing: {test}" for test in run.failing[:40]]
    return lines


def _files(chronicle: Chronicle) -> list[str]:
    return [
        f"{c.kind} {c.path} (+{c.added} −{c.removed}) {c.after[-12:]}".rstrip()
        for c in chronicle.files.values()
    ]


def _live(live: Live) -> list[str]:
    lines = [f"branch {live.branch}"] if live.branch else []
    if live.dirty:
        more = f" and {len(live.dirty) - 30} more" if len(live.dirty) > 30 else ""
        lines.append(f"not committed: {', '.join(live.dirty[:30])}{more}")
    return [*lines, *(f"running: {job}" for job in live.jobs)]


def _actions(chronicle: Chronicle) -> list[str]:
    lines = []
    for action in chronicle.actions:
        times = f" ×{action.times}" if action.times > 1 else ""
        lines.append(f"- {action.title}{times}{'' if action.ok else ' (failed)'}")
    return lines
