"""Projects whose modules hold doctests that pytest collects (``--doctest-modules``)."""

from pathlib import Path

from mycoder.repair.engine import repair
from mycoder.repair.outcome import RepairRequest

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
