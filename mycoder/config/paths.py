"""Where mycoder keeps its own files, and which folder is the project.

Source: XDG Base Directory Specification 0.8; relative values of its variables are ignored, as it demands.
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

import msgspec

from mycoder.config.errors import ConfigError

APP = "mycoder"


class Paths(msgspec.Struct, frozen=True):
    """Folders of ours, each ending in ``mycoder``; none of them needs to exist."""

    config: Path
    state: Path
    cache: Path
    data: Path

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "Paths":
        """Raises ConfigError when there is neither an XDG variable nor a home folder to put them in."""
        return cls(
            config=_folder(env, "XDG_CONFIG_HOME", ".config", "user_config_path"),
            state=_folder(env, "XDG_STATE_HOME", ".local/state", "user_state_path"),
            cache=_folder(env, "XDG_CACHE_HOME", ".cache", "user_cache_path"),
            data=_folder(env, "XDG_DATA_HOME", ".local/share", "user_data_path"),
        )

    @property
    def config_file(self) -> Path:
        return self.config / "config.toml"

    @property
    def trust_file(self) -> Path:
        return self.state / "trust.json"

    @property
    def trusted(self) -> Path:
        """Copies of what was trusted, to show later what has changed."""
        return self.state / "trusted"

    @property
    def log_file(self) -> Path:
        return self.state / "mycoder.log"

    def project(self, root: Path) -> Path:
        """The folder for what is kept about one project outside of it: named for people, with a hash of the
        real path to tell namesakes apart."""
        from mycoder.blake2 import blake2b  # late: a look at the settings does not need it

        real = os.path.realpath(root)
        digest = blake2b(os.fsencode(real), digest_size=6).hexdigest()
        name = "".join(
            c if c.isascii() and (c.isalnum() or c in "-_.") else "_" for c in os.path.basename(real)
        )
        return self.state / "projects" / f"{name[:40] or 'root'}-{digest}"


def find_root(start: Path) -> Path:
    """The project of `start`: the nearest folder upwards with ``.git`` or ``.mycoder``, else `start` itself.

    The home folder and the root of the file system are only taken when one starts in them: a repository of
    dot files must not make every folder below it one project.
    """
    here = Path(os.path.realpath(start))
    home = os.path.realpath(os.path.expanduser("~"))
    for folder in (here, *here.parents):
        if folder != here and (str(folder) == home or folder.parent == folder):
            break
        if os.path.lexists(folder / ".git") or os.path.isdir(folder / ".mycoder"):
            return folder
    return here


def _folder(env: Mapping[str, str], variable: str, below_home: str, elsewhere: str) -> Path:
    base = env.get(variable, "")
    if os.path.isabs(base):
        return Path(base) / APP
    if sys.platform != "linux":
        import platformdirs  # late: other systems have their own places, and the import is not free

        return Path(getattr(platformdirs, elsewhere)(APP, appauthor=False))
    home = env.get("HOME") or os.path.expanduser("~")
    if not os.path.isabs(home):
        raise ConfigError(f"there is no home folder to keep files in: set HOME or {variable}")
    return Path(home) / below_home / APP
