"""A harmless name is trusted only where the machine's owner has put the program."""

import pytest

from mycoder.policy.decide import Action, decide
from mycoder.policy.programs_path import why_foreign
from mycoder.protocol.tooling import Effect


@pytest.fixture
def place(tmp_path):
    for folder in ("root/bin", "machine", "shared", "links"):
        (tmp_path / folder).mkdir(parents=True)
    for name in ("root/bin/git", "root/git", "machine/git", "shared/git"):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    (tmp_path / "shared").chmod(0o1777)
    (tmp_path / "links/git").symlink_to(tmp_path / "root/bin/git")
    return tmp_path


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("{0}/machine", ""),
        ("{0}/machine:{0}/root/bin", ""),
        ("{0}/root/bin:{0}/machine", "of the project"),
        ("bin:{0}/machine", "of the project"),
        (":{0}/machine", "of the project"),
        (".:{0}/machine", "of the project"),
        ("{0}/links", "of the project"),
        ("{0}/shared:{0}/machine", "everybody"),
        ("{0}/none", ""),
        ("", "of the project"),
    ],
)
def test_where_a_program_lies(place, path, why):
    told = why_foreign(["cd", "git", "echo"], path.format(place), str(place / "root"))
    assert (why in told) if why else not told


def test_such_a_program_is_asked_about(place):
    action = Action("shell", Effect.RUN, {"command": "git status"})
    ground = {"sandbox": "bubblewrap", "root": str(place / "root")}
    assert decide(action, "ask", path=f"{place}/machine", **ground).decision == "allow"
    foreign = decide(action, "ask", path=f"{place}/root/bin", **ground)
    assert foreign.decision == "ask"
    assert "a file of the project" in foreign.reason
    assert decide(action, "plan", path=f"{place}/root/bin", **ground).decision == "deny"
