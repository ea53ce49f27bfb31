"""Projects whose modules hold doctests that pytest collects (``--doctest-modules``)."""

import doctest
from pathlib import Path

import pytest

from mycoder.repair.engine import repair
from mycoder.repair.outcome import RepairRequest
from mycoder.repair.worker.telling import hush_doctests

CODE = '''\
def last(items, count):
    """The last `count` items.

    >>> last([1, 2, 3], 1)
    [3]
    """
    return items[-count - 1:]
'''


def _project(root: Path, tests: str) -> None:
    (root / "pytest.ini").write_text("[pytest]\naddopts = --doctest-modules\n")
    (root / "m.py").write_text(CODE)
    if tests:
        (root / "test_m.py").write_text(tests)


async def test_a_module_with_doctests_is_no_test_file(tmp_path: Path) -> None:
    _project(tmp_path, "from m import last\n\n\ndef test_two():\n    assert last([1, 2, 3], 2) == [2, 3]\n")
    outcome = await repair(tmp_path, RepairRequest(seconds=30), None)
    assert outcome.status == "fixed", outcome.why
    assert outcome.before.failed == 2
    assert outcome.best is not None
    assert outcome.best.files["m.py"] == CODE.replace("-count - 1:", "-count:").encode()


async def test_a_doctest_alone_judges(tmp_path: Path) -> None:
    _project(tmp_path, "")
    outcome = await repair(tmp_path, RepairRequest(seconds=30), None)
    assert outcome.status == "fixed", outcome.why
    assert outcome.before.failing == ("m.py::m.last",)
    assert (outcome.after.passed, outcome.after.failed) == (1, 0)


def test_doctests_tell_what_was_raised_without_looking_for_similar_names(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(doctest, "_exception_traceback", None)
    hush_doctests()
    with pytest.raises(NameError) as caught:
        eval("lengt")
    told = vars(doctest)["_exception_traceback"]((caught.type, caught.value, caught.tb))
    assert told.startswith("Traceback (most recent call last):\nNameError: name 'lengt' is not defined")
    assert "File" not in told


async def test_a_doctest_that_expects_another_exception_still_judges(tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --doctest-modules\n")
    wrong = CODE.replace(
        "[3]\n", "[3]\n    >>> last(None, 1)\n    Traceback (most recent call last):\n    TypeError: no\n"
    )
    fixed = wrong.replace("    return", "    if items is None:\n        raise TypeError('no')\n    return")
    fixed = fixed.replace("-count - 1", "-count")
    (tmp_path / "m.py").write_text(fixed.replace("'no'", "'now'"))
    outcome = await repair(tmp_path, RepairRequest(seconds=30), None)
    assert outcome.status == "fixed", outcome.why
    assert outcome.best is not None
    assert outcome.best.files["m.py"] == fixed.encode()
