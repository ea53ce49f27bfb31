from mycoder.agent.stall import REMIND_AT, STOP_AT, StallDetector
from mycoder.protocol.events import ToolCalled, ToolFinished


def see(detector, name="grep", output="same"):
    return detector.see(
        ToolCalled(call_id="1", tool=name, title=name), ToolFinished(call_id="1", output=output)
    )


def test_the_same_call_is_reminded_and_then_stopped():
    detector = StallDetector()
    seen = [see(detector) for _ in range(STOP_AT)]
    assert [bool(s.reminder) for s in seen[:REMIND_AT]] == [False, False, True]
    assert seen[-1].stop


def test_other_results_are_progress():
    detector = StallDetector()
    assert not any(see(detector, output=str(i)).reminder for i in range(50))


def test_a_cycle_of_calls_is_noticed():
    detector = StallDetector()
    seen = [see(detector, name) for _ in range(STOP_AT) for name in ("grep", "read")]
    assert any(s.stop for s in seen)


def test_polling_is_its_own_purpose():
    detector = StallDetector()
    assert not any(see(detector, "wait").stop for _ in range(50))
