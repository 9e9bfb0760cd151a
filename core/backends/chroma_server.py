"""The dense index on a Chroma server, which many processes fill and ask: the server searches."""

from collections.abc import Sequence
from functools import partial

from core.backends.chroma_client import ChromaCollection
from core.backends.chroma_store import ChromaStore
from core.backends.matrix import Row
from core.backends.remote_index import RemoteIndex
from core.ports import Vectors
from core.types import PassageKey


class ChromaServerIndex(RemoteIndex[ChromaStore]):
    """A collection on a server."""

    def __init__(self, collection: ChromaCollection) -> None:
        super().__init__(partial(ChromaStore, collection), dimension=collection.dimension)

    async def rows(self, keys: Sequence[PassageKey]) -> tuple[Sequence[Row], Vectors]:
        """Those of these passages that are there, with their vectors, shape (rows, dimension)."""
        return await self._run(self._store.rows, keys)
