"""The one door of mycoder. `Session` is loaded on first use, so that the store can be read without it."""

from typing import TYPE_CHECKING, Any

__all__ = ["Session"]

if TYPE_CHECKING:
    from mycoder.session.session import Session


def __getattr__(name: str) -> Any:
    if name == "Session":
        from mycoder.session.session import Session

        return Session
    raise AttributeError(f"module 'mycoder.session' has no attribute {name!r}")
