"""Every other provider, through litellm. Importing that takes 3 s and 170 MB, so it happens in a thread,
begun when the model is opened, and only for models that need it."""

import asyncio
import concurrent.futures
import importlib.util
import logging
import os
import re
import threading
import time
import warnings
from collections.abc import AsyncGenerator, Callable, Mapping
from typing import Any

from mycoder.models.dialect import Dialect
from mycoder.models.failures import classify, retry_after
from mycoder.models.model import Card, Delta, Failed, FailureKind, Timeouts
from mycoder.models.reply import ReplyDecoder
from mycoder.models.wire import Encoder
from mycoder.protocol.messages import Request

# Read by litellm while it is imported: no table or header list from the network, no .env of the repository,
# no words on the terminal.
_SETTINGS = {
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "LITELLM_LOCAL_ANTHROPIC_BETA_HEADERS": "True",
    "LITELLM_LOCAL_BLOG_POSTS": "True",
    "LITELLM_MODE": "PRODUCTION",
    "LITELLM_TELEMETRY": "False",
    "LITELLM_LOG": "ERROR",
}

# Attributes of the module. `modify_params` turns thinking off where its signed blocks are missing (in a
# resumed session), instead of failing.
_SWITCHES = {
    "telemetry": False,
    "suppress_debug_info": True,
    "drop_params": True,
    "modify_params": True,
    "enable_anthropic_prompt_caching": True,
}

_KINDS: dict[str, FailureKind] = {
    "ContextWindowExceededError": "context_overflow",
    "AuthenticationError": "auth",
    "PermissionDeniedError": "auth",
    "BudgetExceededError": "auth",
    "RateLimitError": "rate_limit",
    "Timeout": "timeout",
    "NotFoundError": "bad_request",
    "BadRequestError": "bad_request",
    "UnsupportedParamsError": "bad_request",
    "ContentPolicyViolationError": "bad_request",
}


class LiteLLMModel:
    """A model named as litellm names it: ``anthropic/claude-…``, ``bedrock/…``. See
    `mycoder.models.model.Model`."""

    def __init__(
        self,
        name: str,
        *,
        model: str,
        base_url: str = "",
        key: str = "",
        timeouts: Timeouts = Timeouts(),
        parameters: Mapping[str, Any] | None = None,
        card: Callable[[], Card] | None = None,
    ) -> None:
        self._name, self._model, self._card = name, model, card
        self._base_url, self._key, self._timeouts = base_url, key, timeouts
        self._encoder = Encoder(model, Dialect(), parameters or {}, name)
        self._loaded = _load()

    @property
    def name(self) -> str:
        return self._name

    def card(self) -> Card:
        return self._card() if self._card is not None else Card(self._name)

    async def aclose(self) -> None:
        """Closes litellm's connections, if it was ever used."""
        if not self._loaded.done() or self._loaded.exception() is not None:
            return
        close = getattr(self._loaded.result(), "close_litellm_async_clients", None)
        if close is not None:
            await close()

    async def stream(self, request: Request) -> AsyncGenerator[Delta, None]:
        try:
            litellm = await asyncio.wrap_future(self._loaded)
        except Exception as error:
            hint = "Reinstall mycoder, or use a provider that speaks chat completions."
            yield Failed("bad_request", f"litellm cannot be loaded: {error}", hint=hint)
            return
        decoder = ReplyDecoder(frozenset(c.id for m in request.messages for c in m.calls), by=self._name)
        source: Any = None
        deadline = asyncio.get_running_loop().time() + self._timeouts.first_token
        try:
            async with asyncio.timeout_at(deadline):
                source = await litellm.acompletion(**self._arguments(request), **_without_mcp(request))
            while (chunk := await self._next(source, decoder, deadline)) is not None:
                for delta in decoder.feed_object(chunk):
                    yield delta
            decoder.is_done = True
        except TimeoutError:
            limit = self._timeouts.idle if decoder.has_begun else self._timeouts.first_token
            decoder.fail(Failed("timeout", f"silent for {limit:g} s"))
        except Exception as error:
            if not decoder.has_finish:
                decoder.fail(_failure(error))
        finally:
            if source is not None:
                await source.aclose()
        for delta in decoder.end():
            yield delta

    async def _next(self, source: Any, decoder: ReplyDecoder, deadline: float) -> dict[str, Any] | None:
        loop = asyncio.get_running_loop()
        async with asyncio.timeout_at(loop.time() + self._timeouts.idle if decoder.has_begun else deadline):
            chunk = await anext(source, None)
        if chunk is None:
            return None
        plain: dict[str, Any] = chunk.model_dump(exclude_none=True)
        return plain

    def _arguments(self, request: Request) -> dict[str, Any]:
        arguments = self._encoder.head(request)
        arguments["messages"] = self._encoder.messages(request)
        arguments |= {"num_retries": 0, "max_retries": 0, "timeout": self._timeouts.first_token}
        if self._key:
            arguments["api_key"] = self._key
        if self._base_url:
            arguments["api_base"] = self._base_url
        return arguments


def _load() -> "concurrent.futures.Future[Any]":
    """Begins to import litellm in a daemon thread, which does not hold up the exit."""
    future: concurrent.futures.Future[Any] = concurrent.futures.Future()

    def run() -> None:
        try:
            future.set_result(_imported())
        except BaseException as error:
            future.set_exception(error)

    threading.Thread(target=run, daemon=True, name="mycoder-litellm").start()
    return future


def _imported() -> Any:
    for variable, value in _SETTINGS.items():
        os.environ.setdefault(variable, value)
    for name in ("LiteLLM", "LiteLLM Router", "LiteLLM Proxy"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    # It warns on the terminal of type declarations that are none of the person's business.
    warnings.filterwarnings("ignore", category=UserWarning, module=r"pydantic\.")
    import litellm  # late: 3 s and 170 MB

    for switch, state in _SWITCHES.items():
        setattr(litellm, switch, state)
    return litellm


def _without_mcp(request: Request) -> dict[str, Any]:
    """Versions that can call MCP tools themselves want the package `mcp` for any tool at all, unless told not
    to."""
    handler = "litellm.responses.mcp.chat_completions_handler"
    if request.tools and importlib.util.find_spec(handler) is not None:
        return {"_skip_mcp_handler": True}
    return {}


def _failure(error: Exception) -> Failed:
    name = type(error).__name__
    message = re.sub(r"^(?:[\w.]+(?:Error|Exception|Timeout)(?:: | - ))+", "", str(error)) or name
    status = getattr(error, "status_code", None)
    status = status if isinstance(status, int) else None
    if isinstance(error, ImportError) or "pip install" in message:
        hint = "Install what is named there beside mycoder."
        return Failed("bad_request", message[:1000], hint=hint)
    if name == "APIConnectionError":
        # litellm files under this name also what it could not make sense of.
        return Failed("connection", classify(message, "", None).message)
    if re.search(r"unable to locate credentials|default credentials|missing credentials", message, re.I):
        return Failed(
            "auth", message[:1000], hint="Log in to the cloud (aws configure, gcloud auth), or set its keys."
        )
    failed = classify(message, "", status)
    kind = _KINDS.get(name, failed.kind)
    if failed.kind in ("context_overflow", "auth"):
        kind = failed.kind
    return Failed(kind, failed.message, status, retry_after(_headers(error), time.time()), failed.hint)


def _headers(error: Exception) -> dict[str, str]:
    """Of the response behind an error, wherever this version of litellm keeps them."""
    response = getattr(error, "response", None)
    found = (getattr(error, "litellm_response_headers", None), getattr(response, "headers", None))
    return {str(k).lower(): str(v) for headers in found if headers for k, v in dict(headers).items()}
