"""A Chroma collection through langchain-chroma. Its calls block; they run in a child process or in a thread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from core.backends.chroma_client import ChromaCollection, opened
from core.backends.index_errors import translated
from core.backends.matrix import Row
from core.errors import Refused
from core.ports import Hit, Query, Vector, Vectors
from core.types import Language, PassageKey

if TYPE_CHECKING:
    from chromadb.api.collection_configuration import CreateCollectionConfiguration
    from langchain_chroma import Chroma
    from langchain_core.embeddings import Embeddings

PAGE = 500
"""Passages that are read or written at once; bounds the memory of a transfer."""
REMOVED_AT_ONCE = 50
"""Versions that one deletion names: every deletion has a cost of its own."""
SHELF = "shelf"
"""Scope and language in one: for a condition of its own, Chroma first notes all passages that meet it, and half of all
are in one language."""
SHELVED = "shelved"
"""Marks a collection whose passages have it: on a server, unless an earlier release has made it."""
Where = dict[str, Any]
OWN_SEARCH: CreateCollectionConfiguration = {"hnsw": {"space": "ip", "max_neighbors": 8, "ef_construction": 32}}
"""Embedded, the graph is never asked, so it is built as cheaply as it can be and stay a graph."""
CHROMA_SEARCH: CreateCollectionConfiguration = {
    "hnsw": {
        "space": "ip",
        "max_neighbors": 32,
        "ef_construction": 200,
        "ef_search": 200,
        "sync_threshold": 10_000,
    }
}
"""The inner product, because vectors need not have length one and Chroma normalises for the cosine. What it builds by
default misses one of the ten best now and then. After so many writes the names of all passages are written to the
disk, and no search goes on meanwhile; by default that is every thousand. Until then they stand in its log."""


class ChromaStore:
    """The passages of a collection: id, scope, document, version, language, digest and vector.

    Their texts stay in the catalogue: Chroma keeps what was removed in its log and in free pages of its file.

    Opening raises Refused when another embedder filled the collection or when its files are damaged.
    """

    def __init__(self, collection: ChromaCollection) -> None:
        self._collection = collection
        self._given = _Given()
        with translated(collection.place), ExitStack() as resources:
            self._client = resources.enter_context(opened(collection))
            self._check()
            self._chroma = self._open()
            self._asked = self._client.get_collection(collection.name, embedding_function=None)
            self._shelved = SHELVED in (self._asked.metadata or {})
            self._resources = resources.pop_all()

    def count(self) -> int:
        """How many passages there are."""
        with self._translated():
            return int(self._client.get_collection(self._collection.name, embedding_function=None).count())

    def page(self, first: int, count: int) -> tuple[list[Row], Vectors]:
        """Some of the passages with their vectors, shape (rows, dimension)."""
        with self._translated():
            found = self._chroma.get(offset=first, limit=count, include=["metadatas", "embeddings"])
        return self._rows(found)

    def rows(self, keys: Sequence[PassageKey]) -> tuple[list[Row], Vectors]:
        """Those of these passages, at least one, that are there, with their vectors, shape (rows, dimension)."""
        with self._translated():
            found = self._chroma.get(ids=[str(key) for key in keys], include=["metadatas", "embeddings"])
        return self._rows(found)

    def put(self, rows: Sequence[Row], vectors: Vectors) -> None:
        """Adds passages, each key once; a known key is replaced. Durable when it returns."""
        with self._translated():
            self._given.vectors = vectors
            self._chroma.add_texts(
                texts=["" for _ in rows],
                metadatas=[_metadata(row, shelved=self._shelved) for row in rows],
                ids=[str(row.key) for row in rows],
            )

    def remove(self, versions: Sequence[tuple[str, int]]) -> None:
        """Removes these versions of documents."""
        wanted: list[Any] = [{"$and": [{"document_id": name}, {"version": version}]} for name, version in versions]
        with self._translated():
            for first in range(0, len(wanted), REMOVED_AT_ONCE):
                part = wanted[first : first + REMOVED_AT_ONCE]
                self._chroma.delete(where={"$or": part} if len(part) > 1 else part[0])

    def recall(self, digests: Sequence[str]) -> dict[str, Vector]:
        """Vectors by the digest of their text."""
        with self._translated():
            wanted: Any = {"digest": {"$in": list(digests)}}
            found = self._chroma.get(where=wanted, include=["metadatas", "embeddings"])
        rows, vectors = self._rows(found)
        return {row.digest: vector for row, vector in zip(rows, vectors, strict=True)}

    def search(self, query: Query, limit: int) -> list[Hit]:
        """The best passages by inner product as Chroma's own search finds them, best first."""
        where = conditions(query, shelved=self._shelved)
        if where is None or limit < 1:
            return []
        with self._translated():
            # LangChain's own search asks for texts and metadata, too, which takes the server as long as the search.
            found: Any = self._asked.query(
                query_embeddings=cast("Any", [query.vector]),
                n_results=min(limit, PAGE),
                where=where,
                include=["distances"],
            )
        hits = zip(found["ids"][0], found["distances"][0], strict=True)
        return [Hit(PassageKey.parse(id_), 1.0 - distance) for id_, distance in hits]

    def close(self) -> None:
        """Lets go of files and connections."""
        with self._translated():
            self._resources.close()

    def _translated(self) -> AbstractContextManager[None]:
        return translated(self._collection.place)

    def _check(self) -> None:
        from chromadb.errors import NotFoundError

        try:
            found = self._client.get_collection(self._collection.name, embedding_function=None)
        except NotFoundError:
            return
        wanted = _label(self._collection)
        label = {name: (found.metadata or {}).get(name) for name in wanted}
        if label == wanted:
            return
        if found.count():
            raise Refused("index.other_embedder", found=label["embedder"], wanted=self._collection.identity)
        self._client.delete_collection(self._collection.name)

    def _open(self) -> Chroma:
        from langchain_chroma import Chroma

        embedded = self._collection.path is not None
        return Chroma(
            client=self._client,
            collection_name=self._collection.name,
            embedding_function=cast("Embeddings", self._given),
            collection_metadata=_label(self._collection) | ({} if embedded else {SHELVED: 1}),
            collection_configuration=OWN_SEARCH if embedded else CHROMA_SEARCH,
        )

    def _rows(self, found: Mapping[str, Any]) -> tuple[list[Row], Vectors]:
        try:
            rows = [_row(id_, metadata) for id_, metadata in zip(found["ids"], found["metadatas"], strict=True)]
            vectors = np.array(found["embeddings"], dtype=np.float32).reshape(len(rows), self._collection.dimension)
        except (KeyError, TypeError, ValueError) as error:
            raise Refused("index.damaged", place=self._collection.place) from error
        return rows, vectors


class _Given:
    """Stands where LangChain expects an embedder: the vectors are there already."""

    vectors: Vectors

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        return self.vectors[: len(texts)]


def _label(collection: ChromaCollection) -> dict[str, str | int]:
    return {"embedder": collection.identity, "dimension": collection.dimension}


def _metadata(row: Row, *, shelved: bool) -> dict[str, str | int]:
    return {
        "document_id": row.key.document_id,
        "version": row.key.version,
        "scope": row.scope,
        "language": row.language,
        "digest": row.digest,
        **({SHELF: _shelf(row.scope, row.language)} if shelved else {}),
    }


def _row(id_: str, metadata: Mapping[str, Any]) -> Row:
    return Row(
        key=PassageKey.parse(id_),
        scope=str(metadata["scope"]),
        language=cast("Language", metadata["language"]),
        digest=str(metadata["digest"]),
    )


def _shelf(scope: str, language: Language) -> str:
    return f"{scope} {language}"


def conditions(query: Query, *, shelved: bool) -> Where | None:
    """What Chroma shall filter on; None when nothing can pass."""
    if not query.audience.scopes or query.documents == frozenset():
        return None
    scopes = sorted(scope.name for scope in query.audience.scopes)
    found: list[Where] = [{"scope": {"$in": scopes}}]
    if query.language is not None and shelved:
        language = query.language
        found = [{SHELF: {"$in": [_shelf(scope, language) for scope in scopes]}}]
    elif query.language is not None:
        found.append({"language": query.language})
    if query.documents is not None:
        found.append({"document_id": {"$in": sorted(query.documents)}})
    return found[0] if len(found) == 1 else {"$and": found}
