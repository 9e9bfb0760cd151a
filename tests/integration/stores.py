"""Opens the same stores on every backend, so that one suite holds for all of them."""

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from redis.asyncio import Redis

from core.answers import Answers
from core.backends.memory import MemoryStore
from core.backends.redis import open_redis
from core.backends.sqlite import Store, open_store
from core.ports import Catalogue, Claims, History, Journal, Shelves
from core.types import PUBLIC, Audience, Document, Passage, Scope, Session

START = datetime(2026, 3, 1, 9, tzinfo=UTC)
TTL = 3600.0
NEVER = -1
"""What the server says of a key that does not expire."""
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


def library_of(store: MemoryStore | Store) -> Library:
    return Library(store.catalogue, store.shelves, store.journal)


@asynccontextmanager
async def opened_library(backend: str, folder: Path) -> AsyncIterator[Library]:
    if backend == "memory":
        yield library_of(MemoryStore())
        return
    async with open_store(folder / "saseo.db") as store:
        yield library_of(store)


@asynccontextmanager
async def opened_talk(backend: str, folder: Path, redis_url: Callable[[], str]) -> AsyncIterator[Talk]:
    clock = Clock()
    if backend == "memory":
        memory = MemoryStore(history_ttl=TTL, clock=clock)
        yield Talk(memory.history, memory.claims, clock.wait, memory.answers)
    elif backend == "sqlite":
        async with open_store(folder / "saseo.db", history_ttl=TTL, clock=clock) as store:
            yield Talk(store.history, store.claims, clock.wait, store.answers)
    else:
        prefix, url = secrets.token_hex(8), redis_url()
        async with open_redis(url, history_ttl=TTL, prefix=prefix) as server, Redis.from_url(url) as client:
            yield Talk(server.history, server.claims, lambda seconds: pass_time(client, prefix, seconds))


async def pass_time(client: Redis, prefix: str, seconds: float) -> None:
    """Brings every expiry of the server nearer, as if so many seconds had gone by."""
    async for key in client.scan_iter(f"{prefix}:*"):
        left = await client.pttl(key)
        assert left != NEVER, "every key expires"
        await client.pexpire(key, max(left - round(seconds * 1000), 0))
