"""Opens the same stores on every backend, so that one suite holds for all of them."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pytest
from redis.asyncio import Redis

from core.answers import Answers
from core.backends.memory import MemoryStore
from core.backends.postgres import PostgresStore, open_postgres
from core.backends.redis import open_redis
from core.backends.seal import FernetSeal
from core.backends.sqlite import Store, open_store
from core.ports import Catalogue, Claims, History, Journal, Shelves
from core.types import PUBLIC, Audience, Document, Passage, Scope, Session, now
from tests.fakes.postgres import PostgresServer
from tests.fakes.valkey import KINDS, RedisServer, program_of

START = datetime(2026, 3, 1, 9, tzinfo=UTC)
TTL = 3600.0
AT_ONCE = 20
NEVER = -1
"""What the server says of a key that does not expire."""
STORES = ["memory", "sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]
"""The backends that keep everything."""
REDISES = [pytest.param(kind, marks=pytest.mark.redis) for kind in KINDS]
"""Every kind of server that speaks Redis' language."""
TALKS = [*STORES, *REDISES]
"""Those that keep conversations."""
SEAL = FernetSeal(("words-that-nobody-can-guess-for-tests",), Path("unused.key"))
EVERYBODY = Audience.of(PUBLIC)
SESSION = Session("slack", "T1", "C1")


@dataclass(slots=True)
class Clock:
    """A clock that goes on when it is told to."""

    moment: datetime = field(default=START)

    def __call__(self) -> datetime:
        return self.moment

    async def wait(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


@dataclass(frozen=True, slots=True)
class Library:
    """The stores that hold documents."""

    catalogue: Catalogue
    shelves: Shelves
    journal: Journal

    async def put(self, document: Document, *texts: str) -> Document:
        """Saves a new version of a document with these passages, and returns what was saved."""
        version = await self.journal.begin(document.id)
        return await self.put_version(document, version, *texts)

    async def put_version(self, document: Document, version: int, *texts: str) -> Document:
        fresh = changed(document, version=version)
        passages = [Passage(fresh.id, version, ordinal, text) for ordinal, text in enumerate(texts)]
        await self.catalogue.save(fresh, passages)
        return changed(fresh, passage_count=len(texts))

    async def texts(self, document_id: str) -> list[str]:
        return [passage.text for passage in await self.shelves.passages(document_id)]


@dataclass(frozen=True, slots=True)
class Talk:
    """The stores that hold conversations; `wait` lets seconds pass without waiting."""

    history: History
    claims: Claims
    wait: Callable[[float], Awaitable[None]]
    answers: Answers | None = None


def changed(document: Document, **changes: object) -> Document:
    return replace(document, **changes)  # type: ignore[arg-type]


def document(name: str, *, scope: Scope = PUBLIC, **details: object) -> Document:
    return changed(Document(name, f"Title of {name}", f"upload:{name}", scope, read_at=START), **details)


Done = TypeVar("Done")
AnyStore = MemoryStore | Store | PostgresStore


def library_of(store: AnyStore) -> Library:
    return Library(store.catalogue, store.shelves, store.journal)


async def in_turns(calls: Iterable[Awaitable[Done]]) -> list[Done]:
    """All of them, a few at a time: a store may refuse to let too many wait for too long."""
    room = asyncio.Semaphore(AT_ONCE)

    async def one(call: Awaitable[Done]) -> Done:
        async with room:
            return await call

    return await asyncio.gather(*map(one, calls))


@asynccontextmanager
async def opened_store(
    request: pytest.FixtureRequest, folder: Path, *, clock: Clock | None = None, history_ttl: float = TTL
) -> AsyncIterator[AnyStore]:
    """An empty store on the backend that a test is run with."""
    if request.param == "memory":
        yield MemoryStore(history_ttl=history_ttl, clock=clock or now)
    elif request.param == "sqlite":
        async with open_store(folder / "saseo.db", history_ttl=history_ttl, clock=clock or now) as store:
            yield store
    else:
        server: PostgresServer = request.getfixturevalue("postgres_server")
        url = await server.emptied()
        async with open_postgres(url, seal=SEAL, history_ttl=history_ttl, clock=clock) as shared:
            yield shared


@asynccontextmanager
async def opened_library(request: pytest.FixtureRequest, folder: Path) -> AsyncIterator[Library]:
    async with opened_store(request, folder) as store:
        yield library_of(store)


def redis_of(request: pytest.FixtureRequest) -> RedisServer:
    """The server of the kind that a test is run with."""
    if program_of(request.param) is None:
        pytest.skip(f"no {request.param}-server")
    server: RedisServer = request.getfixturevalue(f"{request.param}_server")
    return server


@asynccontextmanager
async def opened_talk(request: pytest.FixtureRequest, folder: Path) -> AsyncIterator[Talk]:
    if request.param in KINDS:
        server = redis_of(request)
        prefix = secrets.token_hex(8)
        url = server.url
        async with open_redis(url, history_ttl=TTL, prefix=prefix) as redis, Redis.from_url(url) as client:
            yield Talk(redis.history, redis.claims, lambda seconds: pass_time(client, prefix, seconds))
        return
    clock = Clock()
    async with opened_store(request, folder, clock=clock) as store:
        yield Talk(store.history, store.claims, clock.wait, store.answers)


async def pass_time(client: Redis, prefix: str, seconds: float) -> None:
    """Brings every expiry of the server nearer, as if so many seconds had gone by."""
    async for key in client.scan_iter(f"{prefix}:*"):
        left = await client.pttl(key)
        assert left != NEVER, "every key expires"
        await client.pexpire(key, max(left - round(seconds * 1000), 0))
