"""Tests of Go: the package testing with its `if … { t.Errorf }`, and testify."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mycoder.testing.integrity.foreign import trees
from mycoder.testing.integrity.foreign.comparing import conditions
from mycoder.testing.integrity.foreign.playing import Helper, Player, Reading, Said, bind, helper
from mycoder.testing.integrity.foreign.trees import Bound, Link, below, named, text, wordset
from mycoder.testing.integrity.outline import Case, Outline
from mycoder.testing.integrity.play import Check

if TYPE_CHECKING:
    from tree_sitter import Node

_TEST = re.compile(r"(Test|Fuzz|Example)([^a-z]|$)")
_FAILS = wordset("Error Errorf Fatal Fatalf Fail FailNow panic")
_TESTING = ("t", "b", "f", "tb", "suite", "s")
_TESTIFY = ("assert", "require", "is", "must")
_SKIPS = ("Skip", "Skipf", "SkipNow")
_KINDS: dict[str, str] = {
    **dict.fromkeys(("Equal", "EqualValues", "Exactly", "JSONEq", "ElementsMatch", "Same", "Equalf"), "=="),
    **dict.fromkeys(("NotEqual", "NotSame"), "!="),
    **dict.fromkeys(("Contains", "Subset", "Regexp", "ErrorContains"), "in"),
    **dict.fromkeys(("Greater",), ">"),
    **dict.fromkeys(("GreaterOrEqual",), ">="),
    **dict.fromkeys(("Less",), "<"),
    **dict.fromkeys(("LessOrEqual",), "<="),
    **dict.fromkeys(("InDelta", "InEpsilon", "WithinDuration"), "almost"),
    **dict.fromkeys(("ErrorIs", "EqualError", "ErrorAs", "IsType"), "=="),
}
_ALONE = {"NoError": ("==", "nil"), "Nil": ("==", "nil"), "Error": ("!=", "nil"), "NotNil": ("!=", "nil")}
_ALONE |= {"Empty": ("==", "empty"), "NotEmpty": ("!=", "empty"), "Zero": ("==", "0")}
_WEAKENING = wordset(
    """
    len ToLower ToUpper TrimSpace Trim Fields Sort Strings Ints Abs Round Floor Sprint Sprintf TypeOf Contains HasPrefix
    HasSuffix cap min max
    """
)


def outline_of(root: Node) -> Outline:
    """The functions that `go test` runs, with the checks of their subtests."""
    helpers: dict[str, Helper] = {}
    env: dict[str, Bound] = {}
    tests = []
    fixtures = {}
    for node in named(root):
        name = text(trees.field(node, "name"))
        if node.type in ("var_declaration", "const_declaration"):
            for spec in [n for n in below(node) if n.type in ("var_spec", "const_spec")]:
                bind(spec, env)
        elif node.type in ("function_declaration", "method_declaration"):
            if name == "TestMain":
                fixtures[name] = trees.constants([node], {})
            elif _TEST.match(name):
                tests.append((name, node))
            elif made := helper(node):
                helpers[name] = made
    marks = _file_marks(root)
    cases = {name: _case(name, node, helpers, env, marks) for name, node in tests}
    return Outline(cases, {}, fixtures, problem="it does not parse" if root.has_error else "")


def _case(
    name: str, node: Node, helpers: dict[str, Helper], env: dict[str, Bound], marks: tuple[str, ...]
) -> Case:
    player = Player(READING, helpers)
    checks = player.body(trees.field(node, "body"), env)
    line = node.start_point[0] + 1
    if name.startswith("Example"):
        said = tuple(text(n) for n in below(node) if n.type == "comment" and "utput:" in text(n))
        checks.append(Check("==", (said, ()), (), ("output",), line))
    return Case(name, line, tuple(checks), tuple(dict.fromkeys((*marks, *player.skips))))


def _file_marks(root: Node) -> tuple[str, ...]:
    """Build constraints leave a file out of the usual run."""
    heads = [text(n) for n in root.children if n.type == "comment" and n.start_point[0] < 20]
    return tuple(line for line in heads if line.startswith(("//go:build", "// +build")))


def _asserts(links: list[Link]) -> list[Said] | None:
    heard = [link.word for link in links]
    arguments = list(links[-1].arguments or ())
    if heard[0] in _TESTING and len(heard) == 2 and heard[1] in _FAILS:
        return [Said("fail", ([links[-1].node],))]
    is_suite = len(heard) == 3 and heard[0] in _TESTING and heard[1] in ("Require", "Assert")
    if not (len(heard) == 2 and heard[0] in _TESTIFY) and not is_suite:
        return None
    if arguments and text(arguments[0]) in ("t", "b", "tb", "s.T()"):
        arguments = arguments[1:]
    word = heard[-1].removesuffix("f") if heard[-1] not in _KINDS else heard[-1]
    if word in ("True", "False") and arguments:
        return conditions(arguments[0], is_negated=word == "False")
    if word in _ALONE and arguments:
        kind, given = _ALONE[word]
        return [Said(kind, (arguments[:1],), ((given,),))]
    if word == "Len":
        return [Said("==", (arguments[:1], arguments[1:2]), (), ("len",))]
    if word == "Panics":
        return [Said("raises", (arguments[:1],), (("Exception",), ()))]
    limits = (
        tuple(text(n) for n in arguments[2:3]) if word in ("InDelta", "InEpsilon", "WithinDuration") else ()
    )
    return [Said(_KINDS.get(word, word), (arguments[:1], arguments[1:2]), (), limits)]


def _fails(node: Node) -> list[Said] | None:
    """What an `if` asserts whose body fails the test."""
    condition = trees.field(node, "condition")
    if condition is None:
        return None
    if _is_failing(trees.field(node, "consequence")):
        return conditions(condition, is_negated=True)
    other = trees.field(node, "alternative")
    if other is not None and other.type == "block" and _is_failing(other):
        return conditions(condition)
    return None


def _is_failing(block: Node | None) -> bool:
    """Whether a statement of the block itself fails the test."""
    lists = [n for n in named(block) if n.type == "statement_list"]
    for statement in named(lists[0] if lists else block):
        call = (
            named(statement)[0]
            if statement.type == "expression_statement" and named(statement)
            else statement
        )
        if call.type not in trees.CALLS:
            continue
        heard = trees.words(call)
        if heard[-1] in _FAILS and (len(heard) == 1 or heard[0] in _TESTING):
            return True
    return False


def _skips(links: list[Link]) -> str:
    heard = [link.word for link in links]
    return f"{heard[0]}.{heard[-1]}" if heard[-1] in _SKIPS and heard[0] in _TESTING else ""


READING = Reading(_asserts, _skips, _WEAKENING, _fails)
