"""Runs the project's tests and says what failed, why, and what changed since before the first edit."""

from mycoder.protocol.tooling import Effect, ToolResult
from mycoder.tools.tool import ToolContext, tool

LONGEST = 24 * 3600


@tool(effect=Effect.RUN, name="test", aliases=("run_tests", "tests", "pytest"), title="test {selection}")
async def run_tests(context: ToolContext, selection: tuple[str, ...] = (), seconds: int = 600) -> ToolResult:
    """A red run is a result; `ok` is False only when no test ran."""
    from mycoder.testing.digest import digest  # late: not needed to be offered

    bench = context.tests
    run = await bench.run(selection, seconds=min(max(seconds, 1), LONGEST), progress=context.progress)
    comparison = bench.compare(run)
    return ToolResult(
        digest(run, comparison, bench.root),
        ok=bool(run.cases) or run.tally is not None,
        blocks=(bench.report(run, comparison),),
        events=(bench.event(run, comparison),),
    )
