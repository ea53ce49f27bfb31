"""Where a session works, for what looks at the machine around it (`checks.py`)."""

from collections.abc import Mapping
from pathlib import Path

import msgspec

from mycoder.config.layers import Loaded, load
from mycoder.config.paths import Paths
from mycoder.config.trust import Trust, TrustStore


class Place(msgspec.Struct, frozen=True):
    """The project at `root`, our own folders and the environment of a session."""

    root: Path
    paths: Paths
    env: Mapping[str, str]

    def trust(self) -> Trust:
        return TrustStore(self.paths.trust_file).look(self.root)

    def load(self) -> Loaded:
        """The settings as they stand in the files now. Raises ConfigError."""
        return load(self.root, flags={}, env=self.env, is_trusted=self.trust().is_trusted, paths=self.paths)
