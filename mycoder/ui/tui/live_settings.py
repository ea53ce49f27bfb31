"""Settings that hold at once when they are changed: those of the face, and mode and model of the session."""

from typing import Any

from mycoder.protocol.commands import SetMode, SetModel
from mycoder.ui.glyphs import glyphs
from mycoder.ui.tui import key_settings
from mycoder.ui.tui.draw import Look
from mycoder.ui.tui.fields import still


def apply(app: Any, key: str, value: Any) -> bool:
    """Whether the change is in force now. `app` is the MycoderApp."""
    conversation, options = app.conversation, app.options
    match key:
        case "ui.theme" if value in app.themes:
            app.theme = value
        case "ui.reduced_motion":
            options.is_still = conversation.status.is_still = bool(value)
            app.animation_level = "none" if value else "full"
            for screen in app.screen_stack:
                for prompt in screen.query("Input, TextArea"):
                    still(prompt)
            conversation.refresh_panels()
        case _ if key_settings.action_of(key):
            app.set_keymap(dict(options.keys))
            conversation.refresh_panels()
        case "ui.notify":
            options.notify = value
        case "ui.ascii":
            options.is_ascii = bool(value)
            signs = glyphs(options.is_ascii)
            conversation.chat.redraw_all(Look(signs, conversation.chat.look.width))
            conversation.use_signs(signs)
        case "mode":
            conversation.send(SetMode(mode=value))
        case "model" if value:
            conversation.send(SetModel(model=value))
        case _:
            return False
    return True
