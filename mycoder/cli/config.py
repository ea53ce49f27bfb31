"""``mycoder config``: what the settings are, where they come from, and changing them."""

from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from mycoder.cli.here import Here
from mycoder.cli.typed import here, new_app
from mycoder.config import keys
from mycoder.config.errors import ConfigError
from mycoder.config.key_paths import KeyPath, join_key, split_key
from mycoder.config.layers import Loaded
from mycoder.config.merge import or_closest
from mycoder.ui.exit_codes import ExitCode
from mycoder.ui.standard_error import complain
from mycoder.ui.visible import visible

app = new_app("Show and change settings.", is_group=True)


class Form(StrEnum):
    TOML = "toml"
    JSON = "json"


ProjectFlag = Annotated[
    bool, typer.Option("--project", help="In .mycoder/config.toml of this project, not in your own file.")
]
OriginFlag = Annotated[bool, typer.Option("--origin", help="Say where each value comes from.")]
FormOption = Annotated[Form, typer.Option("--format", help="toml or json.")]
KeyArgument = Annotated[
    str, typer.Argument(help='A dotted key, e.g. limits.max_steps or models."a/b".window.')
]


@app.callback()
def config(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        show(context)


@app.command(help="Show every setting as it is in force here.")
def show(context: typer.Context, origin: OriginFlag = False, form: FormOption = Form.TOML) -> None:
    loaded = here(context).load()
    for warning in loaded.warnings:
        complain(warning)
    typer.echo(
        _as_json(loaded, with_origin=origin) if form is Form.JSON else _as_toml(loaded, with_origin=origin)
    )


@app.command("list", help="The same as show.", hidden=True)
def list_settings(context: typer.Context, origin: OriginFlag = False, form: FormOption = Form.TOML) -> None:
    show(context, origin, form)


@app.command("get", help="Show one setting, or those of a section. Exit code 1 when it has no value.")
def get(context: typer.Context, key: KeyArgument, origin: OriginFlag = False) -> int:
    path = split_key(key)
    if keys.find(path) is None:
        raise ConfigError(f"there is no such setting{or_closest(path)}", key=join_key(path))
    loaded = here(context).load()
    for warning in loaded.warnings:
        complain(warning)
    found = [(at, value) for at, value in _values(loaded) if at[: len(path)] == path and value is not None]
    for at, value in found:
        text = _bare(value) if at == path else f"{join_key(at)} = {_toml_value(value)}"
        typer.echo(visible(f"{text}  # {loaded.origin(join_key(at))}" if origin else text))
    if not found:
        complain(f"{join_key(path)} is not set")
    return ExitCode.DONE if found else ExitCode.NOT_ACHIEVED


@app.command("set", help="Set a key in your settings file; comments and order stay.")
def set_key(
    context: typer.Context,
    key: KeyArgument,
    value: Annotated[str, typer.Argument(help="The value; a list is JSON or separated by commas.")],
    project: ProjectFlag = False,
) -> None:
    from mycoder.config.change import set_value  # late: tomlkit

    file = _file(here(context), project)
    set_value(file, key, value)
    typer.echo(f"{key} is set in {file}")


@app.command("unset", help="Remove a key or a section from your settings file.")
def unset_key(context: typer.Context, key: KeyArgument, project: ProjectFlag = False) -> None:
    from mycoder.config.change import unset_value  # late: tomlkit

    file = _file(here(context), project)
    was_there = unset_value(file, key)
    typer.echo(f"{key} is removed from {file}" if was_there else f"{key} was not set in {file}")


@app.command("path", help="Show the path of your settings file.")
def show_path(context: typer.Context, project: ProjectFlag = False) -> None:
    typer.echo(str(_file(here(context), project)))


@app.command("schema", help="Print the JSON schema of the settings, for editors.")
def show_schema() -> None:
    from mycoder.config.schema import as_json  # late: only here

    typer.echo(as_json(), nl=False)


def _file(place: Here, project: bool) -> Path:
    return place.root / ".mycoder" / "config.toml" if project else place.paths.config_file


def _values(loaded: Loaded) -> Iterator[tuple[KeyPath, Any]]:
    """Every key with its value; entries of a map one by one, and an empty map as itself."""
    for key in keys.all_keys():
        if keys.ANY in key.path:
            at = key.path.index(keys.ANY)
            for name, entry in _get(loaded.settings, key.path[:at]).items():
                yield (*key.path[:at], name, *key.path[at + 1 :]), _get(entry, key.path[at + 1 :])
            continue
        value = _get(loaded.settings, key.path)
        if isinstance(value, dict) and value and isinstance(next(iter(value.values())), str):
            yield from (((*key.path, name), entry) for name, entry in value.items())
        else:
            yield key.path, value


def _get(value: Any, path: KeyPath) -> Any:
    for part in path:
        value = getattr(value, part)
    return value


def _toml_value(value: Any) -> str:
    import tomlkit  # late: only to print

    plain = msgspec.to_builtins(list(value) if isinstance(value, tuple) else value)
    return str(tomlkit.item(plain, _parent=tomlkit.array()).as_string())


def _bare(value: Any) -> str:
    """As a shell script wants it: text without quotes, and everything else as TOML has it."""
    return value if isinstance(value, str) else _toml_value(value)


def _as_toml(loaded: Loaded, *, with_origin: bool) -> str:
    sections: dict[KeyPath, list[str]] = {(): []}  # keys of no section have to come first
    for path, value in _values(loaded):
        name = join_key(path[-1:])
        if value is None:
            text = f"# {name} is not set"
        else:
            text = f"{name} = {_toml_value(value)}"
        origin = f"  # {loaded.origin(join_key(path))}" if with_origin else ""
        sections.setdefault(path[:-1], []).append(f"{text}{origin}")
    heads = {section: [f"\n[{join_key(section)}]"] if section else [] for section in sections}
    return "\n".join(line for section, lines in sections.items() for line in (*heads[section], *lines))


def _as_json(loaded: Loaded, *, with_origin: bool) -> str:
    if not with_origin:
        return msgspec.json.format(msgspec.json.encode(loaded.settings)).decode()
    rows = {
        join_key(path): {
            "value": value,
            "layer": loaded.origin(join_key(path)).layer,
            "origin": str(loaded.origin(join_key(path))),
        }
        for path, value in _values(loaded)
    }
    return msgspec.json.format(msgspec.json.encode(rows)).decode()
