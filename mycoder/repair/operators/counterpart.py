"""The other half of a pair of calls, on the same object: what is acquired is released."""

import ast

from mycoder.repair.operators.insertion import Insertion, Texts
from mycoder.repair.site import Site

_PAIRS = (
    "acquire release",
    "open close",
    "enable disable",
    "start stop",
    "push pop",
    "enter exit",
    "lock unlock",
    "begin end",
    "connect disconnect",
    "add discard",
    "append pop",
    "set clear",
    "pause resume",
    "register unregister",
    "attach detach",
    "subscribe unsubscribe",
    "write flush",
    "setUp tearDown",
)
"""Calls of which the one is often forgotten beside the other (Engler et al., "Bugs as Deviant Behavior", 2001)."""


class Counterpart(Insertion):
    name = "other half"
    usual = 2.9

    def texts(self, site: Site) -> Texts:
        for rank, text in enumerate(_counterparts(site)):
            yield text, 0.1 * rank


def _counterparts(site: Site) -> list[str]:
    """For each call of one half of a pair the other half, on the same object."""
    other = {a: b for words in map(str.split, _PAIRS) for a, b in (words, words[::-1])}
    found: dict[str, None] = {}
    for node in site.scope.nodes:
        match node:
            case ast.Call(func=ast.Attribute(attr=method, value=ast.expr() as owner)) if method in other:
                start = site.source.span(node.func)[1]
                asked = site.source.data[start : site.source.span(node)[1]].decode("utf-8")
                found[f"{site.of(owner)}.{other[method]}()"] = None
                found[f"{site.of(owner)}.{other[method]}{asked}"] = None
    return [text for text in found if "\n" not in text and len(text) < 100]
