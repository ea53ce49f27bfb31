"""What the session tells the decision beside the call itself."""

from types import SimpleNamespace

import pytest

from mycoder.config.paths import Paths
from mycoder.config.settings import Settings
from mycoder.config.trust import TrustStore
from mycoder.policy.decide import Action
from mycoder.policy.policy import Policy
from mycoder.policy.remembered import Remembered
from mycoder.protocol.redact import Redactor
from mycoder.protocol.tooling import Effect
from mycoder.session.approvals import Approvals
from mycoder.session.entrance import Entrance
from mycoder.session.ground import Ground
from mycoder.session.surroundings import Changed, Surroundings
from mycoder.workspace.workspace import Workspace


@pytest.fixture
def place(tmp_path):
    root = tmp_path / "project"
    root.mkdir()
    paths = Paths(*(tmp_path / name for name in ("config", "state", "cache", "data")))
    return root, paths


def surroundings(root, paths, level):
    made = Surroundings(
        workspace=Workspace(root, paths.state, "s"),
        sandbox=SimpleNamespace(level=level, path=""),
        tests=None,
        approvals=Approvals(can_ask=True, remembered=Remembered(paths.state)),
        policy=Policy(),
        changed=Changed(),
        entrance=Entrance(Redactor.of({}), root, paths.state / "outputs"),
        baseline_seconds=0,
    )
    made.is_trusted = Ground(root, Settings(), {}, paths, False, None).may_run
    return made


def test_in_a_folder_that_is_not_trusted_even_harmless_commands_ask_where_nothing_isolates(place):
    root, paths = place
    cat = Action("shell", Effect.RUN, {"command": "cat a.py"})
    bare, walled = surroundings(root, paths, "limits"), surroundings(root, paths, "bubblewrap")
    bare.mode = walled.mode = "ask"
    assert bare.decide(cat).decision == "allow", "it would load nothing, so there is nothing to trust"
    (root / ".mycoder").mkdir()
    (root / ".mycoder/config.toml").write_text('model = "openai/x"\n')
    assert bare.decide(cat).decision == "ask"
    assert walled.decide(cat).decision == "allow"
    store = TrustStore(paths.trust_file)
    store.trust(root, store.look(root).items)
    assert bare.decide(cat).decision == "allow"
