"""Examples in the docstrings of the files under repair: what the program itself says that it answers.

They are no tests and may be out of date, so they refuse nothing: among patches that make the tests pass, those that
keep the examples come first. Read are the sessions of ``doctest`` and calls with a plain answer behind them, as in
``area(2, 3) -> 6``.
"""

import ast
import re
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from mycoder.repair.candidate import Candidate
from mycoder.repair.link import Worker, WorkerError
from mycoder.repair.source import FUNCTIONS, Source

MOST = 60
MOST_ASKED = 12
"""So many candidates are asked about the examples."""
SECONDS = 4.0
LONGEST = 2_000
MOST_CALLS, MOST_ENDS, MOST_WORDS = 8, 12, 40
"""Of a line that are looked at: calls, closing parentheses behind one, and words of its answer."""
UNREADABLE = (SyntaxError, ValueError, TypeError, RecursionError, MemoryError)
"""What reading a piece of text as Python may raise: ``{[1]: 2}`` is a TypeError."""
_CALL = re.compile(r"\b([A-Za-z_]\w*)\(")
_SAYS = re.compile(
    r"[\s`]*(?:->|=>|→|➞|⇒|==|=|#\s*(?:->|=>)?|(?:should\s+)?(?:returns?|be|equals?|gives?|is)\b)\s*"
)


class Promise(NamedTuple):
    """`code` is run in the module of file number `file`, after the others of its `session`; `wanted` is what it shows,
    empty where nothing is said."""

    file: int
    session: int
    code: str
    wanted: str


class Kept(msgspec.Struct, frozen=True):
    """`chosen` with those first that keep most examples, `broken` of the first one, and whether an example that should
    hold is kept by none of them: the right patch is then still to be found."""

    chosen: list[Candidate]
    broken: int = 0
    is_doubtful: bool = False


async def ordered_by_promises(worker: Worker, sources: list[Source], chosen: list[Candidate]) -> Kept:
    """The plausible candidates in a new order. Never raises; without examples nothing is asked and nothing changes."""
    asked = promises(sources) if chosen else []
    if not any(p.wanted for p in asked):
        return Kept(chosen)
    some = chosen[:MOST_ASKED]
    try:
        answer = await worker.ask(
            do="promises",
            candidates=[[c.file, c.edits] for c in some],
            promises=[list(p) for p in asked],
            limit=SECONDS,
        )
    except WorkerError:
        return Kept(chosen)
    rows = {row["candidate"]: row["kept"] for row in answer["rows"]}
    return by_promises(chosen, rows, [p.session for p in asked if p.wanted])


def by_promises(chosen: list[Candidate], rows: dict[int, list[bool]], sessions: list[int]) -> Kept:
    """`rows` holds by the number of a candidate which examples it keeps, `sessions` of what text each one is.

    An example that no candidate keeps counts against none of them: it may be out of date. Where others of the same text
    are kept, though, it is a reason to look on."""
    if not rows:
        return Kept(chosen)
    places = range(len(sessions))
    counted = [i for i in places if any(row[i] for row in rows.values())]
    spoken = {sessions[i] for i in counted}
    is_doubtful = any(sessions[i] in spoken for i in places if i not in counted)
    broken = {n: sum(not row[i] for i in counted) for n, row in rows.items()}
    worst = max(broken.values())  # of those that could not be asked nothing good is known
    order = sorted(range(len(chosen)), key=lambda n: (broken.get(n, worst), n))
    return Kept([chosen[n] for n in order], broken.get(order[0], worst), is_doubtful)


def promises(sources: list[Source]) -> list[Promise]:
    """All examples, in the order in which they stand; at most `MOST`."""
    found: list[Promise] = []
    session = 0
    for number, source in enumerate(sources):
        names = {n.name for n in ast.walk(source.tree) if isinstance(n, FUNCTIONS)}
        for text in _texts(source):
            session += 1
            rows = list(_sessions(text)) or list(_plain(text, names))
            found += [Promise(number, session, code, wanted) for code, wanted in rows]
    return found[:MOST]


def _texts(source: Source) -> Iterator[str]:
    """Texts that stand alone as statements: docstrings, and those that are written below what they describe."""
    for node in ast.walk(source.tree):
        match node:
            case ast.Expr(value=ast.Constant(value=str() as text)) if len(text) <= 20 * LONGEST:
                yield text


def _sessions(text: str) -> Iterator[tuple[str, str]]:
    code: list[str] = []
    wanted: list[str] = []
    for line in [*text.splitlines(), ""]:
        bare = line.strip()
        if code and (bare == "..." or bare.startswith("... ")) and not wanted:
            code.append(bare[4:])
            continue
        if code and bare and not bare.startswith(">>>"):
            wanted.append(bare)
            continue
        if code and (row := _row(code, wanted)):
            yield row
        code, wanted = ([bare[4:]], []) if bare.startswith(">>> ") else ([], [])


def _row(code: list[str], wanted: list[str]) -> tuple[str, str] | None:
    """None for what is no Python, and for answers that are only hinted at."""
    text, answer = "\n".join(code), "\n".join(wanted)
    answer = answer if "..." not in answer or answer.startswith("Traceback") else ""
    try:
        ast.parse(text)
    except UNREADABLE:
        return None
    return (text, answer) if len(text) + len(answer) <= LONGEST else None


def _plain(text: str, names: set[str]) -> Iterator[tuple[str, str]]:
    """Calls of the module's functions on plain values, with a plain value behind them on the same line."""
    for line in (whole[:LONGEST] for whole in text.splitlines()):
        for match in list(_CALL.finditer(line))[:MOST_CALLS]:
            if match.group(1) not in names:
                continue
            end = _end_of_call(line, match.start())
            says = _SAYS.match(line, end) if end else None
            value = _literal(line[says.end() :]) if says else ""
            if value:
                yield line[match.start() : end], value
                break


def _end_of_call(line: str, start: int) -> int:
    """Where the call ends that starts there, or 0 for one that is not made of plain values."""
    for end in [m.end() for m in re.finditer(r"\)", line[start:])][:MOST_ENDS]:
        try:
            call = ast.parse(line[start : start + end], mode="eval").body
            if isinstance(call, ast.Call):
                for part in (*call.args, *(k.value for k in call.keywords)):
                    ast.literal_eval(part)
                return start + end
        except UNREADABLE:
            continue
    return 0


def _literal(rest: str) -> str:
    """The longest start of `rest` that is a plain value."""
    ends = [len(rest), *[m.start() for m in re.finditer(r"[\s.,;]", rest)][:MOST_WORDS]]
    for end in sorted(ends, reverse=True):
        text = rest[:end].strip(" `.,;")
        try:
            ast.literal_eval(text)
        except UNREADABLE:
            continue
        return text
    return ""
