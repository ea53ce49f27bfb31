from types import SimpleNamespace

import pytest

from mycoder.policy.remembered import Remembered
from mycoder.policy.rules import Rule
from mycoder.session.approvals import Approvals
from mycoder.session.slash.permissions import COMMAND


@pytest.fixture
def session(tmp_path):
    approvals = Approvals(can_ask=True, remembered=Remembered(tmp_path))
    approvals.remembered.add([Rule("shell", "= make"), Rule("write", "a")])
    said = []
    found = SimpleNamespace(approvals=approvals, state=SimpleNamespace(mode="ask"), said=said)
    found.notice = lambda text, **_: said.append(text)
    return found


async def test_answers_are_listed_with_the_numbers_that_forget_them(session):
    await COMMAND.run(session, "")
    assert session.said == ["Allowed without asking:\n1. shell(= make)\n2. write(a)"]
    await COMMAND.run(session, "forget 1")
    assert session.said[-1] == "Forgotten: shell(= make)"
    assert session.approvals.remembered.rules() == (Rule("write", "a"),)
    await COMMAND.run(session, "forget all")
    await COMMAND.run(session, "list")
    assert session.said[-1] == "No answers are remembered."


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("forget", "Say which."),
        ("forget x", "Say which."),
        ("forget 7", "There is no such answer."),
        ("allow all", "/permissions does not know 'allow'."),
    ],
)
async def test_what_cannot_be_done_changes_nothing(session, line, said):
    await COMMAND.run(session, line)
    assert session.said == [said]
    assert len(session.approvals.remembered.answers()) == 2
