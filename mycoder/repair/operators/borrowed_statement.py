"""A missing statement that another function of the project has, or this one itself."""

import ast

from mycoder.repair.operators.insertion import Insertion, Texts, is_placeholder
from mycoder.repair.operators.statement import simple_statements
from mycoder.repair.site import Site


class BorrowedStatement(Insertion):
    name = "borrowed statement"
    usual = 2.7

    def texts(self, site: Site) -> Texts:
        if isinstance(site.node, ast.stmt) and is_placeholder(site, site.node):
            for rank, text in enumerate(simple_statements(site)):
                yield text, 0.3 + 0.04 * rank
        for rank, text in enumerate(site.scope.foreign_statements):
            yield text, 0.5 + 0.03 * rank
