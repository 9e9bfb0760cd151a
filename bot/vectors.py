"""Which vector store the settings ask for: opened, or emptied to be filled anew."""

from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Protocol

from bot.settings import Settings
from core.errors import Refused
from core.ports import DenseIndex, Embedder

if TYPE_CHECKING:
    from core.backends.pinecone_place import PineconePlace

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
    if settings.vectorstore_type == "pinecone":
        from core.backends.pinecone import open_pinecone

        return open_pinecone(pinecone_place(settings, embedder))
    from core.backends.chroma import open_chroma

    return open_chroma(
        identity=embedder.identity,
        dimension=embedder.dimension,
        path=None if settings.chroma_url else str(settings.vector_directory),
        url=settings.chroma_url,
        collection=settings.collection_name,
        copied_bytes=settings.vectors_in_memory_bytes if settings.database_url is not None else 0,
    )


async def drop_vectors(settings: Settings) -> None:
    """Empties the index, whoever filled it. Raises Refused or Unavailable."""
    if settings.vectorstore_type == "faiss":
        from core.backends.faiss import drop_faiss

        await drop_faiss(settings.vector_directory / FAISS)
        return
    if settings.vectorstore_type == "pinecone":
        from core.backends.pinecone import drop_pinecone

        await drop_pinecone(pinecone_place(settings))
        return
    from core.backends.chroma import drop_chroma

    path = None if settings.chroma_url else str(settings.vector_directory)
    await drop_chroma(path=path, url=settings.chroma_url, collection=settings.collection_name)


def pinecone_place(settings: Settings, embedder: Embedder | None = None) -> "PineconePlace":
    """The namespace in Pinecone; without an embedder only to be emptied. Raises Refused without a key."""
    from core.backends.pinecone_place import PineconePlace

    if settings.pinecone_api_key is None:
        raise Refused("settings.pinecone_key")
    return PineconePlace(
        key=settings.pinecone_api_key.get_secret_value(),
        index=settings.pinecone_index or settings.collection_name,
        namespace=settings.collection_name,
        identity=embedder.identity if embedder is not None else "",
        dimension=embedder.dimension if embedder is not None else 0,
        host=settings.pinecone_host,
        url=settings.pinecone_url,
    )
