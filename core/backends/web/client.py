"""Asks for one URL as a polite stranger: no cookies, no proxy, every redirect checked anew, and no credentials but
those that the operator gave for this very host."""

import asyncio
import ssl
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from urllib.parse import urljoin

import httpcore

from core.backends.web.addresses import Allowed
from core.backends.web.headers import decoded
from core.backends.web.link_headers import Headers, LinkHeaders
from core.backends.web.network import CheckedNetwork
from core.backends.web.urls import Target, bad, check
from core.errors import Refused, SaseoError, Unavailable

MAX_REDIRECTS = 5
REDIRECTS = (301, 302, 303, 307, 308)
KEPT = (301, 302, 307, 308)
"""Redirects after which a question is asked again; the other one leads to a page instead."""

Step = Callable[[Target], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer whose body has not been read yet."""

    target: Target
    status: int
    headers: Mapping[str, str]
    """By lower-case name."""
    pieces: AsyncIterable[bytes]
    """The body as it was sent, still packed."""
    is_own: bool = False
    """Whether the host was asked with headers that the operator gave for it."""


class Client:
    """Sends requests over connections of their own, so that nothing is shared between sites or askers."""

    def __init__(
        self,
        *,
        allowed: Allowed,
        network: Callable[[], CheckedNetwork],
        user_agent: str,
        tls: ssl.SSLContext | None,
        link_headers: LinkHeaders,
    ) -> None:
        """`network` makes the network of one exchange; without `tls` the certificates of the system and of Mozilla
        are trusted."""
        self._allowed = allowed
        self._network = network
        self._user_agent = user_agent
        self._tls = tls
        self._link_headers = link_headers

    @asynccontextmanager
    async def arrive(
        self,
        target: Target,
        conditions: Mapping[str, str],
        *,
        before_each: Step | None = None,
        question: bytes | None = None,
    ) -> AsyncIterator[Reply]:
        """The answer at the end of the redirects, to a question in JSON where there is one. Raises Refused where a
        redirect leads to a place that is not allowed."""
        secured: set[str] = set()
        redirects = REDIRECTS if question is None else KEPT
        for _ in range(MAX_REDIRECTS + 1):
            if before_each is not None:
                await before_each(target)
            own = self._own_headers(target, secured)
            async with self._exchange(target, [*own, *conditions.items()], question) as answer:
                reply = replace(answer, is_own=bool(own))
                location = reply.headers.get("location")
                if reply.status not in redirects or not location:
                    yield reply
                    return
            target = _follow(target, location, allowed=self._allowed)
        raise Refused("fetch.redirects", limit=MAX_REDIRECTS)

    @asynccontextmanager
    async def _exchange(
        self, target: Target, further: Iterable[tuple[str, str]], question: bytes | None
    ) -> AsyncIterator[Reply]:
        tls = await self._trusted() if target.scheme == "https" else None
        with vendor_errors(target.host):
            request = httpcore.Request(
                "GET" if question is None else "POST",
                httpcore.URL(scheme=target.scheme, host=target.host, port=target.port, target=target.path),
                headers=self._headers(target, further, question),
                content=question,
            )
            async with (
                self._network() as network,
                httpcore.AsyncHTTPConnection(
                    request.url.origin, ssl_context=tls, network_backend=network
                ) as connection,
            ):
                response = await connection.handle_async_request(request)
                try:
                    yield Reply(target, response.status, decoded(response.headers), response.aiter_stream())
                finally:
                    await response.aclose()

    async def _trusted(self) -> ssl.SSLContext:
        """Loaded when it is first needed, in a thread: it takes a tenth of a second."""
        if self._tls is None:
            self._tls = await asyncio.to_thread(httpcore.default_ssl_context)
        return self._tls

    def _own_headers(self, target: Target, secured: set[str]) -> Headers:
        """What the operator gave for this host, unless a redirect leads from TLS to a connection without it."""
        if target.scheme == "https":
            secured.add(target.host)
        elif target.host in secured:
            return ()
        return self._link_headers.of(target, self._allowed)

    def _headers(
        self, target: Target, further: Iterable[tuple[str, str]], question: bytes | None
    ) -> list[tuple[str, str]]:
        usual = {
            "Host": target.authority,
            "User-Agent": self._user_agent,
            "Accept": "*/*",
            "Accept-Encoding": "gzip",
            "Connection": "close",
        }
        if question is not None:
            usual |= {"Content-Type": "application/json", "Content-Length": str(len(question))}
        given = list(further)
        replaced = {name.lower() for name, _ in given}
        return [*((name, value) for name, value in usual.items() if name.lower() not in replaced), *given]


@contextmanager
def vendor_errors(host: str) -> Iterator[None]:
    """Turns everything that httpcore, TLS and sockets raise into Refused or Unavailable."""
    try:
        yield
    except SaseoError:
        raise
    except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
        code = "fetch.tls" if isinstance(error.__cause__, ssl.SSLError) else "fetch.unreachable"
        raise Unavailable(code, host=host) from error
    except (httpcore.UnsupportedProtocol, httpcore.LocalProtocolError) as error:
        raise bad(host) from error
    except (
        httpcore.TimeoutException,
        httpcore.NetworkError,
        httpcore.ProtocolError,
        httpcore.ProxyError,
        httpcore.ConnectionNotAvailable,
        ssl.SSLError,
    ) as error:
        raise Unavailable("fetch.broken", host=host) from error
    except OSError as error:
        raise Unavailable("fetch.unreachable", host=host) from error
    except ValueError as error:
        raise bad(host) from error


def _follow(target: Target, location: str, *, allowed: Allowed) -> Target:
    try:
        url = urljoin(target.url, location.strip())
    except ValueError as error:
        raise bad(location) from error
    return check(url, allowed)
