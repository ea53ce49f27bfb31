"""``/settings KEY VALUE`` in words: shows a setting or those that are not as they come, or changes one."""

import difflib
from collections.abc import Callable
from typing import Any

from mycoder.ui.door import Options, SettingField


def told(options: Options, arguments: str, apply: Callable[[str, Any], bool]) -> tuple[str, str]:
    """What ``/settings`` answers, and its level. Without arguments: what differs from the defaults.

    `apply` takes a key and its new value, and says whether that holds at once.
    """
    key, _, value = arguments.strip().partition(" ")
    value = value.strip().removeprefix("= ").strip()
    fields = {field.key: field for field in options.setting_fields()}
    if not key:
        return _own(list(fields.values())), "info"
    if key not in fields:
        near = difflib.get_close_matches(key, fields, n=1)
        hint = f"did you mean {near[0]}?" if near else "`mycoder config show` lists all."
        return f"There is no setting {key} with one value; {hint}", "warning"
    if not value:
        return _shown(fields[key]), "info"
    if options.save_setting is None:
        return "Settings cannot be saved here.", "warning"
    try:
        options.save_setting(key, value)
    except (ValueError, OSError) as error:
        return str(error), "error"
    field = next(field for field in options.setting_fields() if field.key == key)
    if field.origin in ("environment", "command line") or field.origin.startswith("MYCODER_"):
        return (
            f"{key} = {value} is saved, but {field.origin} says {_text(field.value)}, which wins.",
            "warning",
        )
    when = "It holds now." if apply(key, field.value) else "It holds from the next session on."
    return f"{key} = {_text(field.value)} is saved. {when}", "info"


def _own(fields: list[SettingField]) -> str:
    own = [
        f"{field.key} = {_text(field.value)}  ({field.origin})"
        for field in fields
        if field.origin != "default"
    ]
    head = "Not as they come:" if own else "Every setting is as it comes."
    return "\n".join([head, *own, "/settings KEY shows one, /settings KEY VALUE changes it."])


def _shown(field: SettingField) -> str:
    choices = f" One of {', '.join(field.choices)}." if field.choices else ""
    return f"{field.key} = {_text(field.value)}  ({field.origin})\n{field.help}{choices}".rstrip()


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value) if value not in ("", None) else '""'
