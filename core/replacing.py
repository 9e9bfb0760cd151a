"""Puts a version of a document into every store and switches readers to it, whole, also when a crash comes between."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import replace

from core.chunk import chunk
from core.errors import Refused
from core.indexing import Indexing
from core.ports import Catalogue, Journal, Leftover
from core.types import Document, Passage, Reading

SWEPT_AT_ONCE = 100
"""Leftovers that are removed side by side: the indexes commit what arrives together."""


class Replacing:
    """The writing side of the catalogue and the indexes together; see the ADR on versions and the journal."""

    def __init__(self, *, catalogue: Catalogue, journal: Journal, indexing: Indexing) -> None:
        self._catalogue = catalogue
        self._journal = journal
        self._indexing = indexing
        self._writing: set[Leftover] = set()

    async def read(self, document: Document, reading: Reading, *, only_known: bool = False) -> Document:
        """Makes what was read the current version. Raises Refused where it says nothing, and with `only_known` where
        the document was forgotten meanwhile."""
        version = await self._begin(document.id)
        try:
            # Forgetting abandons what was begun before: a document that is there now cannot come back after it.
            if only_known and await self._catalogue.find(document.id) is None:
                raise Refused("library.unknown", document_id=document.id)
            passages = await asyncio.to_thread(chunk, reading, document_id=document.id, version=version)
            if not passages:
                raise Refused("library.empty", name=document.title)
            fresh = replace(document, version=version, passage_count=len(passages), state="ready", error=None)
            await self._indexing.add(fresh, passages)
            await self._catalogue.save(fresh, passages)
        finally:
            await self._end(document.id, version)
        return fresh

    async def copied(self, document: Document, passages: Sequence[Passage], *, instead_of: str | None) -> None:
        """Makes passages of another document the current version of this one, and with `instead_of` has readers lose
        that one in the same moment. Nothing changes when that one is gone already."""
        version = await self._begin(document.id)
        try:
            fresh = replace(document, version=version)
            own = [replace(passage, document_id=document.id, version=version) for passage in passages]
            await self._indexing.add(fresh, own)
            await self._catalogue.save(fresh, own, instead_of=instead_of)
        finally:
            await self._end(document.id, version)

    async def sweep(self, document_ids: Collection[str] | None = None) -> int:
        """Removes leftovers from the indexes, of these documents or of all, but never what is being written."""
        known = await self._journal.leftovers(document_ids)
        leftovers = [leftover for leftover in known if leftover not in self._writing]
        for start in range(0, len(leftovers), SWEPT_AT_ONCE):
            at_once = leftovers[start : start + SWEPT_AT_ONCE]
            outcomes = await asyncio.gather(*map(self._swept, at_once), return_exceptions=True)
            for failure in filter(None, outcomes):
                raise failure
        return len(leftovers)

    async def _swept(self, leftover: Leftover) -> None:
        await self._indexing.remove(leftover.document_id, leftover.version)
        await self._journal.swept(leftover)

    async def _begin(self, document_id: str) -> int:
        version = await self._journal.begin(document_id)
        self._writing.add(Leftover(document_id, version))
        return version

    async def _end(self, document_id: str, version: int) -> None:
        self._writing.discard(Leftover(document_id, version))
        await asyncio.shield(self.sweep({document_id}))
