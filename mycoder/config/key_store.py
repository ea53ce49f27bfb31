"""Keys of providers that a person gave once: in the system's keyring where there is one, else in a 0600 file.

The file `keys.json` in our configuration folder says for each provider where its key is, so that the keyring,
which is slow to load, is asked only for a key that is in it.
"""

import contextlib
import os
from importlib import import_module
from pathlib import Path
from typing import Any

import msgspec

from mycoder.config.errors import ConfigError
from mycoder.config.private import make_private

SERVICE = "mycoder"
"""Name under which the keyring holds our keys; the account is the provider."""
_LARGEST = 1_000_000


class Kept(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where one key is. `key` is empty when the keyring has it."""

    key: str = ""
    is_in_keyring: bool = False


class KeyStore:
    """The keys of one person. `folder` is our configuration folder."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "keys.json"

    def get(self, provider: str) -> str:
        """The key, or the empty string. Raises ConfigError when the file cannot be read."""
        kept = self._read().get(provider)
        if kept is None:
            return ""
        if not kept.is_in_keyring:
            return kept.key
        ring = _keyring()
        with contextlib.suppress(Exception):  # a locked or broken keyring: as if it had no key
            return (ring.get_password(SERVICE, provider) or "") if ring is not None else ""
        return ""

    def in_file(self) -> tuple[str, ...]:
        """All keys that are in the file itself, for the redactor; none of a file that cannot be read."""
        with contextlib.suppress(ConfigError):
            return tuple(kept.key for kept in self._read().values() if kept.key)
        return ()

    def put(self, provider: str, key: str) -> str:
        """Keeps `key` and returns where, in words. Raises OSError and ConfigError."""
        ring = _keyring()
        is_in_keyring = False
        if ring is not None:
            with contextlib.suppress(Exception):  # whatever is wrong with a keyring, the file is left
                ring.set_password(SERVICE, provider, key)
                is_in_keyring = ring.get_password(SERVICE, provider) == key
        kept = Kept(is_in_keyring=True) if is_in_keyring else Kept(key)
        self._write({**self._read(), provider: kept})
        return "the keyring of your system" if is_in_keyring else f"{self.file}, which only you can read"

    def remove(self, provider: str) -> bool:
        """False when there was none. Raises OSError and ConfigError."""
        known = self._read()
        kept = known.pop(provider, None)
        if kept is None:
            return False
        ring = _keyring() if kept.is_in_keyring else None
        if ring is not None:
            with contextlib.suppress(Exception):  # not there any more
                ring.delete_password(SERVICE, provider)
        self._write(known)
        return True

    def places(self) -> dict[str, str]:
        """Provider → where its key is. Raises ConfigError."""
        return {
            name: "keyring" if kept.is_in_keyring else str(self.file) for name, kept in self._read().items()
        }

    def _read(self) -> dict[str, Kept]:
        try:
            with open(self.file, "rb") as file:
                return msgspec.json.decode(file.read(_LARGEST), type=dict[str, Kept])
        except FileNotFoundError:
            return {}
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise ConfigError(
                f"the stored keys cannot be read ({error}); mend the file or delete it", str(self.file)
            ) from None

    def _write(self, known: dict[str, Kept]) -> None:
        make_private(self.file.parent)
        part = self.file.with_suffix(f".{os.getpid()}")
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                os.fchmod(file.fileno(), 0o600)
                file.write(msgspec.json.format(msgspec.json.encode(known)))
                file.flush()
                os.fsync(file.fileno())
            part.replace(self.file)
        except OSError:
            part.unlink(missing_ok=True)
            raise


def _keyring() -> Any:
    """The package keyring with a backend that keeps something, else None."""
    try:
        ring = import_module("keyring")  # late: an extra, and 0.1 s
        is_real = ring.get_keyring().priority > 0
    except Exception:  # the package is not there, or its backend fails to say what it is
        return None
    return ring if is_real else None
