"""Asks again when a provider was busy or the line broke, and says so; never when asking again cannot help."""

import asyncio
import os
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any

import msgspec

from mycoder.models.model import Delta, Failed, FailureKind, Finished, Model, Retrying
from mycoder.protocol.messages import Request

_RETRYABLE: frozenset[FailureKind] = frozenset(
    ("rate_limit", "server", "connection", "cut", "timeout", "empty")
)
# Tries in all of what another try rarely mends: a model that says nothing, a server that is not there.
_FEWER: dict[FailureKind, int] = {"empty": 3, "timeout": 3, "connection": 4}


class RetryPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds throughout. The delay doubles from `first_delay` to `max_delay`, each drawn from its upper
    half, so that many sessions do not come back at once (exponential backoff with equal jitter).

    A Retry-After of the provider is waited out in full when it is at most `max_retry_after`; a longer one
    ends the attempts, since nobody sits through it. `total` bounds the waiting over all attempts of one
    request.
    """

    attempts: int = 6
    first_delay: float = 1.0
    max_delay: float = 60.0
    max_retry_after: float = 120.0
    total: float = 600.0

    def delay(self, failure: Failed, attempt: int, waited: float, chance: float) -> float | None:
        """Seconds to wait after failed attempt number `attempt`, or None to give up. `chance` is from 0 to
        1."""
        if failure.kind not in _RETRYABLE or attempt >= min(
            self.attempts, _FEWER.get(failure.kind, self.attempts)
        ):
            return None
        backoff = min(self.max_delay, self.first_delay * 2.0 ** min(attempt - 1, 30))
        delay = backoff * (0.5 + chance / 2)
        if failure.retry_after is not None:
            if failure.retry_after > self.max_retry_after:
                return None
            delay = failure.retry_after * (1 + chance / 10)
        return delay if waited + delay <= self.total else None


async def stream_with_retry(
    model: Model,
    request: Request,
    policy: RetryPolicy = RetryPolicy(),
    sleep: Callable[[float], Awaitable[Any]] = asyncio.sleep,
) -> AsyncGenerator[Delta | Retrying, None]:
    """The deltas of one reply. A `Retrying` voids what came before it; the last delta is Finished or Failed,
    and a Failed says how often it was tried. Closing the iterator closes the connection."""
    attempt, waited = 0, 0.0
    while True:
        attempt += 1
        failure: Failed | None = Failed("cut", "the reply has no end")
        deltas = model.stream(request)
        try:
            async for delta in deltas:
                if isinstance(delta, Failed):
                    failure = delta
                    break
                if isinstance(delta, Finished):
                    failure = None
                yield delta
        finally:
            await _close(deltas)
        if failure is None:
            return
        chance = int.from_bytes(os.urandom(2)) / 65535
        delay = policy.delay(failure, attempt, waited, chance)
        if delay is None:
            yield _final(failure, attempt, policy)
            return
        yield Retrying(failure, attempt, round(delay, 3))
        waited += delay
        await sleep(delay)


def _final(failure: Failed, attempt: int, policy: RetryPolicy) -> Failed:
    hint = failure.hint
    if failure.retry_after is not None and failure.retry_after > policy.max_retry_after:
        hint = hint or f"The provider asks to wait {failure.retry_after:.0f} s; try again after that."
    message = f"{failure.message} (tried {attempt} times)" if attempt > 1 else failure.message
    return msgspec.structs.replace(failure, message=message, hint=hint)


async def _close(deltas: Any) -> None:
    close = getattr(deltas, "aclose", None)  # generators have it, plain iterators need not
    if close is not None:
        await close()
