"""The dense index on a Chroma server, which many processes fill and ask: the server searches."""

from functools import partial

from core.backends.chroma_client import ChromaCollection
from core.backends.chroma_store import ChromaStore
from core.backends.remote_index import RemoteIndex


class ChromaServerIndex(RemoteIndex):
    """A collection on a server."""

    def __init__(self, collection: ChromaCollection) -> None:
        super().__init__(partial(ChromaStore, collection), dimension=collection.dimension)
