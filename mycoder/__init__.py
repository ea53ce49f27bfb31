"""mycoder: a terminal-native coding assistant.

    from mycoder import Session

    async with Session.open(".") as session:
        async for event in session.run("make the failing tests pass"):
            print(event)

Names are loaded on first use, so that ``import mycoder`` costs nothing at start.
"""

from mycoder.version import __version__

TYPE_CHECKING = False  # what type checkers take for typing.TYPE_CHECKING, without importing typing (10 ms)

__all__ = ["Session", "__version__"]

if TYPE_CHECKING:
    from mycoder.session import Session


def __getattr__(name: str) -> object:
    if name == "Session":
        from mycoder.session import Session

        return Session
    raise AttributeError(f"module 'mycoder' has no attribute {name!r}")
