"""Settings that decide which tests run: what a change of them leaves out."""

import configparser
import json
import re
import shlex
import tomllib
from typing import Any

from mycoder.testing.integrity import runner_settings
from mycoder.testing.integrity.places import SHADOWS, is_runner_settings

_LEAVES_OUT: tuple[str, ...] = (
    "-k",
    "-m",
    "--ignore",
    "--ignore-glob",
    "--deselect",
    "--co",
    "--collect-only",
    "--lf",
    "--ff",
)
_LEAVES_OUT += ("--last-failed", "--sw", "--stepwise", "--runxfail", "--maxfail", "--exitfirst", "-x")
_WHERE = ("testpaths", "python_files", "python_functions", "python_classes", "norecursedirs", "xfail_strict")
_RUNNERS = ("jest", "vitest", "mocha", "ava", "c8", "nyc")
_TESTS = re.compile(r"\b(pytest|jest|vitest|mocha|ava|tap|node --test|go test|cargo test|unittest|tox|nox)\b")
_LETS_GO = re.compile(
    r"\|\|\s*(true|:|exit 0)|;\s*(true|exit 0)|^\s*-|passWithNoTests|--bail=0|\bexit 0\b|^\s*(true|:|echo\b[^&|;]*)\s*$"
)


def weakened_settings(path: str, before: str | None, after: str | None) -> list[str]:
    """What the new version of the settings file leaves out that the old one did not, in words."""
    name = path.rpartition("/")[2]
    if name in SHADOWS or name.endswith(".pth"):
        return (
            ["it is loaded before the tests and can change them"]
            if after is not None and before is None
            else []
        )
    if is_runner_settings(path):
        return runner_settings.weakened(path, before, after)
    if name == "package.json":
        inside = runner_settings.by_key(_json_runners(before), _json_runners(after))
        return [*_scripts(_json_tests(before), _json_tests(after)), *inside]
    if name == "Makefile":
        return _scripts(_make_tests(before), _make_tests(after))
    old, new = _pytest_settings(name, before), _pytest_settings(name, after)
    if new is None:
        return []
    was = old or {}
    found = [f"addopts has {option} now" for option in _options(new) if option not in _options(was)]
    for key in _WHERE:
        if str(new.get(key, "")) != str(was.get(key, "")) and not _is_wider(was.get(key), new.get(key)):
            found.append(f"{key} is {new.get(key, 'not set')!s} now")
    return found


def _pytest_settings(name: str, text: str | None) -> dict[str, Any] | None:
    if text is None:
        return None
    try:
        if name == "pyproject.toml":
            table: Any = tomllib.loads(text)
            for key in ("tool", "pytest", "ini_options"):
                table = table.get(key, {}) if isinstance(table, dict) else {}
            return table if isinstance(table, dict) else {}
        parser = configparser.ConfigParser(interpolation=None, strict=False)
        parser.read_string(text)
    except (ValueError, configparser.Error, RecursionError):
        return {}
    section = "tool:pytest" if name == "setup.cfg" else "pytest"
    return dict(parser[section]) if parser.has_section(section) else {}


def _options(settings: dict[str, Any]) -> list[str]:
    """The options that leave tests out, with what they take."""
    value = settings.get("addopts", "")
    try:
        words = [str(v) for v in value] if isinstance(value, list) else shlex.split(str(value))
    except ValueError:
        words = str(value).split()
    found = []
    for index, word in enumerate(words):
        name, _, inline = word.partition("=")
        if word == "-p" and index + 1 < len(words) and words[index + 1].startswith("no:"):
            found.append(f"-p {words[index + 1]}")
        elif name in _LEAVES_OUT or re.match(r"-[km]\S", word):
            rest = inline or (words[index + 1] if index + 1 < len(words) and name == word else "")
            found.append(f"{name} {rest}".strip())
    return found


def _is_wider(was: Any, now: Any) -> bool:
    """Whether more can be collected than before: nothing is left out by adding a place."""
    if was is None:
        return False
    old, new = set(str(was).split()), set(str(now or "").split())
    return (isinstance(was, list) and isinstance(now, list) and set(map(str, was)) <= set(map(str, now))) or (
        bool(old) and old <= new
    )


def _json_tests(text: str | None) -> dict[str, str]:
    try:
        scripts = json.loads(text or "{}").get("scripts", {})
    except (ValueError, AttributeError, RecursionError):
        return {}
    return (
        {k: v for k, v in scripts.items() if k.startswith("test") and isinstance(v, str)}
        if isinstance(scripts, dict)
        else {}
    )


def _json_runners(text: str | None) -> str:
    """What package.json sets for runners."""
    try:
        held = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return ""
    own = {key: held[key] for key in _RUNNERS if key in held} if isinstance(held, dict) else {}
    return json.dumps(own, indent=1)


def _make_tests(text: str | None) -> dict[str, str]:
    rules: dict[str, str] = {}
    for found in re.finditer(r"^([\w-]*test[\w-]*)\s*:[^=\n]*\n((?:\t.*\n?)*)", text or "", re.MULTILINE):
        rules[found[1]] = found[2]
    return rules


def _scripts(was: dict[str, str], now: dict[str, str]) -> list[str]:
    found = []
    for name, command in was.items():
        new = now.get(name)
        if new == command:
            continue
        if new is None or (_TESTS.search(command) and not _TESTS.search(new)):
            found.append(f"`{name}` does not run the tests any more")
        elif any(_LETS_GO.search(line) for line in new.splitlines()) and not any(
            _LETS_GO.search(line) for line in command.splitlines()
        ):
            found.append(f"`{name}` succeeds whatever the tests say")
        elif len(set(new.split()) & set(_LEAVES_OUT)) > len(set(command.split()) & set(_LEAVES_OUT)):
            found.append(f"`{name}` leaves tests out")
    return found
