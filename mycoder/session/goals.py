"""What the session lends to goals and checkpoints: running a check in the sandbox, and a look at the world."""

from pathlib import Path

from mycoder.agent.goal import CheckRun
from mycoder.agent.rebuild import Live
from mycoder.agent.shorten import shortened
from mycoder.protocol.events import ToolCalled
from mycoder.protocol.tooling import Effect, ToolResult
from mycoder.sandbox.job import Completed, Job
from mycoder.sandbox.sandbox import Sandbox
from mycoder.session.surroundings import Surroundings
from mycoder.workspace import git

_OUTPUT = 4_000
"""Characters of a failed check that the model gets; the end says most."""

_CANNOT_RUN = {126: "cannot be executed", 127: "was not found"}


class Checks:
    """Runs the commands that decide whether a goal is reached, confined like the model's own."""

    def __init__(self, root: Path, sandbox: Sandbox, surroundings: Surroundings, seconds: float) -> None:
        self._root, self._sandbox, self._surroundings, self._seconds = root, sandbox, surroundings, seconds

    async def run(self, command: str) -> CheckRun:
        """One check; the files that it changed are journalled like those of a command of the model."""
        ended: list[Completed] = []

        async def work() -> ToolResult:
            job = Job(argv=self._sandbox.shell(command), cwd=self._root, seconds=self._seconds, label="check")
            ended.append(await self._sandbox.run(job))
            return ToolResult("")

        call = ToolCalled(call_id="goal-check", tool="shell", title=command)
        await self._surroundings.recording(call, Effect.RUN, work)
        completed = ended[0]
        problem = completed.problem or _CANNOT_RUN.get(completed.exit_code or 0, "")
        return CheckRun(
            is_passed=completed.exit_code == 0 and not problem,
            output=shortened(completed.output, _OUTPUT),
            problem=problem,
            events=tuple(self._surroundings.changes()),
        )


class Look:
    """The branch, what is not committed, and which commands run."""

    def __init__(self, root: Path, sandbox: Sandbox) -> None:
        self._root, self._sandbox = root, sandbox

    async def __call__(self) -> Live:
        jobs = tuple(f"handle {job.id}: {job.title}" for job in self._sandbox.running)
        status = await git.status(self._root, shown=60, seconds=0.8)
        return Live(branch=status.branch, dirty=tuple(entry.path for entry in status.entries), jobs=jobs)
