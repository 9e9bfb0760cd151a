"""Pinecone in trouble: tried again within bounds, and a sentence for every refusal."""

import builtins
from collections.abc import AsyncIterator
from dataclasses import replace
from types import ModuleType

import pytest

from core.backends import pinecone_store, pinecone_wire
from core.backends.pinecone import drop_pinecone
from core.backends.pinecone_errors import problem
from core.backends.pinecone_place import PineconePlace
from core.errors import Refused, SaseoError, Unavailable
from core.types import digest
from tests.entries import DIMENSION, entry, found, query
from tests.fakes.pinecone import FakePinecone, Fault
from tests.integration.indexes import place
from tests.integration.test_pinecone import opened, trouble
from tests.ports import free_port


@pytest.fixture
async def server() -> AsyncIterator[FakePinecone]:
    async with FakePinecone(dimension=DIMENSION) as server:
        yield server


async def test_a_busy_server_is_asked_again_after_a_while(server: FakePinecone) -> None:
    async with opened(server) as index:
        await index.add([entry("a", "one")])
        server.faults.extend([Fault(429, headers={"Retry-After": "0"}), Fault(503), Fault(0)])
        assert found(await index.search(query(), limit=5)) == ["a"]


async def test_no_server_makes_us_wait_as_long_as_it_likes(
    server: FakePinecone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pinecone_wire, "LONGEST_PAUSE", 0.01)
    server.faults.append(Fault(429, headers={"Retry-After": "3600"}))
    async with opened(server) as index:
        assert await index.empty()


@pytest.mark.parametrize(
    ("status", "body", "kind", "code"),
    [
        (400, "", Unavailable, "index.failed"),
        (401, "Invalid API key", Refused, "pinecone.key"),
        (402, "", Refused, "pinecone.quota"),
        (403, "", Refused, "pinecone.key"),
        (403, "You have reached the storage quota of your plan", Refused, "pinecone.quota"),
        (404, "", Refused, "pinecone.no_index"),
        (429, "", Unavailable, "pinecone.busy"),
        (429, "You've reached your read unit limit for the current month", Refused, "pinecone.quota"),
        (500, "", Unavailable, "index.failed"),
        (503, "", Unavailable, "index.failed"),
        (200, "hello", Unavailable, "index.failed"),
        (0, "", Unavailable, "pinecone.unreachable"),
    ],
)
async def test_every_refusal_has_a_sentence(
    server: FakePinecone, monkeypatch: pytest.MonkeyPatch, status: int, body: str, kind: type, code: str
) -> None:
    monkeypatch.setattr(pinecone_wire, "RETRIES", 0)
    monkeypatch.setattr(pinecone_store, "FRESH_SECONDS", 0.05)
    async with opened(server) as index:
        await index.add([entry("a", "one")])
        calls = (
            lambda: index.search(query(), limit=5),
            lambda: index.add([entry("b")]),
            lambda: index.remove("a", 1),
            lambda: index.recall([digest("one")]),
            index.count,
        )
        for call in calls:
            server.faults.append(Fault(status, body))
            with pytest.raises(SaseoError) as error:
                await call()
            assert (type(error.value), error.value.code) == (kind, code)
            assert server.key not in error.value.text() + error.value.text("ko") + repr(error.value.__cause__)


async def test_an_index_that_does_not_fit_is_refused_with_what_to_do(server: FakePinecone) -> None:
    for change, code in (
        ({"dimension": 5}, "pinecone.dimension"),
        ({"index": "unknown"}, "pinecone.no_index"),
        ({"key": "wrong"}, "pinecone.key"),
    ):
        refused = await trouble(replace(place(server), **change))
        assert (type(refused), refused.code) == (Refused, code)
    server.metric = "cosine"
    assert (await trouble(place(server))).code == "pinecone.metric"
    server.ready = False
    unready = await trouble(place(server))
    assert (type(unready), unready.code) == (Unavailable, "pinecone.not_ready")


async def test_a_server_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pinecone_wire, "RETRIES", 0)
    url = f"http://user:secret@127.0.0.1:{free_port()}"
    for where in (PineconePlace("key", "i", "n", url=url), PineconePlace("key", "i", "n", host=url)):
        error = await trouble(where)
        assert (type(error), error.code) == (Unavailable, "pinecone.unreachable")
        assert "http://127.0.0.1:" in error.text()
        assert "secret" not in error.text()


async def test_a_server_that_says_nothing_is_given_up(server: FakePinecone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pinecone_wire, "RETRIES", 0)
    monkeypatch.setattr(pinecone_wire, "TIMEOUT", 0.3)
    server.faults.append(Fault(200, stall=True))
    assert (await trouble(place(server))).code == "pinecone.unreachable"


async def test_the_key_is_not_taken_to_another_address(server: FakePinecone) -> None:
    async with FakePinecone() as other:
        server.faults.append(Fault(307, headers={"Location": f"{other.url}/indexes/documents"}))
        assert (await trouble(place(server))).code == "index.failed"
        assert not other.requests


async def test_pinecone_that_is_not_installed_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *details: object) -> ModuleType:
        if name == "langchain_pinecone":
            raise ImportError(name)
        return real(name, *details)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", without)
    where = PineconePlace("key", "i", "n", url="http://127.0.0.1:9")
    assert (await trouble(where)).details == {"package": "langchain-pinecone", "store": "pinecone"}
    with pytest.raises(Refused, match="langchain-pinecone"):
        await drop_pinecone(where)


def test_an_error_of_any_other_kind_is_ours() -> None:
    assert problem(ValueError("x"), PineconePlace("key", "i", "n")).details == {"reason": "ValueError"}


def test_the_key_is_not_shown() -> None:
    assert "pcsk_secret" not in repr(PineconePlace("pcsk_secret", "i", "n"))
    assert PineconePlace("key", "i", "n").name == "https://api.pinecone.io"
