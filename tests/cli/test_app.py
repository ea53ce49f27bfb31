"""Starting a face: what it is handed, and what its callbacks do."""

import sys
from typing import Any

import pytest
from msgspec import Struct, structs

from mycoder.cli import app
from mycoder.cli.app import Start, start_app
from mycoder.cli.here import Here
from mycoder.cli.run import run
from mycoder.config.settings import Settings
from mycoder.ui.door import OpenError, Opening, Options
from tests.cli.conftest import Shell
from tests.cli.test_commands import stored


def starting(**values: Any) -> Start:
    return Start(Here.of(values), values)


def test_a_plain_start(shell: Shell) -> None:
    options = starting().options()
    assert options.root == shell.root
    assert options.opening == Opening()
    assert options.trust is None
    assert options.config_dir == shell.config.parent
    assert list(options.list_sessions()) == []


def test_the_trust_question_and_its_answer(shell: Shell) -> None:
    shell.write(".mycoder/config.toml", "test_command = 'make check'\n")
    options = starting().options()
    assert options.trust is not None
    assert options.trust.loads == (".mycoder/config.toml (settings)",)
    assert not options.opening.is_trusted
    assert options.settings.test_command == ""
    assert options.remember_trust is not None
    options.remember_trust(True)
    again = starting().options()
    assert (again.trust, again.opening.is_trusted) == (None, True)
    assert again.settings.test_command == "make check"
    shell.write(".mycoder/config.toml", "test_command = 'other'\n")
    changed = starting().options()
    assert changed.trust is not None
    assert changed.trust.loads == (".mycoder/config.toml (settings, changed)",)


def test_the_session_to_begin_with(shell: Shell) -> None:
    session = stored(shell, "mend it")
    assert starting(**{"continue": True}).options().opening.resume == session
    assert starting(resume=session[:10]).options().opening.resume == session[:10]
    branch = starting(fork=session).options().opening.resume
    assert branch not in ("", session)
    summaries = starting().options().list_sessions()
    assert {summary.id for summary in summaries} == {session, branch}
    assert summaries[0].title == "mend it"


def test_settings_screen(shell: Shell) -> None:
    options = starting(model="a/b").options()
    fields = {field.key: field for field in options.setting_fields()}
    assert (fields["mode"].kind, fields["mode"].choices) == ("choice", ("plan", "ask", "edit", "auto"))
    assert (fields["limits.max_steps"].kind, fields["limits.max_steps"].value) == ("number", 200)
    assert (fields["model"].value, fields["model"].origin) == ("a/b", "command line")
    assert fields["ui.ascii"].kind == "switch"
    assert "models" not in fields
    assert options.save_setting is not None
    options.save_setting("ui.ascii", True)
    options.save_setting("limits.max_steps", 7)
    fields = {field.key: field for field in options.setting_fields()}
    assert (fields["ui.ascii"].value, fields["limits.max_steps"].value) == (True, 7)
    with pytest.raises(ValueError, match="plan, ask, edit or auto"):
        options.save_setting("mode", "yolo")


async def test_a_session_opens_and_warns(shell: Shell) -> None:
    shell.config.parent.mkdir(parents=True)
    shell.config.write_text("modell = 'x'\n")
    script = shell.write("script.json", '{"steps": [{"text": "Hello."}]}')
    options = starting(model=f"scripted/{script}").options()
    door = await options.open_session(options.opening)
    events = door.events(replay=True)
    seen = [await anext(events) for _ in range(2)]
    assert any("unknown key modell" in getattr(event, "text", "") for event in seen)
    await door.close()


async def test_what_a_person_can_mend_is_an_open_error(shell: Shell) -> None:
    (shell.root / ".git").rename(shell.root / "no-git")  # else git is asked meanwhile, and left behind
    options = starting(model="openai/gpt-5").options()
    with pytest.raises(OpenError) as caught:
        await options.open_session(options.opening)
    assert caught.value.needs_model
    assert "OPENAI_API_KEY" in f"{caught.value.message} {caught.value.hint}"
    with pytest.raises(OpenError) as caught:
        await options.open_session(Opening(resume="none"))
    assert not caught.value.needs_model


class Terminal:
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("values", "term", "face"),
    [
        ({}, "xterm", app.FULL_SCREEN),
        ({"plain": True}, "xterm", app.LINE),
        ({}, "dumb", app.LINE),
    ],
)
def test_which_face(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, values: dict[str, Any], term: str, face: str
) -> None:
    started: list[str] = []

    class Face:
        def __init__(self, name: str) -> None:
            self.name = name

        def run(self, options: Options) -> int:
            started.append(self.name)
            return 5

    monkeypatch.setenv("TERM", term)
    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr(sys, "stdout", Terminal())
    monkeypatch.setattr(app, "import_module", Face)
    assert run(values) == 5
    assert started == [face]
    assert start_app(Here.of(values), values) == 5


def test_every_section_of_the_settings_is_on_the_screen_by_itself(shell: Shell) -> None:
    shown = {field.key.partition(".")[0] for field in starting().options().setting_fields()}
    for name, field in ((f.encode_name, f.type) for f in structs.fields(Settings)):
        is_section = isinstance(field, type) and issubclass(field, Struct)
        has_plain_values = is_section and any(
            f.type in (bool, int, float, str) or "Annotated" in str(f.type) for f in structs.fields(field)
        )
        if has_plain_values:
            assert name in shown, f"the section {name} is missing"
