"""The HTTP API over a core in memory: its routes and shapes."""

import asyncio
from dataclasses import replace

import httpx
import pytest

from core.backends.memory_world import ScriptedModel
from core.errors import Unavailable
from core.saseo import Check
from tests.fakes.saseo import Core
from tests.integration.http_asking import ASKED, LEAVE, client, client_of, core, events, stocked

__all__ = ["client", "core"]


async def test_the_root_says_that_somebody_is_there(client: httpx.AsyncClient) -> None:
    answer = await client.get("/")
    assert answer.json()["status"] == "running"
    assert answer.headers["x-request-id"]


async def test_health_asks_the_services_and_says_which_is_ill(core: Core) -> None:
    async def well() -> None:
        return

    async def ill() -> None:
        raise Unavailable("chat.busy")

    async def silent() -> None:
        await asyncio.Event().wait()

    checks: dict[str, Check] = {"catalogue": well}
    core.checks = checks
    async with client_of(core) as client:
        answer = await client.get("/health")
        assert (answer.status_code, answer.json()) == (200, {"status": "healthy", "services": {"catalogue": "healthy"}})
        checks["vectors"] = ill
        answer = await client.get("/health")
        assert answer.status_code == 503
        assert answer.json()["status"] == "unhealthy"
        assert "waiting" in answer.json()["services"]["vectors"]


async def test_health_does_not_wait_for_ever(core: Core, monkeypatch: pytest.MonkeyPatch) -> None:
    async def silent() -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr("adapters.http.system_routes.CHECK_SECONDS", 0.01)
    core.checks = {"vectors": silent}
    async with client_of(core) as client:
        assert (await client.get("/health")).status_code == 503


async def test_a_message_is_answered_with_sources_in_the_shape_of_the_guide(client: httpx.AsyncClient) -> None:
    await stocked(client)
    body = (await client.post("/api/v1/chat/", json={"message": ASKED})).json()
    assert body["response"] == "You get 25 days [1]."
    assert body["outcome"] == "answered"
    assert body["session_id"]
    assert body["execution_time"] > 0
    (source,) = body["sources"]
    assert source["content"] == LEAVE["content"]
    assert source["metadata"]["source"] == "h1"
    assert source["metadata"]["title"] == "Handbook"
    assert set(source["metadata"]) >= {"document_id", "title", "url", "page", "heading"}


async def test_a_conversation_is_remembered_and_cleared(client: httpx.AsyncClient) -> None:
    await stocked(client)
    session = "team/a b:c"
    await client.post("/api/v1/chat/", json={"message": ASKED, "session_id": session})
    turns = (await client.get(f"/api/v1/chat/history/{session}")).json()
    assert [turn["type"] for turn in turns] == ["human", "ai"]
    assert turns[0]["content"] == ASKED
    assert turns[0]["timestamp"]
    cleared = await client.delete(f"/api/v1/chat/history/{session}")
    assert cleared.json() == {"message": "Chat history cleared successfully"}
    assert (await client.get(f"/api/v1/chat/history/{session}")).json() == []


async def test_an_answer_streams_as_events(client: httpx.AsyncClient) -> None:
    await stocked(client)
    answer = await client.post("/api/v1/chat/stream", json={"message": ASKED})
    assert answer.headers["content-type"].startswith("text/event-stream")
    said = events(answer.text)
    assert [name for name, _ in said][-2:] == ["sources", "done"]
    assert "".join(data["text"] for name, data in said if name == "delta") == "You get 25 days [1]."
    assert said[-2][1]["sources"][0]["metadata"]["title"] == "Handbook"
    assert said[-1][1]["response"] == "You get 25 days [1]."


async def test_what_cannot_be_asked_is_refused_before_the_stream_begins(client: httpx.AsyncClient) -> None:
    assert (await client.post("/api/v1/chat/stream", json={"message": " "})).status_code == 422


async def test_trouble_in_the_stream_is_an_event(core: Core) -> None:
    core.limits = replace(core.limits, waiting=-1)
    core.chat = core.chat_with(None)
    async with client_of(core) as client:
        ((name, data),) = events((await client.post("/api/v1/chat/stream", json={"message": ASKED})).text)
    assert name == "error"
    assert "minute" in data["detail"]


async def test_documents_are_listed_shown_and_forgotten(client: httpx.AsyncClient) -> None:
    first, second = await stocked(client, LEAVE, {"content": "The office opens at nine.", "id": "office"})
    page = (await client.get("/api/v1/documents", params={"limit": 1})).json()
    assert page["total"] == 2
    assert len(page["documents"]) == 1
    rest = (await client.get("/api/v1/documents", params={"limit": 1, "after": page["next"]})).json()
    assert {page["documents"][0]["id"], rest["documents"][0]["id"]} == {first, second}
    assert rest["next"] is None
    shown = (await client.get(f"/api/v1/documents/{first}")).json()
    assert shown["title"] == "Handbook"
    assert shown["scope"] == "public"
    assert shown["passages_count"] == 1
    assert shown["passages"] == [{"text": LEAVE["content"], "page": None, "heading": ""}]
    assert (await client.get("/api/v1/documents", params={"q": "HAND"})).json()["total"] == 1
    assert (await client.get("/api/v1/documents", params={"scope": "workspace:slack:T1"})).json()["total"] == 0
    assert (await client.delete(f"/api/v1/documents/{first}")).status_code == 200
    for answer in (await client.delete(f"/api/v1/documents/{first}"), await client.get(f"/api/v1/documents/{first}")):
        assert answer.status_code == 404
        assert first in answer.json()["detail"]


async def test_every_document_gets_a_result_or_a_reason(client: httpx.AsyncClient) -> None:
    body = (await client.post("/api/v1/documents/", json={"documents": [LEAVE, {"content": " "}, LEAVE]})).json()
    assert body["status"] == "partial"
    assert body["added_documents"] == 2
    assert sorted(result["status"] for result in body["results"]) == ["added", "refused", "unchanged"]
    failed = (await client.post("/api/v1/documents/", json={"documents": [{"content": ""}]})).json()
    assert failed["status"] == "failed"


async def test_files_are_taken_in_one_by_one(client: httpx.AsyncClient) -> None:
    files = [
        ("files", ("../../etc/hand book.txt", b"Leave is 25 days.", "text/plain")),
        ("files", ("bad.bin", b"\xff\xfe\xfd", "application/octet-stream")),
    ]
    body = (await client.post("/api/v1/documents/upload", files=files)).json()
    assert [result["status"] for result in body["results"]] == ["added", "refused"]
    shown = (await client.get(f"/api/v1/documents/{body['document_ids'][0]}")).json()
    assert shown["title"] == "hand book.txt"
    assert shown["metadata"] == {"source": "hand book.txt"}


async def test_too_many_files_are_refused(client: httpx.AsyncClient) -> None:
    files = [("files", (f"{number}.txt", b"x", "text/plain")) for number in range(51)]
    assert (await client.post("/api/v1/documents/upload", files=files)).status_code == 422


async def test_a_link_is_read_and_checked_again(core: Core, client: httpx.AsyncClient) -> None:
    core.web.pages["https://example.com/faq"] = b"The office opens at nine."
    body = (await client.post("/api/v1/documents/links", json={"url": "https://example.com/faq"})).json()
    assert body["status"] == "success"
    (name,) = body["document_ids"]
    again = (await client.post(f"/api/v1/documents/{name}/refresh")).json()
    assert again["results"][0]["status"] == "unchanged"
    core.web.pages["https://example.com/faq"] = Unavailable("chat.busy")
    failed = (await client.post(f"/api/v1/documents/{name}/refresh")).json()
    assert "waiting" in failed["results"][0]["detail"]


async def test_a_service_that_is_away_is_said_with_a_time_to_come_back(core: Core, client: httpx.AsyncClient) -> None:
    core.web.pages["https://example.com/faq"] = Unavailable("chat.busy")
    answer = await client.post("/api/v1/documents/links", json={"url": "https://example.com/faq"})
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0


async def test_a_query_gives_everything_that_was_found_the_cited_first(client: httpx.AsyncClient) -> None:
    await stocked(client, LEAVE, {"content": "Interns get 10 days of annual leave.", "metadata": {"source": "h2"}})
    body = (await client.post("/api/v1/documents/query", json={"question": ASKED, "k": 2})).json()
    assert body["answer"] == "You get 25 days [1]."
    assert [source["metadata"]["source"] for source in body["sources"]] == ["h1", "h2"]
    assert body["retrieved_docs"] == 2


async def test_search_ranks_and_filters_without_asking_a_model(core: Core, client: httpx.AsyncClient) -> None:
    await stocked(
        client, LEAVE, {"content": "Interns get 10 days of annual leave.", "metadata": {"source": "h2", "year": 2026}}
    )
    found = (await client.post("/api/v1/documents/search", json={"question": ASKED})).json()["sources"]
    assert [source["metadata"]["source"] for source in found] == ["h1", "h2"]
    assert found[0]["score"] >= found[1]["score"]
    for filters, count in (({"year": 2026}, 1), ({"year": "2026"}, 0), ({"source": "h1"}, 1), ({"unknown": 1}, 0)):
        body = (await client.post("/api/v1/documents/search", json={"question": ASKED, "filters": filters})).json()
        assert len(body["sources"]) == count
    assert isinstance(core.model, ScriptedModel)
    assert not core.model.asked


async def test_documents_of_a_scope_are_seen_by_its_audience_alone(client: httpx.AsyncClient) -> None:
    await stocked(client, {**LEAVE, "scope": "workspace:slack:T1"})
    hidden = await client.post("/api/v1/documents/search", json={"question": ASKED})
    assert hidden.json()["sources"] == []
    body = {"question": ASKED, "audience": ["workspace:slack:T1"]}
    assert len((await client.post("/api/v1/documents/search", json=body)).json()["sources"]) == 1
