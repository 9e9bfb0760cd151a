"""The outside world in memory: small, real twins of models, readers and the web, for tests and embedders of core."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence

import numpy as np

from core.errors import Refused, SaseoError
from core.ports import Fetched, Message, Vector, Vectors
from core.types import Block, Reading, Usage, digest
from core.words import terms


class WordEmbedder:
    """Hashes a text's terms into a vector of unit length: texts with the same words are alike."""

    def __init__(self, *, dimension: int = 256) -> None:
        self.dimension = dimension
        self.identity = f"words:{dimension}"
        self.embedded = 0
        """Passages embedded so far."""

    async def passages(self, texts: Sequence[str]) -> Vectors:
        """One row a text."""
        self.embedded += len(texts)
        return np.stack([self._vector(text) for text in texts])

    async def question(self, text: str) -> Vector:
        """The same for a question."""
        return self._vector(text)

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """The same for sentences that are compared with each other."""
        return np.stack([self._vector(text) for text in texts])

    def _vector(self, text: str) -> Vector:
        vector = np.zeros(self.dimension, dtype=np.float32)
        for term in terms(text):
            vector[int(digest(term)[:8], 16) % self.dimension] += 1
        length = float(np.linalg.norm(vector))
        return vector / length if length else vector


class ScriptedModel:
    """Says what it was given to say, piece by piece, and remembers what it was asked.

    A SaseoError among the pieces is raised at its place; an Event is waited for.
    """

    def __init__(self, *pieces: str | SaseoError | asyncio.Event, name: str = "scripted") -> None:
        self.name = name
        self.asked: list[Sequence[Message]] = []
        self.called = asyncio.Event()
        self._pieces = pieces

    async def stream(self, messages: Sequence[Message]) -> AsyncGenerator[str | Usage, None]:
        """The pieces, then the usage, counted in words."""
        self.asked.append(messages)
        self.called.set()
        said = 0
        for piece in self._pieces:
            if isinstance(piece, SaseoError):
                raise piece
            if isinstance(piece, asyncio.Event):
                await piece.wait()
                continue
            said += len(piece.split())
            yield piece
        yield Usage(prompt=sum(len(message.text.split()) for message in messages), completion=said)


class PlainReader:
    """Reads UTF-8 text: a paragraph is a block, a line that begins with `#` is a heading."""

    async def read(self, data: bytes, *, name: str, media_type: str | None = None) -> Reading:
        """Refuses what is not UTF-8 or holds no text."""
        try:
            text = data.decode()
        except UnicodeDecodeError as error:
            raise Refused("library.empty", name=name) from error
        blocks: list[Block] = []
        heading: tuple[str, ...] = ()
        for part in text.split("\n\n"):
            if part.startswith("#"):
                heading = (part.lstrip("# ").strip(),)
            if part.strip():
                blocks.append(Block(part.strip(), heading))
        if not blocks:
            raise Refused("library.empty", name=name)
        return Reading(tuple(blocks), media_type=media_type or "text/plain")


class MemoryFetcher:
    """A web of pages by address; an etag is the digest of a page."""

    def __init__(self, pages: Mapping[str, bytes | SaseoError]) -> None:
        self.pages = dict(pages)
        self.fetched: list[str] = []

    async def fetch(self, url: str, *, etag: str | None = None, modified: str | None = None) -> Fetched:
        """The page, or no data where the etag is still its own. Raises what stands in the place of a page."""
        self.fetched.append(url)
        page = self.pages.get(url, Refused("library.unknown", document_id=url))
        if isinstance(page, SaseoError):
            raise page
        current = digest(page)
        return Fetched(
            url=url,
            data=None if current == etag else page,
            name=url.rsplit("/", 1)[-1],
            etag=current,
            modified=modified,
        )
