"""Which definitions of a project matter most: PageRank over the files, along the names they use of each
other.

Page, Brin, Motwani, Winograd: "The PageRank Citation Ranking: Bringing Order to the Web" (1999); the jump
goes to the files that a question or recent work is about, as in section 6 there.
"""

import re
from collections.abc import Collection, Mapping
from math import log

import msgspec

from mycoder.workspace.symbols import Symbol
from mycoder.workspace.tags import Tags

_DAMPING = 0.85
_ROUNDS = 20
_MOST_DEFINERS = 5
"""A name that more files define than these tells nothing of which one is meant."""

_MOST_USES = 100
"""Names of others that count for one file: those that tell most."""


class Ranked(msgspec.Struct, frozen=True):
    """A definition with its file and its worth, which compares only within one ranking."""

    path: str
    symbol: Symbol
    worth: float


def rank(files: Mapping[str, Tags], query: str = "", touched: Collection[str] = ()) -> list[Ranked]:
    """All definitions, the worthiest first. `query` is words of a question, `touched` files that are being
    worked on."""
    definers = _definers(files)
    wanted = _wanted(query, files)
    uses = _uses(files, definers, wanted)
    links: dict[str, dict[str, float]] = {path: {} for path in files}
    for user, named in uses.items():
        for (path, _), weight in named.items():
            links[user][path] = links[user].get(path, 0.0) + weight
    ranks = _page_rank(links, _jump(files, wanted, touched))
    worth: dict[tuple[str, str], float] = {}
    for user, named in uses.items():
        total = sum(named.values())
        for key, weight in named.items():
            worth[key] = worth.get(key, 0.0) + ranks[user] * weight / total
    best = max(worth.values(), default=1.0)
    found = [
        Ranked(
            path,
            symbol,
            worth.get((path, symbol.name), 0.0) + ranks[path] * 0.1 + best * _fit(path, symbol, wanted),
        )
        for path, tags in files.items()
        for symbol in tags.symbols
    ]
    found.sort(key=lambda one: (-one.worth, one.path, one.symbol.first))
    return found


def _definers(files: Mapping[str, Tags]) -> dict[str, list[str]]:
    definers: dict[str, list[str]] = {}
    for path, tags in files.items():
        for name in {symbol.name for symbol in tags.symbols}:
            if len(name) > 2:
                definers.setdefault(name, []).append(path)
    return {name: paths for name, paths in definers.items() if len(paths) <= _MOST_DEFINERS}


def _uses(
    files: Mapping[str, Tags], definers: Mapping[str, list[str]], wanted: Mapping[str, float]
) -> dict[str, dict[tuple[str, str], float]]:
    """File -> (file of a definition, its name) -> weight of the use."""
    known = definers.keys()
    names_of = {path: known & tags.words.split(" ") for path, tags in files.items()}
    users: dict[str, int] = {}
    for names in names_of.values():
        for name in names:
            users[name] = users.get(name, 0) + 1
    found: dict[str, dict[tuple[str, str], float]] = {}
    for user, names in names_of.items():
        # Its own definition is meant where there is one.
        weights = [
            (_telling(name, wanted) / len(definers[name]) / users[name] ** 0.5, name)
            for name in names
            if user not in definers[name]
        ]
        weights.sort(reverse=True)
        for weight, name in weights[:_MOST_USES]:
            for path in definers[name]:
                found.setdefault(user, {})[path, name] = weight
    return found


def _telling(name: str, wanted: Mapping[str, float]) -> float:
    """How likely a use of the name is a use of the definition: long and composed names are hardly ever
    chance."""
    weight = 1.0
    if name.startswith("_"):
        weight *= 0.1
    if name.islower() and "_" not in name:
        weight *= 0.2
    if len(name) >= 8 and ("_" in name.strip("_") or not (name.islower() or name.isupper())):
        weight *= 4.0
    return weight * (1.0 + 5.0 * wanted.get(name.lower(), 0.0))


def _page_rank(links: Mapping[str, Mapping[str, float]], jump: Mapping[str, float]) -> dict[str, float]:
    ranks = dict(jump)
    shares = {path: [(to, w / sum(out.values())) for to, w in out.items()] for path, out in links.items()}
    for _ in range(_ROUNDS):
        following = dict.fromkeys(links, 0.0)
        lost = 0.0
        for path, out in shares.items():
            if not out:
                lost += ranks[path]
            for to, share in out:
                following[to] += ranks[path] * share
        ranks = {
            path: _DAMPING * (arrived + lost * jump[path]) + (1 - _DAMPING) * jump[path]
            for path, arrived in following.items()
        }
    return ranks


def _jump(
    files: Mapping[str, Tags], wanted: Mapping[str, float], touched: Collection[str]
) -> dict[str, float]:
    """Where the ranking starts from, summing up to 1."""
    weights: dict[str, float] = {}
    for path, tags in files.items():
        weight = 1.0
        if wanted:
            weight += 30.0 * sum(wanted.get(word, 0.0) for word in set(_words(path)))
            weight += 10.0 * sum(wanted.get(name, 0.0) for name in {one.name.lower() for one in tags.symbols})
        if path in touched:
            weight += 20.0
        weights[path] = weight
    total = sum(weights.values()) or 1.0
    return {path: weight / total for path, weight in weights.items()}


def _wanted(query: str, files: Mapping[str, Tags]) -> dict[str, float]:
    """The words of a question with what each tells, 0 to 1: least those that many definitions are named
    with."""
    words = {word for word in (*_words(query), *map(str.lower, re.findall(r"\w+", query))) if len(word) > 2}
    if not words:
        return {}
    counts = dict.fromkeys(words, 0)
    total = 0
    for tags in files.values():
        for symbol in tags.symbols:
            total += 1
            for word in words.intersection((*_words(symbol.name), symbol.name.lower())):
                counts[word] += 1
    return {word: log(2 + total / (1 + number)) / log(2 + total) for word, number in counts.items()}


def _words(text: str) -> list[str]:
    """The words of a name or a question, lower-cased: ``parseHTTPFile`` as parse, http, file."""
    return [word.lower() for word in _WORDS.findall(text)]


_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\d_A-Z]+|\d+")


def _fit(path: str, symbol: Symbol, wanted: Mapping[str, float]) -> float:
    """How well a definition answers the question by its names alone, 0 to about 10."""
    if not wanted:
        return 0.0
    words = set(_words(symbol.name))
    fit = 4.0 * wanted.get(symbol.name.lower(), 0.0)
    fit += 3.0 * sum(wanted.get(word, 0.0) for word in words) / max(len(words), 1)
    around = 1.5 * sum(wanted.get(word, 0.0) for word in set(_words(path)) - words)
    return fit + around
