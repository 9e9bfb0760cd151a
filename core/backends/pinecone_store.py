"""A namespace of a Pinecone index through langchain-pinecone. Its calls block; they run in threads."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np

from core.backends.matrix import Row
from core.backends.pinecone_client import DOCUMENT, connect, require_package
from core.backends.pinecone_errors import translated
from core.backends.pinecone_place import PineconePlace
from core.errors import Refused, Unavailable
from core.ports import Hit, Query, Vector, Vectors
from core.types import PassageKey

if TYPE_CHECKING:
    from pinecone.core.openapi.db_data.model.index_description import IndexDescription

NAMED_AT_ONCE = 5_000
"""Values in one `$in`; Pinecone takes 10,000."""
HITS = 1_000
"""Hits of one query; an answer of Pinecone's holds 4 MB."""
REQUEST_BYTES = 1_500_000
"""Pinecone takes 2 MB and 1,000 vectors at once."""
ROWS = 500
NUMBER_BYTES = 24
"""The longest spelling of a float in JSON, with what parts it from the next one."""
ROW_BYTES = 1_000
"""What is sent of a passage beside its vector, far below Pinecone's 40 kB."""
IDS = 1_000
"""Ids that one call deletes; Pinecone takes no more."""
LISTED = 100
"""Ids that one call lists, or vectors that one call recalls."""
FRESH_SECONDS = 30.0
"""How long a write waits to be found."""
LONGEST_LOOK = 1.0
EMBEDDER = "embedder"
TINY = np.float32(1e-30)
"""Stands in a vector of zeros, which Pinecone does not take."""

Where = dict[str, Any]

logger = logging.getLogger(__name__)


class PineconeStore:
    """The vectors of a library: id, scope, document, language, digest and vector of every passage, and no text.

    Opening raises Refused when there is no such index, when its vectors are of another kind or when another embedder
    filled it, and Unavailable when Pinecone cannot be reached.
    """

    def __init__(self, place: PineconePlace) -> None:
        require_package()
        self._place = place
        self._given = _Given()
        # A question that looks at everything: the ones of a search by filter alone must not be zeros.
        self._any = [1.0] * place.dimension
        with translated(place):
            self._chain, self._wire = connect(place, self._given)
            try:
                self._check()
            except BaseException:
                self._wire.close()
                raise

    def count(self) -> int:
        """How many passages there are, which may lag behind for some seconds."""
        with translated(self._place):
            return _counted(self._chain.index.describe_index_stats(), self._place.namespace)

    def put(self, rows: Sequence[Row], vectors: Vectors) -> None:
        """Adds passages, each key once; a known key is replaced. Durable when it returns, and as a rule found."""
        whole = vectors.copy()
        whole[~whole.any(axis=1), 0] = TINY
        step = _at_once(self._place.dimension, limit=ROWS)
        with translated(self._place):
            for first in range(0, len(rows), step):
                last = self._upsert(rows[first : first + step], whole[first : first + step])
                # The log is in order: whoever sees the last part sees them all.
                if first + step >= len(rows) or self._written() is None:
                    self._settle(last, there=True)

    def remove(self, versions: Sequence[tuple[str, int]]) -> None:
        """Removes these versions of documents."""
        with translated(self._place):
            for document_id, version in versions:
                for ids in _parts(list(self._ids(document_id, version)), IDS):
                    self._chain.delete(ids=ids)
                    self._settle(ids[-1], there=False)

    def recall(self, digests: Sequence[str]) -> dict[str, Vector]:
        """Vectors by the digest of their text."""
        found: dict[str, Vector] = {}
        step = _at_once(self._place.dimension, limit=LISTED)
        with translated(self._place):
            for part in _parts(digests, step):
                missing, whole = set(part), False
                # One text may stand in many passages, and an answer may be full of it.
                while missing and not whole:
                    pairs = self._with_digests(missing, limit=step)
                    found.update(pairs)
                    missing -= found.keys()
                    whole = len(pairs) < step
        return found

    def search(self, query: Query, limit: int) -> list[Hit]:
        """The greatest inner products among the passages that pass every filter, best first."""
        most = min(limit, HITS)
        if most < 1:
            return []
        asked = query.vector.tolist()
        with translated(self._place):
            found = [
                Hit(PassageKey.parse(str(document.id)), float(score))
                for where in conditions(query)
                for document, score in self._chain.similarity_search_by_vector_with_score(asked, k=most, filter=where)
            ]
        return sorted(found, key=lambda hit: (-hit.score, hit.key))[:most]

    def close(self) -> None:
        """Lets go of the connections."""
        self._wire.close()

    def _check(self) -> None:
        stats = self._chain.index.describe_index_stats()
        _look_fitting(stats, self._place)
        label = {EMBEDDER: self._place.identity}
        known = self._label()
        if known == label:
            return
        if _counted(stats, self._place.namespace):
            raise Refused("index.other_embedder", found=(known or {}).get(EMBEDDER), wanted=self._place.identity)
        self._chain.index.upsert(vectors=[(EMBEDDER, self._any, label)], namespace=self._place.label)
        until(lambda: self._label() == label)

    def _label(self) -> dict[str, Any] | None:
        found = self._chain.index.fetch(ids=[EMBEDDER], namespace=self._place.label).vectors
        return dict(found[EMBEDDER].metadata or {}) if EMBEDDER in found else None

    def _upsert(self, rows: Sequence[Row], vectors: Vectors) -> str:
        """Returns the last id."""
        self._given.give(vectors)
        ids = [str(row.key) for row in rows]
        self._chain.add_texts(
            texts=[row.key.document_id for row in rows],
            metadatas=[{"scope": row.scope, "language": row.language, "digest": row.digest} for row in rows],
            ids=ids,
            async_req=False,
        )
        return ids[-1]

    def _written(self) -> int | None:
        """The place in the log of what this thread has just written."""
        from core.backends.pinecone_wire import WRITTEN

        return self._wire.told(WRITTEN)

    def _settle(self, id_: str, *, there: bool) -> None:
        """Waits until what was just written is seen, at most `FRESH_SECONDS`.

        A place in the log says that it is safe, seen or not. Raises Unavailable where neither is known.
        """
        from core.backends.pinecone_wire import INDEXED

        index, namespace, written = self._chain.index, self._place.namespace, self._written()

        def seen() -> bool:
            if written is None:
                return (id_ in index.fetch(ids=[id_], namespace=namespace).vectors) == there
            index.query(vector=self._any, top_k=1, namespace=namespace)
            return (self._wire.told(INDEXED) or 0) >= written

        if not until(seen) and written is None:
            raise Unavailable("index.failed", reason="Pinecone: nothing was written")

    def _ids(self, document_id: str, version: int) -> Iterator[str]:
        token: str | None = None
        while True:
            page = self._chain.index.list_paginated(
                prefix=f"{document_id}:{version}:",
                limit=LISTED,
                pagination_token=token,
                namespace=self._place.namespace,
            )
            for item in page.vectors:
                # The id of another document may begin with all of this one's.
                if PassageKey.parse(item.id)[:2] == (document_id, version):
                    yield item.id
            if page.pagination is None:
                return
            token = page.pagination.next

    def _with_digests(self, digests: Collection[str], *, limit: int) -> list[tuple[str, Vector]]:
        found: Any = self._chain.index.query(
            vector=self._any,
            top_k=limit,
            filter={"digest": {"$in": sorted(digests)}},
            include_values=True,
            include_metadata=True,
            namespace=self._place.namespace,
        )
        return [(match.metadata["digest"], np.array(match.values, dtype=np.float32)) for match in found.matches]


class _Given:
    """Stands where LangChain expects an embedder: the vectors are there already."""

    def __init__(self) -> None:
        self._local = threading.local()

    def give(self, vectors: Vectors) -> None:
        """What the next call in this thread embeds to."""
        self._local.vectors = vectors.tolist()

    def embed_documents(self, texts: Sequence[str]) -> list[list[float]]:
        given: list[list[float]] = self._local.vectors
        return given[: len(texts)]


def empty(place: PineconePlace) -> None:
    """Deletes everything in the namespace, whoever filled it, and returns when that is seen."""
    require_package()
    with translated(place):
        from pinecone.exceptions import NotFoundException

        chain, wire = connect(place, _Given())
        try:
            for namespace in (place.namespace, place.label):
                # There is no such namespace where nothing was ever written.
                with suppress(NotFoundException):
                    chain.index.delete(delete_all=True, namespace=namespace)
            until(lambda: not _counted(chain.index.describe_index_stats(), place.namespace))
        finally:
            wire.close()


def conditions(query: Query) -> list[Where]:
    """What Pinecone shall filter on, one query each; nothing where nothing can pass."""
    scopes = _parts(sorted(scope.name for scope in query.audience.scopes), NAMED_AT_ONCE)
    documents = [None] if query.documents is None else _parts(sorted(query.documents), NAMED_AT_ONCE)
    return [_condition(some, query.language, others) for some in scopes for others in documents]


def _condition(scopes: Sequence[str], language: str | None, documents: Sequence[str] | None) -> Where:
    found: list[Where] = [{"scope": {"$in": scopes}}]
    if language is not None:
        found.append({"language": {"$eq": language}})
    if documents is not None:
        found.append({DOCUMENT: {"$in": documents}})
    return found[0] if len(found) == 1 else {"$and": found}


def until(seen: Callable[[], bool]) -> bool:
    """Whether it is seen within `FRESH_SECONDS`."""
    end, pause = time.monotonic() + FRESH_SECONDS, 0.02
    while not seen():
        if time.monotonic() > end:
            logger.warning("what was written to Pinecone cannot be found yet after %.0f seconds", FRESH_SECONDS)
            return False
        time.sleep(pause)
        pause = min(pause * 2, LONGEST_LOOK)
    return True


def _look_fitting(stats: IndexDescription, place: PineconePlace) -> None:
    if stats.dimension != place.dimension:
        raise Refused("pinecone.dimension", index=place.index, found=stats.dimension, wanted=place.dimension)
    if stats.metric not in (None, "dotproduct"):
        raise Refused("pinecone.metric", index=place.index, found=stats.metric, dimension=place.dimension)


def _counted(stats: IndexDescription, namespace: str) -> int:
    found = stats.namespaces.get(namespace)
    return int(found.vector_count) if found is not None else 0


def _at_once(dimension: int, *, limit: int) -> int:
    """How many passages with their vectors one call carries."""
    return max(1, min(limit, REQUEST_BYTES // (dimension * NUMBER_BYTES + ROW_BYTES)))


def _parts(values: Sequence[str], size: int) -> list[list[str]]:
    return [list(values[first : first + size]) for first in range(0, len(values), size)]
