"""The checks of ``mycoder doctor`` and ``/doctor``. A new one is a coroutine function and one line in `CHECKS`."""

import asyncio
import contextlib
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

import msgspec

from mycoder.config.errors import ConfigError
from mycoder.config.key_store import KeyStore
from mycoder.config.layers import Loaded
from mycoder.config.paths import Paths
from mycoder.config.private import make_private
from mycoder.models.choice import choose_model
from mycoder.models.probe import probe_local
from mycoder.models.providers import PROVIDERS
from mycoder.models.registry import ModelUnavailable
from mycoder.sandbox.levels import ISOLATING, survey
from mycoder.sandbox.probe import LevelReport
from mycoder.testing.command import TestCommand
from mycoder.testing.detect import detect
from mycoder.testing.several import folder_of
from mycoder.version import __version__

if TYPE_CHECKING:
    from mycoder.config.trust import Trust

LEAST_FREE = 1_000_000_000
"""Bytes of disk below which a warning is due."""


class Place(Protocol):
    """Where is looked: the project, our own folders, the environment, and the settings that hold there."""

    @property
    def root(self) -> Path: ...
    @property
    def paths(self) -> Paths: ...
    @property
    def env(self) -> Mapping[str, str]: ...
    def load(self) -> Loaded: ...
    def trust(self) -> "Trust": ...


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """What one look has found. `error` is what mycoder cannot do without."""

    name: str = ""
    state: Literal["ok", "warning", "error"] = "ok"
    text: str
    hint: str = ""


async def _mycoder(place: Place) -> list[Check]:
    return [Check(text=f"{__version__} in {Path(__file__).parent.parent}")]


async def _python(place: Place) -> list[Check]:
    encoding = sys.getfilesystemencoding()
    text = f"{platform.python_version()} ({sys.executable}) on {platform.system()} {platform.release()}"
    if encoding.lower().replace("-", "") != "utf8":
        hint = "Set LC_ALL=C.UTF-8 or PYTHONUTF8=1."
        return [Check(state="warning", text=f"{text}; file names are read as {encoding}", hint=hint)]
    return [Check(text=text)]


async def _git(place: Place) -> list[Check]:
    version = await _version("git", "--version")
    if not version:
        hint = "Without git there is no branch, no status and no worktree; undo works all the same."
        return [Check(state="warning", text="git is not installed", hint=hint)]
    return [Check(text=version)]


async def _ripgrep(place: Place) -> list[Check]:
    version = await _version("rg", "--version")
    if not version:
        return [
            Check(state="warning", text="rg is not installed", hint="Searches are slower without ripgrep.")
        ]
    return [Check(text=version)]


async def _sandbox(place: Place) -> list[Check]:
    wish, container = "auto", ("auto", "")
    with contextlib.suppress(ConfigError):
        settings = place.load().settings
        wish, container = settings.sandbox, settings.sandbox_container.chosen
    levels = await asyncio.to_thread(survey, place.root, place.env, container)
    return [_level_in_force(wish, levels)]


def _level_in_force(wish: str, levels: Sequence[LevelReport]) -> Check:
    """What the setting `sandbox` makes of the levels, strongest first, of which the last always works."""
    isolating = [level for level in levels if level.name in ISOLATING]
    best = next((level.name for level in isolating if level.works), "")
    missing = [level for level in isolating if not level.works]
    problems = "; ".join(f"{level.name}: {level.problem}" for level in missing)
    hint = next((level.hint for level in missing if level.hint), "")
    if wish == "off":
        without = f"without that it would be {best}" if best else "and nothing stronger works here"
        text = f"level limits: the setting sandbox is off; {without}"
        return Check(state="warning", text=text, hint="To use it again: mycoder config unset sandbox")
    if wish == "container" and not any(level.works for level in levels if level.name == "container"):
        problem = next((level.problem for level in missing if level.name == "container"), "")
        text = f"the setting sandbox asks for a container: {problem or 'no image is named'}"
        return Check(state="error", text=text, hint=hint or "Name an image: sandbox_container.image")
    if wish == "required" and not best:
        return Check(state="error", text=f"required, but nothing isolates here ({problems})", hint=hint)
    used = "container" if wish == "container" else best or "limits"
    text = f"level {used}" + (f" ({problems})" if problems else "")
    return Check(state="ok" if best else "warning", text=text, hint="" if best else hint)


async def _keys(place: Place) -> list[Check]:
    """Names of variables only; a value is never shown."""
    found = [name for provider in PROVIDERS for name in provider.key_env if place.env.get(name, "").strip()]
    found += [f"{name} (in {where})" for name, where in KeyStore(place.paths.config).places().items()]
    servers = await probe_local(place.env)
    local = [name for server in servers for name in server.names or (server.provider,)]
    model = _settings_model(place)
    checks = [
        Check(name="keys", text=", ".join(dict.fromkeys(found)) or "no key of a provider is set"),
        Check(name="local", text=", ".join(local) or "no model server answers on this machine"),
    ]
    if model:
        checks.append(Check(name="model", text=model))
    elif not found and not local:
        hint = "/setup in the app, or set a key, e.g. OPENAI_API_KEY, or start a local server; see: mycoder models"
        checks.append(Check(name="model", state="warning", text="no model can be reached", hint=hint))
    else:
        checks.append(await _chosen_model(place))
    return checks


async def _chosen_model(place: Place) -> Check:
    prefer: Sequence[str] = ()
    with contextlib.suppress(ConfigError):
        prefer = place.load().settings.prefer
    hint = "Name one: mycoder config set model PROVIDER/NAME"
    try:
        name = await choose_model(place.env, prefer, KeyStore(place.paths.config).get)
    except ModelUnavailable:
        return Check(
            name="model", state="warning", text="none named, and none of them is a usual one", hint=hint
        )
    return Check(name="model", text=f"none named; {name} is taken, as the first in reach", hint=hint)


def _settings_model(place: Place) -> str:
    with contextlib.suppress(ConfigError):
        return place.load().settings.model
    return ""


async def _config(place: Place) -> list[Check]:
    file = place.paths.config_file
    try:
        loaded = place.load()
    except ConfigError as error:
        return [Check(state="error", text=str(error), hint="Correct it, or move the file away.")]
    if loaded.warnings:
        return [Check(state="warning", text=warning) for warning in loaded.warnings]
    return [Check(text=str(file) if file.exists() else f"{file} is not there: defaults are in force")]


async def _trust(place: Place) -> list[Check]:
    seen = place.trust()
    words = {
        "trusted": "this folder is trusted",
        "changed": "this folder was trusted, but its own configuration has changed and is not loaded",
        "new": "this folder is not trusted, so its own configuration is not loaded",
        "nothing": "this folder brings no configuration of its own",
    }
    is_fine = seen.standing in ("trusted", "nothing")
    hint = "" if is_fine else "See what it would load: mycoder trust"
    return [Check(state="ok" if is_fine else "warning", text=words[seen.standing], hint=hint)]


async def _store(place: Place) -> list[Check]:
    state = place.paths.state
    try:
        make_private(state)
        with tempfile.NamedTemporaryFile(dir=state):
            pass
    except OSError as error:
        hint = "Sessions and undo need it: set XDG_STATE_HOME to a folder that you can write to."
        return [Check(state="error", text=f"{state} cannot be written: {error.strerror}", hint=hint)]
    if state.stat().st_mode & 0o077:
        return [Check(state="warning", text=f"others can look into {state}", hint=f"chmod 700 {state}")]
    return [Check(text=f"{state} can be written")]


async def _disk(place: Place) -> list[Check]:
    checks = []
    for folder in dict.fromkeys((place.paths.state, place.root)):
        there = next(parent for parent in (folder, *folder.parents) if parent.exists())
        free = shutil.disk_usage(there).free
        text = f"{free / 1e9:.1f} GB free for {folder}"
        checks.append(Check(text=text, state="ok" if free >= LEAST_FREE else "warning"))
    return checks


async def _terminal(place: Place) -> list[Check]:
    size = shutil.get_terminal_size()
    parts = [
        f"TERM={place.env.get('TERM', '')}",
        f"{size.columns}x{size.lines}",
        f"encoding {getattr(sys.stdout, 'encoding', None) or 'utf-8'}",
        *(
            f"{name}={place.env[name]}"
            for name in ("COLORTERM", "NO_COLOR", "FORCE_COLOR")
            if name in place.env
        ),
    ]
    if not sys.stdout.isatty():
        return [Check(text="standard output is no terminal; " + ", ".join(parts))]
    if place.env.get("TERM", "dumb") == "dumb":
        return [Check(state="warning", text=", ".join(parts), hint="The line face is used on this terminal.")]
    return [Check(text=", ".join(parts))]


async def _tests(place: Place) -> list[Check]:
    setting = ""
    with contextlib.suppress(ConfigError):
        setting = place.load().settings.test_command
    command = await asyncio.to_thread(detect, place.root, setting, place.env)
    if command is None:
        hint = "Name the command: mycoder config set --project test_command 'pytest -q'"
        return [Check(state="warning", text=f"no test command was found in {place.root}", hint=hint)]
    if command.parts:
        folders = [folder_of(part, place.root.absolute()) for part in command.parts]
        return [
            _of_tests(part, f" in {folder}" if folder else "")
            for part, folder in zip(command.parts, folders, strict=True)
        ]
    return [_of_tests(command)]


def _of_tests(command: TestCommand, where: str = "") -> Check:
    if command.missing:
        return Check(state="warning", text=f"{command.text}{where}: {command.missing}")
    return Check(text=f"{command.text}{where} ({command.why})")


async def _version(*argv: str) -> str:
    """First line that the program prints; empty when there is none or it says nothing for 5 s."""
    program = shutil.which(argv[0])
    if program is None:
        return ""
    process = await asyncio.create_subprocess_exec(
        program,
        *argv[1:],
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        cwd=os.sep,
    )
    try:
        output, _ = await asyncio.wait_for(process.communicate(), 5)
    except TimeoutError:
        process.kill()
        await process.wait()
        return ""
    return output.decode("utf-8", "replace").partition("\n")[0]


CHECKS: dict[str, Callable[[Place], Awaitable[list[Check]]]] = {
    "mycoder": _mycoder,
    "python": _python,
    "git": _git,
    "ripgrep": _ripgrep,
    "sandbox": _sandbox,
    "models": _keys,
    "config": _config,
    "trust": _trust,
    "store": _store,
    "disk": _disk,
    "terminal": _terminal,
    "tests": _tests,
}


async def run_all(place: Place) -> list[Check]:
    """Every check at once; one that fails itself is a warning that says so."""

    async def one(name: str) -> list[Check]:
        try:
            return [
                check if check.name else msgspec.structs.replace(check, name=name)
                for check in await CHECKS[name](place)
            ]
        except Exception as error:
            return [Check(name=name, state="warning", text=f"could not be checked: {error!r}")]

    found = await asyncio.gather(*(one(name) for name in CHECKS))
    return [check for checks in found for check in checks]


MARKS = {"ok": "ok     ", "warning": "warning", "error": "ERROR  "}


def listed(checks: list[Check]) -> list[str]:
    """One line a check, its hint on a line of its own. Text is as found: make it visible before showing it."""
    lines = []
    for check in checks:
        lines.append(f"{MARKS[check.state]}  {check.name:<10}  {check.text}")
        lines += [f"{'':<21}{check.hint}"] if check.hint else []
    return lines
