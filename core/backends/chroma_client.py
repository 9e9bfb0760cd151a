"""Opens a Chroma client on a directory or on a server, and deletes what can no longer be opened."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit
from uuid import UUID

from core.backends.alone import alone
from core.backends.index_errors import translated
from core.errors import Refused

if TYPE_CHECKING:
    import httpx
    from chromadb.api.client import Client
    from chromadb.config import Settings

DATABASE = "chroma.sqlite3"
TIMEOUT = 60.0
"""Seconds that a Chroma server may be silent."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ChromaCollection:
    """Where a collection is and what fills it. Either `path` or `url` is given."""

    name: str
    identity: str
    dimension: int
    path: str | None = None
    url: str | None = None

    @property
    def place(self) -> str:
        """Where it is, fit for the user."""
        if self.url is None:
            return str(self.path)
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.hostname}" + (f":{parts.port}" if parts.port else "")


@contextmanager
def opened(collection: ChromaCollection) -> Iterator[Client]:
    """A client for a collection, and for a directory the right to be its only one.

    Raises Refused when the directory is damaged, in use or not ours, and Unavailable without a server.
    """
    with ExitStack() as stack, translated(collection.place):
        if collection.path is not None:
            stack.enter_context(alone(Path(collection.path)))
            _look_whole(Path(collection.path))
        client = _embedded(collection.path) if collection.path is not None else _remote(str(collection.url))
        stack.callback(_close, client)
        yield client


def drop(collection: ChromaCollection) -> None:
    """Deletes the collection, whoever filled it; a damaged directory is renamed."""
    from chromadb.errors import NotFoundError

    try:
        with opened(collection) as client:
            try:
                client.delete_collection(collection.name)
            except NotFoundError:
                logger.info("there is no collection %s to delete", collection.name)
    except Refused as refused:
        if refused.code != "index.damaged" or collection.path is None:
            raise
        damaged = Path(collection.path)
        damaged.rename(damaged.with_name(f"{damaged.name}.damaged-{time.time_ns()}"))


def _look_whole(path: Path) -> None:
    # Chroma starts anew over a missing or an empty database, beside vectors that it then never finds again.
    database = path / DATABASE
    if database.exists() and database.stat().st_size:
        return
    if database.exists() or any(_is_segment(entry) for entry in path.iterdir()):
        raise Refused("index.damaged", place=str(path))


def _is_segment(entry: Path) -> bool:
    """Whether it is a folder of Chroma's vectors, whose name is a UUID; other stores have theirs beside it."""
    with suppress(ValueError):
        return bool(UUID(entry.name)) and entry.is_dir()
    return False


def _settings() -> Settings:
    from chromadb.config import Settings

    return Settings(anonymized_telemetry=False)


def _embedded(path: str) -> Client:
    import chromadb

    return cast("Client", chromadb.PersistentClient(path=path, settings=_settings()))


def _remote(url: str) -> Client:
    import chromadb
    import httpx

    parts = urlsplit(url)
    secure = parts.scheme == "https"
    host, port = parts.hostname or "localhost", parts.port or (443 if secure else 8000)
    httpx.get(f"{parts.scheme}://{host}:{port}/api/v2/heartbeat", timeout=TIMEOUT).raise_for_status()
    client = cast("Client", chromadb.HttpClient(host=host, port=port, ssl=secure, settings=_settings()))
    for session in _sessions(client):
        session.timeout = TIMEOUT
    return client


def _close(client: Client) -> None:
    sessions = _sessions(client)
    client.close()
    for session in sessions:
        session.close()


def _sessions(client: Client) -> list[httpx.Client]:
    # The sessions of a client for a server wait for ever and are never closed, and no setting mends either.
    servers = (client._server, client._admin_client._server)  # type: ignore[attr-defined]  # noqa: SLF001
    return [server._session for server in servers if hasattr(server, "_session")]  # noqa: SLF001
