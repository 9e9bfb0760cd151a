"""The word index of one process beside a catalogue that several processes change: filled from the shelves."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Protocol

import numpy as np

from core.indexing import entry
from core.ports import Entry, Hit, Index, Query, Shelves
from core.types import Document, Passage

WRITTEN_AT_ONCE = 1000
"""Passages, while an index is built anew."""
NO_VECTOR = np.zeros(0, dtype=np.float32)
"""An index of words does not look at vectors."""


class WordIndex(Index, Protocol):
    """A word index on disk that remembers how far it has followed."""

    @property
    def stale(self) -> bool:
        """Whether it has to be built anew before it can be searched."""
        ...

    @property
    def place(self) -> str:
        """The place that was noted last; empty where there is none."""
        ...

    async def renew(self, document_id: str, entries: Sequence[Entry]) -> None:
        """Has just these entries for a document, in one moment."""
        ...

    async def rebuild(self, entries: AsyncIterator[Sequence[Entry]], *, place: str = "") -> None:
        """Empties it and fills it with these entries; when all are in, it is whole again, and at that place."""
        ...

    async def note(self, place: str) -> None:
        """Everything up to this place is in."""
        ...


class KeptWords:
    """`Kept` for the words: passages come from the shelves."""

    def __init__(self, index: WordIndex, shelves: Shelves) -> None:
        self._index = index
        self._shelves = shelves

    @property
    def stale(self) -> bool:
        """Whether the index has to be built anew."""
        return self._index.stale

    @property
    def place(self) -> str:
        """The place that was noted last."""
        return self._index.place

    async def renew(self, document_id: str, document: Document | None) -> None:
        """Has just the words of the document as it is now."""
        passages = [] if document is None else await self._shelves.passages(document_id)
        entries = [] if document is None else await asyncio.to_thread(_entries, document, passages)
        await self._index.renew(document_id, entries)

    async def rebuild(self, documents: AsyncIterator[Document], *, place: str) -> None:
        """Has just the words of these documents."""
        shelved = ((document, await self._shelves.passages(document.id)) async for document in documents)
        await self._index.rebuild(entries_of(shelved), place=place)

    async def note(self, place: str) -> None:
        """Everything up to this place is in."""
        await self._index.note(place)


class FollowingIndex:
    """A word index as the library has it: what is added comes by way of the catalogue."""

    def __init__(self, index: Index) -> None:
        self._index = index

    async def search(self, query: Query, *, limit: int) -> Sequence[Hit]:
        """The best hits, best first."""
        return await self._index.search(query, limit=limit)

    async def add(self, entries: Sequence[Entry]) -> None:
        """Nothing yet: they are found once their version is current."""

    async def remove(self, document_id: str, version: int) -> None:
        """Nothing: a version that is not current is not in it."""


async def entries_of(documents: AsyncIterator[tuple[Document, Sequence[Passage]]]) -> AsyncIterator[Sequence[Entry]]:
    """What an index of words holds of these documents, in parts that are written at once."""
    part: list[Entry] = []
    async for document, passages in documents:
        part += await asyncio.to_thread(_entries, document, passages)
        if len(part) >= WRITTEN_AT_ONCE:
            yield part
            part = []
    yield part


def _entries(document: Document, passages: Sequence[Passage]) -> list[Entry]:
    return [entry(document, passage, vector=NO_VECTOR) for passage in passages]
