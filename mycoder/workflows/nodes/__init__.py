"""What a node can be. A new kind is its file and one line here."""

from mycoder.workflows.nodes.agent import KIND as AGENT
from mycoder.workflows.nodes.candidates import KIND as CANDIDATES
from mycoder.workflows.nodes.debug import KIND as DEBUG
from mycoder.workflows.nodes.design_tests import KIND as DESIGN_TESTS
from mycoder.workflows.nodes.fix import KIND as FIX
from mycoder.workflows.nodes.generate import KIND as GENERATE
from mycoder.workflows.nodes.localise import KIND as LOCALISE
from mycoder.workflows.nodes.plan import KIND as PLAN
from mycoder.workflows.nodes.reproduce import KIND as REPRODUCE
from mycoder.workflows.nodes.review import KIND as REVIEW
from mycoder.workflows.nodes.select import KIND as SELECT
from mycoder.workflows.nodes.shell import KIND as SHELL
from mycoder.workflows.nodes.test import KIND as TEST
from mycoder.workflows.visit import Kind

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        PLAN,
        GENERATE,
        TEST,
        DEBUG,
        FIX,
        LOCALISE,
        REPRODUCE,
        CANDIDATES,
        DESIGN_TESTS,
        REVIEW,
        SELECT,
        SHELL,
        AGENT,
    )
}
