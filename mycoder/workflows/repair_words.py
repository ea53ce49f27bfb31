"""What is told of a repair: the result of its call, a line for the report, and hints for a model that goes on."""

from mycoder.protocol.blocks import Notice
from mycoder.protocol.events import ToolFinished
from mycoder.repair.outcome import Choice, RepairOutcome
from mycoder.testing.results import Case, TestRun
from mycoder.workflows.repair_choice import Picked, behaviour, diff_of

MOST_FAULTS = 3
MISSING = "ModuleNotFoundError"


def finished(call: str, outcome: RepairOutcome, picked: Picked) -> ToolFinished:
    """The end of the call that searched."""
    best = outcome.best
    if best is None:
        return ToolFinished(
            call_id=call,
            ok=False,
            output=outcome.why,
            blocks=(Notice(text=outcome.why),),
            seconds=outcome.seconds,
        )
    if picked.is_asked:
        left = [choice for choice in outcome.choices if choice.patch is not best]
        notices = [Notice(text=f"Not chosen: {_told(choice)}", hint=choice.patch.diff) for choice in left]
    else:
        notices = [
            Notice(text=f"Another candidate passes too; {other.differs}", hint=other.diff)
            for other in outcome.others[:4]
        ]
    return ToolFinished(
        call_id=call,
        output=said(outcome, picked),
        blocks=(diff_of(best, best.diff), *notices),
        seconds=round(outcome.seconds, 2),
    )


def said(outcome: RepairOutcome, picked: Picked) -> str:
    """One line for the report, and below it what tells the patch from others that pass."""
    best = outcome.best
    place = f"{best.path}:{best.line} ({best.operator})" if best else ""
    text = f"{place}: {outcome.why}; {outcome.tried:,} candidates in {outcome.seconds:.1f} s"
    if best is None:
        return text
    if picked.is_asked:
        chosen = next((choice for choice in outcome.choices if choice.patch is best), None)
        text += f"\n  Chosen by the person: {behaviour(chosen, 200)}." if chosen else ""
        return "\n  ".join([text, *picked.refused])
    other = next((o for o in outcome.others if o.differs.startswith("for ")), None)
    if other is not None:
        text += (
            f"\n  Another of them {other.differs}. If the best one is wrong there, add a test that says so, "
            "undo this and run it again."
        )
    return text


def hints(outcome: RepairOutcome, picked: Picked) -> str:
    """What a model can start from."""
    places = "\n".join(f"- {s.path}:{s.line} {s.name} ({s.score:.2f})" for s in outcome.localisation[:10])
    parts = [f"Most suspicious places by coverage of failing and passing tests:\n{places}"] if places else []
    if outcome.partial:
        parts.append(f"This makes some of the failing tests pass, but not all:\n{outcome.partial}")
    if picked.declined:
        shown = "\n".join(f"- {_told(choice)}\n{choice.patch.bare}" for choice in outcome.choices)
        parts.append(f"{picked.declined} These were shown:\n{shown}")
    return "\n\n".join(parts)


def unloaded(run: TestRun) -> str:
    """Why none of the failing tests can even be loaded, and what to do; empty where one can: then it may be mended."""
    red = [case for case in run.cases.values() if case.is_failing]
    if not red or any(case.phase != "collect" for case in red):
        return ""
    places = dict.fromkeys(_fault(case) for case in red)
    more = f"; and {len(places) - MOST_FAULTS} more" if len(places) > MOST_FAULTS else ""
    missing = {
        case.message.rpartition("No module named ")[2].strip("'\" .") for case in red if case.kind == MISSING
    }
    advice = (
        f"Install what is missing ({', '.join(sorted(missing))}) where the tests run, or mend the import."
        if missing
        else "Mend that first: repair by search tries edits on code that the tests run."
    )
    return f"The tests cannot be loaded: {'; '.join(list(places)[:MOST_FAULTS])}{more}. {advice}"


def _fault(case: Case) -> str:
    """Where and what, on one line."""
    where = f"{case.frames[-1].path}:{case.frames[-1].line}" if case.frames else case.id
    lines = [line.strip() for line in case.message.splitlines() if line.strip()]
    said = next(
        (line for line in reversed(lines) if case.kind and line.startswith(case.kind)),
        lines[-1] if lines else "",
    )
    return f"{where}: {said[:300]}".rstrip(".")


def _told(choice: Choice) -> str:
    return f"{choice.patch.path}:{choice.patch.line}, where {behaviour(choice, 300)}"
