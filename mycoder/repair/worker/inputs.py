"""Calls of functions as tests make them, and neighbours of these with one argument a little different."""

from __future__ import annotations

import copy
import random
import re
import sys
from typing import Any

MOST_CALLS = 200
"""Of one function that are recorded at most."""
LONGEST_VALUE, LONGEST_HOLDER = 80, 40
"""Characters of an argument, and of the object whose method is called, that people are shown."""
_STARS, _PAIRS = 0x04, 0x08
"""Flags of code that takes ``*args`` and ``**keywords``."""
_NO_TEXT: Any = object.__repr__
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")


class Call:
    """`arguments` are positional ones, `keywords` those by name. `is_inner`: no test calls the function itself."""

    __slots__ = ("arguments", "function", "is_inner", "keywords")

    def __init__(self, function: Any, arguments: list[Any], keywords: dict[str, Any]) -> None:
        self.function = function
        self.arguments = arguments
        self.keywords = keywords
        self.is_inner = False

    def __str__(self) -> str:
        """As code, e.g. ``clamp(3, low=1)`` or ``Counter(n=1).add(2)``, with the middle of long values left out."""
        name, arguments = (
            self.function.__code__.co_name,
            [cut(shown(a), LONGEST_VALUE) for a in self.arguments],
        )
        if self.function.__code__.co_varnames[:1] == ("self",) and arguments:
            holder = arguments.pop(0)
            kind = type(self.arguments[0]).__name__
            short = f"{kind}(…)" if len(holder) > LONGEST_HOLDER else holder
            name = kind if name == "__init__" else f"{short}.{name}"
        arguments += [f"{key}={cut(shown(value), LONGEST_VALUE)}" for key, value in self.keywords.items()]
        return f"{name}({', '.join(arguments)})"

    def mark(self) -> tuple[Any, ...]:
        """Equal for calls that look the same."""
        given = tuple(shown(a) for a in self.arguments)
        return (id(self.function), given, *((key, shown(value)) for key, value in self.keywords.items()))

    def twin(self) -> Call:
        """With arguments of its own. Raises whatever copying them raises."""
        arguments, keywords = copy.deepcopy((self.arguments, self.keywords))
        made = Call(self.function, arguments, keywords)
        made.is_inner = self.is_inner
        return made


class Recorder:
    """Notes the calls of `functions` while tests run: those of `wanted` ones always, others when the caller stands
    outside of the files under repair, as a test does."""

    def __init__(self, functions: list[Any], wanted: list[Any], paths: set[str]) -> None:
        self._functions = {id(f.__code__): f for f in functions}
        self._wanted = {id(f.__code__) for f in wanted}
        self._paths = paths
        self._entries: set[int] = set()
        self._calls: dict[int, list[Call]] = {id(f.__code__): [] for f in wanted}

    def __enter__(self) -> None:
        sys.setprofile(self._hear)

    def __exit__(self, *error: object) -> None:
        sys.setprofile(None)

    def calls(self) -> list[list[Call]]:
        """By function, the wanted ones first."""
        for mark, calls in self._calls.items():
            for call in calls:
                call.is_inner = mark not in self._entries
        return [calls for calls in self._calls.values() if calls]

    def _hear(self, frame: Any, event: str, arg: Any) -> None:
        mark = id(frame.f_code)
        if event != "call" or mark not in self._functions:
            return
        if frame.f_back is not None and frame.f_back.f_code.co_filename not in self._paths:
            self._entries.add(mark)
        elif mark not in self._wanted:
            return
        calls = self._calls.setdefault(mark, [])
        if len(calls) >= MOST_CALLS:
            return
        try:
            calls.append(_call(self._functions[mark], frame).twin())
        except BaseException:
            return


def _call(function: Any, frame: Any) -> Call:
    """The call that a frame has just been made for."""
    code, values = frame.f_code, frame.f_locals
    count, by_name = code.co_argcount, code.co_kwonlyargcount
    names = list(code.co_varnames)
    arguments = [values[n] for n in names[:count]]
    keywords = {n: values[n] for n in names[count : count + by_name]}
    rest = names[count + by_name :]
    if code.co_flags & _STARS:
        arguments += values[rest.pop(0)]
    if code.co_flags & _PAIRS:
        keywords.update(values[rest.pop(0)])
    return Call(function, arguments, keywords)


def with_neighbours(calls: list[Call], seed: int, most: int) -> list[Call]:
    """At most `most` different calls, half of them as they are and the others with one argument changed."""
    generator = random.Random(seed)
    found: list[Call] = []
    known = set()
    near = (_neighbour(generator.choice(calls), generator) for _ in range(most * 3))
    for call in (*calls[: most // 2], *near):
        mark = call.mark()
        if mark not in known:
            known.add(mark)
            found.append(call)
        if len(found) >= most:
            break
    return found


def _neighbour(call: Call, generator: random.Random) -> Call:
    changed = call.twin()
    places = len(changed.arguments) + len(changed.keywords)
    if not places:
        return changed
    place = generator.randrange(places)
    if place < len(changed.arguments):
        changed.arguments[place] = _mutation(changed.arguments[place], generator)
    else:
        name = list(changed.keywords)[place - len(changed.arguments)]
        changed.keywords[name] = _mutation(changed.keywords[name], generator)
    return changed


def _mutation(value: Any, generator: random.Random) -> Any:
    """A neighbour of `value`; arguments of unknown types stay as they are."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return generator.choice(
            [value + 1, value - 1, -value, 0, 1, value * 2, value + generator.randint(-9, 9)]
        )
    if isinstance(value, float):
        return generator.choice([value + 0.5, -value, 0.0, value * 2, value / 3])
    if type(value) is str:
        return _text_mutation(value, generator)
    if type(value) in (list, tuple):
        return type(value)(_list_mutation(list(value), generator))
    if type(value) is dict and value:
        changed = dict(value)
        key = generator.choice(list(changed))
        if generator.random() < 0.5:
            del changed[key]
        else:
            changed[key] = _mutation(changed[key], generator)
        return changed
    return value


def _text_mutation(value: str, generator: random.Random) -> str:
    if not value:
        return generator.choice(["a", " ", "0"])
    place = generator.randrange(len(value))
    piece: str = generator.choice([*value, "a", "Z", " ", "1", "-"])
    choices: list[str] = [
        value[:place] + value[place + 1 :],
        value[:place] + piece + value[place:],
        value[:place] + piece + value[place + 1 :],
        value[::-1],
        value.swapcase(),
    ]
    chosen: str = generator.choice(choices)
    return chosen


def _list_mutation(value: list[Any], generator: random.Random) -> list[Any]:
    if not value:
        return value
    place = generator.randrange(len(value))
    how = generator.randrange(5)
    if how == 0:
        del value[place]
    elif how == 1:
        value.insert(place, copy.deepcopy(generator.choice(value)))
    elif how == 2:
        generator.shuffle(value)
    else:
        value[place] = _mutation(value[place], generator)
    return value


def shown(value: Any) -> str:
    """The value as text of at most 500 characters. Objects without a text of their own show what they hold, since
    the place in memory, which is what they would show, tells nothing."""
    try:
        if type(value).__repr__ is _NO_TEXT and hasattr(value, "__dict__"):
            held = ", ".join(f"{k}={_plain(v)}" for k, v in sorted(vars(value).items()))
            return f"{type(value).__name__}({held})"[:500]
        return _plain(value)[:500]
    except Exception as error:
        return f"<{type(error).__name__}>"


def cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest // 2]}…{text[-longest // 2 + 1 :]}"


def _plain(value: Any) -> str:
    return _ADDRESS.sub("", repr(value))
