"""The dense index on Pinecone, which many processes fill and ask: Pinecone keeps the vectors and searches."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from core.backends.pinecone_place import PineconePlace
from core.backends.pinecone_store import PineconeStore, empty
from core.backends.remote_index import RemoteIndex


@asynccontextmanager
async def open_pinecone(place: PineconePlace) -> AsyncIterator[RemoteIndex[PineconeStore]]:
    """The vectors of a namespace. The index itself must exist, with the metric `dotproduct`.

    Raises Refused when the package, the key or the index is missing, when the index does not fit or when another
    embedder filled it, and Unavailable when Pinecone cannot be reached.
    """
    index = RemoteIndex(partial(PineconeStore, place), dimension=place.dimension)
    try:
        await index.open()
        yield index
    finally:
        await index.close()


async def drop_pinecone(place: PineconePlace) -> None:
    """Deletes the vectors of a namespace, whoever filled it, so that it can be filled anew. Nothing there is no
    error; the index and its other namespaces stay."""
    await asyncio.to_thread(empty, place)
