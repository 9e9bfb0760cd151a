"""Pinecone over its REST: what is sent, what is waited for, and what is said of every kind of trouble."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import numpy as np
import pytest

from core.backends import pinecone_store
from core.backends.pinecone import drop_pinecone, open_pinecone
from core.backends.pinecone_place import PineconePlace
from core.backends.pinecone_store import PineconeStore
from core.backends.remote_index import RemoteIndex
from core.errors import Refused, SaseoError
from core.types import PUBLIC, Audience, PassageKey, Scope, digest
from tests.entries import DIMENSION, axis, clusters, entry, found, query
from tests.fakes.pinecone import FakePinecone
from tests.integration.indexes import place


@asynccontextmanager
async def opened(server: FakePinecone, *, identity: str = "model-1") -> AsyncIterator[RemoteIndex[PineconeStore]]:
    async with open_pinecone(place(server, identity=identity, dimension=server.dimension)) as index:
        yield index


@pytest.fixture
async def server() -> AsyncIterator[FakePinecone]:
    async with FakePinecone(dimension=DIMENSION) as server:
        yield server


async def trouble(where: PineconePlace) -> SaseoError:
    with pytest.raises(SaseoError) as error:
        async with open_pinecone(where):
            pytest.fail("it opened")
    return error.value


async def test_what_one_process_adds_another_finds_at_once(server: FakePinecone) -> None:
    server.lag = 3
    async with opened(server) as one, opened(server) as other:
        await one.add([entry("a", "one")])
        assert found(await other.search(query(), limit=5)) == ["a"]
        await other.remove("a", 1)
        assert not await one.search(query(), limit=5)
        assert await one.empty()


async def test_an_index_that_tells_no_places_in_its_log_is_asked_for_what_was_written(server: FakePinecone) -> None:
    server.lag, server.tells_lsn = 3, False
    async with opened(server) as index:
        await index.add([entry("a", "one")])
        assert found(await index.search(query(), limit=5)) == ["a"]
        await index.remove("a", 1)
        assert not await index.search(query(), limit=5)


async def test_what_stays_unseen_for_long_is_not_waited_for(
    server: FakePinecone, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with opened(server) as index:
        server.lag = 1_000_000
        monkeypatch.setattr(pinecone_store, "FRESH_SECONDS", 0.05)
        with caplog.at_level(logging.WARNING):
            await index.add([entry("a", "one")])
        assert "cannot be found yet" in caplog.text
        assert server.namespaces["documents"].written == 1


async def test_the_address_of_the_index_itself_needs_no_control_plane(server: FakePinecone) -> None:
    async with open_pinecone(replace(place(server), url=None, host=server.url)) as index:
        await index.add([entry("a", "one")])
        assert found(await index.search(query(), limit=5)) == ["a"]
    assert not [path for path in server.paths() if path.startswith("/indexes")]


async def test_no_text_leaves_the_house(server: FakePinecone) -> None:
    async with opened(server) as index:
        await index.add([entry("a", "the secret plan", title="Plans", heading="Secret")])
    sent = str([request.body for request in server.requests])
    assert "secret plan" not in sent
    assert "Plans" not in sent
    (record,) = server.namespaces["documents"].read().values()
    assert record["metadata"] == {
        "document_id": "a",
        "scope": "public",
        "language": "en",
        "digest": digest("the secret plan"),
    }


async def test_another_embedder_is_refused_until_the_vectors_are_dropped(server: FakePinecone) -> None:
    server.lag = 3
    async with opened(server) as index:
        await index.add([entry("a", "one")])
    async with opened(server) as index:
        assert await index.count() == 1
    refused = await trouble(place(server, identity="model-2"))
    assert (type(refused), refused.code) == (Refused, "index.other_embedder")
    assert refused.details == {"found": "model-1", "wanted": "model-2"}
    await drop_pinecone(place(server))
    async with opened(server, identity="model-2") as index:
        assert await index.count() == 0


async def test_vectors_of_nobody_we_know_are_refused(server: FakePinecone) -> None:
    async with opened(server) as index:
        await index.add([entry("a", "one")])
    del server.namespaces["documents:embedder"]
    assert (await trouble(place(server))).details["found"] is None


async def test_dropping_what_is_not_there_is_no_error(server: FakePinecone) -> None:
    await drop_pinecone(place(server))
    async with opened(server) as index:
        assert await index.empty()


async def test_other_libraries_in_the_same_index_stay(server: FakePinecone) -> None:
    other = replace(place(server), namespace="other")
    async with opened(server) as index, open_pinecone(other) as second:
        await index.add([entry("a", "one")])
        await second.add([entry("b", "one")])
        await drop_pinecone(place(server))
        assert found(await second.search(query(), limit=5)) == ["b"]
        assert not await index.search(query(), limit=5)


async def test_many_documents_and_scopes_are_asked_for_in_parts(
    server: FakePinecone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pinecone_store, "NAMED_AT_ONCE", 2)
    scopes = [PUBLIC, Scope("workspace:slack:T1"), Scope("channel:slack:T1:C1")]
    async with opened(server) as index:
        await index.add(
            [entry(f"d{number}", "one", scope=scopes[number % 3], vector=axis(0) * (number + 1)) for number in range(9)]
        )
        asked = query(audience=Audience.of(*scopes), documents=[f"d{number}" for number in range(8)])
        before = server.paths().count("/query")
        assert found(await index.search(asked, limit=4)) == ["d7", "d6", "d5", "d4"]
        assert server.paths().count("/query") - before == 2 * 4


async def test_long_vectors_are_sent_and_recalled_in_parts_that_pinecone_takes() -> None:
    vectors = clusters(60, 1536)
    async with FakePinecone(dimension=1536) as server, opened(server) as index:
        await index.add([entry("d", str(number), ordinal=number, vector=each) for number, each in enumerate(vectors)])
        assert await index.count() == len(vectors)
        recalled = await index.recall([digest(str(number)) for number in range(len(vectors))])
        for number, vector in enumerate(vectors):
            np.testing.assert_array_equal(recalled[digest(str(number))], vector)


async def test_a_text_that_fills_a_whole_answer_does_not_hide_others(server: FakePinecone) -> None:
    often = [entry("often", "the same", ordinal=number, vector=axis(0, 1, 2)) for number in range(120)]
    async with opened(server) as index:
        await index.add([*often, entry("once", "another", vector=axis(3))])
        recalled = await index.recall([digest("the same"), digest("another"), digest("unknown")])
    assert set(recalled) == {digest("the same"), digest("another")}


async def test_a_long_document_is_removed_page_by_page_and_nothing_else(
    server: FakePinecone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pinecone_store, "IDS", 150)
    long = [entry("a", str(number), ordinal=number) for number in range(250)]
    alike = [entry("a:1", "one", version=2, ordinal=3), entry("a", "one", version=11)]
    async with opened(server) as index:
        await index.add([*long, *alike])
        await index.remove("a", 1)
        hits = await index.search(query(), limit=10)
        assert {hit.key for hit in hits} == {PassageKey("a:1", 2, 3), PassageKey("a", 11, 0)}
    assert server.paths().count("/vectors/list") == 3
    assert server.paths().count("/vectors/delete") == 2


async def test_a_vector_of_zeros_is_kept_though_pinecone_takes_none(server: FakePinecone) -> None:
    async with opened(server) as index:
        await index.add([entry("a", "...", vector=axis() * 0), entry("b", "one")])
        assert await index.count() == 2
        assert not np.round((await index.recall([digest("...")]))[digest("...")], 6).any()
