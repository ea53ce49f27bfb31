"""What all tests share: nothing of the person's own settings, keys and sessions, and no silent skips in CI."""

import os
import signal

import pytest

from mycoder.version import __version__

if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    # Started with nohup: the processes of the tests would inherit that they ignore it, and some of them must not.
    signal.signal(signal.SIGHUP, signal.SIG_DFL)

FORBIDDEN_SKIPS = frozenset(os.environ.get("MYCODER_TEST_NO_SKIP", "").split(","))
"""Markers whose tests must not be skipped, e.g. ``isolation`` where a sandbox has to work."""


@pytest.fixture(autouse=True)
def _own_home(tmp_path_factory, monkeypatch):
    """Every test has a home of its own, so that no setting, key or session of the person is seen or touched."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    for name in list(os.environ):
        if name.startswith(("XDG_", "MYCODER_")) or name.endswith(("_API_KEY", "_BASE_URL")):
            monkeypatch.delenv(name)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    marked = {mark.name for mark in item.iter_markers()} & FORBIDDEN_SKIPS
    if report.skipped and marked:
        report.outcome = "failed"
        report.longrepr = f"skipped, but {'/'.join(sorted(marked))} tests must run here: {report.longrepr}"


def pytest_report_header(config):
    return f"mycoder {__version__}"
