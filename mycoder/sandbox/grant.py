"""A command's grant of the network: the proxy that holds the rules, and how the command is made to use it."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

import msgspec

from mycoder.sandbox.hosts import HostRules
from mycoder.sandbox.job import CannotStart, Job
from mycoder.sandbox.mounts import DOOR
from mycoder.sandbox.proxy import SOCKET, Proxy

PORT = 3128
"""Of the command's own loopback, where nothing else can listen before it."""

_FORWARD = os.path.join(os.path.dirname(__file__), "forward.py")
_URL = f"http://127.0.0.1:{PORT}"
_BESIDE = "localhost,127.0.0.1,::1"
_JAVA = " ".join(f"-D{kind}.proxyHost=127.0.0.1 -D{kind}.proxyPort={PORT}" for kind in ("http", "https"))


async def grant(job: Job, env: Mapping[str, str], rules: HostRules, folder: Path) -> tuple[Job, Proxy]:
    """The job as it has to be started, and the proxy to be closed when it has ended. Raises CannotStart."""
    proxy = Proxy(rules, folder)
    try:
        await proxy.open()
    except OSError as fault:
        raise CannotStart(f"the network could not be opened: {fault.strerror}") from fault
    argv = (sys.executable, "-I", "-S", _FORWARD, f"{DOOR}/{SOCKET}", str(PORT), *job.argv)
    variables = {**proxy_variables(env), **(job.env or {})}
    return msgspec.structs.replace(job, argv=argv, env=variables, door=folder), proxy


def proxy_variables(env: Mapping[str, str]) -> dict[str, str]:
    """What makes common programs use the proxy; `env` is what the command has already."""
    named = {
        name: _URL for kind in ("http", "https", "all") for name in (f"{kind}_proxy", f"{kind.upper()}_PROXY")
    }
    java = {name: f"{env.get(name, '')} {_JAVA}".strip() for name in ("MAVEN_OPTS", "GRADLE_OPTS")}
    return {**named, "no_proxy": _BESIDE, "NO_PROXY": _BESIDE, **java}
