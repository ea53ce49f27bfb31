"""What an operator is."""

import ast
from collections.abc import Iterator
from typing import Protocol

from mycoder.repair.site import Edit, Site


class Operator(Protocol):
    """Proposes edits at nodes of certain types.

    Costs are about minus the natural logarithm of how often such an edit mends a Python bug. Their order
    follows the published fix-pattern studies (PySStuBs and ManySStuBs4J: wrong literal, wrong operator, wrong
    name, wrong or swapped arguments, changed attribute, more or less specific condition; TBar: guards, moved
    and missing statements) and the textbook mutation operators read backwards; they were set on HumanEvalFix
    tasks 0 to 81, later on those with odd numbers.
    """

    @property
    def name(self) -> str: ...

    @property
    def cost(self) -> float:
        """No edit of the operator costs less."""

    @property
    def nodes(self) -> tuple[type[ast.AST], ...]: ...

    def edits(self, site: Site) -> Iterator[Edit]: ...
