"""Opens every backend that the settings ask for, and closes them together."""

import asyncio
import os
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from bot.settings import Settings
from bot.stores import AnyStore, open_stores
from bot.vectors import VectorIndex, drop_vectors, open_vectors
from core.saseo import Check

if TYPE_CHECKING:
    from core.backends.embedded import EmbeddedEmbedder
    from core.backends.lexical import LexicalIndex
    from core.backends.openai import ChatModel
    from core.backends.openai_embedder import VendorEmbedder
    from core.backends.redis import RedisStore
    from core.backends.seal import FernetSeal


@dataclass(frozen=True, slots=True)
class Parts:
    """Every backend that these settings ask for."""

    store: AnyStore
    seal: "FernetSeal"
    redis: "RedisStore | None"
    model: "ChatModel | None"
    vendor: "VendorEmbedder | None"
    embedded: "EmbeddedEmbedder"
    dense: VectorIndex
    lexical: "LexicalIndex"


async def open_parts(settings: Settings, stack: AsyncExitStack, *, place: Path, fresh_indexes: bool) -> Parts:
    """Opens what does not need each other side by side: a start takes as long as the slowest. In `place` stands what
    is this process's own."""
    from core.backends.embedded import EmbeddedEmbedder
    from core.backends.lexical import open_lexical
    from core.backends.redis import open_redis
    from core.backends.seal import FernetSeal
    from core.backends.sqlite.store import KEY_FILE

    _trace(settings)
    _one_thread_each()
    seal = FernetSeal(settings.secret_keys, settings.data_dir / KEY_FILE)
    store = await stack.enter_async_context(open_stores(settings, seal))
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
        stack.enter_async_context(open_lexical(place / "lexical")),
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


def embedder_of(settings: Settings) -> "VendorEmbedder | EmbeddedEmbedder":
    """What makes the vectors of these settings. Whoever asks for it closes it."""
    from core.backends.embedded import EmbeddedEmbedder

    return _vendor(settings) or EmbeddedEmbedder()


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


def checks(parts: Parts) -> dict[str, Check]:
    """What `/health` and `doctor` ask, by the name that they say."""
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


async def figures(parts: Parts) -> dict[str, Any]:
    """How much the model and the indexes have done and hold."""
    return {
        "model": parts.model.statistics.snapshot() if parts.model else None,
        "embedder": parts.vendor.statistics.snapshot() if parts.vendor else {"identity": parts.embedded.identity},
        "index": {"vectors": await parts.dense.count(), "lexical": await parts.lexical.count()},
    }
