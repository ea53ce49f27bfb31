"""The level for machines where nothing else isolates: every command in a container of its own, of an image that
the person names and has pulled. Tools and libraries are those of the image.

Nothing is mounted but the repository, a private /tmp and mycoder itself, so there is nothing else to hide.
"""

import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence

from mycoder.sandbox import mounts, rlimits, tree
from mycoder.sandbox.confinement import Started, open_pipe, why_not
from mycoder.sandbox.guard import Guard
from mycoder.sandbox.job import CannotStart, Job, Limits
from mycoder.sandbox.watchdog import Watchdog

WORDS = (
    "a container: commands see the repository, a private /tmp and what the image {image} holds; no network, no "
    "capabilities, bounded memory and processes"
)

LABEL = "mycoder.session"

_PASSED = ("LANG", "LANGUAGE", "TZ", "TERM", "PAGER", "GIT_PAGER", "MANPAGER", "GIT_TERMINAL_PROMPT", "CI")
_ENGINE = ("PATH", "HOME", "USER", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "DOCKER_HOST", "DOCKER_CONTEXT")
"""What the engine's own program needs; the command does not get it."""

_CLEAR = '"$1" ps -aq --filter "label=$2" | while read -r id; do "$1" rm -f "$id" >/dev/null 2>&1; done'

_AS_THE_ENGINE = 125
"""Exit code of docker and podman for their own failures."""


def container_argv(
    engine: str,
    image: str,
    job: Job,
    env: Mapping[str, str],
    *,
    name: str,
    label: str,
    places: list[mounts.Mount],
    limits: Limits,
) -> tuple[str, ...]:
    """The command line that runs `job` in a new container. Values of variables are read by the engine from its
    own environment, so that no list of processes shows them."""
    passed = [key for key in env if key in _PASSED or key.startswith("LC_") or key in (job.env or {})]
    words = [
        *(engine, "run", "--rm", "--init", "--pull", "never", "--name", name, "--label", label),
        *("--network", "none", "--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"),
        *("--ipc", "private", "--pids-limit", str(limits.processes)),
        *("--memory", str(rlimits.memory_limit(limits)), "--memory-swap", str(rlimits.memory_limit(limits))),
        *(
            "--ulimit",
            "core=0",
            "--ulimit",
            f"fsize={limits.file_size}",
            "--ulimit",
            f"cpu={limits.cpu_seconds}",
        ),
        *("--workdir", str(job.cwd), "--env", "HOME=/tmp", "--env", "TMPDIR=/tmp"),
    ]
    if os.path.basename(engine) == "podman" and os.geteuid() != 0:
        words += ["--userns", "keep-id"]
    else:
        words += ["--user", f"{os.geteuid()}:{os.getegid()}"]
    for key in passed:
        words += ["--env", key]
    for place in places:
        ending = ",readonly" if place.kind == mounts.READ else ""
        fields = f"type=bind,{_field('source', place.source)},{_field('target', place.target)}{ending}"
        words += ["--mount", fields]
    return (*words, image, *job.argv)


def places_of(folders: mounts.Folders, package: str, nested: Sequence[str], job: Job) -> list[mounts.Mount]:
    """What a container sees. What is absent cannot be mounted on without making it, so that is left to the
    guard."""
    chosen = (
        mounts.Mount(mounts.WRITE, "/tmp", folders.scratch),
        mounts.Mount(mounts.READ, package, package),
        *mounts.of_repository(folders),
        *mounts.of_nested(nested),
        *mounts.of_job(map(str, job.writable), (str(job.spill),) if job.spill else ()),
    )
    return [mount for mount in mounts.in_order(chosen) if mount.kind in (mounts.READ, mounts.WRITE)]


class Container:
    """Commands in containers of `image`, by the program `engine` (docker or podman)."""

    name = "container"
    network = "none"
    tmp = "/tmp"

    def __init__(
        self,
        engine: str,
        image: str,
        folders: mounts.Folders,
        limits: Limits,
        *,
        env: Mapping[str, str],
        package: str,
        nested: Sequence[str],
        guard: Callable[[], Guard],
    ) -> None:
        self._engine, self._image, self._folders, self._limits = engine, image, folders, limits
        self._own = {key: env[key] for key in _ENGINE if key in env}
        self._package, self._nested, self._guard = package, tuple(nested), guard
        self._label = f"{LABEL}={os.urandom(8).hex()}"
        self._count = 0
        self._names: dict[int, str] = {}
        self._ending: dict[int, subprocess.Popen[bytes]] = {}
        self._watchdog = Watchdog((engine, self._label), _CLEAR, self._own)
        self.description = WORDS.format(image=image)
        self.variables: Mapping[str, str] = {"TMPDIR": "/tmp"}

    def start(self, job: Job, env: Mapping[str, str]) -> Started:
        self._watchdog.start()
        self._count += 1
        name = f"mycoder-{self._label.rpartition('=')[2]}-{self._count}"
        guard = self._guard()
        argv = container_argv(
            self._engine,
            self._image,
            job,
            env,
            name=name,
            label=self._label,
            places=places_of(self._folders, self._package, self._nested, job),
            limits=self._limits,
        )
        reading, writing = open_pipe()
        try:
            popen = subprocess.Popen(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=writing,
                stderr=writing,
                env={**env, **self._own},
                cwd="/",
                start_new_session=True,
            )
        except (OSError, ValueError) as fault:
            os.close(reading)
            raise CannotStart(why_not(job, fault)) from fault
        finally:
            os.close(writing)
        self._names[popen.pid] = name
        return Started(popen, reading, guard=guard)

    def members(self, started: Started) -> list[int]:
        """The engine's program hands signals on to the command."""
        return [started.popen.pid] if started.popen.returncode is None else []

    def strike(self, started: Started) -> bool:
        pid = started.popen.pid
        if (ending := self._ending.get(pid)) is not None:
            return ending.poll() is None
        if started.popen.returncode is not None:
            return False  # `--rm` has taken it away, and all its processes with it
        self._ending[pid] = subprocess.Popen(
            (self._engine, "rm", "-f", self._names[pid]),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=self._own,
            cwd="/",
            start_new_session=True,
        )
        return True

    def ended(self, started: Started, output: str) -> str:
        self._names.pop(started.popen.pid, None)
        self._ending.pop(started.popen.pid, None)
        tree.send_group(started.popen.pid, signal.SIGKILL)
        return " ".join(started.guard.settle()) if started.guard else ""

    def pause(self, started: Started, is_on: bool) -> None:
        """The engine holds the limits itself."""

    def explain(self, output: str, exit_code: int | None) -> str:
        if exit_code == _AS_THE_ENGINE:
            return f"the container could not be started: {output.strip().splitlines()[-1] if output.strip() else ''}"
        return ""

    def close(self) -> None:
        self._watchdog.close()


def _field(key: str, path: str) -> str:
    """One field of a list that commas part, quoted as in RFC 4180. Raises CannotStart."""
    if "\n" in path or "\r" in path:
        raise CannotStart(f"no container can mount the path {path!r}: rename that folder")
    field = f"{key}={path}"
    return '"' + field.replace('"', '""') + '"' if {",", '"'} & set(field) else field
