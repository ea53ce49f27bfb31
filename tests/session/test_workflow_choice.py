"""Choosing the workflow of a session by its slash command."""

from mycoder.models.script import Script, Step
from mycoder.models.scripted import ScriptedModel
from mycoder.protocol.commands import RunSlash
from mycoder.protocol.events import Noticed
from mycoder.session import Session


async def test_the_slash_command_shows_and_changes_it(tmp_path):
    (tmp_path / "r").mkdir()
    model = ScriptedModel(Script(steps=(Step(text="Hello."),)), "scripted/x")
    env = {"HOME": str(tmp_path / "h"), "PATH": "/usr/bin:/bin"}
    async with Session.open(tmp_path / "r", model=model, is_ephemeral=True, env=env) as session:
        for words in ("", "tddd", "tdd"):
            await session.send(RunSlash(name="workflow", arguments=words))
        said = [e.text for e in session._parts.history() if isinstance(e, Noticed)]
        assert session.workflow == "tdd"
    assert "by the workflow solo" in said[0]
    assert "did you mean 'tdd'" in said[1]
    assert "by the workflow tdd" in said[2]
