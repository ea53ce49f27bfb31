"""The definitions in a source file, by its syntax tree: what is named where, and with what signature.

Only what stands outside of function bodies is listed. A tree of broken source still gives what is whole in
it.
"""

import re
from os import PathLike, fspath
from typing import TYPE_CHECKING

import msgspec

from mycoder.workspace.grammars import language_of, parse
from mycoder.workspace.node_kinds import FUNCTION, IN, NODES, TYPE, VALUE

if TYPE_CHECKING:
    from tree_sitter import Node

MOST_BYTES = 2 << 20
MOST_SYMBOLS = 3000
MOST_DEPTH = 8
_WIDTH = 140


class Symbol(msgspec.Struct, frozen=True, array_like=True):
    """One definition, at the lines `first` to `last` from 1. `depth` counts the types around it."""

    name: str
    kind: str
    """function | type | value | heading"""
    first: int
    last: int
    signature: str
    """On one line, without the body."""
    depth: int = 0


# These count only with a function behind them, or with a body.
_WITH_FUNCTION = frozenset(
    (
        "declaration",
        "field_declaration",
        "field_definition",
        "public_field_definition",
        "assignment_expression",
    )
)
_WITH_BODY = frozenset(("struct_specifier", "union_specifier", "enum_specifier", "class_specifier"))
_FUNCTIONS = frozenset(("arrow_function", "function_expression", "generator_function", "class", "function"))
_CONSTANT = re.compile(r"[A-Z][A-Z0-9_]*")


def symbols(path: str | PathLike[str], data: bytes, *, seconds: float = 1.0) -> list[Symbol] | None:
    """The definitions in `data`, the content of a file named `path`, in their order; None where nothing is
    known of the language, the file is too big, or reading it takes longer than `seconds`."""
    if len(data) > MOST_BYTES:
        return None
    if fspath(path).lower().endswith((".md", ".markdown")):
        return _headings(data.decode("utf-8", "replace"))
    nodes = NODES.get(language_of(path))
    tree = parse(path, data, seconds=seconds) if nodes else None
    if nodes is None or tree is None:
        return None
    found: list[Symbol] = []
    waiting: list[tuple[Node, int, Node | None]] = [
        (node, 0, None) for node in reversed(tree.root_node.named_children)
    ]
    while waiting and len(found) < MOST_SYMBOLS:
        node, depth, outer = waiting.pop()
        kind = nodes.get(node.type)
        if kind is None:
            continue
        if kind != IN:
            symbol = _symbol(node, kind, depth, outer or node, data)
            if symbol is None:
                continue
            found.append(symbol)
            if kind != TYPE or depth >= MOST_DEPTH:
                continue
            body = node.child_by_field_name("body") or node.child_by_field_name("type")
            waiting += [(child, depth + 1, None) for child in reversed(body.named_children if body else [])]
        else:
            # The decorators, the word export and the like belong to what they stand before.
            own = (outer or node) if node.type in _PREFIXES else None
            waiting += [(child, depth, own) for child in reversed(node.named_children)]
    return found


_PREFIXES = frozenset(
    ("decorated_definition", "export_statement", "template_declaration", "ambient_declaration")
)


def _symbol(node: "Node", kind: str, depth: int, outer: "Node", data: bytes) -> Symbol | None:
    value = node.child_by_field_name("value") or node.child_by_field_name("right")
    has_function = value is not None and value.type in _FUNCTIONS
    if node.type in _WITH_FUNCTION and not has_function and _declarator(node) is None:
        return None
    body = node.child_by_field_name("body") or (
        value.child_by_field_name("body") if value and has_function else None
    )
    if body is None and node.type in _WITH_BODY:
        return None
    name = _name(node)
    if not name:
        return None
    if kind == VALUE:
        if has_function:
            kind = FUNCTION
        elif depth or (node.type == "variable_declarator" and not _CONSTANT.fullmatch(name)):
            return None
    signature = _signature(data[node.start_byte : body.start_byte if body else node.end_byte], name)
    end = node.end_point  # before the first column of a line it is the end of the line before
    last = end.row if end.column == 0 and end.row > node.start_point.row else end.row + 1
    return Symbol(name, kind, outer.start_point.row + 1, last, signature, depth)


def _declarator(node: "Node") -> "Node | None":
    """The function that a declaration of C declares, if it is one."""
    inner = node.child_by_field_name("declarator")
    while inner is not None and inner.type != "function_declarator":
        inner = inner.child_by_field_name("declarator") or (
            inner.named_children[0] if inner.type == "reference_declarator" and inner.named_children else None
        )
    return inner


def _name(node: "Node") -> str:
    inner: Node | None = node
    while inner is not None:
        field = next(
            filter(None, map(inner.child_by_field_name, ("name", "left", "declarator", "property"))), None
        )
        if field is None and inner.type == "impl_item":
            field = inner.child_by_field_name("type")
        if (
            field is None
            and inner.type in ("reference_declarator", "pointer_declarator")
            and inner.named_children
        ):
            field = inner.named_children[-1]
        if field is None or inner.type in ("generic_type", "subscript", "attribute"):
            break
        inner = field
    if (
        inner is None
        or inner is node
        or inner.type in ("attribute", "subscript", "pattern_list", "tuple_pattern")
    ):
        return ""
    text = (inner.text or b"").decode("utf-8", "replace")
    text = text.partition("<")[0] if node.type == "impl_item" else text
    return text if len(text) <= 100 and "\n" not in text else ""


def _signature(source: bytes, name: str) -> str:
    text = source.decode("utf-8", "replace").partition("{")[0]
    text = " ".join(text.split()).rstrip(":;= ").removesuffix("=>").rstrip(":;= ")
    if name not in text:
        text = f"{text} {name}"
    return text if len(text) <= _WIDTH else text[: _WIDTH - 1] + "…"


def _headings(text: str) -> list[Symbol]:
    lines = text.split("\n")
    open_fence = ""
    found: list[tuple[int, int, str]] = []
    for number, line in enumerate(lines, 1):
        fence = re.match(r" {0,3}(```+|~~~+)", line)
        if fence and (not open_fence or line.strip().startswith(open_fence)):
            open_fence = "" if open_fence else fence[1]
        elif not open_fence and (heading := re.match(r" {0,3}(#{1,6})\s+(.*?)\s*#*\s*$", line)):
            found.append((number, len(heading[1]), heading[2][:_WIDTH]))
    last = len(lines) - (not lines[-1])
    out = []
    for at, (number, level, title) in enumerate(found[:MOST_SYMBOLS]):
        end = next((n - 1 for n, other, _ in found[at + 1 :] if other <= level), last)
        out.append(Symbol(title, "heading", number, end, f"{'#' * level} {title}", level - 1))
    return out
