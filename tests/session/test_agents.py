"""Rights of sub-agents: whatever the parent is denied, no chain of children is allowed."""

from hypothesis import given, settings
from hypothesis import strategies as st

from mycoder.policy.decide import Action, Policy, decide
from mycoder.protocol.tooling import Effect
from mycoder.session.agents import Lent

MODES = ("plan", "ask", "edit", "auto")
RANK = {"deny": 0, "ask": 1, "allow": 2}

rules = st.lists(
    st.sampled_from(["shell", "write", "shell(git push)", "write(secrets/**)", "*", "edit", "read"]),
    max_size=3,
)
actions = st.builds(
    Action,
    st.sampled_from(["shell", "write", "edit", "read", "test"]),
    st.sampled_from(list(Effect)),
    st.sampled_from(
        [{"command": "git push"}, {"command": "rm -rf .git"}, {"path": "secrets/key"}, {"path": "a.py"}, {}]
    ),
)


class Parent:
    def __init__(self, mode, policy):
        self.mode, self.policy = mode, policy

    def decide(self, action):
        return decide(action, self.mode, self.policy)


@given(
    mode=st.sampled_from(MODES),
    chain=st.lists(st.sampled_from([None, *MODES]), min_size=1, max_size=3),
    allow=rules,
    ask=rules,
    deny=rules,
    action=actions,
)
@settings(max_examples=150, deadline=None)
def test_a_child_never_may_what_its_parent_may_not(mode, chain, allow, ask, deny, action):
    parent = Parent(mode, Policy.of(allow=allow, ask=ask, deny=deny))
    for own in chain:
        child = Lent(parent, own)
        assert RANK[child.decide(action).decision] <= RANK[parent.decide(action).decision]
        if own is not None:
            assert RANK[child.decide(action).decision] <= RANK[decide(action, own).decision]
        parent = child
