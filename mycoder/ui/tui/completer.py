"""Completion in the prompt: what the choices are and what taking one does. No widget itself."""

from collections.abc import Awaitable, Callable, Sequence

import msgspec

from mycoder.ui import fuzzy
from mycoder.ui.history import History
from mycoder.ui.tui.popup import Choice, Popup
from mycoder.ui.typed import Completion, completing


class SlashItem(msgspec.Struct, frozen=True):
    """A slash command as the popup lists it."""

    name: str
    summary: str
    usage: str = ""
    aliases: tuple[str, ...] = ()


class Taken(msgspec.Struct, frozen=True):
    """Replace the text from `start` to the caret by `text`; `is_final` when it is a whole line to be sent."""

    start: int
    text: str
    is_final: bool = False


class Completer:
    """Fills the popup. `files` is asked once and again after `forget_files`."""

    def __init__(self, popup: Popup, history: History, files: Callable[[], Awaitable[Sequence[str]]]) -> None:
        self.popup, self.history = popup, history
        self.slashes: Sequence[SlashItem] = ()
        self._fetch = files
        self._files: Sequence[str] | None = None
        self._asked: Completion | None = None
        self._dismissed = ""
        self.is_searching = False

    @property
    def is_open(self) -> bool:
        return self.popup.is_open

    def forget_files(self) -> None:
        self._files = None

    async def update(self, before: str, whole: str) -> None:
        """The text changed; `before` is what stands before the caret."""
        if self.is_searching:
            found = self.history.search(whole)
            self.popup.show(
                [Choice(text, text[:100]) for text in found],
                "history: type to search, Enter takes, Esc leaves" if found else "history: nothing found",
            )
            return
        asked = completing(before)
        if asked is None or before == self._dismissed:
            self.close()
            return
        self._dismissed = ""
        self._asked = asked
        self.popup.show(
            await self._mentions(asked.query) if asked.kind == "mention" else self._slashes(asked.query)
        )

    def search_history(self) -> None:
        self.is_searching = True

    def close(self) -> None:
        self.is_searching = False
        self._asked = None
        self.popup.hide()

    def dismiss(self, before: str) -> None:
        """Esc: close, and stay closed until the text changes to something else."""
        self._dismissed = before
        self.close()

    def is_meant(self) -> bool:
        """Whether Enter may take the marked choice: a command that was not chosen with the arrows must begin as it is
        typed, because another one would run in its place."""
        asked, choice = self._asked, self.popup.choice
        if self.is_searching or asked is None or choice is None or asked.kind == "mention":
            return True
        item = next((item for item in self.slashes if item.name == choice.value), None)
        spellings = (item.name, *item.aliases) if item is not None else (choice.value,)
        return self.popup.marked > 0 or any(word.startswith(asked.query.lower()) for word in spellings)

    def take(self) -> Taken | None:
        """The marked choice as an edit."""
        choice = self.popup.choice
        if choice is None:
            return None
        if self.is_searching:
            self.close()
            return Taken(0, choice.value)
        asked = self._asked
        self.close()
        if asked is None:
            return None
        if asked.kind == "mention":
            return Taken(asked.start, f"@{choice.value} ")
        item = next((item for item in self.slashes if item.name == choice.value), None)
        needs_more = item is not None and bool(item.usage)
        return Taken(asked.start, f"/{choice.value} " if needs_more else f"/{choice.value}", not needs_more)

    def _slashes(self, query: str) -> list[Choice]:
        spelled = {word: item for item in self.slashes for word in (item.name, *item.aliases)}
        found: dict[str, SlashItem] = {}
        for word in fuzzy.best(query, spelled, most=12) or _nearest(query, spelled):
            found.setdefault(spelled[word].name, spelled[word])
        return [
            Choice(item.name, f"/{item.name} {item.usage}".rstrip(), item.summary) for item in found.values()
        ]

    async def _mentions(self, query: str) -> list[Choice]:
        if self._files is None:
            self._files = tuple(await self._fetch())
        return [Choice(path, path) for path in fuzzy.best(query, self._files)]


def _nearest(query: str, names: Sequence[str] | dict[str, SlashItem]) -> list[str]:
    """For a typo: names that look like it."""
    import difflib  # late: only when nothing matches

    return difflib.get_close_matches(query, list(names), n=3, cutoff=0.5)
