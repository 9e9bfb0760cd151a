"""Where the commands go with questions and documents: the library itself, or the process that already runs it."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, aclosing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from bot.reaching import reached
from bot.settings import Settings
from core.catalogues import every_document
from core.errors import Refused, SaseoError
from core.types import Answer, Audience, Document, Language, Question, Scope, Session

if TYPE_CHECKING:
    from core.library import Added
    from core.saseo import Saseo

LOCK_PATIENCE = 10.0
"""Seconds to wait for another short command before giving up."""
FOLLOW_SECONDS = 3600.0
"""For which a site is followed while somebody watches."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a document. `error` says why a link could not be read again; it keeps what it knew."""

    document_id: str
    title: str
    passages: int
    changed: bool
    error: str | None = None


@dataclass(frozen=True, slots=True)
class File:
    """A file to take in. Its name tells it from others: the same name is the same document."""

    path: Path
    name: str


@dataclass(frozen=True, slots=True)
class Page:
    """What became of a page of a site: it was taken in, there is a reason why not, or it is still to be read."""

    url: str
    total: int
    """Pages that are known of the site so far."""
    taken: Taken | None = None
    reason: SaseoError | None = None


class Desk(Protocol):
    """What a command may ask for. Everything raises Refused or Unavailable."""

    def answer(
        self, text: str, *, conversation: str, audience: Audience, locale: Language
    ) -> AsyncIterator[str | Answer]:
        """Text as it is written, then the Answer."""
        ...

    async def add_file(self, file: File, *, scope: Scope) -> Taken:
        """Reads a file; the same name in the same scope replaces what was there."""
        ...

    async def add_link(self, url: str, *, scope: Scope) -> Taken:
        """Reads a link and keeps it fresh."""
        ...

    def follow(self, url: str, *, scope: Scope, depth: int, most: int) -> AsyncIterator[Page]:
        """Reads a link and what it leads to, at most so many steps and pages."""
        ...

    def documents(self) -> AsyncIterator[Document]:
        """Every document, newest first."""
        ...

    async def forget(self, document_ids: Sequence[str]) -> Sequence[str]:
        """Deletes documents and returns the ids of those that existed."""
        ...

    async def refresh(self, document: Document) -> Taken:
        """Checks a link again."""
        ...


def open_desk(settings: Settings, *, locale: Language = "en") -> AbstractAsyncContextManager[Desk]:
    """The running process when it holds the data directory, otherwise the library itself."""
    here = partial(LocalDesk, limit=settings.max_file_bytes)
    return reached(settings, here, locale=locale, wait=LOCK_PATIENCE)


async def read(file: File, *, limit: int) -> bytes:
    """The bytes of a file. Raises Refused when it cannot be read or is larger than `limit` bytes."""
    try:
        if (await asyncio.to_thread(file.path.stat)).st_size > limit:
            raise Refused("desk.too_large", name=file.name, limit=limit // (1024 * 1024))
        return await asyncio.to_thread(file.path.read_bytes)
    except OSError as error:
        raise Refused("desk.unreadable", name=file.name, reason=error.strerror or str(error)) from error


class LocalDesk:
    """The library in this process."""

    def __init__(self, saseo: "Saseo", *, limit: int) -> None:
        self._saseo = saseo
        self._limit = limit

    def answer(
        self, text: str, *, conversation: str, audience: Audience, locale: Language
    ) -> AsyncIterator[str | Answer]:
        """Straight from the core."""
        session = Session("cli", "local", conversation)
        question = Question(f"cli:{uuid.uuid4()}", session, text, audience, locale=locale)
        return self._saseo.chat.stream(question)

    async def add_file(self, file: File, *, scope: Scope) -> Taken:
        """Reads the file here."""
        data = await read(file, limit=self._limit)
        added = await self._saseo.library.add(
            data, name=file.name, origin=f"upload:{file.name}", scope=scope, metadata={"source": file.name}
        )
        return _taken(added)

    async def add_link(self, url: str, *, scope: Scope) -> Taken:
        """Fetches the link from here."""
        return _taken(await self._saseo.library.add_link(url, scope=scope))

    async def follow(self, url: str, *, scope: Scope, depth: int, most: int) -> AsyncIterator[Page]:
        """Fetches them from here."""
        visits = self._saseo.roots.follow(url, scope=scope, depth=depth, most=most, seconds=FOLLOW_SECONDS)
        async with aclosing(visits):
            async for visit in visits:
                added = visit.added
                if added is None or added.reason is not None:
                    yield Page(visit.url, visit.total, reason=added.reason if added else None)
                else:
                    yield Page(visit.url, visit.total, taken=_taken(added))

    def documents(self) -> AsyncIterator[Document]:
        """From the catalogue, a page at a time."""
        return every_document(self._saseo.catalogue)

    async def forget(self, document_ids: Sequence[str]) -> Sequence[str]:
        """From the library."""
        return [document.id for document in await self._saseo.library.forget(document_ids)]

    async def refresh(self, document: Document) -> Taken:
        """Fetches the link from here."""
        return _taken(await self._saseo.roots.refresh(document))


def _taken(added: "Added") -> Taken:
    document = added.document
    return Taken(document.id, document.title, document.passage_count, added.changed, error=document.error)
