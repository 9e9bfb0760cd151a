"""The HTTP API over a core in memory: its shapes, its errors and what hostile clients send."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from adapters.http.api import create_app
from core.backends.memory_world import ScriptedModel
from core.errors import Refused, Unavailable
from core.saseo import Check
from tests.corpus import shared_data
from tests.fakes.saseo import Core

LEAVE = {
    "content": "Full-time employees get 25 days of annual leave.",
    "metadata": {"source": "h1", "title": "Handbook"},
}
ASKED = "How many days of annual leave do full-time employees get?"
MEGABYTE = 1024 * 1024


def client_of(core: Core, **more: Any) -> httpx.AsyncClient:
    details: dict[str, Any] = {"version": "1", "token": None, "max_body_bytes": MEGABYTE, **more}
    app = create_app(core.saseo, **details)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://test")


@pytest.fixture
async def core() -> Core:
    return Core(model=ScriptedModel("You get 25 days [1]."))


@pytest.fixture
async def client(core: Core) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(core) as client:
        yield client


async def stocked(client: httpx.AsyncClient, *documents: dict[str, Any]) -> list[str]:
    answer = await client.post("/api/v1/documents/", json={"documents": documents or [LEAVE]})
    assert answer.status_code == 200, answer.text
    return list(answer.json()["document_ids"])


def events(text: str) -> list[tuple[str, Any]]:
    """Server-sent events as (event, data)."""
    found = []
    for block in text.replace("\r\n", "\n").strip().split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line and not line.startswith(":"))
        if "event" in lines:
            found.append((lines["event"], json.loads(lines["data"])))
    return found


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


@pytest.mark.parametrize("scope", ["", "everybody", "public:x", "workspace:"])
async def test_a_scope_that_is_none_is_refused(client: httpx.AsyncClient, scope: str) -> None:
    answer = await client.post("/api/v1/documents/", json={"documents": [{**LEAVE, "scope": scope}]})
    assert answer.status_code == 422


@pytest.mark.parametrize("k", [0, -1, 51, 10**9, 10**30, "five", None, 1.5])
async def test_a_count_that_makes_no_sense_is_refused(client: httpx.AsyncClient, k: object) -> None:
    for route in ("search", "query"):
        answer = await client.post(f"/api/v1/documents/{route}", json={"question": ASKED, "k": k})
        assert answer.status_code == 422
        assert "k" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("message", "status"),
    [("", 422), ("   ", 422), ("a" * 100_000, 413), ("a" * 100_001, 422), ("\x00\x01\x02", 422), ("?!", 422)],
)
async def test_a_message_that_is_no_question_is_refused(client: httpx.AsyncClient, message: str, status: int) -> None:
    answer = await client.post("/api/v1/chat/", json={"message": message})
    assert answer.status_code == status
    assert isinstance(answer.json()["detail"], str)


@pytest.mark.parametrize("session", ["x" * 10_000, "a\x00b", "", "a\nb", "\ud800"])
async def test_a_session_id_that_makes_no_sense_is_refused(client: httpx.AsyncClient, session: str) -> None:
    body = json.dumps({"message": ASKED, "session_id": session})
    answer = await client.post("/api/v1/chat/", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith("body.session_id")


@pytest.mark.parametrize("path", ["x" * 10_000, "a%00b", "a%0Ab"])
async def test_a_history_of_a_session_that_cannot_be_is_refused(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.get(f"/api/v1/chat/history/{path}")).status_code in {404, 422}


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff\xfe", b"[]", b'"x"', b"NaN", b'{"message": 1}', b'{"message": "a", "x": 1}']
)
async def test_a_body_that_is_not_what_was_asked_for_is_refused(client: httpx.AsyncClient, body: bytes) -> None:
    answer = await client.post("/api/v1/chat/", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422
    assert set(answer.json()) == {"detail"}


async def test_a_body_over_the_limit_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/v1/documents/upload", files={"files": ("big.txt", b"x" * (MEGABYTE + 1))})
    assert answer.status_code == 413
    assert set(answer.json()) == {"detail"}


async def test_unknown_routes_and_methods_have_the_shape_of_errors(client: httpx.AsyncClient) -> None:
    for answer, status in ((await client.get("/nothing"), 404), (await client.put("/health"), 405)):
        assert answer.status_code == status
        assert set(answer.json()) == {"detail"}


async def test_a_bug_tells_nothing_about_itself(core: Core, caplog: pytest.LogCaptureFixture) -> None:
    async def broken() -> None:
        raise ZeroDivisionError("secret detail")

    core.checks = {"catalogue": broken}
    async with client_of(core) as client:
        answer = await client.get("/health")
    assert answer.status_code == 500
    assert "secret detail" not in answer.text
    assert "secret detail" in caplog.text


async def test_everything_but_root_and_health_asks_for_the_token(core: Core) -> None:
    async with client_of(core, token="s3cret-wörd") as client:
        for path in ("/", "/health"):
            assert (await client.get(path)).status_code == 200
        for path in ("/api/v1/documents", "/metrics", "/docs", "/openapi.json", "/nothing"):
            answer = await client.get(path)
            assert answer.status_code == 401
            assert answer.headers["www-authenticate"] == "Bearer"
        for given in ("", "s3cret-wörd", "Bearer", "Bearer wrong", "bearer s3cret-wörd"):
            headers = {"Authorization": given.encode()}
            assert (await client.get("/api/v1/documents", headers=headers)).status_code == 401  # type: ignore[arg-type]
        headers = {"Authorization": "Bearer s3cret-wörd".encode()}
        assert (await client.get("/api/v1/documents", headers=headers)).status_code == 200  # type: ignore[arg-type]


async def test_other_origins_are_let_in_only_where_they_are_named(core: Core) -> None:
    asked = {"Origin": "https://app.example", "Access-Control-Request-Method": "POST"}
    async with client_of(core) as client:
        assert "access-control-allow-origin" not in (await client.options("/api/v1/chat/", headers=asked)).headers
    async with client_of(core, origins=["https://app.example"], token="t") as client:
        allowed = await client.options("/api/v1/chat/", headers=asked)
        assert allowed.headers["access-control-allow-origin"] == "https://app.example"


async def test_errors_are_said_in_korean_where_korean_is_asked_for(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/v1/chat/", json={"message": " "}, headers={"Accept-Language": "ko-KR,ko;q=0.9"})
    assert "질문" in answer.json()["detail"]


async def test_figures_are_kept_for_people_and_for_prometheus(client: httpx.AsyncClient) -> None:
    first = (await client.get("/api/v1/stats")).json()
    assert first["requests"] == {"total": 0, "failed": 0, "success_rate": 1.0}
    await stocked(client)
    await client.post("/api/v1/chat/", json={"message": ASKED})
    body = (await client.get("/api/v1/stats")).json()
    assert body["requests"]["total"] == 3
    assert body["response_time"]["p95"] > 0
    assert body["system"]["memory_bytes"] > 0
    assert body["questions"]["answered"] == 1
    metrics = (await client.get("/metrics")).text
    assert 'saseo_http_requests_total{route="/api/v1/chat/",status="200"} 1.0' in metrics


@pytest.mark.corpus
async def test_naughty_strings_are_answered_or_refused_and_come_back_as_they_were(core: Core) -> None:
    strings = json.loads(shared_data("naughty_strings.json").read_text(encoding="utf-8"))
    async with client_of(core) as client:
        for text in strings:
            answer = await client.post("/api/v1/chat/", json={"message": text, "session_id": "s"})
            assert answer.status_code in {200, 422}, text
            document = {
                "content": f"Some words. {text}",
                "id": text or "x",
                "metadata": {"source": text, "title": text, text or "k": text},
            }
            added = await client.post("/api/v1/documents/", json={"documents": [document]})
            if added.status_code != 200:
                assert added.status_code == 422, text
                continue
            (name,) = added.json()["document_ids"]
            shown = (await client.get(f"/api/v1/documents/{name}")).json()
            assert shown["metadata"]["source"] == text
            file = {"files": (text.replace("\n", " ") or "x", b"Some words.", "text/plain")}
            assert (await client.post("/api/v1/documents/upload", files=file)).status_code in {200, 422}, text


async def test_a_refusal_that_names_nothing_known_is_422(core: Core) -> None:
    async def ill() -> None:
        raise Refused("library.unknown", document_id="x")

    core.checks = {"catalogue": ill}
    async with client_of(core) as client:
        assert (await client.get("/health")).status_code == 503
