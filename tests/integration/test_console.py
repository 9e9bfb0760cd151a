"""The console over HTTP: who gets in, what its pages show, and that only its own pages change anything."""

import asyncio
import html
import re
from datetime import timedelta

import httpx
import pytest

from adapters.http.console import entering
from core.errors import Unavailable
from core.types import PUBLIC
from tests.fakes.saseo import Core
from tests.integration.consoles import LEAVE, PAGE, TALK, TEAM, client, core, proof
from tests.integration.http_asking import ASKED, client_of, events

__all__ = ["client", "core"]


async def test_a_browser_is_led_to_the_console_and_a_program_is_not(client: httpx.AsyncClient) -> None:
    led = await client.get("/")
    assert led.status_code == 303
    assert led.headers["location"].endswith("/console/")
    assert (await client.get("/", headers={"Accept": "*/*"})).json()["status"] == "running"


async def test_every_page_keeps_strangers_out(client: httpx.AsyncClient) -> None:
    for path in ("/console/", "/console/documents", "/console/health", "/console/sign-in", "/console/documents/none"):
        headers = (await client.get(path)).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"


async def test_the_cookie_is_for_the_console_alone(client: httpx.AsyncClient) -> None:
    cookie = (await client.get("/console/")).headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert "Path=/console" in cookie
    assert "Secure" not in cookie
    async with client_of(Core()) as other:
        other.base_url = httpx.URL("https://test")
        assert "Secure" in (await other.get("/console/", headers=PAGE)).headers["set-cookie"]


async def test_with_a_token_one_signs_in(core: Core, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entering, "WAIT_SECONDS", 0)
    async with client_of(core, token="secret") as client:
        door = await client.get("/console/", headers=PAGE)
        assert door.headers["location"].endswith("/console/sign-in")
        assert (await client.get("/console/health")).status_code == 401
        assert (await client.get("/console", headers=PAGE)).status_code == 307
        assert (await client.post("/console/sign-in", data={"token": "wrong"})).status_code == 401
        assert (await client.get("/console/", headers=PAGE)).status_code == 303
        into = await client.post("/console/sign-in", data={"token": "secret"})
        assert into.status_code == 303
        home = await client.get("/console/", headers=PAGE)
        assert home.status_code == 200
        assert (await client.get("/api/v1/stats")).status_code == 401, "the cookie is not for the API"
        out = await client.post("/console/sign-out", headers={**PAGE, **await proof(client)})
        assert out.headers["location"].endswith("/console/sign-in")
        assert (await client.get("/console/", headers=PAGE)).status_code == 303


async def test_without_a_token_nobody_need_sign_in(client: httpx.AsyncClient) -> None:
    into = await client.post("/console/sign-in", data={"token": "whatever"})
    assert into.status_code == 303
    assert "set-cookie" not in into.headers


async def test_whoever_guesses_waits(core: Core, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entering, "WAIT_SECONDS", 30)
    async with client_of(core, token="secret") as client:
        guesses = [
            asyncio.create_task(client.post("/console/sign-in", data={"token": str(number)}))
            for number in range(entering.ATTEMPTS)
        ]
        for _ in range(1000):
            await asyncio.sleep(0)
        assert (await client.post("/console/sign-in", data={"token": "more"})).status_code == 429
        for guess in guesses:
            guess.cancel()
        await asyncio.gather(*guesses, return_exceptions=True)


async def test_a_visit_is_renewed_while_somebody_is_there(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = await proof(client)
    assert "set-cookie" not in (await client.get("/console/")).headers
    monkeypatch.setattr("adapters.http.console.visits.RENEWED_AFTER", timedelta(0))
    assert "set-cookie" in (await client.get("/console/")).headers
    assert await proof(client) == before


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"X-Saseo-Proof": "guessed"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
async def test_nothing_is_changed_from_another_page(
    core: Core, client: httpx.AsyncClient, more: dict[str, str]
) -> None:
    added = await core.library.add_text(LEAVE)
    proven = await proof(client)
    headers = {**(proven if "Origin" in more or "Sec-Fetch-Site" in more else {}), **more}
    for path in (f"/console/documents/{added.document.id}/forget", "/console/language", "/console/sign-out"):
        assert (await client.post(path, headers=headers, data={"language": "ko"})).status_code == 403
    assert (await client.post("/console/sign-in", headers={"Origin": "https://evil.example"})).status_code == 403
    assert await core.store.catalogue.find(added.document.id) is not None


async def test_the_language_is_the_browsers_until_one_is_chosen(client: httpx.AsyncClient) -> None:
    assert 'lang="en"' in (await client.get("/console/")).text
    assert 'lang="ko"' in (await client.get("/console/", headers={"Accept-Language": "ko-KR,ko;q=0.9"})).text
    await client.post("/console/language", headers=await proof(client), data={"language": "ko"})
    assert 'lang="ko"' in (await client.get("/console/")).text


async def test_an_answer_is_streamed_with_its_sources_and_shown_in_context(
    core: Core, client: httpx.AsyncClient
) -> None:
    for text in ("Before.", LEAVE, "After."):
        await core.library.add_text(text, title="Handbook", url="https://wiki.example/handbook")
    asked = {"question": ASKED, "talk": TALK}
    answer = await client.post("/console/ask", json=asked, headers=await proof(client))
    told = events(answer.text)
    assert [name for name, _ in told if name != "delta"] == ["done"]
    done = told[-1][1]
    (source,) = done["sources"]
    assert done["outcome"] == "answered"
    assert f'<a class="cite" href="#{done["name"]}-1">1</a>' in done["html"]
    shown = await client.get(f"/console/passages/{source['document']}/{source['passage']}?version={source['version']}")
    assert f"<mark>{LEAVE}</mark>" in shown.text
    assert "https://wiki.example/handbook" in shown.text
    assert "has changed since" not in shown.text
    later = await client.get(f"/console/passages/{source['document']}/{source['passage']}?version=9")
    assert "has changed since" in later.text
    for path in ("none/0", f"{source['document']}/-1"):
        assert (await client.get(f"/console/passages/{path}")).status_code == 404


async def test_an_answer_is_as_seen_from_the_place_that_was_chosen(core: Core, client: httpx.AsyncClient) -> None:
    await core.library.add_text(LEAVE, title="Handbook", scope=TEAM)
    headers = await proof(client)
    assert str(TEAM) in (await client.get("/console/")).text

    async def outcome(seen_from: str) -> str:
        asked = {"question": ASKED, "talk": TALK, "seen_from": seen_from}
        answer = await client.post("/console/ask", json=asked, headers=headers)
        return str(events(answer.text)[-1][1]["outcome"])

    assert await outcome("public") == "not_found"
    assert await outcome(str(TEAM)) == "answered"
    assert await outcome("channel:slack:T1:C1") == "answered"
    assert await outcome("channel:slack:T2:C1") == "not_found"
    wrong = await client.post("/console/ask", json={"question": "?", "talk": TALK, "seen_from": "x"}, headers=headers)
    assert wrong.status_code == 422


async def test_what_fails_in_an_answer_is_said(core: Core, client: httpx.AsyncClient) -> None:
    async def down(*_: object, **__: object) -> bool:
        raise Unavailable("store.busy")

    core.store.claims.claim = down  # type: ignore[method-assign]
    answer = await client.post("/console/ask", json={"question": ASKED, "talk": TALK}, headers=await proof(client))
    assert [name for name, _ in events(answer.text)] == ["error"]


async def test_an_opinion_is_kept_with_its_answer(core: Core, client: httpx.AsyncClient) -> None:
    await core.library.add_text(LEAVE)
    headers = await proof(client)
    answer = await client.post("/console/ask", json={"question": ASKED, "talk": TALK}, headers=headers)
    opinion = {"id": events(answer.text)[-1][1]["id"], "helpful": False, "text": "Too short."}
    assert (await client.post("/console/opinions", json=opinion, headers=headers)).status_code == 204
    assert (await core.store.answers.opinions()).unhelpful == 1
    gone = await client.post("/console/opinions", json={"id": "none", "helpful": True}, headers=headers)
    assert gone.status_code == 422


async def test_health_shows_what_does_not_work(core: Core, client: httpx.AsyncClient) -> None:
    assert "All is well" in (await client.get("/console/health")).text

    async def away() -> None:
        raise Unavailable("store.busy")

    core.checks["catalogue"] = away
    shown = (await client.get("/console/health")).text
    assert "Something does not work" in shown
    assert Unavailable("store.busy").text() in html.unescape(shown)


async def test_trouble_is_told_to_a_script_as_to_the_api(core: Core, client: httpx.AsyncClient) -> None:
    async def away(*_: object, **__: object) -> None:
        raise Unavailable("store.busy")

    core.store.catalogue.find = away  # type: ignore[method-assign]
    told = await client.get("/console/documents/x", headers={"Accept": "application/json"})
    assert (told.status_code, told.json()["detail"]) == (503, Unavailable("store.busy").text())


@pytest.mark.parametrize("host", ["localhost:8000", "127.0.0.1", "[::1]:8000", "saseo.localhost"])
async def test_without_a_token_this_machine_is_answered_by_its_own_names(core: Core, host: str) -> None:
    async with client_of(core, local_only=True) as client:
        assert (await client.get("/api/v1/stats", headers={"Host": host})).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "10.0.0.1", "", "localhost.evil.example", "[", "[::1"])
async def test_without_a_token_a_strangers_name_is_not_answered(core: Core, host: str) -> None:
    async with client_of(core, local_only=True) as client:
        for path in ("/api/v1/stats", "/console/", "/"):
            assert (await client.get(path, headers={"Host": host})).status_code == 403
    async with client_of(core, local_only=True, token="secret") as client:
        assert (await client.get("/", headers={"Host": host})).status_code == 200


async def test_public_is_the_place_that_is_offered_first(core: Core, client: httpx.AsyncClient) -> None:
    await core.library.add_text(LEAVE, scope=PUBLIC)
    shown = (await client.get("/console/")).text
    assert re.findall(r'<option value="([^"]+)"', shown) == ["public"]
