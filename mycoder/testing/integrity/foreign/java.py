"""Tests of Java: JUnit 4 and 5, TestNG, with the assertions of JUnit, AssertJ, Truth and Hamcrest."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from mycoder.testing.integrity.foreign import trees
from mycoder.testing.integrity.foreign.comparing import conditions
from mycoder.testing.integrity.foreign.playing import Helper, Player, Reading, Said, bind, helper, parameters
from mycoder.testing.integrity.foreign.trees import Bound, Link, below, constants, named, text, wordset
from mycoder.testing.integrity.outline import Case, Outline
from mycoder.testing.integrity.play import Check
from mycoder.testing.integrity.syntax import NEGATED

if TYPE_CHECKING:
    from tree_sitter import Node

_TESTS = wordset("Test ParameterizedTest RepeatedTest TestFactory Property")
_BEFORE = wordset("BeforeEach BeforeAll Before BeforeClass BeforeMethod")
_KINDS: dict[str, str] = {
    **dict.fromkeys(("assertEquals", "assertArrayEquals", "assertIterableEquals", "assertSame"), "=="),
    **dict.fromkeys(("isEqualTo", "isSameAs", "containsExactly", "is", "equalTo", "hasToString"), "=="),
    **dict.fromkeys(("assertNotEquals", "assertNotSame", "isNotEqualTo"), "!="),
    **dict.fromkeys(
        ("contains", "containsString", "hasItem", "containsAnyOf", "startsWith", "matches"), "in"
    ),
    **dict.fromkeys(("isInstanceOf", "assertInstanceOf", "instanceOf"), "isinstance"),
    **dict.fromkeys(("isGreaterThan", "greaterThan"), ">"),
    **dict.fromkeys(("isLessThan", "lessThan"), "<"),
    **dict.fromkeys(("isCloseTo", "isWithin"), "almost"),
}
_ALONE = {"assertNull": ("==", "null"), "isNull": ("==", "null"), "assertNotNull": ("!=", "null")}
_ALONE |= {"isNotNull": ("!=", "null"), "isTrue": ("==", "true"), "isFalse": ("==", "false")}
_ALONE |= {"isEmpty": ("==", "empty"), "isNotEmpty": ("!=", "empty"), "isPresent": ("!=", "empty")}
_THROWS = (
    "assertThrows",
    "assertThrowsExactly",
    "assertThatThrownBy",
    "assertThatExceptionOfType",
    "expectThrows",
)
_SETTINGS = wordset("as describedAs withFailMessage usingRecursiveComparison")
_WEAKENING = wordset(
    "size length trim toLowerCase toUpperCase sort sorted isEmpty contains startsWith endsWith round abs isPresent any"
)


def outline_of(root: Node) -> Outline:
    fixtures: dict[str, tuple[str, ...]] = {}
    cases: dict[str, Case] = {}
    for node in named(root):
        if node.type == "class_declaration":
            cases |= {case.name: case for case in _in(node, "", (), fixtures)}
    return Outline(cases, {}, fixtures, problem="it does not parse" if root.has_error else "")


def _in(
    node: Node, prefix: str, marks: tuple[str, ...], fixtures: dict[str, tuple[str, ...]]
) -> Iterator[Case]:
    inside = (*marks, *_left_out(node))
    path = f"{prefix}{text(trees.field(node, 'name'))}::"
    members = named(trees.field(node, "body"))
    env: dict[str, Bound] = {}
    helpers: dict[str, Helper] = {}
    tests = []
    for member in members:
        annotated = _annotations(member)
        name = text(trees.field(member, "name"))
        if member.type == "field_declaration":
            for declared in [n for n in named(member) if n.type == "variable_declarator"]:
                bind(declared, env)
        elif member.type == "class_declaration":
            yield from _in(member, path, inside, fixtures)
        elif member.type == "method_declaration" and annotated.keys() & _TESTS:
            tests.append(member)
        elif member.type == "method_declaration":
            if annotated.keys() & _BEFORE:
                fixtures[f"{path}{name}"] = constants([member], {})
            if made := helper(member):
                helpers[name] = made
    for member in tests:
        yield _case(member, path, env, helpers, inside)


def _case(
    node: Node, path: str, env: dict[str, Bound], helpers: dict[str, Helper], marks: tuple[str, ...]
) -> Case:
    player = Player(READING, helpers)
    checks: list[Check] = []
    line = node.start_point[0] + 1
    for row in _rows(node):
        given = {text(name): Bound((row,), {}) for name in parameters(node)} if row is not None else {}
        checks += player.body(trees.field(node, "body"), {**env, **given})
    for annotation in _annotations(node).values():
        for pair in [n for n in below(annotation) if n.type == "element_value_pair"]:
            if text(trees.field(pair, "key")) in ("expected", "expectedExceptions"):
                kinds = (text(trees.field(pair, "value")).removesuffix(".class"),)
                checks.append(Check("raises", (kinds, ()), (), ("raises",), line))
    skips = tuple(dict.fromkeys((*marks, *_left_out(node), *player.skips)))
    return Case(f"{path}{text(trees.field(node, 'name'))}", line, tuple(checks), skips)


def _annotations(node: Node) -> dict[str, Node]:
    modifiers = next((child for child in node.children if child.type == "modifiers"), None)
    found = [n for n in named(modifiers) if n.type in ("annotation", "marker_annotation")]
    return {text(trees.field(n, "name")).rpartition(".")[2]: n for n in found}


def _left_out(node: Node) -> list[str]:
    found = []
    for name, annotation in _annotations(node).items():
        if name in ("Disabled", "Ignore") or name.startswith(
            ("DisabledIf", "DisabledOn", "EnabledIf", "EnabledOn")
        ):
            found.append(f"@{name}")
        elif "enabled=false" in text(annotation).replace(" ", ""):
            found.append("enabled = false")
    return found


def _rows(node: Node) -> list[Node | None]:
    """The values of a parametrised test; one turn without any where it has none."""
    for name, annotation in _annotations(node).items():
        if name in ("CsvSource", "ValueSource", "EnumSource"):
            held = [n for n in below(annotation) if n.type == "element_value_array_initializer"]
            return list(named(held[0])) if held else list(named(trees.field(annotation, "arguments")))
    return [None]


def _asserts(links: list[Link]) -> list[Said] | None:
    heard = [
        link.word for link in links if link.word not in ("Assertions", "Assert", "Truth", "MatcherAssert")
    ]
    kept = [link for link in links if link.word in heard]
    if not heard or kept[0].arguments is None:
        return None
    first, arguments = heard[0], list(kept[0].arguments)
    if first in _THROWS:
        return [_thrown(kept, arguments)]
    if first == "assertThat":
        return _that(kept, arguments)
    if first in ("assertTrue", "assertFalse"):
        told = (
            arguments[-1:] if len(arguments) > 1 and arguments[0].type == "string_literal" else arguments[:1]
        )
        return conditions(told[0], is_negated=first == "assertFalse") if told else []
    if first in _ALONE and first.startswith("assert"):
        kind, value = _ALONE[first]
        return [Said(kind, (arguments[:1],), ((value,),))]
    if first in _KINDS and first.startswith("assert"):
        delta = tuple(text(n) for n in arguments[2:3] if "floating" in n.type or "integer" in n.type)
        return [Said("almost" if delta else _KINDS[first], (arguments[:1], arguments[1:2]), (), delta)]
    if first in ("fail", "verify") and len(kept) >= 1:
        return [Said(first, ([kept[-1].node],))]
    return None


def _that(links: list[Link], arguments: list[Node]) -> list[Said]:
    """AssertJ and Truth say it in a chain, Hamcrest in a second argument."""
    if len(arguments) >= 2 and len(links) == 1:
        matcher = trees.chain(arguments[-1])[-1]
        inner = list(matcher.arguments or ())
        kind = _KINDS.get(matcher.word, matcher.word)
        if matcher.word == "not" and inner:
            kind = NEGATED.get("==", "!=")
        return [Said(kind, (arguments[-2:-1], inner))]
    said = []
    for link in links[1:]:
        if link.arguments is None or link.word in _SETTINGS:
            continue
        given = list(link.arguments)
        if link.word in _ALONE:
            kind, value = _ALONE[link.word]
            said.append(Said(kind, (arguments,), ((value,),)))
        elif link.word in ("hasSize", "hasLength"):
            said.append(Said("==", (arguments, given), (), ("size",)))
        else:
            said.append(Said(_KINDS.get(link.word, link.word), (arguments, given)))
    return said


def _thrown(links: list[Link], arguments: list[Node]) -> Said:
    kinds = [text(n).removesuffix(".class") for n in arguments if n.type == "class_literal"]
    kinds += [
        text(n).removesuffix(".class")
        for link in links[1:]
        for n in link.arguments or ()
        if n.type == "class_literal"
    ]
    wide = {"Exception", "Throwable", "RuntimeException"}
    said = tuple(c for link in links[1:] for c in constants(link.arguments or (), {}))
    lambdas = [n for n in arguments if n.type == "lambda_expression"]
    of = constants(lambdas, {})
    names = tuple("Exception" if kind in wide else kind for kind in kinds) or ("Exception",)
    return Said("raises", (lambdas,), (names, said), tuple(f"of {constant}" for constant in of))


def _skips(links: list[Link]) -> str:
    word = links[-1].word
    return (
        word if word.startswith(("assumeTrue", "assumeFalse", "assumeThat", "assumingThat", "abort")) else ""
    )


READING = Reading(_asserts, _skips, _WEAKENING)
