"""Scripts read from files."""

import os
from typing import Any

import msgspec

from mycoder.models.decoding import decode_json
from mycoder.models.script import Play, Script


class ScriptError(Exception):
    """A script that cannot be read; the message names the file and the place."""


def load_script(name: str) -> tuple[Script, Play | None]:
    """Reads a script from the file `name` (.yaml, .yml, .json, .toml, .py) or, by its bare name, one that is
    packaged.

    A Python file defines ``reply(request) -> Step | dict | None``, a ``script`` dict, or both. It is
    executed: name only files you trust. Raises ScriptError.
    """
    path = name if os.path.exists(name) else _packaged(name)
    ending = os.path.splitext(path)[1].lower()
    try:
        if ending == ".py":
            return _from_python(path)
        with open(path, "rb") as file:
            data = file.read()
        value = _parsed(data, ending)
        if isinstance(value, list):
            value = {"steps": value}
        script = msgspec.convert(value, Script)
    except OSError as error:
        raise ScriptError(f"the script {path} cannot be read: {error.strerror}") from error
    except (msgspec.MsgspecError, ValueError) as error:
        raise ScriptError(f"the script {path} is not right: {error}") from error
    stem = os.path.splitext(os.path.basename(path))[0]
    return (script if script.name != "script" else msgspec.structs.replace(script, name=stem)), None


def _parsed(data: bytes, ending: str) -> Any:
    match ending:
        case ".json":
            return decode_json(data)
        case ".toml":
            import tomllib  # late: 3 ms

            return tomllib.loads(data.decode())
        case ".yaml" | ".yml":
            import yaml  # late: 20 ms

            try:
                return yaml.safe_load(data)
            except yaml.YAMLError as error:
                raise ValueError(str(error)) from error
    raise ValueError("its name must end in .yaml, .json, .toml or .py")


def _from_python(path: str) -> tuple[Script, Play | None]:
    import runpy  # late: only scripts in Python need it

    try:
        names = runpy.run_path(path)
    except Exception as error:
        raise ScriptError(f"the script {path} fails: {type(error).__name__}: {error}") from error
    play, value = names.get("reply"), names.get("script", {})
    if not callable(play) and not value:
        raise ScriptError(f"the script {path} defines neither reply(request) nor script")
    return msgspec.convert(value, Script), play if callable(play) else None


def _packaged(name: str) -> str:
    if os.path.splitext(name)[1] or os.sep in name:
        return name
    return os.path.join(os.path.dirname(__file__), "scripts", f"{name}.yaml")
