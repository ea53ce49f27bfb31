"""Starting a face for a person: what it needs of the house is put together here.

The session itself is loaded by the face, behind its first paint.
"""

import asyncio
import os
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

from mycoder.cli.faults import UsageError, explain
from mycoder.cli.first_run import FirstRun
from mycoder.cli.here import Here
from mycoder.cli.run import resumed
from mycoder.config import keys
from mycoder.config.change import set_value
from mycoder.config.errors import ConfigError
from mycoder.config.key_paths import join_key
from mycoder.config.key_store import KeyStore
from mycoder.config.layers import Loaded, load
from mycoder.config.trust import Trust, TrustStore
from mycoder.config.trust_difference import Copies, shown
from mycoder.ui.door import Door, OpenError, Opening, Options, SessionSummary, SettingField, TrustQuestion
from mycoder.ui.exit_codes import ExitCode

FULL_SCREEN, LINE = "mycoder.ui.tui.app", "mycoder.ui.line.app"
"""Modules of the faces; each has ``run(options: Options) -> int``."""

_NO_TERMINAL = (
    "There is no terminal here for the app. Give a task: mycoder -p {task!r}; mycoder --help shows the rest."
)


def start_app(here: Here, values: Mapping[str, Any]) -> int:
    """Runs the face until it is left. Raises UsageError where there is no terminal."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError(_NO_TERMINAL.format(task=values.get("prompt") or "make the failing tests pass"))
    start = Start(here, values)
    is_plain = start.loaded.settings.ui.plain or os.environ.get("TERM", "dumb") == "dumb"
    code: int = import_module(LINE if is_plain else FULL_SCREEN).run(start.options())
    return code


class Start:
    """What the options say about this start, and the services that a face calls back for."""

    def __init__(self, here: Here, values: Mapping[str, Any]) -> None:
        self._here, self._values = here, values
        self._trust: Trust = here.trust()
        self._copies = Copies(here.paths.trusted)
        self.loaded: Loaded = self._load(self._trust.is_trusted)

    def options(self) -> Options:
        here, ui = self._here, self.loaded.settings.ui
        options = Options(
            root=here.root,
            open_session=self.open_session,
            opening=Opening(resume=self._first_session(), is_trusted=self._trust.is_trusted),
            prompt=self._values.get("prompt", ""),
            list_sessions=self.list_sessions,
            settings=self.loaded.settings,
            setting_fields=self.setting_fields,
            save_setting=self.save_setting,
            config_dir=here.paths.config,
            state_dir=here.paths.state,
            env=here.env,
            keys=ui.keys,
            notify=ui.notify,
            is_ascii=ui.ascii,
            is_still=ui.reduced_motion,
        )
        first_run = FirstRun(here.env, self.loaded.settings, KeyStore(here.paths.config))
        options.providers = first_run.providers()
        options.test_key, options.save_key = first_run.test, first_run.save
        if ui.theme:
            options.theme = ui.theme
        if self._trust.standing in ("new", "changed"):
            loads = tuple(self._loaded_line(item.path, item.kind) for item in self._trust.items)
            options.trust = TrustQuestion(str(here.root), loads, shown(here.root, self._trust, self._copies))
            options.remember_trust = self.remember_trust
        return options

    async def open_session(self, opening: Opening) -> Door:
        """Raises OpenError for everything that a person can do something about."""
        try:
            session_class = await asyncio.to_thread(lambda: import_module("mycoder.session").Session)
            loaded = await asyncio.to_thread(self._load, opening.is_trusted)
            session = await session_class.open(
                self._here.root,
                settings=loaded.settings,
                model=opening.model,
                resume=opening.resume,
                is_ephemeral=bool(self._values.get("ephemeral")),
                can_ask=True,
                env=self._here.env,
                paths=self._here.paths,
            )
        except Exception as error:
            fault = explain(error)
            if fault is None:
                raise
            needs_model = fault.code == ExitCode.CONFIG and not isinstance(error, ConfigError)
            raise OpenError(fault.message, fault.hint, needs_model=needs_model) from error
        for warning in loaded.warnings:
            session.notice(warning, level="warning")
        door: Door = session
        return door

    def list_sessions(self) -> Sequence[SessionSummary]:
        from mycoder.session.store import Store  # late: only for the picker

        return [
            SessionSummary(
                id=info.id,
                title=info.title,
                root=info.root,
                at=info.ended,
                cost=info.cost,
                turns=info.turns,
                forked_from=info.forked_from,
            )
            for info in Store(self._here.paths.state).sessions()
        ]

    def setting_fields(self) -> Sequence[SettingField]:
        """Every setting that has one value; maps and lists are edited in the file."""
        loaded = self._load(self._trust.is_trusted)
        fields = []
        for key in keys.all_keys():
            kind = _kind(key)
            if keys.ANY in key.path or not kind:
                continue
            value: Any = loaded.settings
            for part in key.path:
                value = getattr(value, part)
            name = join_key(key.path)
            fields.append(
                SettingField(
                    key=name,
                    help=key.description,
                    kind=kind,
                    value=value,
                    default=key.default,
                    choices=key.choices,
                    origin=str(loaded.origin(name)),
                )
            )
        return fields

    def save_setting(self, key: str, value: Any) -> None:
        """Raises ValueError saying what is wrong."""
        text = str(value).lower() if isinstance(value, bool) else str(value)
        try:
            set_value(self._here.paths.config_file, key, text)
        except ConfigError as error:
            raise ValueError(str(error)) from error

    def remember_trust(self, is_trusted: bool) -> None:
        store = TrustStore(self._here.paths.trust_file)
        if is_trusted:
            self._copies.keep(self._here.root, self._trust.items)
            store.trust(self._here.root, self._trust.items)
        else:
            store.remove(self._here.root)

    def _loaded_line(self, path: str, kind: str) -> str:
        return f"{path} ({kind}{', changed' if path in self._trust.changed else ''})"

    def _load(self, is_trusted: bool) -> Loaded:
        here = self._here
        return load(here.root, flags=here.flags, env=here.env, is_trusted=is_trusted, paths=here.paths)

    def _first_session(self) -> str:
        """Id of the session to begin with: one to go on with, a new branch of one, or none."""
        if not self._values.get("fork"):
            return resumed(self._here, self._values)
        from mycoder.session.store import Store  # late: only to branch off

        store = Store(self._here.paths.state)
        return store.fork(store.match(self._values["fork"]), self._here.root)


def _kind(key: keys.Key) -> str:
    """How a value is edited: switch, choice, number or text; empty for what is not one value."""
    inner = keys.plain(key.type)
    if key.choices:
        return "choice"
    return {bool: "switch", int: "number", float: "number", str: "text"}.get(inner, "")
