"""A harmless name is trusted only where the machine's owner has put the program."""

import pytest

from mycoder.policy.decide import Action, decide
from mycoder.policy.programs_path import why_foreign
from mycoder.protocol.tooling import Effect


@pytest.fixture
def place(tmp_path):
    for folder in ("project/bin", "system", "shared", "links"):
        (tmp_path / folder).mkdir(parents=True)
    for name in ("project/bin/git", "project/git", "system/git", "shared/git"):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    (tmp_path / "shared").chmod(0o1777)
    (tmp_path / "links/git").symlink_to(tmp_path / "project/bin/git")
    return tmp_path


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("{0}/system", ""),
        ("{0}/system:{0}/project/bin", ""),
        ("{0}/project/bin:{0}/system", "of the project"),
        ("bin:{0}/system", "of the project"),
        (":{0}/system", "of the project"),
        (".:{0}/system", "of the project"),
        ("{0}/links", "of the project"),
        ("{0}/shared:{0}/system", "everybody"),
        ("{0}/none", ""),
        ("", "of the project"),
    ],
)
def test_where_a_program_lies(place, path, why):
    told = why_foreign(["cd", "git", "echo"], path.format(place), str(place / "project"))
    assert (why in told) if why else not told


def test_such_a_program_is_asked_about(place):
    action = Action("shell", Effect.RUN, {"command": "git status"})
    ground = {"sandbox": "bubblewrap", "root": str(place / "project")}
    assert decide(action, "ask", path=f"{place}/system", **ground).decision == "allow"
    foreign = decide(action, "ask", path=f"{place}/project/bin", **ground)
    assert foreign.decision == "ask"
    assert "a file of the project" in foreign.reason
    assert decide(action, "plan", path=f"{place}/project/bin", **ground).decision == "deny"
