"""The HTTP API over a core in memory: its errors, and what hostile clients send."""

import json

import httpx
import pytest

from core.errors import Refused
from core.metrics import HTTP_REQUESTS, HTTP_SECONDS
from tests.corpus import shared_data
from tests.fakes.saseo import Core
from tests.integration.http_asking import ASKED, LEAVE, MEGABYTE, client, client_of, core, stocked

__all__ = ["client", "core"]


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
    for size in (MEGABYTE + 1, 6 * MEGABYTE):
        answer = await client.post("/api/v1/documents/upload", files={"files": ("big.txt", b"x" * size)})
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


async def test_figures_are_kept_for_people_and_for_prometheus(core: Core, client: httpx.AsyncClient) -> None:
    first = (await client.get("/api/v1/stats")).json()
    assert first["requests"] == {"total": 0, "failed": 0, "success_rate": 1.0}
    await stocked(client)
    await client.post("/api/v1/chat/", json={"message": ASKED})
    body = (await client.get("/api/v1/stats")).json()
    assert body["requests"]["total"] == 3
    assert body["response_time"]["p95"] > 0
    assert body["questions"]["answered"] == 1
    assert core.recorder.value(HTTP_REQUESTS, route="/api/v1/chat/", status="2xx") == 1
    assert core.recorder.times(HTTP_SECONDS, route="/api/v1/chat/") == 1


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
