"""Serves the API until it is cancelled, then lets open requests finish."""

import asyncio
import contextlib
import logging
import socket
from collections.abc import Iterator

import uvicorn
from starlette.types import ASGIApp

from core.errors import Refused

log = logging.getLogger(__name__)

BACKLOG = 2048
DRAIN_SECONDS = 10


class _Server(uvicorn.Server):
    """Signals belong to the program that runs every adapter, not to one of them."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class HttpAdapter:
    """The HTTP API as a thing that runs."""

    def __init__(self, app: ASGIApp, *, host: str, port: int, name: str = "http", taken: str = "http.port") -> None:
        """`taken` is the code of the text that says that the address cannot be taken."""
        self.name = name
        self._app = app
        self._host = host
        self._port = port
        self._taken = taken

    async def run(self) -> None:
        """Serves until cancelled. Raises Refused when the address cannot be taken."""
        config = uvicorn.Config(
            self._app,
            log_config=None,
            access_log=False,
            lifespan="off",
            server_header=False,
            timeout_graceful_shutdown=DRAIN_SECONDS,
        )
        server = _Server(config)
        with _listening(self._host, self._port, taken=self._taken) as listener:
            serving = asyncio.create_task(server.serve(sockets=[listener]))
            try:
                await asyncio.shield(serving)
            except asyncio.CancelledError:
                server.should_exit = True
                await serving
                raise


@contextlib.contextmanager
def _listening(host: str, port: int, *, taken: str) -> Iterator[socket.socket]:
    """A listening socket. Bound here, since uvicorn would end the process where it cannot bind."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise Refused(taken, host=host, port=port, reason=error.strerror or str(error)) from error
    with listener:
        yield listener
