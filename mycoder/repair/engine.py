"""Search-based program repair: makes failing Python tests pass by trying small natural edits, without a model.

The idea is as old as GenProg (Le Goues et al. 2012); the order of the candidates follows Prophet's and CapGen's
finding that a good prior is worth more than a fast search; candidates are judged in forked, warm processes.
The project itself is never written to: everything happens in a private copy, and the answer is a patch.
"""

import contextlib
import difflib
import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from mycoder.repair import baseline
from mycoder.repair.baseline import Suite
from mycoder.repair.candidate import Candidate
from mycoder.repair.interpreter import Interpreter, Unsuited, find
from mycoder.repair.link import Room, Worker, WorkerFailed
from mycoder.repair.outcome import Patch, RepairOutcome, RepairProgress, RepairRequest, Suspect, TestCounts
from mycoder.repair.ranking import compare, is_special_case, ordered
from mycoder.repair.search import Budget, Found, Search, eta
from mycoder.repair.source import Source
from mycoder.repair.space import Space
from mycoder.repair.tree import TreeTooLarge, copy_tree
from mycoder.testing.localise import Place

if TYPE_CHECKING:
    from mycoder.sandbox.sandbox import Sandbox

COLLECT_SECONDS = 120.0
MOST_FAILING = 8
MOST_FILES = 12
MOST_SUSPECTS = 400
MOST_GUARDS = 60
NO_MODEL = (
    "Repair by search makes small edits in one place of Python code that a failing test runs. For anything else set "
    "a model: export OPENAI_API_KEY=… and `mycoder --model openai/NAME`, or start a local server (`ollama serve`)."
)


async def repair(
    root: Path,
    request: RepairRequest,
    sandbox: "Sandbox | None",
    progress: Callable[[RepairProgress], None] = lambda _: None,
    should_stop: Callable[[], bool] = lambda: False,
    home: Path | None = None,
) -> RepairOutcome:
    """Looks for the smallest natural edit that makes the failing tests of `root` pass.

    `home` is where the private copy is made (default: a new folder in the system's temporary one); nothing is left
    there. Cancelling the task ends the workers and removes the copy. Never raises for what the project does."""
    base = Path(tempfile.gettempdir()) if home is None else home
    place = base / f"mcr-{secrets.token_hex(4)}"
    place.mkdir(mode=0o700, parents=True)
    run = _Run(root.resolve(), request, sandbox, progress, should_stop, place)
    try:
        return await run.go()
    except (Unsuited, TreeTooLarge) as error:
        return run.unsuited(str(error))
    except WorkerFailed as error:
        return run.unsuited(f"{error}. {NO_MODEL}")
    finally:
        await run.close()
        shutil.rmtree(place, ignore_errors=True)


class _Run:
    """The state of one repair."""

    def __init__(
        self,
        root: Path,
        request: RepairRequest,
        sandbox: "Sandbox | None",
        progress: Callable[[RepairProgress], None],
        should_stop: Callable[[], bool],
        home: Path,
    ) -> None:
        self._root = root
        self._request = request
        self._sandbox = sandbox
        self._progress = progress
        self._should_stop = should_stop
        self._home = home
        self._copy = Path(os.path.realpath(home)) / "tree"
        self._begun = time.monotonic()
        self._rooms: list[Room] = []
        self._own: Sandbox | None = None
        self._suite = Suite()
        self._suspects: list[Place] = []
        self._interpreter: Interpreter | None = None
        self._found = Found()
        self._load = baseline.reader(self._read)

    async def go(self) -> RepairOutcome:
        self._say("preparing", "copying the project")
        copy_tree(self._root, self._copy)
        self._interpreter = await find(self._root, self._request.argv, self._request.python)
        worker, hello = await self._open()
        ids = [row[0] for row in hello["collected"]]
        if not ids:
            raise Unsuited("no tests were found. " + "; ".join(hello["problems"])[:1000])
        failing = await self._baseline(worker, ids)
        if not failing:
            raise Unsuited(self._no_failing(hello["problems"]))
        self._localise(hello, failing)
        if not self._suspects:
            raise Unsuited(f"the failing tests run no code of the project that could be changed. {NO_MODEL}")
        sources, usable = await self._prepare(worker, failing)
        found = await self._search(worker, sources, failing)
        return await self._conclude(worker, sources, found, failing)

    # --- stages ---------------------------------------------------------------------------------------------------

    async def _open(self) -> tuple[Worker, dict[str, Any]]:
        assert self._interpreter is not None
        args = self._request.selection or self._interpreter.args
        room = Room(self._interpreter, self._root, self._copy, self._home, tuple(args))
        self._rooms.append(room)
        worker = await room.open(self._confined(), self._request.seconds + 2 * COLLECT_SECONDS)
        try:
            return worker, await worker.hello(COLLECT_SECONDS)
        except WorkerFailed as error:
            raise WorkerFailed(f"{error} {room.tail()[-800:]}".strip()) from None

    def _confined(self) -> "Sandbox | None":
        """A sandbox of the level of the session's, in which the user's tree is read-only like all but our folder."""
        if self._sandbox is None:
            return None
        if self._own is None:
            from mycoder.sandbox.sandbox import open_sandbox  # late: only needed when the session has one

            want = "off" if self._sandbox.level in ("limits", "none") else "required"
            self._own = open_sandbox(want, self._copy, env=os.environ, writable=(self._home,))
        return self._own

    async def _baseline(self, worker: Worker, ids: list[str]) -> list[str]:
        """Runs the tests with coverage; returns the ids that are to be mended, quick ones first."""
        self._say("baseline", f"running {len(ids)} tests")
        wanted = [i for i in self._request.failing if i in set(ids)]
        budget = 0.4 * self._request.seconds
        few = len(ids) <= baseline.FEW
        if not wanted:
            longest = 1.0 if few else baseline.ITEM_SECONDS
            await baseline.run(
                worker, self._suite, ids, trace=few, until=lambda: budget - self._spent(), longest=longest
            )
        failing = wanted or [t.id for t in self._suite.failing]
        real = [t for t in failing if t not in self._suite.tests or self._suite.tests[t].outcome != "timeout"]
        failing = real or failing
        durations = {t.id: t.seconds for t in self._suite.tests.values()}
        failing.sort(key=lambda i: durations.get(i, 0.0))
        if few and not wanted:
            return failing
        self._say("localising", f"tracing what {len(failing)} failing tests run")
        traced = failing[: 4 * MOST_FAILING]
        await baseline.run(worker, self._suite, traced, trace=True, until=lambda: 2 * budget - self._spent())
        failing = [i for i in failing if i not in self._suite.tests or self._suite.tests[i].is_failing]
        left = [i for i in ids if i not in failing and self._passes(i)]
        near = baseline.nearest(failing, left, durations)
        limit = min(0.25 * self._request.seconds, 12.0)
        begun = self._spent()
        await baseline.run(worker, self._suite, near, trace=True, light=True, until=lambda: limit - (self._spent() - begun))
        return failing

    def _passes(self, test: str) -> bool:
        known = self._suite.tests.get(test)
        return known is None or (known.outcome == "passed" and known.seconds < 2.0)

    def _localise(self, hello: dict[str, Any], failing: list[str]) -> None:
        root = str(self._copy)
        collected = {f[len(root) + 1 :] for f in hello["files"] if f.startswith(root + "/")}
        tests = baseline.spectrum(self._suite, failing, root)
        request = self._request
        self._suspects = baseline.suspects(tests, self._load, collected, request.formula, request.changed)
        self._suspects = self._suspects[:MOST_SUSPECTS]

    async def _prepare(self, worker: Worker, failing: list[str]) -> tuple[list[Source], list[str]]:
        paths = list(dict.fromkeys(p.path for p in self._suspects))[:MOST_FILES]
        sources = [s for s in (self._load(p) for p in paths) if s is not None]
        guards = _guards(sources, self._suite)
        answer = await worker.ask(
            do="prepare",
            files=[str(self._copy / s.path) for s in sources],
            failing=failing[:MOST_FAILING],
            guards=guards,
        )
        usable = [t["id"] for t in answer["tests"] if t["usable"]]
        red = [t["id"] for t in answer["tests"] if t["kind"] not in ("passed", "skipped")]
        if not red:
            raise WorkerFailed("the failing tests pass when they are run one by one: they depend on each other")
        return sources, usable

    async def _search(self, worker: Worker, sources: list[Source], failing: list[str]) -> Found:
        runs = [self._suite.tests[i] for i in failing if i in self._suite.tests]
        words = baseline.literals(runs, self._load, str(self._copy))
        space = Space(sources, self._suspects, words)
        left = max(1.0, self._request.seconds - self._spent())
        budget = Budget(left, self._request.extra, self._request.plausible, self._request.workers)
        begun = self._spent()

        def tell(found: Found) -> None:
            best = found.partial.operator if found.partial else ""
            text = f"{found.tried} candidates tried, {len(found.plausible)} pass"
            self._progress(
                RepairProgress(
                    stage="searching",
                    text=text,
                    tried=found.tried,
                    per_second=found.per_second,
                    plausible=len(found.plausible),
                    best=best,
                    seconds=self._spent(),
                    left=eta(found, budget),
                )
            )

        search = Search(worker, space, budget, tell, self._should_stop)
        self._found = search.found
        with contextlib.suppress(WorkerFailed) if self._found.plausible else contextlib.nullcontext():
            await search.run()
        self._search_begun = begun
        return search.found

    async def _conclude(
        self, worker: Worker, sources: list[Source], found: Found, failing: list[str]
    ) -> RepairOutcome:
        chosen = ordered([c for c in found.plausible if not is_special_case(sources[c.file], c)], sources)
        for position, candidate in enumerate(chosen[:5]):
            self._say("verifying", "running the whole suite with the patch in the file")
            after, broken = await self._verify(sources, candidate, failing)
            if broken:
                continue
            rest = [c for c in chosen if c is not candidate and c not in chosen[:position]]
            self._say("comparing", f"comparing {len(rest)} other candidates")
            others = await compare(worker, sources, candidate, rest, self._request.seed)
            patches = tuple(
                msgspec.structs.replace(_patch(sources, c), differs=differs) for c, differs in others
            )
            why = _why(len(chosen), [p for p in patches if p.differs.startswith("for ")], after)
            return self._outcome("fixed", why, sources, _patch(sources, candidate), patches, len(chosen), after, True)
        partial = _patch(sources, found.partial).diff if found.partial else ""
        what = "all small edits were tried" if found.is_exhausted else "the time was used up"
        why = f"no edit makes the tests pass ({found.tried} tried, {what}). {NO_MODEL}"
        outcome = self._outcome("nothing", why, sources, None, (), len(chosen), TestCounts(), False)
        return msgspec.structs.replace(outcome, partial=partial)

    async def _verify(
        self, sources: list[Source], candidate: Candidate, failing: list[str]
    ) -> tuple[TestCounts, list[str]]:
        """Runs the whole suite in a fresh worker on the patched copy; returns what is red that must not be."""
        source = sources[candidate.file]
        file = self._copy / source.path
        file.write_bytes(source.apply(candidate.edits))
        suite = Suite()
        begun = time.monotonic()
        try:
            worker, hello = await self._open()
            ids = [row[0] for row in hello["collected"]]
            await baseline.run(worker, suite, ids, trace=False, until=lambda: 300.0)
        except WorkerFailed as error:
            return TestCounts(), [str(error)]
        finally:
            await self._rooms.pop().close()
            file.write_bytes(source.data)
        known = {t.id for t in self._suite.failing} - set(failing)
        red = [t.id for t in suite.failing if t.id not in known]
        missing = [i for i in failing if i not in suite.tests]
        counts = TestCounts(
            len(suite.passing), len(suite.failing), tuple(t.id for t in suite.failing)[:200], time.monotonic() - begun
        )
        return counts, red + missing

    # --- what is told ---------------------------------------------------------------------------------------------

    def _spent(self) -> float:
        return time.monotonic() - self._begun

    def _read(self, path: str) -> bytes | None:
        try:
            return (self._copy / path).read_bytes()
        except OSError:
            return None

    def _say(self, stage: Any, text: str) -> None:
        found = self._found
        self._progress(
            RepairProgress(
                stage=stage,
                text=text,
                tried=found.tried,
                per_second=found.per_second,
                plausible=len(found.plausible),
                seconds=self._spent(),
                left=max(0.0, self._request.seconds - self._spent()),
            )
        )

    def _no_failing(self, problems: list[str]) -> str:
        if problems:
            return f"the tests cannot be collected: {'; '.join(problems)[:1500]}. {NO_MODEL}"
        return "no test fails, so there is nothing to go by: write a test that shows the fault, then run this again"

    def _counts(self) -> TestCounts:
        failing = tuple(t.id for t in self._suite.failing)
        return TestCounts(len(self._suite.passing), len(failing), failing[:200])

    def unsuited(self, why: str) -> RepairOutcome:
        return self._outcome("unsuited", why, [], None, (), 0, TestCounts(), False)

    def _outcome(
        self,
        status: Any,
        why: str,
        sources: list[Source],
        best: Patch | None,
        others: tuple[Patch, ...],
        plausible: int,
        after: TestCounts,
        verified: bool,
    ) -> RepairOutcome:
        found = self._found
        return RepairOutcome(
            status=status,
            why=why,
            best=best,
            others=others,
            plausible=plausible,
            tried=found.tried,
            per_second=found.per_second,
            seconds=self._spent(),
            search_seconds=found.first_after,
            before=self._counts(),
            after=after,
            is_verified=verified,
            localisation=tuple(Suspect(p.path, p.line, p.end, p.score, p.name) for p in self._suspects[:50]),
            python=self._interpreter.path if self._interpreter else "",
            sandbox=self._rooms[0].level if self._rooms else "",
            is_first_at=found.first_at,
        )

    async def close(self) -> None:
        for room in self._rooms:
            with contextlib.suppress(OSError):
                await room.close()
        self._rooms.clear()
        if self._own is not None:
            await self._own.close()


def _guards(sources: list[Source], suite: Suite) -> list[list[Any]]:
    """For every outermost function the passing tests that run it, quick ones first: [file, line of def, ids]."""
    from mycoder.repair.worker.apply import units_of  # late: shared with the worker so that lines agree

    rows: list[list[Any]] = []
    passing = sorted((t for t in suite.passing if t.lines), key=lambda t: t.seconds)
    for number, source in enumerate(sources):
        lines = [(t.id, set(t.lines.get(source.path, ()))) for t in passing if source.path in t.lines]
        for unit in units_of(source.path, source.data):
            span = range(unit.start_line + 1, unit.start_line + unit.text.count(b"\n") + 1)
            if len(span) == 0:
                span = range(unit.start_line, unit.start_line + 1)
            ids = [i for i, hits in lines if not hits.isdisjoint(span)][:MOST_GUARDS]
            rows.append([number, unit.start_line, ids])
    return rows


def _patch(sources: list[Source], candidate: Candidate) -> Patch:
    source = sources[candidate.file]
    new = source.apply(candidate.edits)
    before, after = (d.decode("utf-8").splitlines(keepends=True) for d in (source.data, new))
    diff = "".join(
        line if line.endswith("\n") else line + "\n\\ No newline at end of file\n"
        for line in difflib.unified_diff(before, after, f"a/{source.path}", f"b/{source.path}")
    )
    return Patch(
        files={source.path: new},
        diff=diff,
        operator=candidate.operator,
        line=candidate.line,
        path=source.path,
        cost=candidate.cost,
    )


def _why(plausible: int, different: list[Patch], after: TestCounts) -> str:
    text = f"all {after.passed} tests pass" if not after.failed else f"{after.passed} tests pass"
    if plausible == 1:
        return f"{text}; no other candidate also did"
    text += f"; {plausible - 1} other candidate{'s' if plausible > 2 else ''} also did"
    return f"{text}, {len(different)} of them with another behaviour" if different else text
