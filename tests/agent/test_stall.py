import pytest

from mycoder.agent.stall import REMIND_AT, REPLAN_AT, STOP_AT, Patience, StallDetector
from mycoder.protocol.events import FilesChanged, TestsRan, ToolCalled, ToolFinished
from mycoder.protocol.report import FileChange


def step(detector, name="grep", output="same", text="", events=(), arguments="{}"):
    detector.called(ToolCalled(call_id="1", tool=name, title=name, arguments=arguments))
    for event in events:
        detector.see(event)
    detector.see(ToolFinished(call_id="1", output=output))
    return detector.step(text)


def stages(seen):
    """Where reminders and the stop came, as step numbers from 1."""
    return [i for i, s in enumerate(seen, 1) if s.reminder], [i for i, s in enumerate(seen, 1) if s.stop]


def test_the_same_call_is_reminded_then_planned_anew_then_stopped():
    detector = StallDetector()
    seen = [step(detector) for _ in range(STOP_AT)]
    assert stages(seen) == ([REMIND_AT, REPLAN_AT], [STOP_AT])
    assert "plan anew" in seen[REPLAN_AT - 1].reminder


def test_other_results_are_progress():
    detector = StallDetector()
    assert stages([step(detector, output=str(i)) for i in range(50)]) == ([], [])


def test_a_cycle_of_calls_is_noticed():
    detector = StallDetector()
    seen = [step(detector, name) for _ in range(STOP_AT) for name in ("grep", "read")]
    reminded, stopped = stages(seen)
    assert reminded[0] <= 2 * REMIND_AT
    assert stopped


@pytest.mark.parametrize("period", [2, 3, 4])
def test_a_cycle_in_other_words_is_noticed_too(period):
    detector = StallDetector()
    seen = [
        step(detector, arguments=f'{{"try": {i}}}', output=f"line {i % period}\n0.{i} s") for i in range(30)
    ]
    reminded, stopped = stages(seen)
    assert reminded[0] == period + Patience().remind
    assert stopped[0] == period + Patience().stop


def test_polling_is_its_own_purpose():
    detector = StallDetector()
    assert stages([step(detector, "wait") for _ in range(50)]) == ([], [])


def test_an_edit_back_and_forth_is_no_progress():
    detector = StallDetector()
    changes = [FilesChanged(changes=(FileChange(path="a.py", after=h),)) for h in ("one", "two")]
    seen = [step(detector, "edit", "edited", events=[changes[i % 2]], arguments=f"{i}") for i in range(30)]
    reminded, stopped = stages(seen)
    assert reminded
    assert stopped


def test_a_new_content_and_a_new_outcome_of_the_tests_are_progress():
    detector = StallDetector()
    for i in range(40):
        change = FilesChanged(changes=(FileChange(path="a.py", after=str(i)),))
        run = TestsRan(command="pytest", failed=i)
        event = change if i % 2 else run
        assert not step(detector, "edit", "edited", events=[event], arguments=f"{i}").stop


def test_an_outcome_that_was_there_before_is_none():
    detector = StallDetector()
    run = TestsRan(command="pytest", failed=3)
    seen = [step(detector, "test", "3 failed", events=[run], arguments=f"{i}") for i in range(20)]
    assert stages(seen)[1]


def test_the_same_words_again_and_again():
    detector = StallDetector()
    text = "Let me look at the configuration once more."
    seen = [step(detector, arguments=f"{i}", text=text) for i in range(9)]
    assert stages(seen)[0][0] == REMIND_AT + 1, "the first step brought news"


def test_after_news_it_counts_from_the_start():
    detector = StallDetector()
    for i in range(60):
        assert not step(detector, output=f"{i // 4}", arguments=f"{i}").reminder


def test_a_page_read_at_another_offset_is_no_news():
    detector = StallDetector()
    seen = [step(detector, "read", f"{i}\tx = 1\n{i + 1}\ty = 2", arguments=f"{i}") for i in range(20)]
    assert stages(seen)[1]


def test_it_can_be_switched_off():
    detector = StallDetector(Patience(is_on=False))
    assert stages([step(detector) for _ in range(50)]) == ([], [])
