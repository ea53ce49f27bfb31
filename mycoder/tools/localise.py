"""Fault localisation for the model: where to look first when tests fail."""

from typing import TYPE_CHECKING

import msgspec

from mycoder.protocol.blocks import Code
from mycoder.protocol.tooling import Effect, ToolResult
from mycoder.tools.tool import ToolContext, tool

if TYPE_CHECKING:
    from mycoder.repair.locate import Located
    from mycoder.testing.localise import Place

MOST_STATEMENTS = 12
MOST_FUNCTIONS = 5
MOST_MUTANTS = 10.0
MUTANTS_SHARE = 0.2
"""Seconds, and the share of the budget, that small edits may take."""
FAINT = 0.3
"""A best place below this suspicion is none."""
AROUND = 4
"""Lines shown to people above and below the hottest one."""


@tool(effect=Effect.RUN, title="localise {tests}")
async def localise(context: ToolContext, tests: tuple[str, ...] = (), seconds: int = 60) -> ToolResult:
    """Runs in a private copy of the project; nothing of it changes."""
    from mycoder.repair.asked import behind  # late: as below
    from mycoder.repair.locate import locate  # late: the engine is not needed to start a session
    from mycoder.repair.outcome import RepairRequest  # late: as above

    command = context.tests.command
    if command is None:
        return ToolResult(
            "No test command is known: set test_command, or name it with the test tool.", ok=False
        )
    budget = float(min(max(seconds, 5), 600))
    request = RepairRequest(
        seconds=budget,
        failing=tests,
        mutants=min(MOST_MUTANTS, budget * MUTANTS_SHARE),
    )
    root = context.workspace.root
    if command.parts:
        from mycoder.testing.several import own_names, part_of  # late: only for tests in several folders

        last = context.tests.last
        named = tests or (last.failing if last is not None else ())
        if not named or part_of(command, named[0], root) is command:
            words = "The tests lie in several folders: run them first, then name the ids of failing ones."
            return ToolResult(words, ok=False)
        whole, command = command, part_of(command, named[0], root)
        own = [name for name in named if part_of(whole, name, root) is command]
        request = msgspec.structs.replace(request, failing=own_names(command, own, root))
    located = await locate(
        root,
        behind(request, command, root),
        context.sandbox,
        lambda stage, text: context.progress(f"{text}\n"),
    )
    if located.problem:
        return ToolResult(f"Nothing to rank: {located.problem}", ok=False)
    return ToolResult(described(located), blocks=_blocks(located))


def described(located: "Located") -> str:
    """The ranked places as text, hottest first."""
    counts, failing = located.counts, len(located.failing)
    lines = [
        f"{failing} failing test{'s' if failing != 1 else ''}, {counts.passed} passing; {located.traced} traced. "
        "Suspicion is 0 to 1; lines that the tests cannot tell apart share it."
    ]
    for place in located.statements[:MOST_STATEMENTS]:
        source = located.texts.get(place.path, "").splitlines()
        text = source[place.line - 1].strip() if place.line <= len(source) else ""
        mends = ", a small edit mends" if (place.path, place.line) in located.mended else ""
        lines.append(
            f"{place.path}:{place.line} {_suspicion(place)}{mends} in {place.name or 'module'}: {text[:100]}"
        )
    if located.mended:
        lines.append(
            f"{located.mutants} small edits were tried; where one mends, all failing tests passed with it and none "
            "that runs the function failed. The right edit may be another one."
        )
    if failing > 1 and all(place.score < FAINT for place in located.statements[:1]):
        lines.append(
            "The failing tests have no suspicious place in common, so they may have several causes: look at one alone "
            f"by naming it, e.g. {located.failing[0]}"
        )
    lines.append("Functions: " + ", ".join(_function(p) for p in located.functions[:MOST_FUNCTIONS]))
    return "\n".join(lines)


def _shown(score: float) -> float:
    """Within 0 and 1: what edits showed raises some above and lowers others below."""
    return min(1.0, max(0.0, score))


def _suspicion(place: "Place") -> str:
    return f"{_shown(place.score):.2f} (run by {place.failing} failing, {place.passing} passing)"


def _function(place: "Place") -> str:
    return f"{place.name} ({place.path}:{place.line}-{place.end}, {_shown(place.score):.2f})"


def _blocks(located: "Located") -> tuple[Code, ...]:
    """The neighbourhood of the hottest line of the three hottest functions, with heat."""
    blocks: list[Code] = []
    seen: set[tuple[str, str]] = set()
    for place in located.statements:
        if (place.path, place.name) in seen or len(blocks) == 3 or place.path not in located.texts:
            continue
        seen.add((place.path, place.name))
        lines = located.texts[place.path].splitlines()
        first, last = max(1, place.line - AROUND), min(len(lines), place.end + AROUND)
        heat = tuple(
            (p.line, _shown(p.score))
            for p in located.lines
            if p.path == place.path and first <= p.line <= last
        )
        blocks.append(
            Code(
                text="\n".join(lines[first - 1 : last]),
                language="python",
                path=place.path,
                start=first,
                heat=tuple(sorted(heat)),
            )
        )
    return tuple(blocks)
