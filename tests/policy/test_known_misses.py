"""What the reading of commands is known to miss in the mode `auto`, where the sandbox is what holds it.

The same list is in docs/security.md. A miss that is mended fails here, so that the list stays true.
"""

import re
from pathlib import Path

import pytest

from mycoder.policy.decide import Action, decide
from mycoder.protocol.tooling import Effect

MISSES = {
    "what a script of the project does": "python push_everything.py",
    "what a target or a package script does": "make deploy",
    "words that code puts together": "python -c \"import os; os.system('gi' + 't push')\"",
    "code that is decoded": "python -c \"exec(__import__('base64').b64decode('Z2l0IHB1c2g='))\"",
    "a folder that is computed": "cd $(echo .git) && echo x > config",
    "a path through a link that another command has made": "rm -rf x/objects",
    "where an archive unpacks to": "tar xf hooks.tar",
    "files that a patch names": "git apply hooks.diff",
    "a library that writes to a path that is put together": "python -c \"open('.git/' + 'config', 'w')\"",
}


@pytest.mark.parametrize("command", MISSES.values(), ids=MISSES.keys())
@pytest.mark.xfail(strict=True, reason="a known miss: see docs/security.md")
def test_it_would_be_asked_about(command):
    action = Action("shell", Effect.RUN, {"command": command})
    assert decide(action, "auto", sandbox="bubblewrap", root="/w/app", home="/home/u").decision != "allow"


@pytest.mark.parametrize("command", MISSES.values(), ids=MISSES.keys())
@pytest.mark.parametrize(
    ("mode", "sandbox"), [("ask", "bubblewrap"), ("edit", "bubblewrap"), ("auto", "limits")]
)
def test_it_is_asked_about_where_no_sandbox_or_a_person_is_there(command, mode, sandbox):
    action = Action("shell", Effect.RUN, {"command": command})
    assert decide(action, mode, sandbox=sandbox, root="/w/app", home="/home/u").decision != "allow"


def test_the_published_list_is_this_one():
    page = (Path(__file__).parents[2] / "docs" / "security.md").read_text()
    section = page.split("### Known misses")[1].split("\n## ")[0].split("\n### ")[0]
    assert re.findall(r"^- (.*): `", section, re.MULTILINE) == list(MISSES)
