"""How an OpenAI-compatible server is reached, and when a request to it is made again."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import stamina

from core.backends.openai_errors import translate
from core.errors import Unavailable

if TYPE_CHECKING:
    from httpx2 import AsyncClient

logger = logging.getLogger(__name__)

OPENAI_URL = "https://api.openai.com/v1"
CONNECT_TIMEOUT = 5.0
"""Seconds; a server that is there at all accepts a connection in less, so there is time left to try again."""
FIRST_WAIT, LONGEST_WAIT, JITTER = 0.25, 8.0, 0.5

T = TypeVar("T")


class Connection(Generic[T]):
    """A vendor's client, built when it is first needed, in a thread: importing the vendor takes 3 to 4 s."""

    def __init__(
        self, build: Callable[[dict[str, Any]], T], *, api_key: str, base_url: str | None, timeout: float
    ) -> None:
        """`build` makes the client from the settings of `connect`."""
        self._build = build
        self._api_key = api_key
        self._base_url = base_url
        self._timeout = timeout
        self._building = asyncio.Lock()
        self._client: T | None = None
        self._http: AsyncClient | None = None

    async def client(self) -> T:
        """The client; the first caller waits for it to be built, and so does everybody meanwhile."""
        async with self._building:
            if self._client is None:
                self._client = await asyncio.to_thread(self._connect)
            return self._client

    async def close(self) -> None:
        """Closes every connection; asked again, the client is built anew."""
        async with self._building:
            if self._http is not None:
                await self._http.aclose()
            self._client = self._http = None

    def _connect(self) -> T:
        settings = connect(api_key=self._api_key, base_url=self._base_url, timeout=self._timeout)
        self._http = settings["http_async_client"]
        return self._build(settings)


def connect(*, api_key: str, base_url: str | None, timeout: float) -> dict[str, Any]:
    """Settings common to the vendor's clients for chat and for vectors. Slow: imports the vendor.

    The address is always explicit, so that no variable of the environment can lead requests elsewhere. The
    client has its own connections (at most 1000) and takes a proxy from the environment; with aiohttp beneath it
    a stream costs half the processor time. Its own retries are off, because they know neither our deadline nor a
    stream that breaks before its first word.
    """
    import openai

    async def key() -> str:
        return api_key or "none"  # servers without keys still want the header

    limits = openai.Timeout(timeout, connect=min(timeout, CONNECT_TIMEOUT))
    return {
        "api_key": key,  # a coroutine function: so the vendor builds no synchronous client beside ours
        "base_url": base_url or OPENAI_URL,
        "timeout": limits,
        "max_retries": 0,
        "http_async_client": openai.DefaultAioHttpClient(timeout=limits),
    }


async def attempt(call: Callable[[], Awaitable[T]], *, model: str, retries: int, deadline: float) -> T:
    """The result of the first call that succeeds; calls again after what may pass, never beyond the deadline.

    `deadline` is a time of the running loop. Raises Refused or Unavailable.
    """
    loop = asyncio.get_running_loop()

    def pause(error: Exception) -> bool | float:
        if not isinstance(error, Unavailable):
            return False
        wait = error.details.get("retry_after")
        seconds = wait if isinstance(wait, float) else 0.0
        if loop.time() + seconds >= deadline:
            return False
        return seconds or True

    caller = stamina.AsyncRetryingCaller(
        attempts=retries + 1, timeout=None, wait_initial=FIRST_WAIT, wait_max=LONGEST_WAIT, wait_jitter=JITTER
    )
    try:
        async with asyncio.timeout_at(deadline):
            # Stamina logs what it retries: here a code of ours, no argument and no words of the vendor.
            return await caller(pause, lambda: guarded(call(), model=model))
    except TimeoutError:
        raise Unavailable("model.timeout") from None


async def guarded(result: Awaitable[T], *, model: str) -> T:
    """Awaits the vendor; whatever it raises becomes Refused or Unavailable.

    The vendor's words are kept from the log, for they may repeat the prompt.
    """
    try:
        return await result
    except Exception as error:
        failure = translate(error, model=model)
        logger.debug("the model's server failed", exc_info=error)
        logger.warning("the model's server failed: %s (%s)", failure.code, type(error).__name__)
        raise failure from None


def printable(text: str) -> str:
    """The text as it can be sent: half a surrogate pair, which no UTF-8 has, becomes a question mark."""
    return text.encode("utf-8", "replace").decode("utf-8")
