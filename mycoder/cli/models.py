"""``mycoder models``: which models can be reached from here."""

import asyncio
from typing import Annotated

import msgspec
import typer

from mycoder.cli.here import Here
from mycoder.cli.typed import here, new_app
from mycoder.config.key_store import KeyStore
from mycoder.config.settings import Settings
from mycoder.models.choice import choose_model
from mycoder.models.probe import LocalServer, probe_local
from mycoder.models.providers import PROVIDERS, Provider
from mycoder.models.registry import ModelUnavailable, key_of
from mycoder.models.roles import ROLES
from mycoder.ui.visible import visible_line

app = new_app("List providers, keys found and local servers.", is_group=True)

JsonFlag = Annotated[bool, typer.Option("--json", help="As one JSON object.")]


@app.callback()
def models(context: typer.Context, as_json: JsonFlag = False) -> None:
    if context.invoked_subcommand is None:
        list_models(context, as_json)


@app.command("list", help="List providers, whether their key is set, and what local servers offer.")
def list_models(context: typer.Context, as_json: JsonFlag = False) -> None:
    place = here(context)
    settings = place.load().settings
    configured = settings.model
    servers = asyncio.run(probe_local(place.env))
    kept = KeyStore(place.paths.config)
    services = [
        (provider, bool(key_of(provider, place.env, kept.get)))
        for provider in PROVIDERS
        if not provider.is_local
    ]
    if as_json:
        typer.echo(_as_json(configured, services, servers))
        return
    typer.echo(visible_line(f"model in use: {configured or _unnamed(place, settings)}"))
    for role in ROLES:
        if name := getattr(settings.roles, role).model:
            typer.echo(visible_line(f"  for {role}: {name}"))
    typer.echo("\nservers on this machine:")
    for server in servers:
        for name in server.names or (f"{server.provider}/?",):
            typer.echo(visible_line(f"  {name}  ({server.base_url})"))
    if not servers:
        typer.echo("  none answers")
    typer.echo("\nproviders:")
    for provider, has_key in services:
        typer.echo(f"  {provider.name:<12}{_key_words(provider, has_key)}")


def _unnamed(place: Here, settings: Settings) -> str:
    how = "set one with: mycoder config set model PROVIDER/NAME"
    try:
        name = asyncio.run(choose_model(place.env, settings.prefer, KeyStore(place.paths.config).get))
    except ModelUnavailable:
        return f"none ({how})"
    return f"{name} (none is named, and this is the first in reach; {how})"


def _key_words(provider: Provider, has_key: bool) -> str:
    if has_key:
        return f"key found ({' or '.join(provider.key_env)})"
    if not provider.key_env:
        return "has a login of its own"
    return f"no key: set {' or '.join(provider.key_env)}"


def _as_json(model: str, services: list[tuple[Provider, bool]], servers: list[LocalServer]) -> str:
    return msgspec.json.encode(
        {
            "model": model,
            "local": [{"name": name, "base_url": s.base_url} for s in servers for name in s.names],
            "providers": [
                {"name": provider.name, "has_key": has_key, "variables": provider.key_env}
                for provider, has_key in services
            ],
        }
    ).decode()
