"""What `Session.open` returns: a session that is made when somebody waits for it."""

from collections.abc import Awaitable, Callable, Generator
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from typing import Protocol

    from mycoder.session.build import Built

    class Closable(Protocol):
        def close(self) -> Awaitable[None]: ...


S = TypeVar("S", bound="Closable")


class Opening(Generic[S]):
    """Awaitable, and an async context manager. `begun` makes the session out of its parts."""

    def __init__(self, root: str | Path, options: dict[str, Any], begun: "Callable[[Built], S]") -> None:
        self._root, self._options, self._begun = root, options, begun
        self._session: S | None = None

    def __await__(self) -> Generator[Any, None, S]:
        return self._open().__await__()

    async def __aenter__(self) -> S:
        self._session = await self._open()
        return self._session

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def _open(self) -> S:
        from mycoder.session.build import build  # late: most of what a session is made of

        return self._begun(await build(Path(self._root), **self._options))
