"""Skills as a person sees them: the slash command, and what is laid aside until they say yes."""

import asyncio

import pytest

from mycoder.memory import dream
from mycoder.memory.files import MemoryFault
from mycoder.memory.memory import Memory
from mycoder.memory.workflows import Workflow
from mycoder.models.script import Script, Step
from mycoder.models.scripted import ScriptedModel
from mycoder.protocol.commands import RunSlash
from mycoder.protocol.events import Noticed, TurnStarted
from mycoder.session import Session
from mycoder.session import skill_commands as commands

FLOW = Workflow(("make all", "make pack"), 3)


async def told(tmp_path, *lines):
    """What `/skills` with each of `lines` says, and the prompts of the turns that it starts."""
    (tmp_path / "r").mkdir(exist_ok=True)
    model = ScriptedModel(Script(steps=(Step(text="Done."),) * 3), "scripted/x")
    env = {"HOME": str(tmp_path / "h"), "PATH": "/usr/bin:/bin"}
    async with Session.open(tmp_path / "r", model=model, env=env) as session:
        for words in lines:
            await session.send(RunSlash(name="skills", arguments=words))
            await session.wait()
        events = list(session._parts.history())
        memory = await session.memory.memory()
    said = [f"{e.text} {e.hint}" for e in events if isinstance(e, Noticed)]
    return said, [e.prompt for e in events if isinstance(e, TurnStarted)], memory


async def test_listing_showing_and_working_by_one(tmp_path):
    folder = tmp_path / "h/.config/mycoder/skills"
    folder.mkdir(parents=True)
    (folder / "ship.md").write_text("---\nname: ship\ndescription: Ships it\n---\nPush the tag.\n")
    said, prompts, _ = await told(tmp_path, "", "show ship", "use ship version 2", "use none", "nonsense")
    assert "ship  Ships it  (yours;" in said[0]
    assert prompts == ["version 2\n\nBy the skill ship:\n\nPush the tag."]
    assert "no skill 'none'" in said[2]
    assert "/skills [show NAME" in said[3]


async def test_what_tidying_up_by_itself_has_found_is_used_only_after_a_word_of_the_person(tmp_path):
    _, _, memory = await told(tmp_path)
    planned = await asyncio.to_thread(dream.plan, memory, workflows=[FLOW])
    await asyncio.to_thread(dream.apply, memory, planned, is_accepted=False)
    assert commands.proposed(memory) == [FLOW.name]
    said, _, _ = await told(tmp_path, "", f"accept {FLOW.name}", "", f"drop {FLOW.name}", "")
    assert f"Proposed, not used: {FLOW.name}" in said[0]
    assert "New sessions are told" in said[1]
    assert "of past sessions here" in said[2]
    assert said[3].strip() == f"Dropped {FLOW.name}."
    assert "There are no skills" in said[4]


def test_no_name_leads_out_of_the_folder_and_nothing_of_the_person_is_written_over(tmp_path):
    memory = Memory(tmp_path, tmp_path / "p", tmp_path)
    (tmp_path / "p/skills/proposed").mkdir(parents=True)
    (tmp_path / "p/MEMORY.md").write_text("- Mine.\n")
    (tmp_path / "p/skills/proposed/a.md").write_text("New.")
    (tmp_path / "p/skills/a.md").write_text("Mended by hand.")
    for change in (commands.accept, commands.drop):
        for name in ("../MEMORY", "", "/etc/passwd", "..", ".hidden"):
            with pytest.raises(MemoryFault):
                change(memory, name)
    with pytest.raises(MemoryFault, match="another skill"):
        commands.accept(memory, "a")
    assert (tmp_path / "p/skills/a.md").read_text() == "Mended by hand."
    assert (tmp_path / "p/MEMORY.md").read_text() == "- Mine.\n"
