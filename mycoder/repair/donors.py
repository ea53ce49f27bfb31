"""What the files under repair do elsewhere: conditions, statements and results that fit at another place.

Most missing code is in the project already ("The plastic surgery hypothesis", Barr et al. 2014), most likely in
a function of the same name or class (LSRepair, Liu et al. 2018). A piece fits where all its names mean
something; one strange name may be bound to a local variable.
"""

import ast
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from mycoder.repair.source import BUILTINS, FUNCTIONS, AnyFunction, Source

LONGEST = 100
MOST_FITTING = 60
MOST_BOUND = 24
MOST_LOCALS = 4


class Donor(NamedTuple):
    """A piece of code: `places` of its names as byte offsets in `text`, its `names`, `attributes` of ``self``."""

    text: str
    places: tuple[tuple[int, str], ...]
    names: frozenset[str]
    attributes: frozenset[str]
    path: str
    owner: str
    function: str


class Procedure(NamedTuple):
    """A function or method that can be called by its name (empty for those that cannot): what it asks for, and
    whether it gives something back. `known_as` is its name, of ``__init__`` that of the class; `every` are all
    parameters, of which those that are `asked` come first."""

    name: str
    owner: str
    asked: tuple[str, ...]
    returns: bool
    known_as: str
    every: tuple[str, ...]


class Place(NamedTuple):
    """Where a piece is to fit. `members` are the attributes of ``self`` there, None when not all can be known."""

    path: str
    owner: str
    function: str
    names: frozenset[str]
    locals: tuple[str, ...]
    members: frozenset[str] | None


class Donors:
    """The pieces of all `sources`, read from a file when one of them is first asked for."""

    def __init__(self, sources: list[Source]) -> None:
        self._sources = sources
        self._conditions: list[Donor] | None = None
        self._statements: list[Donor] = []
        self._results: list[Donor] = []
        self._partners: dict[str, list[Donor]] = {}
        self._values: dict[str, list[Donor]] = {}
        self._guards: list[Donor] = []
        self._given: dict[str, list[Donor]] = {}
        self._procedures: list[Procedure] = []

    def conditions(self, place: Place) -> list[str]:
        self._read()
        return fitting(self._conditions or [], place)

    def statements(self, place: Place) -> list[str]:
        self._read()
        return fitting(self._statements, place)

    def results(self, place: Place) -> list[str]:
        self._read()
        return fitting(self._results, place)

    def partners(self, condition: str, place: Place) -> list[str]:
        """What stands beside this very condition in an ``and`` or ``or`` elsewhere."""
        self._read()
        return fitting(self._partners.get(condition, []), place)

    def values(self, name: str, place: Place) -> list[str]:
        """What a variable or attribute of this name is given elsewhere."""
        self._read()
        return fitting(self._values.get(name.strip("_"), []), place)

    def guards(self, place: Place) -> list[str]:
        """Decisions with one simple statement and nothing else: ``if x is None: return y`` on one line."""
        self._read()
        return fitting(self._guards, place)

    def given(self, callee: str, place: Place) -> list[str]:
        """Arguments by keyword that other calls of this name have."""
        self._read()
        return fitting(self._given.get(callee, []), place)

    def asked(self, callee: str) -> list[tuple[tuple[str, ...], int]]:
        """The parameters of the functions of this name, or of the class's ``__init__``, without ``self``, and how
        many of them must be given."""
        self._read()
        return [(p.every, len(p.asked)) for p in self._procedures if p.known_as == callee]

    def calls(self, place: Place, returns: bool) -> list[str]:
        """Calls of functions whose parameters are called as what is in scope, those with most parameters
        first (names of arguments tell: Pradel and Gross 2011)."""
        self._read()
        found: dict[str, int] = {}
        for one in self._procedures:
            is_own = one.owner == place.owner and "self" in place.names
            if (
                one.returns is not returns
                or one.name in ("", place.function)
                or not (is_own or not one.owner)
            ):
                continue
            if set(one.asked) <= place.names and (one.owner or one.name in place.names):
                found[f"{'self.' if one.owner else ''}{one.name}({', '.join(one.asked)})"] = len(one.asked)
        return sorted(found, key=lambda text: -found[text])[:12]

    def _read(self) -> None:
        if self._conditions is not None:
            return
        self._conditions = []
        for source in self._sources:
            for node in source.nodes:
                self._take(source, node)

    def _take(self, source: Source, node: ast.AST) -> None:
        assert self._conditions is not None
        match node:
            case ast.If() | ast.While() | ast.IfExp():
                self._add(self._conditions, source, node.test)
                if isinstance(node, ast.If):
                    self._take_guard(source, node)
            case ast.BoolOp():
                for value in node.values:
                    self._add(self._conditions, source, value)
                self._pair(source, node)
            case ast.Return(value=ast.expr() as value) if not isinstance(value, ast.Constant):
                self._add(self._results, source, value)
            case ast.Expr(value=ast.Call() | ast.Await() | ast.Yield()):
                self._add(self._statements, source, node)
            case ast.Assign() | ast.AugAssign() | ast.Delete() | ast.Raise():
                self._add(self._statements, source, node)
                self._take_value(source, node)
            case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name)):
                for keyword in node.keywords:
                    if keyword.arg is not None:
                        self._add(self._given.setdefault(name, []), source, keyword)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self._procedures.append(_procedure(source, node))

    def _take_value(self, source: Source, node: ast.stmt) -> None:
        match node:
            case ast.Assign(targets=[ast.Name(id=name) | ast.Attribute(attr=name)], value=value):
                self._add(self._values.setdefault(name.strip("_"), []), source, value)

    def _take_guard(self, source: Source, node: ast.If) -> None:
        match node:
            case ast.If(body=[ast.Return() | ast.Raise() | ast.Continue() | ast.Break() as only], orelse=[]):
                head = f"if {source.of(node.test)}: "
                parts = ((node.test, len("if ")), (only, len(head.encode("utf-8"))))
                self._keep(self._guards, source, head + source.of(only), parts)

    def _pair(self, source: Source, node: ast.BoolOp) -> None:
        for one in node.values:
            for other in node.values:
                if one is not other:
                    self._add(self._partners.setdefault(source.of(one), []), source, other)

    def _add(self, into: list[Donor], source: Source, node: ast.AST) -> None:
        self._keep(into, source, source.of(node), ((node, 0),))

    def _keep(
        self, into: list[Donor], source: Source, text: str, parts: tuple[tuple[ast.AST, int], ...]
    ) -> None:
        """A donor that is written as `text`, made of nodes that begin at these bytes of it."""
        if len(text.encode("utf-8")) > LONGEST or "\n" in text:
            return
        names = [
            (at + source.span(n)[0] - source.span(part)[0], n.id) for part, at in parts for n in _free(part)
        ]
        first = parts[0][0]
        owner, function = source.class_of(first), source.function_of(first)
        into.append(
            Donor(
                text,
                tuple(names),
                frozenset(name for _, name in names),
                frozenset(m for part, _ in parts for m in _members(ast.walk(part))),
                source.path,
                owner.name if owner else "",
                function.name if function else "",
            )
        )


def _free(node: ast.AST) -> list[ast.Name]:
    """The names in a node that its own lambdas and comprehensions do not bind."""
    bound = {a.arg for n in ast.walk(node) if isinstance(n, ast.Lambda) for a in n.args.args}
    bound |= {
        n.id
        for part in ast.walk(node)
        if isinstance(part, ast.comprehension)
        for n in ast.walk(part.target)
        if isinstance(n, ast.Name)
    }
    return [n for n in ast.walk(node) if isinstance(n, ast.Name) and n.id not in bound]


def place_of(source: Source, function: AnyFunction | None, names: Iterable[str]) -> Place:
    """The place of a function whose own names are `names`."""
    node: ast.AST = function if function is not None else source.tree
    owner = source.class_of(node)
    members: frozenset[str] | None = None
    if owner is not None and not owner.bases:
        methods = {n.name for n in owner.body if isinstance(n, FUNCTIONS)}
        values = {n.id for part in owner.body for n in ast.walk(part) if isinstance(n, ast.Name)}
        members = frozenset(methods | values | set(_members(ast.walk(owner))))
    local = tuple(names)
    return Place(
        source.path,
        owner.name if owner else "",
        function.name if function is not None else "",
        frozenset((*local, *source.module_names)),
        tuple(n for n in local if n not in ("self", "cls")),
        members,
    )


def fitting(donors: list[Donor], place: Place) -> list[str]:
    """The texts that make sense at the place, the nearest first; behind them those with one name bound anew."""
    whole: dict[str, float] = {}
    strange: dict[tuple[str, Donor], float] = {}
    known, local = place.names | BUILTINS, frozenset(place.locals)
    for donor in donors:
        unknown = donor.names - known
        if len(unknown) > 1 or (place.members is not None and not donor.attributes <= place.members):
            continue
        distance = _distance(donor, place, local)
        if unknown:
            strange[(next(iter(unknown)), donor)] = distance
        else:
            whole[donor.text] = min(distance, whole.get(donor.text, distance))
    found = sorted(whole, key=lambda text: whole[text])[:MOST_FITTING]
    nearest = sorted(strange, key=lambda key: strange[key])[:MOST_BOUND]
    bound = [text for name, donor in nearest for text in _bound(donor, name, place.locals[:MOST_LOCALS])]
    return list(dict.fromkeys([*found, *bound[:MOST_BOUND]]))


def _distance(donor: Donor, place: Place, local: frozenset[str]) -> float:
    """How far the donor is from the place; 0 for a function of the same name in the same file."""
    shared = len(donor.names & local)
    far = 0.0 if donor.function == place.function else 2.0
    far += 0.0 if donor.path == place.path else 1.5
    far += 0.0 if donor.owner == place.owner else 0.7
    return far - 0.5 * min(3, shared)


def _bound(donor: Donor, name: str, values: tuple[str, ...]) -> Iterator[str]:
    for value in values:
        if value in donor.names:
            continue
        data = donor.text.encode("utf-8")
        for at, old in sorted(donor.places, reverse=True):
            if old == name:
                data = data[:at] + value.encode("utf-8") + data[at + len(name.encode("utf-8")) :]
        yield data.decode("utf-8")


def _members(nodes: Iterable[ast.AST]) -> Iterator[str]:
    for node in nodes:
        match node:
            case ast.Attribute(value=ast.Name(id="self")):
                yield node.attr


def _procedure(source: Source, node: AnyFunction) -> Procedure:
    args = node.args
    plain = [a.arg for a in (*args.posonlyargs, *args.args)]
    needed = plain[: len(plain) - len(args.defaults)]
    outer = source.parents.get(node)
    owner = outer.name if isinstance(outer, ast.ClassDef) else ""
    returns = any(
        isinstance(n, ast.Yield | ast.YieldFrom) or (isinstance(n, ast.Return) and n.value is not None)
        for n in ast.walk(node)
    )
    is_plain = not node.decorator_list and not isinstance(outer, (*FUNCTIONS, ast.If))
    first = 1 if owner and plain[:1] and plain[0] in ("self", "cls") else 0
    asked = tuple(needed[1:] if owner else needed)
    known_as = owner if node.name == "__init__" else node.name
    every = (*plain[first:], *(a.arg for a in args.kwonlyargs))
    return Procedure(node.name if is_plain else "", owner, asked, returns, known_as, every)
