"""The audit log over HTTP: every change in the console and over the API is noted, and who may look at it."""

import html
from collections.abc import Mapping
from typing import Any

import httpx
import pytest
from fastapi.routing import APIRoute

from adapters.http import (
    audit_routes,
    backup_routes,
    channel_routes,
    chat_routes,
    document_routes,
    question_routes,
    system_routes,
)
from adapters.http.console import auditing
from core.departure import forget_workspace
from core.people import Arrival, Roster
from core.types import Scope
from tests.fakes.saseo import Core
from tests.integration.consoles import LEAVE, TEAM
from tests.integration.http_asking import client_of
from tests.integration.signing_in import entered, visitor

ELSEWHERE = Scope("channel:slack:T2:C1")
CHIEF = Arrival("slack:T1:U3", "Chief", ("slack:T1",), ("slack:T1",))
NO_CHANGES = {
    "POST /api/v1/chat/",
    "POST /api/v1/chat/stream",
    "POST /api/v1/documents/query",
    "POST /api/v1/documents/search",
}
"""Routes that ask and change nothing."""
CHANGES: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "POST /api/v1/documents/": ("document.added", {"json": {"documents": [{"content": LEAVE, "scope": str(TEAM)}]}}),
    "POST /api/v1/documents/upload": ("document.added", {"files": {"files": ("a.txt", b"Known.")}}),
    "POST /api/v1/documents/links": ("document.added", {"json": {"url": "https://wiki.example/page"}}),
    "POST /api/v1/documents/{document_id}/refresh": ("document.checked", {}),
    "DELETE /api/v1/documents/{document_id}": ("document.forgotten", {}),
    "DELETE /api/v1/chat/history/{session_id:path}": ("history.cleared", {}),
    "PUT /api/v1/channels/{session:path}": ("channel.changed", {"json": {"enabled": False}}),
}


@pytest.fixture
def core() -> Core:
    core = Core()
    core.web.pages["https://wiki.example/page"] = LEAVE.encode()
    return core


async def noted(core: Core) -> list[tuple[str, str, str]]:
    return [(row.deed.who, row.deed.what, row.deed.workspace) for row in await core.audit.page()]


def test_every_route_of_the_api_that_changes_something_is_listed() -> None:
    modules = (
        audit_routes,
        backup_routes,
        channel_routes,
        chat_routes,
        document_routes,
        question_routes,
        system_routes,
    )
    routes = [route for module in modules for route in module.router.routes if isinstance(route, APIRoute)]
    unsafe = {f"{method} {route.path}" for route in routes for method in (route.methods or set()) - {"GET"}}
    assert unsafe == NO_CHANGES | set(CHANGES)


@pytest.mark.parametrize("route", list(CHANGES))
async def test_a_change_over_the_api_is_noted(core: Core, route: str) -> None:
    link = await core.library.add_link("https://wiki.example/page")
    what, body = CHANGES[route]
    method, _, path = route.partition(" ")
    path = path.replace("{document_id}", link.document.id).replace("{session_id:path}", "s1")
    path = path.replace("{session:path}", "slack:T1:C1")
    async with client_of(core) as client:
        answer = await client.request(method, path, **body)
        assert answer.status_code == 200, answer.text
    workspace = "slack:T1" if "slack:T1" in f"{path}{body}" else ""
    assert await noted(core) == [("token", what, workspace)]


async def test_a_site_that_is_followed_is_noted_once(core: Core) -> None:
    body = {"url": "https://wiki.example/page", "scope": str(TEAM), "follow": {"depth": 1, "most": 2}}
    async with client_of(core) as client:
        assert (await client.post("/api/v1/documents/links", json=body)).status_code == 200
    assert await noted(core) == [("token", "site.followed", "slack:T1")]


async def test_what_was_refused_is_no_change(core: Core) -> None:
    async with client_of(core) as client:
        await client.post("/api/v1/documents/upload", files={"files": ("a.txt", b"")})
        assert (await client.delete("/api/v1/documents/none")).status_code == 404
    async with visitor(core) as guest:
        await guest.with_token()
        told = await guest.post("/documents/upload", files={"file": ("a.txt", b"")})
        assert "a.txt" in told.json()["refused"]
        assert (await guest.post("/documents/none/forget")).status_code == 404
    assert await noted(core) == [("token", "visit.begun", "")]


async def test_every_change_in_the_console_is_noted_with_who_did_it(core: Core) -> None:
    who = CHIEF.id
    async with entered(core, CHIEF) as guest:
        link = {"url": "https://wiki.example/page", "scope": str(TEAM)}
        document = (await guest.post("/documents/links", json=link)).json()["id"]
        await guest.post(f"/documents/{document}/refresh")
        moved = await guest.post(f"/documents/{document}/readers", data={"scope": "channel:slack:T1:C1"})
        document = httpx.URL(moved.headers["location"]).path.rpartition("/")[2]
        shown = html.unescape((await guest.get("/audit")).text)
        assert f"{TEAM} → channel:slack:T1:C1" in shown
        assert f'href="/console/documents/{document}"' in shown
        title = (await core.store.catalogue.find(document)).title  # type: ignore[union-attr]
        assert f">{title}</a>" in shown
        await guest.post(f"/documents/{document}/forget")
        shown = html.unescape((await guest.get("/audit")).text)
        assert f">{title}</a>" not in shown, "what was forgotten leaves no title behind"
        await guest.post("/sign-out")
    deeds = ["document.forgotten", "document.moved", "document.checked", "document.added"]
    assert await noted(core) == [
        (who, "visit.ended", "slack:T1"),
        *((who, what, "slack:T1") for what in deeds),
        (who, "visit.begun", "slack:T1"),
    ]


async def test_no_word_of_a_question_or_a_document_is_noted(core: Core) -> None:
    async with client_of(core) as client:
        await client.post("/api/v1/documents/", json={"documents": [{"content": LEAVE}]})
        await client.post("/api/v1/chat/", json={"message": "How many days of leave?"})
    assert not any("leave" in str(row).casefold() for row in await core.audit.page())


async def test_administrators_see_what_was_done_where_they_look_after(
    core: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auditing, "PAGE", 3)
    for number, scope in enumerate((TEAM, ELSEWHERE, TEAM, TEAM)):
        document = (await core.library.add_text(f"Text {number}", scope=scope)).document
        workspace = "slack:T1" if scope == TEAM else "slack:T2"
        await core.audit.note(f"slack:T9:U{number}", "document.added", thing=document.id, workspace=workspace)
    async with entered(core, CHIEF) as guest:
        first = (await guest.get("/audit")).text
        assert ("U3" in first, "U2" in first, "U1<" in first, "U0" in first) == (True, True, False, False)
        further = first.partition('rel="next" href="?before=')[2].partition('"')[0]
        second = (await guest.get(f"/audit?before={further}")).text
        assert ("U0" in second, "T9:U1<" in second) == (True, False)
    async with entered(core, CHIEF, roster=Roster(frozenset({CHIEF.id}))) as guest:
        assert "Signed in" in (await guest.get("/audit")).text


async def test_what_has_no_words_is_shown_by_its_name_and_an_empty_log_says_so(core: Core) -> None:
    async with client_of(core) as client:
        headers = {"Accept": "text/html"}
        assert "Nothing was changed yet" in (await client.get("/console/audit", headers=headers)).text
        await core.audit.note("local", "something.new")
        shown = (await client.get("/console/audit", headers=headers)).text
        assert "something.new" in shown
        assert "Whoever is at this machine" in shown


async def test_a_workspace_that_the_app_has_left_is_forgotten_here_too(core: Core) -> None:
    for workspace in ("slack:T1", "slack:T2"):
        await core.audit.note("token", "document.added", workspace=workspace)
    await forget_workspace(core.saseo, "slack", "T1")
    assert await noted(core) == [("token", "document.added", "slack:T2")]


async def test_programs_read_the_log_page_by_page(core: Core) -> None:
    for number in range(3):
        await core.audit.note("token", "document.added", thing=str(number), workspace="slack:T1", detail="public")
    async with client_of(core, token="secret") as client:
        assert (await client.get("/api/v1/audit")).status_code == 401
        client.headers["Authorization"] = "Bearer secret"
        first = (await client.get("/api/v1/audit", params={"limit": 2})).json()
        assert [row["thing"] for row in first["deeds"]] == ["2", "1"]
        second = (await client.get("/api/v1/audit", params={"limit": 2, "before": first["next"]})).json()
    assert second == {
        "deeds": [
            {
                "number": 1,
                "at": "2026-01-01T00:00:00Z",
                "who": "token",
                "what": "document.added",
                "thing": "0",
                "workspace": "slack:T1",
                "detail": "public",
            }
        ],
        "next": None,
    }
