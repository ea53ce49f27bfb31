"""Bugs seeded into passing projects, by rules of its own that share nothing with the repair operators."""

import ast
import asyncio
import os
import random
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from mycoder.repair import baseline
from mycoder.repair.baseline import Suite
from mycoder.repair.engine import repair
from mycoder.repair.interpreter import find
from mycoder.repair.link import Room
from mycoder.repair.outcome import RepairRequest, Suspect
from mycoder.repair.source import Source
from mycoder.repair.tree import copy_tree


class Bug(msgspec.Struct, frozen=True):
    """Replace the bytes from `start` to `end` of `path` by `text`."""

    path: str
    line: int
    start: int
    end: int
    text: str
    kind: str


class SeededRow(msgspec.Struct, frozen=True, kw_only=True):
    path: str
    line: int
    kind: str
    was: str
    became: str
    failing: int = 0
    rank: int = 0
    """Place of the seeded statement in the localisation, from 1; 0 when it is not in it."""
    rank_after: int = 0
    """The same after the search, whose partial successes count too."""
    status: str = ""
    identical: bool = False
    plausible: int = 0
    tried: int = 0
    first_at: int = 0
    search_seconds: float = 0.0
    per_second: float = 0.0
    seconds: float = 0.0
    operator: str = ""
    why: str = ""


def bugs_of(source: Source, lines: set[int]) -> Iterator[Bug]:
    """Every bug that the rules can seed on the given lines (those that tests run)."""
    for node in ast.walk(source.tree):
        line = getattr(node, "lineno", 0)
        statement = source.statement_of(node) if isinstance(node, ast.expr | ast.stmt) else None
        if line not in lines or statement is None or source.function_of(node) is None:
            continue
        for text, kind, target in _rules(source, node):
            start, end = source.span(target)
            bug = Bug(source.path, statement.lineno, start, end, text, kind)
            try:
                ast.parse(source.apply(((start, end, text),)))
            except SyntaxError:
                continue
            yield bug


def _rules(source: Source, node: ast.AST) -> Iterator[tuple[str, str, ast.AST]]:
    yield from _operator_rules(source, node)
    yield from _other_rules(source, node)


def _operator_rules(source: Source, node: ast.AST) -> Iterator[tuple[str, str, ast.AST]]:
    match node:
        case ast.Compare(ops=[op], left=left, comparators=[right]):
            word = {
                ast.Lt: ">=",
                ast.LtE: "<",
                ast.Gt: ">=",
                ast.GtE: ">",
                ast.Eq: "!=",
                ast.NotEq: "==",
            }.get(type(op))
            word = word or {ast.In: "not in", ast.NotIn: "in", ast.Is: "is not", ast.IsNot: "is"}.get(
                type(op), "=="
            )
            yield f"{source.of(left)} {word} {source.of(right)}", "comparison", node
        case ast.BinOp(op=ast.Add() | ast.Sub() | ast.Mult() | ast.FloorDiv() | ast.Mod()):
            word = {ast.Add: "-", ast.Sub: "+", ast.Mult: "+", ast.FloorDiv: "*", ast.Mod: "//"}[
                type(node.op)
            ]
            yield f"({source.of(node.left)} {word} {source.of(node.right)})", "arithmetic", node
        case ast.BoolOp():
            word = " and " if isinstance(node.op, ast.Or) else " or "
            yield word.join(source.of(v) for v in node.values), "boolean operator", node
            yield source.of(node.values[0]), "missing condition", node
        case ast.UnaryOp(op=ast.Not()):
            yield source.of(node.operand), "missing not", node
        case ast.AugAssign(op=ast.Add()):
            yield f"{source.of(node.target)} -= {source.of(node.value)}", "augmented assignment", node


def _other_rules(source: Source, node: ast.AST) -> Iterator[tuple[str, str, ast.AST]]:
    match node:
        case ast.Constant(value=bool() as value):
            yield repr(not value), "wrong boolean", node
        case ast.Constant(value=int() as value) if not isinstance(source.parents.get(node), ast.JoinedStr):
            yield repr(value + 1), "off by one", node
        case ast.Constant(value=str() as value) if _is_plain(source, node) and value:
            yield repr(value + "x"), "wrong text", node
        case ast.Call(args=[first, second, *_], keywords=[]) if not _has_star(node):
            start, end = source.of(first), source.of(second)
            rest = "".join(f", {source.of(a)}" for a in node.args[2:])
            if start != end:
                yield f"{source.of(node.func)}({end}, {start}{rest})", "swapped arguments", node
        case ast.If() if not node.orelse and not _is_elif(source, node):
            yield f"not ({source.of(node.test)})", "inverted condition", node.test
        case ast.Return(value=ast.expr() as value) if not isinstance(value, ast.Constant):
            yield "return None", "lost return value", node
        case ast.Expr(value=ast.Call()):
            yield "pass", "missing statement", node
        case ast.Name(ctx=ast.Load()):
            yield from _wrong_names(source, node)
        case ast.Slice(lower=ast.expr() as lower) if node.upper is None:
            yield f"{source.of(lower)} + 1:", "slice bound", node


def _wrong_names(source: Source, node: ast.Name) -> Iterator[tuple[str, str, ast.AST]]:
    function = source.function_of(node)
    if function is None or isinstance(source.parents.get(node), ast.Call | ast.Attribute):
        return
    names = sorted({a.arg for a in function.args.args} - {node.id, "self", "cls"})
    if names and node.id in {a.arg for a in function.args.args}:
        yield names[0], "wrong name", node


def _is_plain(source: Source, node: ast.AST) -> bool:
    return not isinstance(source.parents.get(node), ast.Expr | ast.JoinedStr | ast.FormattedValue)


def _is_elif(source: Source, node: ast.If) -> bool:
    start = source.span(node)[0]
    return source.data[start : start + 4] == b"elif"


def _has_star(node: ast.Call) -> bool:
    return any(isinstance(a, ast.Starred) for a in node.args)


async def evaluate_project(
    root: Path, count: int, seed: int, seconds: float, workers: int, say: Callable[[str], None]
) -> list[SeededRow]:
    """Seeds `count` bugs, one at a time, in functions that the project's tests run, and tries to mend each
    blind.
    Bugs that no test notices are not counted, since nobody could mend them."""
    place = Path(tempfile.mkdtemp(prefix="mcm-"))
    try:
        copy_tree(root, place / "p")
        green, covered = await _coverage(place / "p", place, say)
        choices = []
        for path, lines in sorted(covered.items()):
            if baseline.is_test_file(path, set()) or path.startswith(("tests/", "test/")):
                continue
            loaded = baseline.reader(lambda p: (place / "p" / p).read_bytes())(path)
            if loaded is not None:
                choices += list(bugs_of(loaded, lines))
        generator = random.Random(seed)
        by_kind: dict[str, list[Bug]] = {}
        for bug in choices:
            by_kind.setdefault(bug.kind, []).append(bug)
        say(f"{len(choices)} bugs can be seeded in {len(by_kind)} classes; {green} tests pass")
        rows: list[SeededRow] = []
        while len(rows) < count and by_kind:
            kind = generator.choice(sorted(by_kind))
            bug = by_kind[kind].pop(generator.randrange(len(by_kind[kind])))
            if not by_kind[kind]:
                del by_kind[kind]
            row = await _mend(place / "p", bug, seconds, workers, place)
            if row is not None:
                rows.append(row)
                say(
                    f"{len(rows):3} {row.kind:22} {row.path}:{row.line} rank {row.rank} {row.status} "
                    f"{row.operator} tried {row.tried} {row.per_second:.0f}/s {row.seconds:.1f} s "
                    f"after {row.first_at}: {row.was[:60]!r} became {row.became[:60]!r}"
                )
        return rows
    finally:
        shutil.rmtree(place, ignore_errors=True)


async def _coverage(project: Path, home: Path, say: Callable[[str], None]) -> tuple[int, dict[str, set[int]]]:
    interpreter = await find(project, ("pytest",))
    room = Room(interpreter, project, Path(os.path.realpath(project)), home, ())
    worker = await room.open(None, 600)
    try:
        hello = await worker.hello(120)
        suite = Suite()
        begun = time.monotonic()
        await baseline.run(worker, suite, [r[0] for r in hello["collected"]], trace=True, until=lambda: 300.0)
        say(
            f"{len(suite.tests)} tests traced in {time.monotonic() - begun:.1f} s, "
            f"{len(suite.failing)} fail as it is"
        )
    finally:
        await room.close()
    covered: dict[str, set[int]] = {}
    for test in suite.passing:
        for path, lines in test.lines.items():
            covered.setdefault(path, set()).update(lines)
    return len(suite.passing), covered


async def _mend(project: Path, bug: Bug, seconds: float, workers: int, home: Path) -> SeededRow | None:
    file = project / bug.path
    original = file.read_bytes()
    was = original[bug.start : bug.end].decode("utf-8", "replace")
    file.write_bytes(original[: bug.start] + bug.text.encode() + original[bug.end :])
    try:
        begun = time.monotonic()
        outcome = await repair(project, RepairRequest(seconds=seconds, workers=workers), None, home=home)
        taken = time.monotonic() - begun
    finally:
        await asyncio.to_thread(file.write_bytes, original)
    if outcome.status == "unsuited" and not outcome.before.failed:
        return None
    best = outcome.best
    return SeededRow(
        path=bug.path,
        line=bug.line,
        kind=bug.kind,
        was=was[:200],
        became=bug.text[:200],
        failing=outcome.before.failed,
        rank=_rank(outcome.spectrum, bug),
        rank_after=_rank(outcome.localisation, bug),
        status=outcome.status,
        identical=best is not None and best.files.get(bug.path) == original,
        plausible=outcome.plausible,
        tried=outcome.tried,
        first_at=outcome.is_first_at,
        search_seconds=outcome.search_seconds,
        per_second=outcome.per_second,
        seconds=taken,
        operator=best.operator if best else "",
        why=outcome.why[:300],
    )


def _rank(suspects: tuple[Suspect, ...], bug: Bug) -> int:
    return next((n for n, s in enumerate(suspects, 1) if s.path == bug.path and s.line == bug.line), 0)
