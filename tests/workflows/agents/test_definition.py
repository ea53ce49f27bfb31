"""Definitions of sub-agents: ours, a person's, another assistant's as they are, and broken ones."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mycoder.workflows.agents.catalog import read
from mycoder.workflows.agents.definition import DefinitionError, parse

WHOLE = """---
name: finder
description: finds things
tools: [read, grep]
mode: plan
model: cheap/one
context: state
steps: 7
seconds: 30
background: true
worktree: true
---
Find it.
"""


def test_every_key_is_taken():
    made = parse(WHOLE, "f.md")
    assert (made.name, made.description, made.prompt) == ("finder", "finds things", "Find it.")
    assert (made.tools, made.mode, made.model, made.context) == (
        ("read", "grep"),
        "plan",
        "cheap/one",
        "state",
    )
    assert (made.steps, made.seconds, made.background, made.worktree) == (7, 30.0, True, True)


def test_a_file_of_another_assistant_is_read_as_it_is():
    made = parse(
        "---\nname: code-reviewer\ndescription: Use it when: something is done. Examples: <a>\n"
        "tools: Read, Grep, Bash(git log:*)\nmodel: inherit\ncolor: blue\n---\n\nReview.\n"
    )
    assert made.tools == ("Read", "Grep", "Bash")
    assert made.model == ""
    assert made.description.startswith("Use it when: something")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("no front matter", "front matter"),
        ("---\nname: x\ndescription: y\n---\n", "no prompt"),
        ("---\nname: ../x\ndescription: y\n---\nz", "name"),
        ("---\nname: x\n---\nz", "description"),
        ("---\nname: x\ndescription: y\nmode: root\n---\nz", "plan, ask, edit, auto"),
        ("---\nname: x\ndescription: y\nsteps: -1\n---\nz", "steps"),
        ("---\nname: x\ndescription: y\nbackground: perhaps\n---\nz", "true or false"),
        ("---\n- a\n---\nz", "key: value"),
    ],
)
def test_what_is_wrong_is_said(text, told):
    with pytest.raises(DefinitionError, match=told):
        parse(text, "f.md")


@given(st.text(max_size=200).map(lambda text: f"---\n{text}\n---\nbody"))
@settings(max_examples=200, deadline=None)
def test_any_front_matter_is_a_definition_or_a_clear_error(text):
    assert outcome(text).startswith(("body", "f.md"))


def outcome(text):
    try:
        return parse(text, "f.md").prompt
    except DefinitionError as wrong:
        return str(wrong)


def test_the_stronger_place_wins_and_an_untrusted_project_is_not_opened(tmp_path):
    for folder, prompt in (("config/agents", "person"), ("project/.mycoder/agents", "project")):
        place = tmp_path / folder
        place.mkdir(parents=True)
        (place / "explore.md").write_text(f"---\nname: explore\ndescription: d\n---\n{prompt}")
    (tmp_path / "config/agents/broken.md").write_text("---\nname: b")
    own = read(tmp_path / "nowhere")
    assert set(own.definitions) == {"explore", "general", "reviewer", "test-designer"}
    assert not own.problems
    theirs = read(tmp_path / "project", tmp_path / "config")
    assert theirs.definitions["explore"].prompt == "person"
    assert "broken.md" in theirs.problems[0]
    trusted = read(tmp_path / "project", tmp_path / "config", is_trusted=True)
    assert trusted.definitions["explore"].prompt == "project"
    assert trusted.find("Test_Designer") == own.definitions["test-designer"]
