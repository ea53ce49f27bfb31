"""mycoder: a terminal-native coding assistant.

    from mycoder import Session

    async with Session.open(".") as session:
        async for event in session.run("make the failing tests pass"):
            print(event)

Names are loaded on first use, so that ``import mycoder`` costs nothing at start.
"""

from typing import TYPE_CHECKING, Any

from mycoder.version import __version__

__all__ = ["Session", "__version__"]

if TYPE_CHECKING:
    from mycoder.session import Session


def __getattr__(name: str) -> Any:
    if name == "Session":
        from mycoder.session import Session

        return Session
    raise AttributeError(f"module 'mycoder' has no attribute {name!r}")
