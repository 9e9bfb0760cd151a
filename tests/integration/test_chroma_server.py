"""Chroma on a server: several processes see the same, and a server that is not there is named."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from core.backends import chroma_client
from core.backends.chroma import drop_chroma, open_chroma
from core.backends.chroma_client import ChromaCollection
from core.backends.chroma_server import ChromaServerIndex
from core.backends.chroma_store import ChromaStore
from core.errors import Refused, SaseoError, Unavailable
from core.types import Audience, Language, Scope
from tests.entries import DIMENSION, entry, found, query
from tests.fakes.chroma import chroma_server

MODEL = "model-1"


@asynccontextmanager
async def replying(reply: bytes) -> AsyncIterator[str]:
    """The address of a server that says the same to everything, or nothing for ever."""
    never = asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(reply)
        await writer.drain()
        if not reply:
            await never.wait()
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        never.set()
        server.close()
        await server.wait_closed()


async def trouble(url: str) -> SaseoError:
    with pytest.raises(SaseoError) as error:
        async with open_chroma(url=url, identity=MODEL, dimension=DIMENSION):
            raise AssertionError
    return error.value


async def test_what_one_process_adds_another_finds_at_once(tmp_path: Path) -> None:
    async with (
        chroma_server(tmp_path) as url,
        open_chroma(url=url, identity=MODEL, dimension=DIMENSION) as one,
        open_chroma(url=url, identity=MODEL, dimension=DIMENSION) as other,
    ):
        await one.add([entry("a", "one")])
        assert found(await other.search(query(), limit=5)) == ["a"]
        await other.remove("a", 1)
        assert not await one.search(query(), limit=5)


async def test_a_search_asks_the_server_for_names_and_distances_alone(tmp_path: Path) -> None:
    async with chroma_server(tmp_path) as url:
        store = await asyncio.to_thread(ChromaStore, ChromaCollection("documents", MODEL, DIMENSION, url=url))
        asked: list[httpx.Request] = []
        for session in chroma_client._sessions(store._client):
            session.event_hooks["request"].append(asked.append)
        assert await asyncio.to_thread(store.search, query(), 5) == []
        assert [json.loads(request.content)["include"] for request in asked] == [["distances"]]
        await asyncio.to_thread(store.close)


async def test_a_new_collection_is_seldom_written_out_whole(tmp_path: Path) -> None:
    async with chroma_server(tmp_path) as url:
        store = await asyncio.to_thread(ChromaStore, ChromaCollection("documents", MODEL, DIMENSION, url=url))
        assert store._asked.configuration_json["hnsw"]["sync_threshold"] == 10_000
        await asyncio.to_thread(store.close)


@pytest.mark.parametrize("earlier", [True, False])
async def test_passages_in_one_language_are_found_also_in_a_collection_of_an_earlier_release(
    tmp_path: Path, *, earlier: bool
) -> None:
    async with chroma_server(tmp_path) as url:
        if earlier:
            await asyncio.to_thread(made_before, ChromaCollection("documents", MODEL, DIMENSION, url=url))
        written: dict[str, Language] = {"a": "en", "b": "ko"}
        for name, language in written.items():
            async with open_chroma(url=url, identity=MODEL, dimension=DIMENSION) as index:
                await index.add([entry(name, "one", language=language)])
        async with open_chroma(url=url, identity=MODEL, dimension=DIMENSION) as index:
            languages: tuple[Language, ...] = ("en", "ko", "other")
            hits = [await index.search(query(language=language), limit=5) for language in languages]
            assert [found(each) for each in hits] == [["a"], ["b"], []]
            assert (
                await index.search(query(language="en", audience=Audience.of(Scope("workspace:slack:T1"))), limit=5)
                == []
            )


def made_before(collection: ChromaCollection) -> None:
    with chroma_client.opened(collection) as client:
        client.create_collection("documents", metadata={"embedder": MODEL, "dimension": DIMENSION})


async def test_another_embedder_is_refused_until_the_collection_is_dropped(tmp_path: Path) -> None:
    async with chroma_server(tmp_path) as url:
        async with open_chroma(url=url, identity=MODEL, dimension=DIMENSION) as index:
            await index.add([entry("a", "one")])
        with pytest.raises(Refused) as refused:
            async with open_chroma(url=url, identity="model-2", dimension=DIMENSION):
                raise AssertionError
        assert refused.value.code == "index.other_embedder"
        await drop_chroma(url=url)
        async with open_chroma(url=url, identity="model-2", dimension=3) as index:
            assert await index.count() == 0


async def test_a_server_that_comes_back_has_kept_everything(tmp_path: Path) -> None:
    async with chroma_server(tmp_path) as url, open_chroma(url=url, identity=MODEL, dimension=DIMENSION) as index:
        await index.add([entry("a", "one")])
    async with chroma_server(tmp_path) as url, open_chroma(url=url, identity=MODEL, dimension=DIMENSION) as index:
        assert found(await index.search(query(), limit=5)) == ["a"]


async def test_a_server_that_goes_away_is_named(tmp_path: Path) -> None:
    async with chroma_server(tmp_path) as url:
        index = ChromaServerIndex(ChromaCollection("documents", MODEL, DIMENSION, url=url))
        await index.open()
    for call in (index.search(query(), limit=5), index.add([entry("a")]), index.remove("a", 1), index.recall(["a"])):
        with pytest.raises(Unavailable) as unavailable:
            await call
        assert unavailable.value.code == "index.unreachable"
        assert url in unavailable.value.text()
    await index.close()


async def test_a_server_that_is_not_there_is_named() -> None:
    error = await trouble("http://user:secret@127.0.0.1:9")
    assert (type(error), error.code) == (Unavailable, "index.unreachable")
    assert "http://127.0.0.1:9" in error.text()
    assert "secret" not in error.text()


async def test_a_server_that_says_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chroma_client, "TIMEOUT", 0.3)
    async with replying(b"") as url:
        assert (await trouble(url)).code == "index.unreachable"


async def test_a_server_that_does_not_let_us_in_says_so() -> None:
    async with replying(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nConnection: close\r\n\r\n") as url:
        assert (await trouble(url)).code == "index.forbidden"


async def test_a_server_that_is_no_chroma_is_an_error_of_ours() -> None:
    async with replying(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello") as url:
        assert isinstance(await trouble(url), Unavailable)
    async with replying(b"HTTP/1.1 500 Oh\r\nContent-Length: 0\r\nConnection: close\r\n\r\n") as url:
        assert (await trouble(url)).code == "index.failed"


async def test_an_index_that_is_not_open_is_a_bug() -> None:
    index = ChromaServerIndex(ChromaCollection("documents", MODEL, DIMENSION, url="http://127.0.0.1:9"))
    with pytest.raises(RuntimeError, match="not open"):
        await index.count()
    await index.close()
