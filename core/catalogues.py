"""What works with any catalogue: going through all that it holds, and changing one thing that it does."""

from collections.abc import AsyncIterator, Collection, Sequence
from datetime import datetime

from core.ports import Catalogue, DocumentFilter, Shelves
from core.types import Document, DocumentPage, Passage

AT_ONCE = 200
"""Documents that are asked for together."""
ANY = DocumentFilter()


async def every_document(catalogue: Catalogue, where: DocumentFilter = ANY) -> AsyncIterator[Document]:
    """The documents that pass the filter, newest first, however many there are."""
    after: str | None = None
    while True:
        page = await catalogue.page(where, after=after, limit=AT_ONCE)
        for document in page.documents:
            yield document
        if page.next is None:
            return
        after = page.next


async def shelved(catalogue: Catalogue, shelves: Shelves) -> AsyncIterator[tuple[Document, Sequence[Passage]]]:
    """Every document with its current passages."""
    async for document in every_document(catalogue):
        yield document, await shelves.passages(document.id)


class WrappedCatalogue:
    """Passes everything on to another catalogue; what changes one thing of it builds on this."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    async def find(self, document_id: str) -> Document | None:
        """The document with this id."""
        return await self._catalogue.find(document_id)

    async def page(self, where: DocumentFilter, *, after: str | None = None, limit: int = 50) -> DocumentPage:
        """Documents newest first."""
        return await self._catalogue.page(where, after=after, limit=limit)

    async def due(self, moment: datetime, *, after: Document | None = None, limit: int = 100) -> Sequence[Document]:
        """Links whose next check is due."""
        return await self._catalogue.due(moment, after=after, limit=limit)

    async def save(
        self, document: Document, passages: Sequence[Passage] | None = None, *, instead_of: str | None = None
    ) -> None:
        """Writes the row."""
        await self._catalogue.save(document, passages, instead_of=instead_of)

    async def forget(self, document_ids: Collection[str]) -> Sequence[Document]:
        """Deletes documents."""
        return await self._catalogue.forget(document_ids)
