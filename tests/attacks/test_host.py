"""The attack cases on mycoder's own handling of files, settings, hosts, text and its store."""

import pytest

from mycoder.bench.attack_levels import host, host_paths, host_words
from mycoder.bench.attack_levels.stage import put
from mycoder.bench.attacks import Case, load_cases

CASES = [case for case in load_cases() if "host" in case.levels]


@pytest.mark.parametrize("case", [c for c in CASES if not c.heavy], ids=lambda case: case.id)
def test_the_attack_fails(case):
    assert host.run(case) == []


def test_every_case_has_an_attack_and_every_attack_a_case():
    assert {case.id for case in CASES} == set(host.attacks())


def test_what_gets_through_is_reported(monkeypatch):
    def harm(stage):
        put(stage.home, {"notes": "stolen"})
        put(stage.app, {"CANARY": ""})
        return ["it said so"]

    case = Case(id="x", expect="neutral", levels=("host",))
    assert host.run(case) == ["no attack is written for it"]
    monkeypatch.setattr(host, "attacks", lambda: {"x": harm})
    told, canary, changed = host.run(case)
    assert told == "it said so"
    assert canary.startswith("canary: ")
    assert changed.endswith("/notes")


def test_attacks_notice_what_they_look_for(monkeypatch):
    """Where the wall is taken away, each of these reports it."""
    case = {one.id: one for one in CASES}
    monkeypatch.setattr(host_words, "framed", lambda output, origin: f"<outside>{output}</outside>")
    assert host.run(case["injection-forged-frames"])
    monkeypatch.setattr(host_words, "decide", lambda *a, **k: type("V", (), {"decision": "allow"}))
    assert host.run(case["injection-memory-of-another-repository"])
    monkeypatch.setattr(host_words, "inert", lambda text: text)
    assert host.run(case["terminal-sequences"])
    monkeypatch.setattr(host_paths, "make_scratch", lambda parent: host_paths.Path(parent, "mycoder"))
    assert host.run(case["path-shared-temporary"])
