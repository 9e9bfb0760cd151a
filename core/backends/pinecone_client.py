"""Opens a Pinecone index through LangChain: where it is, whether it fits, and with bounds on every call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from core.backends.pinecone_place import PineconePlace
from core.errors import Refused, Unavailable

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings
    from langchain_pinecone import PineconeVectorStore

    from core.backends.pinecone_wire import BoundedWire

DOCUMENT = "document_id"
"""What LangChain takes for the text of a passage is the id of its document: the texts stay in the catalogue."""


def require_package() -> None:
    """Raises Refused where the package is not installed."""
    try:
        import langchain_pinecone  # noqa: F401
    except ImportError as error:
        raise Refused("index.not_installed", package="langchain-pinecone", store="pinecone") from error


def connect(place: PineconePlace, embedding: object) -> tuple[PineconeVectorStore, BoundedWire]:
    """LangChain's store for this place, and the wire that all of its calls go over."""
    from langchain_pinecone import PineconeVectorStore

    from core.backends.pinecone_wire import bound

    store = PineconeVectorStore(
        embedding=cast("Embeddings", embedding),
        text_key=DOCUMENT,
        namespace=place.namespace,
        pinecone_api_key=place.key,
        host=place.host or _host(place),
    )
    return store, bound(store.index._api_client)  # noqa: SLF001 - no parameter of LangChain's reaches it


def _host(place: PineconePlace) -> str:
    """Where Pinecone keeps the index. Raises Refused where it does not fit, Unavailable while it is being made."""
    from pinecone import Pinecone

    from core.backends.pinecone_wire import bound

    client = Pinecone(api_key=place.key, host=place.url)
    wire = bound(client.db._index_api.api_client)  # noqa: SLF001 - as above
    try:
        found: Any = client.describe_index(place.index)
    finally:
        wire.close()
    if not found.status.ready:
        raise Unavailable("pinecone.not_ready", index=place.index)
    # Pinecone's emulator tells hosts without a scheme and speaks plain HTTP.
    scheme = urlsplit(place.url or "https:").scheme
    return str(found.host) if "://" in found.host else f"{scheme}://{found.host}"
