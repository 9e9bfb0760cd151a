"""What works with any catalogue: changing one thing that it does."""

from collections.abc import Collection, Sequence
from datetime import datetime

from core.ports import Catalogue, DocumentFilter
from core.types import Document, DocumentPage, Passage


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
