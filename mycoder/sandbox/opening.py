"""The sandbox that the settings ask for: the same for a session, for a work tree of its own and for every command
of the shell, so that none of them hides or allows less than another."""

from collections.abc import Mapping
from pathlib import Path

from mycoder.config.paths import Paths
from mycoder.config.settings import Settings
from mycoder.sandbox.sandbox import Sandbox, open_sandbox


def open_for(settings: Settings, paths: Paths, root: Path, env: Mapping[str, str]) -> Sandbox:
    """Around the repository `root`; mycoder's own folders are hidden in it. Raises SandboxUnavailable when a level
    is insisted on that does not work here."""
    return open_sandbox(
        settings.sandbox,
        root,
        env=env,
        cache=paths.cache,
        hidden=(paths.config, paths.state, paths.data),
        pass_env=settings.pass_env,
        hosts=settings.sandbox_network.allow,
        container=settings.sandbox_container.chosen,
    )
