"""The model of a session that has none: everything that needs no model works, and asking it says what to
do."""

from collections.abc import AsyncGenerator

from mycoder.models.model import Card, Delta, Failed
from mycoder.protocol.messages import Request


class AbsentModel:
    """Answers every request with why there is no model. Its name is empty."""

    def __init__(self, message: str, hint: str = "") -> None:
        self._failure = Failed("auth", message, hint=hint)

    @property
    def name(self) -> str:
        return ""

    def card(self) -> Card:
        return Card("")

    async def stream(self, request: Request) -> AsyncGenerator[Delta, None]:
        yield self._failure

    async def aclose(self) -> None:
        """Nothing is open."""
