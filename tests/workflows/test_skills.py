"""Finding skills, telling them within a budget, and giving one of them out."""

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mycoder.models.tokens import estimate_text
from mycoder.workflows.front_matter import split
from mycoder.workflows.skills import SkillError, Skills, parse, places, read

WORDS = st.text(min_size=1, max_size=400)


def write(folder, name, text):
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


def test_the_stronger_place_wins_and_what_is_none_is_told(tmp_path):
    root, config, history = tmp_path / "root", tmp_path / "config", tmp_path / "history"
    write(history, "one.md", "From the past.")
    write(config / "skills", "one.md", "---\nname: one\ndescription: yours\n---\nBody.")
    write(config / "skills", "Two Words.md", "# Heading first\n\nBody.")
    write(root / ".mycoder/skills", "three/SKILL.md", "---\ndescription: 'it''s: three'\n---\nBody.")
    write(root / ".mycoder/skills", "empty.md", "---\nname: empty\n---\n")
    write(root / ".mycoder/skills", "wrong.md", "---\nname: ../../x\n---\nBody.")
    (root / ".mycoder/skills/none").mkdir()
    found = read(places(root, config, history, is_trusted=True))
    assert {name: skill.description for name, skill in found.skills.items()} == {
        "one": "yours",
        "two-words": "Heading first",
        "three": "it's: three",
    }
    assert len(found.problems) == 2
    assert set(read(places(root, config, history, is_trusted=False)).skills) == {"one", "two-words"}


def test_what_a_link_leads_to_was_not_trusted_and_is_not_read(tmp_path):
    elsewhere = tmp_path / "elsewhere"
    write(elsewhere, "evil.md", "Body.")
    write(elsewhere, "deep/SKILL.md", "Body.")
    for root in (tmp_path / "a", tmp_path / "b"):
        (root / ".mycoder").mkdir(parents=True)
    (tmp_path / "a/.mycoder/skills").symlink_to(elsewhere)
    (tmp_path / "b/.mycoder/skills").mkdir()
    (tmp_path / "b/.mycoder/skills/deep").symlink_to(elsewhere / "deep")
    a = read(places(tmp_path / "a", tmp_path / "config", is_trusted=True))
    assert a.skills == {}
    assert "is a link" in a.problems[0]
    assert read(places(tmp_path / "b", tmp_path / "config", is_trusted=True)).skills == {}


def test_a_file_beside_a_skill_is_given_and_none_elsewhere(tmp_path):
    folder = tmp_path / ".mycoder/skills/deploy"
    write(folder, "SKILL.md", "See steps.md.")
    write(folder, "steps.md", "First this.")
    write(tmp_path, "secret.md", "Not for you.")
    (folder / "out.md").symlink_to(tmp_path / "secret.md")
    found = read(places(tmp_path, tmp_path / "config", is_trusted=True))
    assert "steps.md" in found.text("deploy")
    assert found.text("deploy/steps.md") == "First this."
    for name in (
        "deploy/../../../secret.md",
        "deploy/out.md",
        "deploy/nothing.md",
        "else",
        "deploy//etc/hostname",
    ):
        with pytest.raises(SkillError):
            found.text(name)


def test_one_that_is_only_for_people_is_not_told(tmp_path):
    text = "---\nname: ship\ndescription: d\ndisable-model-invocation: true\n---\nBody."
    skill = parse(text, "ship", source="yours")
    found = Skills({"ship": skill})
    assert found.told(1_000) == ""
    assert "no skills" in found.text("")
    assert "Body." in found.text("ship")


@given(st.lists(WORDS, min_size=1, max_size=60), st.integers(0, 600))
@settings(deadline=None)
def test_what_is_told_stays_in_its_budget_and_names_come_before_words(about, budget):
    skills = {
        f"s{n}": parse(
            f"---\nname: s{n}\ndescription: {' '.join(words.split())}\n---\nB", "x", source="yours"
        )
        for n, words in enumerate(about)
    }
    text = Skills(skills).told(budget)
    assert not text or estimate_text(text) <= budget
    if text and estimate_text(Skills(skills).told(100_000)) <= budget:
        assert all(f"- s{n}:" in text for n in range(len(about)))


@given(st.text())
@settings(deadline=None)
def test_no_text_breaks_the_reading(text):
    values, body = split(text)
    assert all(key == key.lower() for key in values)
    assert body == body.strip()
    with contextlib.suppress(SkillError):
        assert parse(text, "name", source="yours").body


def test_front_matter_of_other_assistants_is_read_as_it_is():
    text = "---\r\nname: x  # mine\r\ndescription: |\r\n  Two\r\n  lines: here\r\ntools:\r\n- Read\r\n- Bash\r\n---\r\nBody\r\n"
    values, body = split(text)
    assert values["name"] == "x"
    assert values["description"] == "Two lines: here"
    assert values["tools"] == "- Read - Bash"
    assert body == "Body"
    assert split("no front matter") == ({}, "no front matter")
