"""Puts passages into every arm of the search: embeds only what is new, and embeds while the last batch is stored."""

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar

import numpy as np

from core.ports import DenseIndex, Embedder, Entry, Index, Vector
from core.types import Document, Passage, digest
from core.words import language

BATCH = 256
"""Passages embedded and stored at once: few enough to bound the memory, enough that the disk is not kept busy with
commits, for which questions would wait."""

First = TypeVar("First")
Second = TypeVar("Second")


class Indexing:
    """The writing side of the search."""

    def __init__(self, *, dense: DenseIndex, lexical: Index, embedder: Embedder) -> None:
        self._dense = dense
        self._lexical = lexical
        self._embedder = embedder

    async def add(self, document: Document, passages: Sequence[Passage]) -> None:
        """Durable in both arms when it returns. Raises Unavailable; then nothing of it may be relied on."""
        batches = [passages[at : at + BATCH] for at in range(0, len(passages), BATCH)]
        entries: list[Entry] = []
        for batch in (*batches, ()):
            _, entries = await _together(self._put(entries), self._entries(document, batch))

    async def remove(self, document_id: str, version: int) -> None:
        """Removes a version from both arms."""
        await _together(self._dense.remove(document_id, version), self._lexical.remove(document_id, version))

    async def _put(self, entries: Sequence[Entry]) -> None:
        if entries:
            await _together(self._dense.add(entries), self._lexical.add(entries))

    async def _entries(self, document: Document, passages: Sequence[Passage]) -> list[Entry]:
        digests = [digest(passage.text) for passage in passages]
        vectors = dict(await self._dense.recall(set(digests)))
        missing = {name: passage.text for name, passage in zip(digests, passages, strict=True) if name not in vectors}
        if missing:
            fresh: Sequence[Vector] = list(await self._embedder.passages(list(missing.values())))
            vectors.update(zip(missing, fresh, strict=True))
        return [entry(document, passage, vector=vectors[name]) for name, passage in zip(digests, passages, strict=True)]


def entry(document: Document, passage: Passage, *, vector: Vector) -> Entry:
    """A passage as the indexes take it."""
    return Entry(
        passage=passage,
        scope=document.scope,
        title=document.title,
        language=language(passage.text),
        digest=digest(passage.text),
        vector=np.asarray(vector, dtype=np.float32),
    )


async def _together(first: Coroutine[Any, Any, First], second: Coroutine[Any, Any, Second]) -> tuple[First, Second]:
    """Both results. When one fails the other is ended before the failure is raised."""
    try:
        async with asyncio.TaskGroup() as group:
            one, two = group.create_task(first), group.create_task(second)
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None
    return one.result(), two.result()
