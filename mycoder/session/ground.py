"""What a session stands on before any of its parts is made."""

from collections.abc import Mapping
from pathlib import Path

import msgspec

from mycoder.config.key_store import KeyStore
from mycoder.config.loadable import has_any
from mycoder.config.paths import Paths
from mycoder.config.settings import Settings
from mycoder.config.trust import TrustStore
from mycoder.protocol.redact import Redactor
from mycoder.session.store import Store


class Ground(msgspec.Struct, frozen=True, eq=False):
    """A folder, its settings and where things are kept. `store` is None for an ephemeral session; `can_ask` says that
    somebody can answer."""

    root: Path
    settings: Settings
    env: Mapping[str, str]
    paths: Paths
    can_ask: bool
    store: Store | None

    @property
    def own(self) -> Path:
        """The folder of what is kept of this project."""
        return self.paths.project(self.root)

    def is_trusted(self) -> bool:
        """Whether the person trusts what the folder would make us load."""
        return TrustStore(self.paths.trust_file).look(self.root).is_trusted

    def may_run(self) -> bool:
        """A folder that would load nothing needs no trust."""
        return not has_any(self.root) or self.is_trusted()

    def redactor(self) -> Redactor:
        """Knows the keys of this session by value."""
        names = [special.key_env for special in self.settings.models.values()]
        return Redactor.of(self.env, names, KeyStore(self.paths.config).in_file())
