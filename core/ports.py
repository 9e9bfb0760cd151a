"""What core needs from the outside world. `core/backends` has one file per vendor for each port."""

from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from core.allowed import Allowed
from core.types import (
    Audience,
    Document,
    DocumentPage,
    Language,
    Metadata,
    Passage,
    PassageKey,
    Reading,
    Scope,
    Session,
    State,
    Turn,
    Usage,
)

Vector = NDArray[np.float32]
"""One vector, shape (dimension,)."""
Vectors = NDArray[np.float32]
"""Several vectors, shape (count, dimension)."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a prompt; role is `system`, `human` or `ai`."""

    role: str
    text: str


class Model(Protocol):
    """A chat model."""

    @property
    def name(self) -> str:
        """The model's own name, e.g. gpt-4.1-mini."""
        ...

    def stream(self, messages: Sequence[Message]) -> AsyncGenerator[str | Usage, None]:
        """Text as it is written, then once the usage. Raises Unavailable or Refused, also midway."""
        ...


class Embedder(Protocol):
    """Turns text into vectors whose inner product says how alike two texts are."""

    @property
    def identity(self) -> str:
        """Names model and weights; vectors of different identities cannot be compared."""
        ...

    @property
    def dimension(self) -> int:
        """Length of every vector."""
        ...

    async def passages(self, texts: Sequence[str]) -> Vectors:
        """One row a text, in order. Raises Unavailable, and Refused where the operator must mend something."""
        ...

    async def question(self, text: str) -> Vector:
        """The vector to search with. Raises like `passages`."""
        ...


@dataclass(frozen=True, slots=True)
class Entry:
    """A passage on its way into an index."""

    passage: Passage
    scope: Scope
    title: str
    language: Language
    digest: str
    """Digest of the passage's text: equal texts have equal vectors."""
    vector: Vector


@dataclass(frozen=True, slots=True, eq=False)
class Query:
    """What an index is asked. Only passages that pass every filter are candidates."""

    text: str
    vector: Vector
    audience: Audience
    documents: frozenset[str] | None = None
    """Only these documents; None: any."""
    language: Language | None = None
    """Only passages in this language; None: any."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that an index found; scores of different indexes are not comparable."""

    key: PassageKey
    score: float


class Index(Protocol):
    """An arm of the search. Filters on scope inside the search itself; default deny."""

    async def search(self, query: Query, *, limit: int) -> Sequence[Hit]:
        """The best hits, best first."""
        ...

    async def add(self, entries: Sequence[Entry]) -> None:
        """Durable when it returns. Adding a key again replaces it."""
        ...

    async def remove(self, document_id: str, version: int) -> None:
        """Removes what `add` put there for this version; nothing there is no error."""
        ...


class DenseIndex(Index, Protocol):
    """The arm that holds vectors and so can give them back."""

    async def recall(self, digests: Collection[str]) -> Mapping[str, Vector]:
        """Vectors of texts that are indexed already, by the digest of the text."""
        ...


@dataclass(frozen=True, slots=True)
class DocumentFilter:
    """Which documents a list shows; None: any."""

    audience: Audience | None = None
    state: State | None = None
    due_before: datetime | None = None
    """Only links whose next check is due by then."""
    origin_prefix: str | None = None
    words: str | None = None
    """Part of a title, in any case."""
    workspace: str | None = None
    """Only documents of the people of this workspace, spelled `slack:T1`."""
    governed: frozenset[str] = frozenset()
    """Beside what the audience reads, what belongs to these workspaces and their channels; no direct messages."""


class Catalogue(Protocol):
    """The documents. The truth about what exists; the indexes follow it."""

    async def find(self, document_id: str) -> Document | None:
        """The document with this id."""
        ...

    async def page(self, where: DocumentFilter, *, after: str | None = None, limit: int = 50) -> DocumentPage:
        """Documents newest first, from the cursor `after` on."""
        ...

    async def due(self, moment: datetime, *, after: Document | None = None, limit: int = 100) -> Sequence[Document]:
        """Links whose next check is due, the one that waits longest first, from behind `after` on."""
        ...

    async def save(
        self, document: Document, passages: Sequence[Passage] | None = None, *, instead_of: str | None = None
    ) -> None:
        """Writes the row; with passages, switches readers to `document.version` in one transaction, and forgets the
        document `instead_of` in the same one.

        The version that was current before is left to the journal, to be removed from the indexes. With passages,
        and when a row becomes dead, the change is noted for `core.changes.Changes`.
        """
        ...

    async def forget(self, document_ids: Collection[str]) -> Sequence[Document]:
        """Deletes documents with their passages, shares and changes, and what answers quote of them, and returns
        those that existed; their versions are left to the journal."""
        ...


class Shelves(Protocol):
    """The passages of the current version of every document."""

    async def resolve(
        self, keys: Collection[PassageKey], audience: Audience
    ) -> Mapping[PassageKey, tuple[Passage, Document]]:
        """Passages that are current and that the audience may read; all others are left out."""
        ...

    async def passages(self, document_id: str, *, first: int = 0, count: int | None = None) -> Sequence[Passage]:
        """Current passages of a document by ordinal."""
        ...

    async def matching(self, filters: Metadata, audience: Audience) -> frozenset[str]:
        """Ids of readable documents whose metadata (or title, url, media_type) equal every filter."""
        ...

    async def among(self, allowed: Allowed, audience: Audience) -> frozenset[str]:
        """Ids of readable documents that are allowed."""
        ...


@dataclass(frozen=True, slots=True)
class Leftover:
    """A version of a document that is not current and may still stand in an index."""

    document_id: str
    version: int


class Journal(Protocol):
    """Makes replacement whole across stores: what died half-way is found and swept at the next start."""

    async def begin(self, document_id: str) -> int:
        """A fresh version number, noted durably as a leftover until `Catalogue.save` makes it current."""
        ...

    async def leftovers(self, document_ids: Collection[str] | None = None) -> Sequence[Leftover]:
        """Everything to sweep, of these documents or of all, oldest first."""
        ...

    async def swept(self, leftover: Leftover) -> None:
        """It is gone from every index."""
        ...


class History(Protocol):
    """The last turns of each session, kept for a time to live."""

    async def append(self, session: Session, turns: Sequence[Turn]) -> None:
        """Adds turns and renews the session's time to live."""
        ...

    async def recent(self, session: Session, *, limit: int = 20) -> Sequence[Turn]:
        """The last turns, oldest first; nothing once the time to live has passed."""
        ...

    async def clear(self, session: Session) -> None:
        """Forgets the session."""
        ...

    async def forget_workspace(self, platform: str, workspace: str) -> None:
        """Forgets every session of a workspace."""
        ...


class Claims(Protocol):
    """Who does a thing that must be done once."""

    async def claim(self, key: str, *, seconds: float) -> bool:
        """True for the first caller; False while that claim lives."""
        ...

    async def release(self, key: str) -> None:
        """Gives a claim back, so that it can be taken at once."""
        ...


class Reader(Protocol):
    """Reads the text of a file, guarded against hostile ones."""

    async def read(self, data: bytes, *, name: str, media_type: str | None = None) -> Reading:
        """Raises Refused with the reason when there is nothing to read."""
        ...


@dataclass(frozen=True, slots=True)
class Fetched:
    """A page that was fetched; `data` is None when it has not changed."""

    url: str
    """Where the redirects ended."""
    data: bytes | None
    media_type: str | None = None
    name: str = ""
    etag: str | None = None
    modified: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


class Fetcher(Protocol):
    """Fetches a link without being led to a private address."""

    async def fetch(self, url: str, *, etag: str | None = None, modified: str | None = None) -> Fetched:
        """Conditional where etag or modified are given. Raises Refused or Unavailable."""
        ...


class Asker(Protocol):
    """Asks a site what its own pages ask it, guarded like a Fetcher."""

    async def ask(self, url: str, question: Mapping[str, object], *, page: str) -> Fetched:
        """The answer to a question in JSON. `page` is the address that people open: the site must let programs read
        it, and what is asked, too. Raises like `Fetcher.fetch`."""
        ...
