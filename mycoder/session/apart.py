"""The parts of whoever works in a tree of its own: a workspace, a sandbox, tests and rights around that tree."""

import msgspec

from mycoder.sandbox.opening import open_for
from mycoder.sandbox.sandbox import Sandbox
from mycoder.session.parts import Parts
from mycoder.session.surroundings import Changed, Surroundings
from mycoder.testing.bench import TestBench
from mycoder.testing.detect import detect
from mycoder.workspace.workspace import Workspace
from mycoder.workspace.worktrees import Worktree


class Apart(msgspec.Struct, frozen=True, eq=False):
    """Everything around one second tree; `close` leaves the tree itself to whoever made it."""

    surroundings: Surroundings
    workspace: Workspace
    sandbox: Sandbox
    tests: TestBench
    changed: Changed

    async def close(self) -> None:
        await self.sandbox.close()
        await self.surroundings.entrance.close()
        self.workspace.close()


def apart_in(parts: Parts, tree: Worktree, name: str) -> Apart:
    """What the session `parts` gives to the work of `name` in `tree`: the same rules around another root."""
    settings, paths = parts.settings, parts.paths
    sandbox = open_for(settings, paths, tree.root, parts.env)
    workspace = Workspace(tree.root, tree.place / "state", f"{parts.id}-{name}")
    changed = Changed()
    command = detect(tree.root, settings.test_command, parts.env)
    tests = TestBench(
        tree.root, sandbox, command, tree.place / "tests", env=parts.env, is_edited=lambda: changed.is_true
    )
    surroundings = Surroundings(
        workspace=workspace,
        sandbox=sandbox,
        tests=tests,
        approvals=parts.approvals,
        policy=parts.surroundings.policy,
        changed=changed,
        entrance=parts.surroundings.entrance.at(tree.root, tree.place / "outputs"),
        baseline_seconds=0,
        is_unconfined=settings.sandbox == "off",
        home=parts.surroundings.home,
    )
    surroundings.skills = parts.skills
    return Apart(surroundings, workspace, sandbox, tests, changed)
