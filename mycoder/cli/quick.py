"""The quick parser: takes the command lines that everybody writes, and leaves every other to the full one.

The full parser costs 60 ms to load, a third of what may pass before the first model request. What this one
takes, it takes as the full one would (a property test holds them together); it never reports an error itself.
"""

from collections.abc import Sequence
from typing import Any

from mycoder.cli.options import RUN_OPTIONS, Option, is_prompt


def parse(arguments: Sequence[str]) -> dict[str, Any] | None:
    """Values by option name, only of options that are given; None leaves it to the full parser."""
    known = {flag: option for option in RUN_OPTIONS for flag in option.flags}
    values: dict[str, Any] = {}
    rest = iter(arguments)
    for argument in rest:
        flag, equals, attached = argument.partition("=")
        option = known.get(flag)
        if option is None and "prompt" not in values and is_prompt(argument):
            values["prompt"] = argument
            continue
        if option is None or (equals and not flag.startswith("--")):
            return None
        if option.kind == "switch":
            if equals:
                return None
            values[option.name] = True
            continue
        text = attached if equals else next(rest, None)
        if text is None or (text.startswith("-") and text != "-" and not equals):
            return None
        value = _value(option, text)
        if value is None:
            return None
        if option.kind == "many":
            value = [*values.get(option.name, ()), value]
        values[option.name] = value
    return values


def _value(option: Option, text: str) -> Any:
    """None for what only the full parser can judge."""
    if option.choices:
        return text if text in option.choices else None
    if option.kind not in ("count", "number"):
        return text
    whole, _, decimals = text.partition(".")
    if not whole.isdecimal() or not text.isascii() or not (decimals or "0").isdecimal():
        return None
    value = int(whole) if option.kind == "count" and "." not in text else float(text)
    if option.kind == "count" and not isinstance(value, int):
        return None
    return value if value >= option.least else None
