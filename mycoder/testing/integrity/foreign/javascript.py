"""Tests of JavaScript and TypeScript: jest, vitest, mocha with chai, ava, and the runner of Node."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from mycoder.testing.integrity.foreign import trees
from mycoder.testing.integrity.foreign.comparing import conditions
from mycoder.testing.integrity.foreign.playing import (
    Helper,
    Player,
    Reading,
    Said,
    bind,
    helper,
    parameters,
    rows_of,
)
from mycoder.testing.integrity.foreign.trees import Env, Link, below, chain, constants, named, text, wordset
from mycoder.testing.integrity.outline import Case, Outline
from mycoder.testing.integrity.syntax import NEGATED

if TYPE_CHECKING:
    from tree_sitter import Node

_TESTS = wordset(
    """
    it test specify xit xtest fit ftest
    """
)
_GROUPS = frozenset(["describe", "suite", "context", "xdescribe", "fdescribe", "xcontext"])
_LEFT_OUT = wordset(
    """
    skip todo failing fails skipIf runIf skipWhen
    """
)
_BEFORE = frozenset(["beforeEach", "beforeAll", "before", "setup", "suiteSetup"])
_KINDS: dict[str, str] = {
    **dict.fromkeys(("toBe", "toEqual", "toStrictEqual", "equal", "equals", "eql", "eq", "deepEqual"), "=="),
    **dict.fromkeys(("strictEqual", "deepStrictEqual", "is", "same", "toHaveTextContent"), "=="),
    **dict.fromkeys(("notEqual", "notStrictEqual", "notDeepEqual", "notDeepStrictEqual"), "!="),
    **dict.fromkeys(
        ("toBeTruthy", "toBeDefined", "ok", "exist", "truthy", "assert", "isOk", "toExist"), "true"
    ),
    **dict.fromkeys(("toBeFalsy", "falsy", "isNotOk", "notOk"), "false"),
    **dict.fromkeys(
        ("toContain", "toContainEqual", "toMatch", "include", "includes", "contain", "match"), "in"
    ),
    **dict.fromkeys(("toMatchObject", "toHaveProperty", "property", "like", "regex", "members"), "in"),
    **dict.fromkeys(("toThrow", "toThrowError", "throw", "throws", "rejects", "throwsAsync"), "raises"),
    **dict.fromkeys(("toBeCloseTo", "closeTo", "approximately"), "almost"),
    **dict.fromkeys(("toBeGreaterThan", "above", "greaterThan", "gt"), ">"),
    **dict.fromkeys(("toBeGreaterThanOrEqual", "least", "gte"), ">="),
    **dict.fromkeys(("toBeLessThan", "below", "lessThan", "lt"), "<"),
    **dict.fromkeys(("toBeLessThanOrEqual", "most", "lte"), "<="),
    **dict.fromkeys(("toBeInstanceOf", "instanceOf", "instanceof", "a", "an"), "isinstance"),
}
_FIXED = {"toBeNull": "null", "null": "null", "toBeUndefined": "undefined", "undefined": "undefined"}
_FIXED |= {
    "true": "true",
    "isTrue": "true",
    "false": "false",
    "isFalse": "false",
    "empty": "empty",
    "toBeNaN": "NaN",
}
_LENGTHS = ("toHaveLength", "lengthOf", "length")
_FILLERS = wordset(
    """
    expect to be been have has not resolves rejects deep that which and with is own at
    """
)
_ASSERTERS = frozenset(["assert", "t", "assertions"])
_WEAKENING = wordset(
    """
    length sort sorted slice substring trim toLowerCase toUpperCase toFixed round floor ceil abs Boolean
    String Number Set keys values typeof any anything arrayContaining objectContaining stringContaining
    stringMatching filter replace parseInt isArray some every includes startsWith endsWith
    """
)


def outline_of(root: Node) -> Outline:
    """The tests below `root`; each is named by its groups and its title."""
    reader = _File(root)
    cases = reader.cases()
    only = {case.name for case in cases if "only" in case.skips}
    if only:
        cases = [_without(case) if case.name in only else _left_out(case) for case in cases]
    kept: dict[str, Case] = {}
    for case in cases:
        name, number = case.name, 2
        while name in kept:
            name, number = f"{case.name} ({number})", number + 1
        kept[name] = case
    return Outline(kept, {}, reader.fixtures, problem="it does not parse" if root.has_error else "")


def _without(case: Case) -> Case:
    return Case(case.name, case.line, case.checks, tuple(s for s in case.skips if s != "only"), case.patched)


def _left_out(case: Case) -> Case:
    return Case(case.name, case.line, case.checks, (*case.skips, "only on another test"), case.patched)


class _File:
    def __init__(self, root: Node) -> None:
        self._root = root
        self.fixtures: dict[str, tuple[str, ...]] = {}
        self._helpers: dict[str, Helper] = {}
        self._imports: dict[str, list[str]] = {}
        for node in below(root):
            if node.type == "function_declaration" and (made := helper(node)):
                self._helpers[text(trees.field(node, "name"))] = made
            elif node.type == "variable_declarator":
                self._note_variable(node)
            elif node.type == "import_statement":
                source = trees.literal(source_node) if (source_node := trees.field(node, "source")) else ""
                used = [text(n) for n in below(node) if n.type == "identifier"]
                self._imports.setdefault(source, []).extend(used)

    def _note_variable(self, node: Node) -> None:
        value, name = trees.field(node, "value"), trees.field(node, "name")
        if value is None or name is None:
            return
        if value.type in ("arrow_function", "function_expression") and (made := helper(value)):
            self._helpers[text(name)] = made
        links = chain(value)
        if links[0].word == "require" and links[0].arguments:
            used = [
                text(n)
                for n in below(name)
                if n.type in ("identifier", "shorthand_property_identifier_pattern")
            ]
            self._imports.setdefault(trees.literal(links[0].arguments[0]), []).extend(used)

    def cases(self) -> list[Case]:
        return list(self._in(named(self._root), "", {}, (), self._replaced(self._root, is_top=True)))

    def _in(
        self, nodes: Sequence[Node], prefix: str, env: Env, marks: tuple[str, ...], patched: tuple[str, ...]
    ) -> Iterator[Case]:
        known = dict(env)
        for node in nodes:
            for declared in [n for n in named(node) if n.type == "variable_declarator"]:
                bind(declared, known)
            call = _call_of(node)
            links = chain(call) if call is not None else []
            if not links or call is None:
                continue
            word, arguments = links[0].word, links[-1].arguments or ()
            function = next((a for a in arguments if a.type in trees.FUNCTIONS), None)
            title = " ".join(constants(arguments[:1], known)).strip("'\"") if arguments else ""
            inside = (*marks, *_marks(links, arguments))
            if word in _GROUPS and function is not None:
                body = named(trees.field(function, "body"))
                yield from self._in(body, f"{prefix}{title}::", known, inside, patched)
            elif word in _TESTS:
                yield self._case(call, links, f"{prefix}{title}", function, known, inside, patched)
            elif word in _BEFORE and function is not None:
                self.fixtures[f"{prefix}{word}"] = constants([function], known)
            elif word in ("forEach",) or (links[-1].word == "forEach" and function is not None):
                yield from self._in(named(trees.field(function, "body")), prefix, known, inside, patched)  # type: ignore[arg-type]

    def _case(
        self,
        call: Node,
        links: list[Link],
        name: str,
        function: Node | None,
        env: Env,
        marks: tuple[str, ...],
        patched: tuple[str, ...],
    ) -> Case:
        player = Player(READING, self._helpers)
        checks = []
        if function is not None:
            body = trees.field(function, "body")
            for inside in _played(links, function, env):
                checks += player.body(body, inside)
        elif not any(mark in _LEFT_OUT for mark in marks):
            marks = (*marks, "no function")
        skips = tuple(dict.fromkeys((*marks, *player.skips)))
        own = self._replaced(function, is_top=False) if function is not None else ()
        return Case(name, call.start_point[0] + 1, tuple(checks), skips, tuple(sorted({*patched, *own})))

    def _replaced(self, node: Node, *, is_top: bool) -> tuple[str, ...]:
        """Names of what is replaced by something else: a module with all that is imported from it, or one function."""
        found: list[str] = []
        calls = [n for n in below(node) if n.type == "call_expression"]
        if is_top:
            calls = [call for each in named(node) if (call := _call_of(each)) is not None]
        for call in calls:
            links = chain(call)
            heard = [link.word for link in links[:2]]
            arguments = links[1].arguments if len(links) > 1 else None
            if not arguments or heard[0] not in ("jest", "vi", "mock", "sinon", "td"):
                continue
            if heard[1] in ("mock", "doMock", "module"):
                found += self._imports.get(trees.literal(arguments[0]), [])
            elif heard[1] in ("spyOn", "method", "replace", "stub") and len(arguments) > 1 and len(links) > 2:
                found.append(trees.literal(arguments[1]).strip("'\""))
        return tuple(found)


def _call_of(node: Node) -> Node | None:
    node = trees.unwrapped(node)
    while node.type in ("expression_statement", "await_expression", "export_statement") and named(node):
        node = trees.unwrapped(named(node)[0])
    return node if node.type == "call_expression" else None


def _marks(links: list[Link], arguments: Sequence[Node]) -> list[str]:
    found = [links[0].word] if links[0].word[0] == "x" else []
    found += ["only"] if links[0].word[0] == "f" or any(link.word == "only" for link in links[1:]) else []
    found += [link.word for link in links[1:] if link.word in _LEFT_OUT]
    for option in [a for a in arguments if a.type == "object"]:
        for pair in named(option):
            key = text(trees.field(pair, "key"))
            if key in ("skip", "todo", "fails") and text(trees.field(pair, "value")) != "false":
                found.append(key)
    return found


def _played(links: list[Link], function: Node, env: Env) -> list[dict[str, trees.Bound]]:
    """One turn for each row of ``it.each``."""
    table = next((link for link in links if link.word == "each" and link.arguments), None)
    if table is None or not table.arguments:
        return [dict(env)]
    rows = trees.elements(table.arguments[0], env)
    return rows_of(parameters(function), rows, env) if rows is not None else [dict(env)]


def _asserts(links: list[Link]) -> list[Said] | None:
    first = links[0].word
    if first == "expect" and links[0].arguments is not None and len(links) >= 1:
        return _expected(links)
    if first in _ASSERTERS and len(links) == 1 and links[0].arguments:
        return conditions(links[0].arguments[0])
    at = next((n for n, link in enumerate(links) if link.word in _ASSERTERS), None)
    if at is None or at > 1 or at + 1 >= len(links) or links[-1].arguments is None:
        return None
    word, arguments = links[-1].word, list(links[-1].arguments)
    if word in ("plan", "end", "pass", "log", "is", "diagnostic") and len(arguments) < 2:
        return None
    if word in _KINDS or word in _FIXED or word == "doesNotThrow":
        return _said(word, arguments[:1], arguments[1:2], is_negated=False)
    return [Said("fail", ([links[-1].node],))] if word == "fail" else None


def _expected(links: list[Link]) -> list[Said]:
    subject = list(links[0].arguments or ())[:1]
    heard = [link.word for link in links[1:]]
    matchers = [
        link for link in links[1:] if link.word not in _FILLERS or (link.word == "a" and link.arguments)
    ]
    matchers = [link for link in matchers if link.word not in ("then", "catch", "finally")]
    if not matchers:
        return []
    last = matchers[-1]
    said = _said(last.word, subject, list(last.arguments or ())[:1], is_negated="not" in heard)
    if {"resolves", "rejects", "eventually"} & set(heard) and not _is_awaited(links[-1].node):
        said = [each._replace(limits=(*each.limits, "not awaited")) for each in said]
    return said


def _said(word: str, subject: list[Node], given: list[Node], *, is_negated: bool) -> list[Said]:
    kind = _KINDS.get(word, word)
    if word in _FIXED:
        return [Said("!=" if is_negated else "==", (subject,), ((_FIXED[word],),))]
    if kind == "true" and subject and not given and not is_negated:
        return conditions(subject[0])
    if kind == "false" and subject and not is_negated:
        return conditions(subject[0], is_negated=True)
    if kind == "raises" and not is_negated:
        return [_thrown(subject, given)]
    limits = ("length",) if word in _LENGTHS else ()
    said = Said("==" if word in _LENGTHS else kind, (subject, given) if given else (subject,), (), limits)
    return [said._replace(kind=NEGATED.get(said.kind, f"not {said.kind}"))] if is_negated else [said]


def _thrown(subject: list[Node], given: list[Node]) -> Said:
    """The kind of error and its words; what is called counts by its constants."""
    kinds = tuple(text(n) for n in given if n.type == "identifier") or ("Exception",)
    kinds = tuple("Exception" if kind == "Error" else kind for kind in kinds)
    said = tuple(c for c in constants(given, {}))
    of = constants(subject, {})
    return Said("raises", (subject,), (kinds, said), tuple(f"of {constant}" for constant in of))


def _is_awaited(node: Node) -> bool:
    parent = node.parent
    return parent is not None and parent.type in (
        "await_expression",
        "return_statement",
        "arrow_function",
        "arguments",
    )


def _skips(links: list[Link]) -> str:
    heard = [link.word for link in links]
    is_skip = (
        heard[-1] in ("skip", "todo") and len(heard) == 2 and heard[0] in ("this", "t", "ctx", "context")
    )
    return ".".join(heard) if is_skip else ""


READING = Reading(_asserts, _skips, _WEAKENING)
