"""The blocking side of Chroma, which otherwise lives in a child process, here in this one."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from core.backends.chroma import ChromaIndex
from core.backends.chroma_client import ChromaCollection, opened
from core.backends.chroma_store import ChromaStore, conditions
from core.backends.matrix import rows_of, vectors_of
from core.errors import Refused, Unavailable
from core.types import PUBLIC, Audience, Scope
from tests.entries import DIMENSION, axis, entry, query

ENTRIES = [entry("a", "one", vector=axis(0, 1)), entry("b", "two")]


@pytest.fixture
def collection(tmp_path: Path) -> ChromaCollection:
    return ChromaCollection("documents", "model-1", DIMENSION, path=str(tmp_path))


@pytest.fixture
def store(collection: ChromaCollection) -> Iterator[ChromaStore]:
    store = ChromaStore(collection)
    yield store
    store.close()


def put(store: ChromaStore) -> None:
    store.put(rows_of(ENTRIES), vectors_of(ENTRIES, DIMENSION))


def test_pages_give_back_what_was_put(store: ChromaStore) -> None:
    put(store)
    pages = [store.page(first, 1) for first in range(2)]
    assert sorted(row.key for rows, _ in pages for row in rows) == [each.passage.key for each in ENTRIES]
    assert sorted(float(np.linalg.norm(vectors)) for _, vectors in pages) == pytest.approx([1.0, 2**0.5])


def test_rows_of_somebody_else_are_damage(store: ChromaStore, collection: ChromaCollection) -> None:
    client = store._client.get_collection(collection.name, embedding_function=None)
    client.add(ids=["theirs"], embeddings=axis(0)[np.newaxis], metadatas=[{"scope": "public"}], documents=["theirs"])
    with pytest.raises(Refused) as refused:
        store.page(0, 10)
    assert refused.value.code == "index.damaged"


def test_an_empty_collection_of_another_embedder_is_made_anew(tmp_path: Path) -> None:
    ChromaStore(ChromaCollection("documents", "model-1", DIMENSION, path=str(tmp_path))).close()
    ChromaStore(ChromaCollection("documents", "model-2", 3, path=str(tmp_path))).close()
    with opened(ChromaCollection("documents", "model-2", 3, path=str(tmp_path))) as client:
        found = client.get_collection("documents", embedding_function=None)
        assert found.metadata == {"embedder": "model-2", "dimension": 3}


async def test_a_copy_that_is_not_whole_is_damage(collection: ChromaCollection) -> None:
    index = ChromaIndex(collection)
    with pytest.raises(RuntimeError, match="not open"):
        await index.count()
    await index.open()
    await index.add(ENTRIES)
    with pytest.raises(Refused) as refused:
        await index._load(len(ENTRIES) + 1)
    assert refused.value.code == "index.damaged"
    with pytest.raises(Unavailable) as unavailable:
        await index._read("page", -1, -1)
    assert unavailable.value.code == "index.failed"
    await index.close()


class Unreadable(ChromaIndex):
    """What was counted cannot be read back."""

    async def _read(self, method: str, *details: object) -> object:
        raise Unavailable("index.failed", reason="InternalError")


async def test_what_was_counted_and_cannot_be_read_is_damage(collection: ChromaCollection) -> None:
    index = Unreadable(collection)
    with pytest.raises(Refused) as refused:
        await index._load(1)
    assert refused.value.code == "index.damaged"
    await index.close()


async def test_an_index_that_was_never_opened_can_be_closed(collection: ChromaCollection) -> None:
    await ChromaIndex(collection).close()


def test_nothing_passes_for_nobody_and_from_no_documents() -> None:
    assert conditions(query(audience=Audience()), shelved=True) is None
    assert conditions(query(documents=[]), shelved=True) is None


def test_every_filter_has_to_hold() -> None:
    both = Audience.of(Scope("workspace:slack:T1"), PUBLIC)
    asked, documents = query(audience=both, language="ko", documents=["b", "a"]), {"document_id": {"$in": ["a", "b"]}}
    scopes = {"scope": {"$in": ["public", "workspace:slack:T1"]}}
    shelves = {"shelf": {"$in": ["public ko", "workspace:slack:T1 ko"]}}
    for shelved in (True, False):
        assert conditions(query(audience=both), shelved=shelved) == scopes
    assert conditions(asked, shelved=True) == {"$and": [shelves, documents]}
    assert conditions(asked, shelved=False) == {"$and": [scopes, {"language": "ko"}, documents]}
