"""What a turn has used: the warning about a reply that cost far more than usual."""

import pytest

from mycoder.agent.limits import Meter
from mycoder.agent.reply import Reply
from mycoder.models.script import Script
from mycoder.models.scripted import ScriptedModel
from mycoder.protocol.usage import Usage

MODEL = ScriptedModel(Script(), "scripted/x")


def warned(meter, *costs):
    """For each reply whether it was warned about."""
    out = []
    for cost in costs:
        meter.count(MODEL, Reply(usage=Usage(input=1, cost=cost)))
        out.append(len(list(meter.dear())))
    return out


@pytest.mark.parametrize(
    ("costs", "wanted"),
    [
        ([0.1] * 5 + [0.31, 0.9], [0] * 5 + [1, 0]),  # once a turn
        ([0.1] * 5 + [0.3], [0] * 6),
        ([0.001] * 5 + [0.04], [0] * 6),  # not worth a word
        ([0.1, 9.0], [0, 0]),  # too few to compare with
        ([0.0] * 5 + [0.06], [0] * 5 + [1]),
    ],
)
def test_a_dear_reply_is_warned_about_once_a_turn(costs, wanted):
    assert warned(Meter(), *costs) == wanted


def test_a_resumed_session_knows_what_is_usual():
    before, meter = Meter(), Meter()
    for _ in range(6):
        meter.see(before.count(MODEL, Reply(usage=Usage(input=1, cost=0.1))))
    meter.start()
    assert warned(meter, 0.5) == [1]
    assert Meter().costs == []
