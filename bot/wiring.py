"""The composition root: the one place where settings become a working core, inside `async with`."""

import asyncio
import gc
import logging
import os
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from bot import guide
from bot.living import following
from bot.settings import Settings
from bot.vectors import VectorIndex, drop_vectors, open_vectors
from core.chat import Chat
from core.errors import Refused, SaseoError
from core.evidence import Evidence
from core.indexing import Indexing, entry
from core.knowledge import Knowledge
from core.library import Library
from core.noticing import Noticing
from core.ports import DocumentFilter, Entry
from core.refresh import Rhythm
from core.remembered import RememberingEmbedder
from core.retrieval import Retrieval
from core.saseo import Check, Saseo

if TYPE_CHECKING:
    from core.backends.embedded import EmbeddedEmbedder
    from core.backends.lexical import LexicalIndex
    from core.backends.openai import ChatModel
    from core.backends.openai_embedder import VendorEmbedder
    from core.backends.redis import RedisStore
    from core.backends.seal import FernetSeal
    from core.backends.sqlite.store import Store

log = logging.getLogger(__name__)

FETCH_SECONDS = 30.0
PATIENCE = 30.0
"""Seconds that a question waits for the guide, which is read after the first start."""
NO_VECTOR = np.zeros(0, dtype=np.float32)
"""The lexical index does not look at vectors."""


@dataclass(frozen=True, slots=True)
class Parts:
    """Every backend that these settings ask for."""

    store: "Store"
    seal: "FernetSeal"
    redis: "RedisStore | None"
    model: "ChatModel | None"
    vendor: "VendorEmbedder | None"
    embedded: "EmbeddedEmbedder"
    dense: VectorIndex
    lexical: "LexicalIndex"


@asynccontextmanager
async def open_saseo(settings: Settings, *, fresh_indexes: bool = False) -> AsyncIterator[Saseo]:
    """A working core for these settings; the caller holds the lock of the data directory.

    With `fresh_indexes` the vectors are emptied first, to be filled again by `Library.reindex`. Raises Refused where
    a setting or a store is at fault, with what to do, and Unavailable where a service is away.
    """
    from core.backends.memory_leases import MemoryLeases
    from core.backends.reading import GuardedReader
    from core.backends.web.fetch import WebFetcher

    _trace(settings)
    _one_thread_each()
    async with AsyncExitStack() as stack:
        parts = await _open(settings, stack, fresh_indexes=fresh_indexes)
        reader = await stack.enter_async_context(GuardedReader(max_file_mb=settings.max_file_mb))
        fetcher = await stack.enter_async_context(
            WebFetcher(
                max_bytes=settings.max_file_bytes,
                timeout=FETCH_SECONDS,
                allow_private_hosts=settings.allow_private_hosts,
            )
        )
        embedder = parts.vendor or parts.embedded
        store = parts.store
        library = Library(
            reader=reader,
            fetcher=fetcher,
            catalogue=store.catalogue,
            shelves=store.shelves,
            journal=store.journal,
            indexing=Indexing(dense=parts.dense, lexical=parts.lexical, embedder=embedder),
            rhythm=Rhythm(settings.refresh_interval, settings.refresh_min, settings.refresh_max),
        )
        await library.recover()
        if not fresh_indexes and await parts.dense.empty() and await _passages_known(store):
            raise Refused("index.empty", store=settings.vectorstore_type)
        knowledge = Knowledge(library=library, catalogue=store.catalogue, shares=store.shares)
        await knowledge.recover()
        if parts.lexical.stale:
            await parts.lexical.rebuild(_lexical_entries(library))
        retrieval = Retrieval(dense=parts.dense, lexical=parts.lexical, shelves=store.shelves, embedder=embedder)
        preparing = await _in_background(stack, _prepare(parts, library))
        history = parts.redis.history if parts.redis else store.history
        claims = parts.redis.claims if parts.redis else store.claims
        evidence = Evidence(RememberingEmbedder(parts.embedded), background=parts.lexical)
        chat = Chat(
            retrieval=retrieval,
            evidence=evidence,
            shelves=store.shelves,
            history=history,
            answers=store.answers,
            claims=claims,
            model=parts.model,
            guide_ready=partial(_finished, preparing),
        )
        noticing = Noticing(inbox=store.inbox, channels=store.channels, claims=claims, catalogue=store.catalogue)
        await _in_background(stack, following(parts, chat=chat, evidence=evidence, noticing=noticing).run())
        yield Saseo(
            chat=chat,
            library=library,
            retrieval=retrieval,
            catalogue=store.catalogue,
            shelves=store.shelves,
            history=history,
            answers=store.answers,
            inbox=store.inbox,
            knowledge=knowledge,
            channels=store.channels,
            noticing=noticing,
            claims=claims,
            leases=parts.redis.leases if parts.redis else MemoryLeases(),
            installations=store.installations,
            seal=parts.seal,
            checks=_checks(parts),
            figures=partial(_figures, parts),
        )


async def _open(settings: Settings, stack: AsyncExitStack, *, fresh_indexes: bool) -> Parts:
    """Opens what does not need each other side by side: a start takes as long as the slowest."""
    from core.backends.embedded import EmbeddedEmbedder
    from core.backends.lexical import open_lexical
    from core.backends.redis import open_redis
    from core.backends.seal import FernetSeal
    from core.backends.sqlite.store import KEY_FILE, open_store

    seal = FernetSeal(settings.secret_keys, settings.data_dir / KEY_FILE)
    store = await stack.enter_async_context(
        open_store(settings.data_dir / "saseo.db", history_ttl=settings.history_ttl, seal=seal)
    )
    redis = None
    if settings.redis_url is not None:
        url = settings.redis_url.get_secret_value()
        redis = await stack.enter_async_context(open_redis(url, history_ttl=settings.history_ttl))
    embedded = EmbeddedEmbedder()
    stack.push_async_callback(embedded.close)
    vendor = _vendor(settings)
    if vendor is not None:
        stack.push_async_callback(vendor.close)
    model = _model(settings)
    if model is not None:
        stack.push_async_callback(model.close)
    embedder = vendor or embedded
    if fresh_indexes:
        await drop_vectors(settings)
    dense, lexical = await asyncio.gather(
        stack.enter_async_context(open_vectors(settings, embedder)),
        stack.enter_async_context(open_lexical(settings.data_dir / "lexical")),
    )
    return Parts(store, seal, redis, model, vendor, embedded, dense, lexical)


def _model(settings: Settings) -> "ChatModel | None":
    if not settings.has_model:
        return None
    from core.backends.openai import ChatModel

    return ChatModel(
        api_key=_key(settings),
        base_url=settings.openai_base_url,
        model=settings.model_name,
        temperature=settings.temperature,
        max_tokens=settings.max_tokens,
        timeout=settings.request_timeout,
        retries=settings.max_retries,
    )


def _vendor(settings: Settings) -> "VendorEmbedder | None":
    if not settings.has_embedding_model:
        return None
    from core.backends.openai_embedder import VendorEmbedder

    return VendorEmbedder(
        api_key=_key(settings),
        base_url=settings.openai_base_url,
        model=settings.embedding_model,
        dimension=settings.embedding_dimension,
        timeout=settings.request_timeout,
        retries=settings.max_retries,
    )


def _key(settings: Settings) -> str:
    return settings.openai_api_key.get_secret_value() if settings.openai_api_key is not None else ""


def _trace(settings: Settings) -> None:
    """LangSmith reads the environment of the process and nothing else."""
    from core.backends.tracing import tracing_environment

    key = settings.langsmith_api_key.get_secret_value() if settings.langsmith_api_key is not None else ""
    os.environ.update(tracing_environment(key, settings.enable_tracing))


def _one_thread_each() -> None:
    """The matrices of a question are small: threads of BLAS that wait for each other cost more than they give."""
    from threadpoolctl import threadpool_limits

    threadpool_limits(1, user_api="blas")


async def _passages_known(store: "Store") -> bool:
    """Whether there are documents that a search should find."""
    ready = await store.catalogue.page(DocumentFilter(state="ready"), limit=1)
    return any(document.passage_count for document in ready.documents)


async def _lexical_entries(library: Library) -> AsyncIterator[Sequence[Entry]]:
    async for document, passages in library.shelved():
        yield [entry(document, passage, vector=NO_VECTOR) for passage in passages]


async def _in_background(stack: AsyncExitStack, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    """Runs beside everything else, and is ended before anything is closed."""
    task = asyncio.create_task(work)

    async def end() -> None:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    stack.push_async_callback(end)
    return task


async def _finished(task: asyncio.Task[None]) -> None:
    """Returns when the task has ended, however that was, or when it takes too long."""
    await asyncio.wait([task], timeout=PATIENCE)


async def _prepare(parts: Parts, library: Library) -> None:
    """What the first question would otherwise wait for."""
    try:
        await parts.embedded.warm()
        for slow in (parts.model, parts.vendor):
            if slow is not None:
                await slow.warm()
        # What is loaded now stays. Looked through for garbage again and again, it held up every answer for 0.2 s.
        gc.freeze()
        pages = guide.folder()
        if pages is not None:
            await guide.learn(library, parts.store.catalogue, pages)
        # Counted, the vectors are all in memory, and are set aside as well.
        await parts.dense.count()
    except SaseoError as error:
        log.warning("starting without everything prepared: %s", error)
    gc.freeze()


def _checks(parts: Parts) -> dict[str, Check]:
    checks: dict[str, Check] = {
        "catalogue": parts.store.ping,
        "vectors": partial(_counts, parts.dense),
        "lexical": partial(_counts, parts.lexical),
    }
    if parts.redis is not None:
        checks["history"] = parts.redis.ping
    return checks


class _Countable(Protocol):
    async def count(self) -> int: ...


async def _counts(index: _Countable) -> None:
    """An index that can count its passages works."""
    await index.count()


async def _figures(parts: Parts) -> dict[str, Any]:
    return {
        "model": parts.model.statistics.snapshot() if parts.model else None,
        "embedder": parts.vendor.statistics.snapshot() if parts.vendor else {"identity": parts.embedded.identity},
        "index": {"vectors": await parts.dense.count(), "lexical": await parts.lexical.count()},
    }
