"""Where an operator works: a node in its source, with what is in scope there."""

import ast
from collections.abc import Iterable
from functools import cached_property
from typing import NamedTuple

from mycoder.repair.contrast import Contrast
from mycoder.repair.donors import Donors, Place, place_of
from mycoder.repair.flow import early, unchanged, undefined
from mycoder.repair.levels import level, needed, text_level
from mycoder.repair.members import constant_marks, made, unfilled
from mycoder.repair.source import BUILTINS, FUNCTIONS, AnyFunction, Source, parameters
from mycoder.repair.vocabulary import Vocabulary

MOST_NAMES = 24
MOST_EXPRESSIONS = 40


class Edit(NamedTuple):
    """Replace the bytes from `start` to `end` by `text`; `cost` is minus the logarithm of how natural it
    is."""

    start: int
    end: int
    text: str
    cost: float


class Literals(NamedTuple):
    """What the failing tests mention: numbers and short texts, in the order in which they occur; the words of
    the files that they run; what they compared; the names that their errors say are not there (`lacking`); and
    the exceptions that they wait for (`awaited`)."""

    numbers: tuple[int | float, ...] = ()
    texts: tuple[str, ...] = ()
    vocabulary: Vocabulary = Vocabulary()
    contrasts: tuple[Contrast, ...] = ()
    lacking: tuple[str, ...] = ()
    awaited: tuple[str, ...] = ()


class Scope:
    """Names, expressions and constants of one outermost function; shared by all sites in it. `donors` holds what
    the other functions do."""

    def __init__(self, source: Source, function: AnyFunction | None, donors: Donors | None = None) -> None:
        self._source = source
        self.function = function
        self.donors = Donors([source]) if donors is None else donors
        self.root: ast.AST = function if function is not None else source.tree

    @cached_property
    def nodes(self) -> list[ast.AST]:
        if self.function is not None:
            return list(ast.walk(self.root))
        found: list[ast.AST] = []  # of a module what is outside of its functions
        pending: list[ast.AST] = [self.root]
        while pending:
            node = pending.pop(0)
            found.append(node)
            if not isinstance(node, FUNCTIONS):
                pending += ast.iter_child_nodes(node)
        return found

    @cached_property
    def locals(self) -> list[str]:
        """Parameters and assigned names, in the order in which they appear."""
        names: dict[str, None] = {}
        for node in self.nodes:
            if isinstance(node, FUNCTIONS):
                names.update(dict.fromkeys(parameters(node)))
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                names[node.id] = None
            elif isinstance(node, ast.ExceptHandler) and node.name:
                names[node.name] = None
        return list(names)

    @cached_property
    def place(self) -> Place:
        return place_of(self._source, self.function, self.locals)

    @cached_property
    def foreign_conditions(self) -> list[str]:
        return self.donors.conditions(self.place)

    @cached_property
    def foreign_statements(self) -> list[str]:
        return self.donors.statements(self.place)

    @cached_property
    def foreign_guards(self) -> list[str]:
        return self.donors.guards(self.place)

    @cached_property
    def foreign_results(self) -> list[str]:
        return self.donors.results(self.place)

    @cached_property
    def values(self) -> list[str]:
        """Names that may stand for a value: locals, then module constants that the function or module
        mentions."""
        inner = [n.name for n in self.nodes if isinstance(n, FUNCTIONS) and n is not self.function]
        constants = [n for n, kind in self._source.module_names.items() if kind == "value"]
        used = [n.id for n in self.nodes if isinstance(n, ast.Name) and n.id in constants]
        ordered = [*self.locals, *used, *constants]
        return [n for n in dict.fromkeys(ordered) if n not in inner][:MOST_NAMES]

    @cached_property
    def unused(self) -> list[str]:
        """Locals that are bound and never read."""
        read = {n.id for n in self.nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
        return [n for n in self.locals if n not in read and n not in ("self", "cls") and n[:1] != "_"]

    @cached_property
    def undefined(self) -> list[str]:
        """Names that are read and that nothing gives a value."""
        return undefined(self._source, self.nodes) if self.function is not None else []

    @cached_property
    def early(self) -> list[str]:
        """Locals that are read above all places where they are given a value."""
        return early(self.function) if self.function is not None else []

    @cached_property
    def unchanged(self) -> list[tuple[str, object]]:
        """Locals that keep the constant they begin with, and that something reads."""
        return unchanged(self.function, self.nodes) if self.function is not None else []

    @cached_property
    def constant_marks(self) -> list[tuple[str, bool]]:
        """Attributes that are only ever set to the one truth value."""
        return constant_marks(self._source.tree)

    @cached_property
    def unfilled_members(self) -> list[tuple[str, str]]:
        """Attributes that begin as an empty collection and that nothing fills, with its kind."""
        return unfilled(self._source.tree)

    @cached_property
    def made_members(self) -> frozenset[str]:
        """Attributes that the file sets, and names that its classes define."""
        return made(self._source.tree)

    @cached_property
    def unused_functions(self) -> list[str]:
        """Functions of one parameter inside of this one that it never mentions."""
        read = {n.id for n in self.nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
        inner = [n for n in self.nodes if isinstance(n, FUNCTIONS) and n is not self.function]
        return [n.name for n in inner if n.name not in read and len(parameters(n)) == 1]

    @cached_property
    def indexed(self) -> list[str]:
        """Neighbours and ends of what is taken by a constant index: ``x[1]`` and ``x[-1]`` beside ``x[0]``."""
        found: dict[str, None] = {}
        for node in self.nodes:
            match node:
                case ast.Subscript(value=ast.Name(id=base), slice=ast.Constant(value=int() as at)):
                    for index in (at, at + 1, at - 1 if at else -1, -1):
                        found[f"{base}[{index}]"] = None
        return list(found)[:12]

    @cached_property
    def callables(self) -> list[str]:
        """Names that are called in the module, and its functions."""
        called = [n.func.id for n in self.nodes if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)]
        own = [n for n, kind in self._source.module_names.items() if kind in ("function", "class", "import")]
        elsewhere = [
            n.func.id for n in self._source.nodes if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)
        ]
        return list(dict.fromkeys([*called, *own, *elsewhere]))[: 2 * MOST_NAMES]

    @cached_property
    def attributes(self) -> dict[str, list[str]]:
        """Attributes seen in the module, by the text of what they are taken from."""
        found: dict[str, dict[str, None]] = {}
        for node in self._source.nodes:
            if isinstance(node, ast.Attribute):
                found.setdefault(self._source.of(node.value), {})[node.attr] = None
        return {owner: list(names) for owner, names in found.items()}

    @cached_property
    def expressions(self) -> list[str]:
        """Small expressions of the function, shortest first: the material of plastic surgery."""
        found: dict[str, None] = dict.fromkeys(self._subscripts())
        for node in self.nodes:
            if isinstance(
                node, (ast.BinOp, ast.Call, ast.Subscript, ast.Attribute, ast.Compare, ast.UnaryOp)
            ):
                text = self._source.of(node)
                if len(text) <= 40 and "\n" not in text:
                    found[text] = None
        return sorted(found, key=len)[:MOST_EXPRESSIONS]

    @cached_property
    def loop_names(self) -> list[str]:
        """Names that loops and comprehensions bind."""
        targets = [n.target for n in self.nodes if isinstance(n, ast.For | ast.AsyncFor | ast.comprehension)]
        names = [n.id for target in targets for n in ast.walk(target) if isinstance(n, ast.Name)]
        return list(dict.fromkeys(names))

    def _subscripts(self) -> list[str]:
        """What is subscripted anywhere in the function, subscripted by each of its loop variables."""
        bases = [
            self._source.of(n.value)
            for n in self.nodes
            if isinstance(n, ast.Subscript) and isinstance(n.value, ast.Name | ast.Attribute)
        ]
        return [
            f"{base}[{name}]" for base in dict.fromkeys(bases) for name in self.loop_names[:4] if base != name
        ]

    @cached_property
    def numbers(self) -> list[int | float]:
        found = [n.value for n in self.nodes if isinstance(n, ast.Constant) and type(n.value) in (int, float)]
        return list(dict.fromkeys(v for v in found if isinstance(v, int | float)))

    @cached_property
    def texts(self) -> list[str]:
        docs = {id(n.value) for n in self.nodes if isinstance(n, ast.Expr)}
        found = [n.value for n in self.nodes if isinstance(n, ast.Constant) and id(n) not in docs]
        return list(dict.fromkeys(v for v in found if isinstance(v, str) and len(v) <= 40))

    @cached_property
    def conditions(self) -> list[str]:
        """Conditions of the function: tests of if, while and comprehensions, and their parts."""
        found: dict[str, None] = {}
        for node in self.nodes:
            if isinstance(node, (ast.Compare, ast.UnaryOp)) and level(node) <= 4:
                found[self._source.of(node)] = None
            elif isinstance(node, ast.If | ast.While | ast.IfExp) and not isinstance(node.test, ast.BoolOp):
                found[self._source.of(node.test)] = None
        return [c for c in found if "\n" not in c and len(c) < 80]


class Site:
    """A node at which operators propose edits."""

    def __init__(self, source: Source, node: ast.AST, scope: Scope, literals: Literals) -> None:
        self.source = source
        self.node = node
        self.scope = scope
        self.literals = literals
        self.parent = source.parents.get(node)

    @cached_property
    def is_boolean(self) -> bool:
        """The node stands where only its truth matters."""
        match self.parent:
            case ast.If() | ast.While() | ast.IfExp() | ast.Assert():
                return self.node is self.parent.test
            case ast.BoolOp():
                return True
            case ast.UnaryOp():
                return isinstance(self.parent.op, ast.Not)
            case ast.comprehension():
                return self.node in self.parent.ifs
        return isinstance(self.node, ast.Compare)

    @cached_property
    def near(self) -> list[str]:
        """The locals of the function, those first that this statement speaks of, that are bound just before it
        in its block, and that the loops around it bind."""
        here = self.source.statement_of(self.node)
        if here is None:
            return self.scope.locals
        block = self.source.block_of(here)
        before = block[: block.index(here)] if here in block else []
        loops = [n.target for n in self.source.up(here) if isinstance(n, ast.For | ast.AsyncFor)]
        head = getattr(here, "test", None) or getattr(here, "iter", None) or here
        parts = [head, *before[:-3:-1], *loops]
        names = [n.id for part in parts for n in ast.walk(part) if isinstance(n, ast.Name)]
        known = set(self.scope.locals)
        return [n for n in dict.fromkeys([*names, *self.scope.locals]) if n in known]

    def of(self, node: ast.AST) -> str:
        return self.source.of(node)

    def operand(self, node: ast.AST, least: int) -> str:
        """The text of a node, in parentheses when it binds less than `least`."""
        text = self.source.of(node)
        if level(node) < least and not (isinstance(node, ast.Tuple) and text.startswith("(")):
            return f"({text})"
        return text

    def put(self, node: ast.AST, text: str, cost: float, strength: int | None = None) -> Edit:
        """An edit that puts the expression `text` in the place of the expression `node`."""
        start, end = self.source.span(node)
        own = text_level(text) if strength is None else strength
        if isinstance(node, ast.GeneratorExp) and not self._is_parenthesised(start, end):
            return Edit(
                start, end, f"({text})", cost
            )  # the parentheses of a call belong to its lone generator
        if own < needed(self.source.parents.get(node), node) and not self._is_parenthesised(start, end):
            text = f"({text})"
        return Edit(start, end, text, cost)

    def outer_span(self, node: ast.AST) -> tuple[int, int]:
        """Start and end of an expression with the parentheses that are only around it."""
        start, end = self.source.span(node)
        while self._is_parenthesised(start, end):
            start, end = start - 1, end + 1
        return start, end

    def _is_parenthesised(self, start: int, end: int) -> bool:
        data = self.source.data
        return (
            data[start - 1 : start] == b"(" and data[end : end + 1] == b")" and not _is_call(data, start - 1)
        )

    def between(self, left: ast.AST, right: ast.AST) -> tuple[int, int]:
        """The bytes between two neighbouring nodes."""
        return self.source.span(left)[1], self.source.span(right)[0]

    def token(self, left: ast.AST, right: ast.AST, word: str) -> tuple[int, int] | None:
        """The place of an operator written between two operands; None when a comment is in the way."""
        start, end = self.between(left, right)
        gap = self.source.data[start:end].decode("utf-8")
        if "#" in gap:
            return None
        at = gap.find(word)
        return (
            None if at < 0 else (start + len(gap[:at].encode()), start + len(gap[:at].encode()) + len(word))
        )

    def is_usable(self, text: str) -> bool:
        return text != self.of(self.node)


def _is_call(data: bytes, opening: int) -> bool:
    """True when the parenthesis at `opening` follows a name or closing bracket."""
    before = data[max(0, opening - 1) : opening]
    return bool(before) and (before.isalnum() or before in b"_)]")


def names_in(node: ast.AST) -> set[str]:
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}


def is_shadowless(names: Iterable[str], scope: Scope, source: Source) -> bool:
    """All `names` are known in the scope, the module or the builtins."""
    known = {*scope.locals, *source.module_names, *BUILTINS}
    return all(n in known for n in names)
