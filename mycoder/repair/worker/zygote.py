"""The zygote: imports the project and collects its tests once, then forks a child for every piece of work."""

from __future__ import annotations

import json
import math
import os
import selectors
import shutil
import signal
import sys
import time
from types import FrameType
from typing import Any, NoReturn

from mycoder.repair.worker import limits, wire
from mycoder.repair.worker.batches import Batches
from mycoder.repair.worker.children import (
    Board,
    Child,
    adopt_orphans,
    die_with_parent,
    end_orphans,
    settle_memory,
)
from mycoder.repair.worker.collect import Takeover, relocate, run_pytest
from mycoder.repair.worker.guard import Guard
from mycoder.repair.worker.items import Runner
from mycoder.repair.worker.judge import Judge
from mycoder.repair.worker.measure import measured, merged, still_passing
from mycoder.repair.worker.observe import run_items, run_light
from mycoder.repair.worker.probe import run_probe
from mycoder.repair.worker.promised import run_promises
from mycoder.repair.worker.properties import settle
from mycoder.testing.coverage_tracers import best_tracer

LEAST_LIMIT = 0.5
"""Seconds of processor time that a test of the original program has at least."""
PRIVATE = ("mcr-", "mcl-")
"""How the engine's own temporary folders are called."""


class Zygote:
    """Serves the engine's requests, each with a number `n` that its answers carry."""

    def __init__(self, link: wire.Link, config: dict[str, Any]) -> None:
        self._link = link
        self._config = config
        self._guard = Guard()
        self._parent = os.getppid()
        self._is_orphan = False
        self._selector = selectors.DefaultSelector()
        self._children: dict[int, Child] = {}
        self._ended: dict[int, Any] = {}
        self._judge: Judge | None = None
        self._batches = Batches(self._fork, self._tell, config.get("memory", limits.MEMORY))
        self.plugin = Takeover(self.serve)

    def serve(self, session: Any) -> None:
        tests = [i for i in session.items if _is_function(i)]
        files = frozenset(str(getattr(i, "path", None) or i.fspath) for i in tests)
        runners = [Runner(i, files, self._config["root"]) for i in session.items]
        self._runners = {r.id: r for r in runners}
        self._test_files = files
        settle(session.items)
        self._guard.install()
        self._tell(
            0,
            {
                "collected": [[r.id, r.is_bare, r.is_usable] for r in self._runners.values()],
                "files": sorted(files),
                "problems": self.plugin.problems[:20],
                "installed": _installed(self._config["root"].rstrip("/")),
                "python": sys.version.split()[0],
                "modules": sorted(self._project_files()),
            },
        )
        settle_memory()
        die_with_parent(False)  # from here on the end of the engine is heard, and its folder removed
        self._selector.register(self._link, selectors.EVENT_READ, None)
        try:
            while self._turn():
                pass
        except BrokenPipeError:  # the engine went away between a request and its answer
            self._is_orphan = True
        finally:
            self._end()
        leave()

    def _end(self) -> None:
        for child in self._children.values():
            child.end()
        end_orphans(set())
        if self._is_orphan and os.path.basename(self._config["home"]).startswith(PRIVATE):
            shutil.rmtree(self._config["home"], ignore_errors=True)  # the engine was killed and cannot do it

    def _project_files(self) -> set[str]:
        root = self._config["root"].rstrip("/") + "/"
        names = [getattr(m, "__file__", None) for m in list(sys.modules.values())]
        return {n for n in names if n and n.startswith(root)}

    def _tell(self, number: int, message: dict[str, Any]) -> None:
        self._link.send({"n": number, **message})

    def _turn(self) -> bool:
        """One round of the loop; False when the engine is gone or says quit."""
        for key, _ in self._selector.select(0.02 if self._children else 5.0):
            if key.data is None:
                request = self._link.receive()
                if request is None:
                    self._is_orphan = True
                    return False
                if request["do"] == "quit":
                    return False
                self._do(request)
            elif not key.data.read():
                self._finish(key.data, "")
        for child in list(self._children.values()):
            why = child.is_stuck()
            if why:
                child.read()
                self._finish(child, why)
        self._is_orphan = not self._children and os.getppid() != self._parent
        return not self._is_orphan

    def _do(self, request: dict[str, Any]) -> None:
        match_ = {
            "run": self._run,
            "prepare": self._prepare,
            "batch": self._batch,
            "drop": lambda _: self._batches.drop(),
            "demand": self._demand,
            "probe": self._probe,
            "promises": self._promises,
        }
        try:
            match_[request["do"]](request)
        except Exception as error:
            self._tell(request["n"], {"error": f"{type(error).__name__}: {error}"[:2000]})

    def _fork(
        self,
        work: Any,
        places: int,
        patience: float,
        ended: Any,
        calm: float = math.inf,
    ) -> Child:
        child = Child(work, places, patience, self._link.descriptors, calm)
        self._children[child.pid] = child
        self._ended[child.pid] = ended
        self._selector.register(child.reading, selectors.EVENT_READ, child)
        return child

    def _finish(self, child: Child, why: str) -> None:
        self._selector.unregister(child.reading)
        del self._children[child.pid]
        ended = self._ended.pop(child.pid)
        child.end()
        end_orphans(set(self._children))
        ended(child, why)
        child.board.close()

    # --- running tests of the original program ---------------------------------------------------

    def _run(self, request: dict[str, Any]) -> None:
        """Runs the tests `ids`, telling each result; goes on with the next one when a test ends the child, as long
        as not more than `most_endless` of them had to be ended."""
        ids = [i for i in request["ids"] if i in self._runners]
        if request.get("light"):
            ids = [i for i in ids if self._runners[i].is_usable]

        def work(board: Board, tell: Any) -> None:
            limits.arm()
            tracer = (
                best_tracer(self._config["root"], request.get("tracer", "")) if request["trace"] else None
            )
            items = [self._runners[i] for i in ids]
            if tracer and request.get("light"):
                run_light(items, self._guard, tracer, board, tell, request["limit"])
            else:
                run_items(items, self.plugin, self._guard, tracer, board, tell, request["limit"])

        def ended(child: Child, why: str) -> None:
            done = [line for line in child.lines if "id" in line]
            crash = next((line["crash"] for line in child.lines if "crash" in line), "")
            rest = ids[len(done) :]
            has_left = bool(done) and done[-1]["outcome"] == "timeout" and not why  # after telling so itself
            if rest and not has_left:
                done.append(
                    {
                        "id": rest[0],
                        "outcome": "timeout" if why else "crashed",
                        "message": crash,
                        "seconds": 0.0,
                    }
                )
                rest = rest[1:]
            most = request.get("most_endless", math.inf) - sum(row["outcome"] == "timeout" for row in done)
            goes_on = bool(rest) and most > 0
            self._tell(request["n"], {"results": done, "more": goes_on})
            if goes_on:
                limit = next_limit(request["limit"], done)
                self._run({**request, "ids": rest, "limit": limit, "most_endless": most})

        if not ids:
            self._tell(request["n"], {"results": [], "more": False})
            return
        self._fork(work, len(ids), request["limit"] * 2 + 5, ended)

    # --- candidates ------------------------------------------------------------------------------

    def _prepare(self, request: dict[str, Any]) -> None:
        """Reads the files under repair and measures the failing tests in a child."""
        for path in request["files"]:
            self._import(path)
        self._guard.allowed |= set(request.get("allowed", ()))
        judge = Judge(self._runners, self._test_files, self._guard)
        answer = judge.prepare(
            request["files"], request["failing"], request["guards"], request.get("also", [])
        )

        endless = frozenset(request.get("endless", ()))
        shares = judge.shares(request.get("workers", 1))
        parts: list[Any] = []

        def work_of(share: int) -> Any:
            def work(board: Board, tell: Any) -> None:
                limits.arm()
                tell(measured(judge, endless, share, shares))

            return work

        def ended(child: Child, why: str) -> None:
            found = next((line for line in child.lines if "tests" in line), None)
            if found is None:
                crash = next((line.get("crash") for line in child.lines), why or "the child ended")
                found = {"error": f"the failing tests could not be measured: {crash}"}
            parts.append(found)
            if len(parts) == shares:
                self._tell(request["n"], {**answer, **self._settle(judge, parts)})

        for share in range(shares):
            self._fork(work_of(share), 0, 30.0, ended)

    def _settle(self, judge: Judge, parts: list[Any]) -> dict[str, Any]:
        """What the engine is told of the measured tests; from here on `judge` judges, if there is no error."""
        for part in parts:
            if "error" in part:
                return {"error": part["error"]}
        found = merged(parts)
        judge.settle(found)
        self._judge = judge
        settle_memory()
        told = {k: found[k] for k in ("tests", "late", "compared")}
        return {**told, "broken": found["broken_guards"]}

    def _demand(self, request: dict[str, Any]) -> None:
        """Tests that a plausible candidate failed in the run of the whole suite judge from now on. Of those
        that should pass in the original program only the ones that do so here."""
        judge = self._judge
        assert judge is not None, "demand before prepare"
        usable = [i for i in request["ids"] if i in self._runners and self._runners[i].is_usable]

        def work(board: Board, tell: Any) -> None:
            limits.arm()
            tell({"passing": still_passing([self._runners[i] for i in usable if i in request["green"]])})

        def ended(child: Child, why: str) -> None:
            passing: list[str] = next((line["passing"] for line in child.lines if "passing" in line), [])
            kept = [i for i in usable if i not in request["green"] or i in passing]
            judge.demand(kept)
            self._tell(request["n"], {"kept": kept})

        self._fork(work, 0, 30.0, ended)

    def _import(self, path: str) -> None:
        """Imports a module that tests import only while they run, so that its functions are there to be
        changed."""
        if any(getattr(m, "__file__", None) == path for m in list(sys.modules.values())):
            return
        for entry in sorted(sys.path, key=len, reverse=True):
            base = os.path.abspath(entry or ".").rstrip("/") + "/"
            if path.startswith(base):
                name = path[len(base) : -len(".py")].replace("/", ".")
                try:
                    __import__(name.removesuffix(".__init__") if hasattr(str, "removesuffix") else name)
                except BaseException:
                    continue
                return

    def _batch(self, request: dict[str, Any]) -> None:
        assert self._judge is not None, "batch before prepare"
        self._batches.take(self._judge, request)

    # --- behaviour -------------------------------------------------------------------------------

    def _probe(self, request: dict[str, Any]) -> None:
        judge = self._judge
        assert judge is not None, "probe before prepare"

        def work(board: Board, tell: Any) -> None:
            limits.arm()
            limits.confine(self._config.get("memory", limits.MEMORY))
            run_probe(judge, request, tell)

        def ended(child: Child, why: str) -> None:
            rows = [line for line in child.lines if "row" in line]
            nothing: dict[str, Any] = {"inputs": [], "inner": []}
            found = next((line for line in child.lines if "inputs" in line), nothing)
            self._tell(request["n"], {**found, "rows": rows, "why": why})

        self._fork(work, 0, request["limit"], ended)

    def _promises(self, request: dict[str, Any]) -> None:
        judge = self._judge
        assert judge is not None, "promises before prepare"

        def work(board: Board, tell: Any) -> None:
            limits.arm()
            limits.confine(self._config.get("memory", limits.MEMORY))
            run_promises(judge, request, tell)

        def ended(child: Child, why: str) -> None:
            self._tell(request["n"], {"rows": [line for line in child.lines if "kept" in line]})

        self._fork(work, 0, request["limit"], ended)


def _is_function(item: Any) -> bool:
    """A test function or method. Doctests and the items of checkers (of style, of types) stand for files of the
    program itself, which are no test files because of them."""
    return any(kind.__name__ == "Function" for kind in type(item).__mro__)


def _installed(root: str) -> list[list[str]]:
    """Packages of the tree that came from elsewhere: [name, where from]."""
    found = []
    for name, module in list(sys.modules.items()):
        path = getattr(module, "__file__", None) or ""
        if "." in name or "site-packages" not in path or path.startswith(root + os.sep):
            continue
        base = os.path.basename(path)
        inside = os.path.join(name, base) if base == "__init__.py" else base
        if any(os.path.isfile(os.path.join(root, top, inside)) for top in ("", "src", "lib")):
            found.append([name, os.path.dirname(path) if base == "__init__.py" else path])
    return found


def next_limit(limit: float, done: list[Any]) -> float:
    """Half of the limit after an endless test, since where one is there are often many; but far above what the
    other tests took."""
    if not done or done[-1]["outcome"] != "timeout":
        return limit
    slowest = max((d["seconds"] for d in done if d["outcome"] != "timeout"), default=0.0)
    return min(limit, max(limit / 2, LEAST_LIMIT, 5 * slowest))


def _stop(signum: int, frame: FrameType | None) -> None:
    raise SystemExit(0)


def leave() -> NoReturn:
    """Ends the process at once: the tests ran in children, so that nothing which pytest or the project would do at
    its end is of use, and pytest's collecting of garbage takes longer than all the rest."""
    sys.stdout.flush()
    os._exit(0)


def main(pipes: str, config_text: str) -> None:
    """`config_text` is JSON: root, original, args, paths (for ``sys.path``), borrowed (where pytest may be
    found)."""
    config = json.loads(config_text)
    link = wire.Link(pipes)
    signal.signal(signal.SIGTERM, _stop)
    adopt_orphans()
    die_with_parent()  # as long as nothing is served, an endless import would outlive the engine
    os.chdir(config["cwd"])
    sys.path[:0] = config["paths"]
    sys.argv = ["pytest", *config["args"]]
    borrowed = config.get("borrowed", "")
    if borrowed:
        sys.path.append(borrowed)
    relocate(config["original"], config["root"])
    zygote = Zygote(link, config)
    begun = time.monotonic()
    try:
        code = run_pytest(config["args"], zygote.plugin)
    except BaseException as error:
        code = 3
        zygote.plugin.problems.append(f"{type(error).__name__}: {error}")
    if not zygote.plugin.is_served:
        problem = {
            "failed": code,
            "problems": zygote.plugin.problems[:20],
            "seconds": time.monotonic() - begun,
        }
        link.send({"n": 0, **problem})
    leave()
