"""Which vector store the settings ask for: opened, or emptied to be filled anew."""

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from bot.settings import Settings
from core.ports import DenseIndex, Embedder

FAISS = "faiss"
"""Its folder, apart from Chroma's files: whoever changes the store can change back."""


class VectorIndex(DenseIndex, Protocol):
    """A dense index as the program holds it."""

    async def empty(self) -> bool:
        """Whether nothing is in it. Quick also right after it was opened."""
        ...

    async def count(self) -> int:
        """How many passages are in it; an index that can count works."""
        ...


def open_vectors(settings: Settings, embedder: Embedder) -> AbstractAsyncContextManager[VectorIndex]:
    """The index for this embedder's vectors. Entering raises Refused or Unavailable."""
    if settings.vectorstore_type == "faiss":
        from core.backends.faiss import open_faiss

        return open_faiss(
            path=settings.vector_directory / FAISS, identity=embedder.identity, dimension=embedder.dimension
        )
    from core.backends.chroma import open_chroma

    return open_chroma(
        identity=embedder.identity,
        dimension=embedder.dimension,
        path=None if settings.chroma_url else str(settings.vector_directory),
        url=settings.chroma_url,
        collection=settings.collection_name,
    )


async def drop_vectors(settings: Settings) -> None:
    """Empties the index, whoever filled it. Raises Refused or Unavailable."""
    if settings.vectorstore_type == "faiss":
        from core.backends.faiss import drop_faiss

        await drop_faiss(settings.vector_directory / FAISS)
        return
    from core.backends.chroma import drop_chroma

    path = None if settings.chroma_url else str(settings.vector_directory)
    await drop_chroma(path=path, url=settings.chroma_url, collection=settings.collection_name)
