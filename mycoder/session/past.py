"""Past sessions as memory needs them: which logs belong to a project, and what they hold."""

from collections.abc import Iterable, Iterator

import msgspec

from mycoder.config.paths import Paths
from mycoder.memory.entries import Entry, fingerprint, one_line
from mycoder.memory.history import Answer, History, LogFile
from mycoder.memory.projects import Project
from mycoder.memory.workflows import commands_of
from mycoder.protocol.events import AnyEvent, SessionStarted, ToolCalled
from mycoder.session.remembering import MOST_TOOL_CHARACTERS
from mycoder.session.store import Store

MOST_LOOKED_THROUGH = 60
"""Sessions in which workflows are looked for, the last ones."""


def search_past(
    paths: Paths, store: Store, query: str, project: Project | None, *, limit: int = 10, seconds: float = 20.0
) -> Answer:
    """Searches the sessions of `project`, or with None of all. Blocks for up to `seconds` while logs are new."""
    history = History(paths.state / "history.sqlite", store.tail)
    return history.search(query, logs_of(store, project), limit=limit, seconds=seconds)


def forget_past(paths: Paths, store: Store, session: str) -> None:
    """Takes a session that is deleted out of the index, and its lines out of what the next session is told."""
    History(paths.state / "history.sqlite", store.tail).forget(session)
    for folder in (paths.data / "memory" / "projects").glob("*/tasks"):
        (folder / f"{session}.md").unlink(missing_ok=True)


def logs_of(store: Store, project: Project | None) -> list[LogFile]:
    """The logs of a project wherever it lay at the time, or all."""
    return [
        LogFile(header.session, header.root, size, header.started)
        for header, size in store.logs()
        if project is None or project.holds(header.root, header.started)
    ]


def commands_by_session(store: Store, logs: Iterable[LogFile]) -> Iterator[list[str]]:
    """The commands of each of the last sessions; of one that was branched off only what came after."""
    last = sorted(logs, key=lambda log: log.started, reverse=True)[:MOST_LOOKED_THROUGH]
    for log in last:
        yield commands_of(_own(store, log.session, log.started))


def _own(store: Store, session: str, started: float) -> Iterator[AnyEvent]:
    is_fork = False
    for event, _ in store.tail(session, 0):
        is_fork = is_fork or (isinstance(event, SessionStarted) and bool(event.forked_from))
        if not (is_fork and event.at < started):
            yield event


class Remembered:
    """What the logs of sessions say was remembered in them; each log is read once."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._texts: dict[str, frozenset[str] | None] = {}

    def confirms(self, entry: Entry) -> bool | None:
        """Whether the log of the session that `entry` names holds the call that made it; None without that log."""
        if entry.session not in self._texts:
            events = [event for event, _ in self._store.tail(entry.session, 0)]
            self._texts[entry.session] = frozenset(map(_remembered, events)) if events else None
        texts = self._texts[entry.session]
        return None if texts is None else fingerprint(entry.text) in texts


def _remembered(event: AnyEvent) -> str:
    """The fingerprint of what `event` asked to remember; empty when it did not."""
    if not isinstance(event, ToolCalled) or event.tool != "remember":
        return ""
    try:
        values = msgspec.json.decode(event.arguments)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return ""
    said = values.get("text") if isinstance(values, dict) else None
    return fingerprint(one_line(said, MOST_TOOL_CHARACTERS)) if isinstance(said, str) else ""
