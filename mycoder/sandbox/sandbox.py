"""Running commands of the model and tests of the project, as confined as this machine allows.

    sandbox = open_sandbox("auto", root, env=os.environ)
    completed = await sandbox.run(Job(argv=("pytest", "-q"), cwd=root, seconds=600))

The level is chosen when it is first asked for, so opening costs nothing.
"""

import asyncio
import os
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from mycoder.sandbox.confinement import FIXED_SHELLS, Confinement, find_program
from mycoder.sandbox.job import CannotStart, Completed, Job, Limits, Place
from mycoder.sandbox.kept import MASKS, of_repository

if TYPE_CHECKING:
    from mycoder.sandbox.proxy import Proxy
    from mycoder.sandbox.running import Running

MOST_RUNNING = 16
"""Commands that may run at the same time."""
LOOK = 1.0
"""Seconds between two questions whether a command should be ended."""

NO_HOSTS = (
    "no host may be reached. The person can allow some, e.g. "
    '`mycoder config set sandbox_network.allow \'["pypi.org", "files.pythonhosted.org"]\'`'
)

_MOST_KEPT = 32
_LONGEST_WORD = 100_000
"""Linux takes 131,072 bytes for one argument; a longer shell command goes into a file."""


class Sandbox:
    """All commands of one session. Made by `open_sandbox`; belongs to one event loop once a command has
    run."""

    def __init__(self, want: str, place: Place, pass_env: tuple[str, ...]) -> None:
        self.root, self.limits = place.root, place.limits
        self._want, self._place, self._pass_env = want, place, pass_env
        self._chosen: Confinement | None = None
        self._scratch: Path | None = None
        self._jobs: dict[str, Running] = {}
        self._count = 0
        self._is_closed = False
        self._environments: dict[bool, dict[str, str]] = {}

    def insist(self) -> None:
        """Chooses the level now. Raises SandboxUnavailable when the wanted one does not work."""
        _ = self._confinement

    def beside(
        self, root: Path, *, writable: Iterable[Path] = (), readable: Iterable[Path] = ()
    ) -> "Sandbox":
        """A sandbox of the level of this one around another root, e.g. a copy of the repository; see `Place`. It hides
        what this one hides, but what holds the new root. Raises SandboxUnavailable."""
        root = Path(os.path.realpath(root))
        place = msgspec.structs.replace(
            self._place,
            root=root,
            cache=None,
            hidden=tuple(path for path in self._place.hidden if not root.is_relative_to(path)),
            writable=tuple(Path(os.path.realpath(path)) for path in writable),
            readable=tuple(readable),
        )
        other = Sandbox("off" if self.level == "limits" else self.level, place, self._pass_env)
        other.insist()
        return other

    def sweep(self) -> None:
        """Takes placeholders out of the repository that a killed session has left in it; else it costs one look."""
        if self._place.cache is None:
            return
        file = of_repository(self._place.cache, self.root) / MASKS
        if file.is_file():
            from mycoder.sandbox.masks import Masks  # late: not needed to open a session

            Masks(file).sweep()

    # -- what it is ------------------------------------------------------------------------------------------

    @property
    def level(self) -> str:
        """bubblewrap | landlock | limits."""
        return self._confinement.name

    @property
    def description(self) -> str:
        return self._confinement.description

    @property
    def path(self) -> str:
        """The PATH of commands."""
        return self._place.env.get("PATH", "")

    @property
    def has_bash(self) -> bool:
        return bool(self._place.bash)

    def shell(self, command: str) -> tuple[str, ...]:
        """The argv that runs `command` in a fresh bash, or in sh where there is none."""
        bash = self._place.bash
        shell = (bash, "--noprofile", "--norc") if bash else ("/bin/sh",)
        text = os.fsencode(command)
        if len(text) <= _LONGEST_WORD:
            return (*shell, "-c", command)
        name = f"command-{os.urandom(8).hex()}.sh"
        # commands can write to this folder: never follow a link that one has put there
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        with os.fdopen(os.open(self._make_scratch() / name, flags, 0o600), "wb") as file:
            file.write(text)
        return (*shell, f"{self._confinement.tmp}/{name}")

    # -- running ---------------------------------------------------------------------------------------------

    async def start(self, job: Job) -> "Running":
        """Starts a command and leaves it running until it ends, is killed, or the sandbox is closed.

        Raises CannotStart.
        """
        if self._is_closed:
            raise CannotStart("the session has ended")
        if sum(running.is_running for running in self._jobs.values()) >= MOST_RUNNING:
            raise CannotStart(f"{MOST_RUNNING} commands are running already: wait for one, or stop one")
        if not job.argv:
            raise CannotStart("there is no command")
        if not job.cwd.is_dir():
            raise CannotStart(f"the working directory {job.cwd} is not there any more")
        confinement = self._confinement
        proxy = None
        if job.network and confinement.network != "open":
            job, proxy = await self._grant(job)
        env = {**self._environment(job.network and proxy is None), **(job.env or {})}
        try:
            started = confinement.start(job, env)
        except CannotStart:
            if proxy is not None:
                proxy.close()
            raise
        from mycoder.sandbox.running import Running  # late: as above

        self._count += 1
        running = Running(
            id=str(self._count),
            job=job,
            confinement=confinement,
            started=started,
            limits=self.limits,
            on_end=self._forget_old,
            close_door=proxy.close if proxy is not None else None,
        )
        self._jobs[running.id] = running
        return running

    async def run(self, job: Job) -> Completed:
        """Runs a command to its end, or to its time limit: then it is killed with all it has started.

        Never raises for what the command does; one that cannot start has `problem` set. Cancelling kills it.
        """
        try:
            running = await self.start(job)
        except CannotStart as fault:
            return Completed(problem=str(fault), output=str(fault), level=self.level)
        try:
            deadline = time.monotonic() + job.seconds
            while (left := deadline - time.monotonic()) > 0:
                completed = await running.wait(min(left, LOOK) if job.should_end else left)
                if completed is not None:
                    return completed
                if job.should_end and (why := job.should_end()):
                    return await running.kill(why)
            return await running.kill(f"the time limit of {job.seconds:g} s was reached", is_timed_out=True)
        except asyncio.CancelledError:
            await asyncio.shield(running.kill("interrupted"))
            raise

    def find(self, handle: str) -> "Running | None":
        """A command that runs or ended lately, by its id."""
        return self._jobs.get(handle)

    @property
    def running(self) -> "list[Running]":
        return [running for running in self._jobs.values() if running.is_running]

    async def close(self) -> None:
        """Kills what still runs and removes the temporary folder. May be called twice."""
        self._is_closed = True
        await asyncio.gather(*(running.kill("the session ended") for running in self.running))
        if self._chosen is not None:
            self._chosen.close()
        if self._scratch is not None:
            from mycoder.sandbox.scratch import remove_scratch  # late: as above

            scratch, self._scratch = self._scratch, None
            await asyncio.to_thread(remove_scratch, scratch)

    def _forget_old(self, _: "Running") -> None:
        ended = [id for id, running in self._jobs.items() if not running.is_running]
        for id in ended[:-_MOST_KEPT]:
            del self._jobs[id]

    async def _grant(self, job: Job) -> "tuple[Job, Proxy]":
        """Raises CannotStart."""
        from mycoder.sandbox.grant import grant  # late: few commands get the network
        from mycoder.sandbox.hosts import BadHost, HostRules  # late: as above

        if self._confinement.network == "none":
            raise CannotStart(
                f"at the level {self.level} no command can be held to the allowed hosts, so none gets the "
                "network; bubblewrap is needed for that"
            )
        if not self._place.hosts:
            raise CannotStart(NO_HOSTS)
        try:
            rules = HostRules.of(self._place.hosts)
        except BadHost as bad:
            raise CannotStart(f"sandbox_network.allow: {bad}") from None
        scratch = self._make_scratch()
        door = scratch.with_name(f"{scratch.name}.net-{os.urandom(4).hex()}")
        return await grant(job, self._environment(False), rules, door)

    # -- the level -------------------------------------------------------------------------------------------

    @property
    def _confinement(self) -> Confinement:
        if self._chosen is None:
            from mycoder.sandbox.levels import choose  # late: not needed to open a session

            self._chosen = choose(self._want, self._place, self._make_scratch)
        return self._chosen

    def _make_scratch(self) -> Path:
        if self._scratch is None:
            from mycoder.sandbox.scratch import make_scratch  # late: as above

            self._scratch = make_scratch(self._place.env.get("TMPDIR") or "/tmp")
        return self._scratch

    def _environment(self, network: bool) -> dict[str, str]:
        if network not in self._environments:
            from mycoder.sandbox.environment import environment  # late: as above

            own = environment(self._place.env, self._pass_env, network=network)
            self._environments[network] = {**own, **self._confinement.variables}
        return self._environments[network]


def open_sandbox(
    want: str,
    root: Path,
    *,
    env: Mapping[str, str],
    cache: Path | None = None,
    hidden: Iterable[Path] = (),
    writable: Iterable[Path] = (),
    pass_env: Iterable[str] = (),
    limits: Limits | None = None,
    hosts: Iterable[str] = (),
    container: tuple[str, str] = ("auto", ""),
) -> Sandbox:
    """A sandbox for the repository `root`. `want` is auto (the strongest level that works), required (one
    that isolates, or none at all), off, or the name of a level.

    `cache` is mycoder's cache folder, `hidden` what no command may read (mycoder's own folders), `writable`
    what it may write to beside the repository, `pass_env` names of variables that it may see beside the usual
    ones, `hosts` rules for what a job with `network` may reach (see `hosts`), `container` engine and image of
    the level of that name. Raises SandboxUnavailable, but for auto and off."""
    root = Path(os.path.realpath(root))
    place = Place(
        root=root,
        env=env,
        cache=cache,
        hidden=tuple(Path(os.path.realpath(path)) for path in hidden),
        writable=tuple(Path(os.path.realpath(path)) for path in writable),
        limits=limits or Limits(),
        bash=find_program("bash", env.get("PATH", ""), root, FIXED_SHELLS),
        hosts=tuple(hosts),
        container=container,
    )
    sandbox = Sandbox(want, place, tuple(pass_env))
    if want not in ("auto", "off"):
        sandbox.insist()
    return sandbox
