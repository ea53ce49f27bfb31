"""Another attribute or method: of the same object as seen in the module, or of a family that is often mixed
up."""

import ast
from collections.abc import Iterator

from mycoder.repair.site import Edit, Site

FAMILIES = (
    "append extend insert add",
    "lower upper title capitalize swapcase casefold",
    "strip lstrip rstrip",
    "islower isupper istitle",
    "isdigit isalpha isalnum isnumeric isdecimal isspace",
    "find index rfind rindex count",
    "startswith endswith",
    "keys values items",
    "pop popleft remove discard popitem",
    "append appendleft",
    "split rsplit splitlines partition rpartition",
    "ljust rjust center zfill",
    "union intersection difference symmetric_difference issubset issuperset",
    "update setdefault get",
    "floor ceil trunc",
    "sqrt pow exp log",
    "log log2 log10",
    "sin cos tan",
    "match search fullmatch findall finditer",
    "sort reverse",
    "read readline readlines",
    "write writelines",
    "replace translate",
    "removeprefix removesuffix strip",
    "encode decode",
    "join split",
    "copy deepcopy",
    "start end",
    "get pop",
    "acquire release",
    "put get",
    "min max mean median",
    "days seconds total_seconds",
    "day month year",
    "hour minute second",
    "name stem suffix",
    "parent parents",
    "left right",
    "next prev previous",
    "first last",
    "width height",
    "x y z",
    "head tail",
)


class Attribute:
    name = "attribute"
    cost = 1.4
    nodes = (ast.Attribute,)

    def edits(self, site: Site) -> Iterator[Edit]:
        node = site.node
        assert isinstance(node, ast.Attribute)
        end = site.source.span(node)[1]
        start = end - len(node.attr.encode("utf-8"))
        known = {node.attr}
        for family in FAMILIES:
            words = family.split()
            if node.attr in words:
                for other in words:
                    if other not in known:
                        known.add(other)
                        yield Edit(start, end, other, self.cost + (0.0 if words.index(other) < 3 else 0.4))
        for rank, other in enumerate(site.scope.attributes.get(site.of(node.value), [])):
            if other not in known:
                known.add(other)
                yield Edit(start, end, other, self.cost + 0.5 + 0.06 * rank)
        if isinstance(node.ctx, ast.Load) and isinstance(site.parent, ast.Call) and node is site.parent.func:
            return
        if isinstance(node.ctx, ast.Load):
            yield site.put(node, site.of(node.value), self.cost + 1.8)
