"""What each role may do in the console: every route, every role. A route that is not in the table fails the test."""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute

from adapters.http.console import desk
from adapters.http.console.house import House
from adapters.http.console.route import ConsoleRoute
from core.backends.memory_world import ScriptedModel
from core.people import Arrival, Right, Roster
from core.types import Scope
from tests.fakes.saseo import Core
from tests.integration.consoles import PAGE, TALK
from tests.integration.http_asking import ASKED, client_of
from tests.integration.signing_in import Visitor, entered, visitor

ENTER, READ, EDIT, ADMINISTER, RUN = Right
TABLE: Mapping[str, Right] = {
    "GET /sign-in": ENTER,
    "POST /sign-in": ENTER,
    "GET /sign-in/{way}": ENTER,
    "GET /sign-in/{way}/back": ENTER,
    "POST /sign-out": READ,
    "POST /language": READ,
    "GET /": READ,
    "POST /ask": READ,
    "GET /passages/{document_id}/{ordinal}": READ,
    "POST /opinions": READ,
    "GET /documents": READ,
    "GET /documents/{document_id}": READ,
    "POST /documents/upload": EDIT,
    "POST /documents/links": EDIT,
    "POST /documents/{document_id}/refresh": EDIT,
    "GET /documents/{document_id}/readers": EDIT,
    "POST /documents/{document_id}/readers": EDIT,
    "GET /documents/{document_id}/forget": EDIT,
    "POST /documents/{document_id}/forget": EDIT,
    "GET /questions": READ,
    "GET /questions/list": READ,
    "GET /questions/questions.csv": READ,
    "GET /questions/figures.csv": READ,
    "GET /channels": ADMINISTER,
    "GET /channels/{session:path}": ADMINISTER,
    "POST /channels/{session:path}": ADMINISTER,
    "GET /audit": ADMINISTER,
    "GET /health": RUN,
}
T1 = "slack:T1"
TEAM, PRIVATE = Scope(f"workspace:{T1}"), Scope(f"channel:{T1}:C1")
ROSTER = Roster(frozenset({f"{T1}:U4"}), frozenset({f"{T1}:U2"}))
PEOPLE = {
    "reader": (Arrival(f"{T1}:U1", "Reader", (T1,)), READ),
    "editor": (Arrival(f"{T1}:U2", "Editor", (T1,)), EDIT),
    "administrator": (Arrival(f"{T1}:U3", "Chief", (T1,), (T1,)), ADMINISTER),
    "administrator of all": (Arrival(f"{T1}:U4", "Operator", (T1,)), RUN),
}
BODIES: Mapping[str, Mapping[str, Any]] = {
    "POST /language": {"data": {"language": "en"}},
    "POST /ask": {"json": {"question": ASKED, "talk": TALK}},
    "POST /opinions": {"json": {"id": "none", "helpful": True}},
    "POST /documents/upload": {"files": {"file": ("a.txt", b"Known.")}, "data": {"scope": str(TEAM)}},
    "POST /documents/links": {"json": {"url": "https://wiki.example/none", "scope": str(TEAM)}},
    "POST /documents/{document_id}/readers": {"data": {"scope": str(TEAM)}},
}


@pytest.fixture
def core() -> Core:
    return Core(model=ScriptedModel("It is so [1]."))


def routes() -> Iterator[tuple[str, APIRoute]]:
    """Every route of the console by its method and path."""
    desk.add_console(FastAPI(), house=House())
    for router in desk.ROUTERS:
        for route in router.routes:
            assert isinstance(route, APIRoute)
            yield from ((f"{method} {route.path}", route) for method in route.methods or ())


@asynccontextmanager
async def signed_in(core: Core, name: str) -> AsyncIterator[Visitor]:
    async with entered(core, PEOPLE[name][0], roster=ROSTER) as guest:
        yield guest


async def ask_for(guest: Visitor, route: str, *, document: str) -> int:
    """The status of a route that is asked for as a page of ours does."""
    method, _, path = route.partition(" ")
    parts = {"{document_id}": document, "{ordinal}": "0", "{way}": "slack", "{session:path}": f"{T1}:C1"}
    for part, value in parts.items():
        path = path.replace(part, value)
    if method == "GET":
        return (await guest.get(path, params={"scope": str(TEAM)})).status_code
    return (await guest.post(path, **BODIES.get(route, {}))).status_code


def test_the_table_names_every_route() -> None:
    found = dict(routes())
    assert set(found) == set(TABLE)
    assert all(isinstance(route, ConsoleRoute) for route in found.values())


def test_a_route_beside_the_check_is_not_served(monkeypatch: pytest.MonkeyPatch) -> None:
    stray = APIRouter()
    stray.get("/stray")(lambda: None)
    monkeypatch.setattr(desk, "ROUTERS", (*desk.ROUTERS, stray))
    with pytest.raises(TypeError):
        list(routes())


@pytest.mark.parametrize("name", list(PEOPLE))
async def test_each_role_may_do_what_the_table_says(core: Core, name: str) -> None:
    most = PEOPLE[name][1]
    asked = {route: right for route, right in TABLE.items() if right is not ENTER and route != "POST /sign-out"}
    async with signed_in(core, name) as guest:
        for route, right in asked.items():
            added = await core.library.add_text(f"Text for {route}", scope=TEAM)
            status = await ask_for(guest, route, document=added.document.id)
            assert (status == 403) == (right > most), f"{route} as {name}: {status}"


async def test_whoever_is_not_signed_in_is_led_to_the_door(core: Core) -> None:
    added = await core.library.add_text("Text", scope=TEAM)
    async with visitor(core) as guest:
        for route, right in TABLE.items():
            if right is not ENTER:
                assert await ask_for(guest, route, document=added.document.id) == 303, route
        guest.headers = {}
        assert (await guest.get("/documents")).status_code == 401


async def test_a_route_that_names_no_role_is_for_those_who_run_it_all(
    core: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = APIRouter(route_class=ConsoleRoute)

    async def change(item: str) -> dict[str, str]:
        return {"changed": item}

    new.add_api_route("/new/{item}", change, methods=["POST"])
    monkeypatch.setattr(desk, "ROUTERS", (*desk.ROUTERS, new))
    for name, (_, most) in PEOPLE.items():
        async with signed_in(core, name) as guest:
            assert (await guest.post("/new/thing")).status_code == (200 if most is RUN else 403)
    noted = (await core.audit.page())[0].deed
    assert (noted.who, noted.what, noted.thing) == (f"{T1}:U4", "console.change", "thing")


async def test_nothing_is_changed_without_the_proof_of_our_own_page(core: Core) -> None:
    added = await core.library.add_text("Text", scope=TEAM)
    async with signed_in(core, "administrator of all") as guest:
        for route, right in TABLE.items():
            method, _, path = route.partition(" ")
            if method == "GET" or right is ENTER:
                continue
            path = f"/console{path}".replace("{document_id}", added.document.id).replace("{session:path}", f"{T1}:C1")
            answer = await guest.client.post(path, headers=PAGE, **BODIES.get(route, {}))
            assert answer.status_code == 403, route
    assert await core.store.catalogue.find(added.document.id) is not None


async def test_documents_of_others_are_as_unknown_as_those_that_are_not_there(core: Core) -> None:
    hidden = (await core.library.add_text("Hidden words", title="Hidden", scope=PRIVATE)).document
    for name, sees in (("reader", False), ("editor", False), ("administrator", True), ("administrator of all", True)):
        async with signed_in(core, name) as guest:
            shown = (await guest.get("/documents")).text
            assert ("Hidden" in shown) is sees
            assert ("Hidden" in (await guest.get(f"/documents?scope={PRIVATE}")).text) is sees
            for path in (f"/documents/{hidden.id}", f"/passages/{hidden.id}/0"):
                answer = await guest.get(path)
                assert (answer.status_code == 200) is sees, path
                assert ("Hidden words" in answer.text) is sees
            if not sees:
                missing = await guest.get("/documents/none")
                assert missing.status_code == (await guest.get(f"/documents/{hidden.id}")).status_code
            assert (str(PRIVATE) in (await guest.get("/")).text) is sees


async def test_what_belongs_to_all_is_changed_by_those_alone_who_look_after_all(core: Core) -> None:
    for name, may in (("editor", True), ("administrator", False), ("administrator of all", True)):
        public = (await core.library.add_text(f"Public {name}")).document
        async with signed_in(core, name) as guest:
            for path, body in (
                (f"/documents/{public.id}/readers", {"data": {"scope": str(TEAM)}}),
                ("/documents/upload", {"files": {"file": ("a.txt", b"Known.")}}),
            ):
                answer = await guest.post(path, **body)
                assert (answer.status_code == 403) is not may, (name, path)
            strange = {"json": {"url": "https://wiki.example/", "scope": "workspace:slack:T9"}}
            told = await guest.post("/documents/links", **strange)
            assert (told.status_code == 403) is (name != "administrator of all")


async def test_only_administrators_look_from_elsewhere_and_each_where_they_may(core: Core) -> None:
    await core.library.add_text("Full-time employees get 25 days of annual leave.", scope=PRIVATE)

    async def asked(guest: Visitor, seen_from: str) -> str:
        body = {"question": ASKED, "talk": TALK, "seen_from": seen_from}
        answer = await guest.post("/ask", json=body)
        return str(answer.status_code) if answer.status_code != 200 else "25" if "1]" in answer.text else "nothing"

    for name, expected in (
        ("reader", ["nothing", "403", "403", "403"]),
        ("editor", ["nothing", "403", "403", "403"]),
        ("administrator", ["nothing", "25", "403", "403"]),
        ("administrator of all", ["nothing", "25", "nothing", "nothing"]),
    ):
        async with signed_in(core, name) as guest:
            places = ["", str(PRIVATE), "workspace:slack:T9", f"dm:{T1}:D1"]
            assert [await asked(guest, place) for place in places] == expected, name


async def test_people_do_not_share_a_conversation_or_judge_for_each_other(core: Core) -> None:
    await core.library.add_text("Full-time employees get 25 days of annual leave.", scope=TEAM)
    for name in ("reader", "editor"):
        async with signed_in(core, name) as guest:
            await guest.post("/ask", json={"question": ASKED, "talk": TALK})
    kept = [*core.store.answers.questions.values()]
    assert len({row.session for row in kept}) == 2
    assert [row.author for row in kept] == [f"{T1}:U1", f"{T1}:U2"]
    async with signed_in(core, "editor") as guest:
        for row, status in zip(kept, (422, 204), strict=True):
            answer = await guest.post("/opinions", json={"id": row.id, "helpful": True})
            assert answer.status_code == status


async def test_a_role_that_is_taken_away_is_gone_with_the_next_page(core: Core) -> None:
    async with signed_in(core, "administrator of all") as guest:
        assert (await guest.get("/health")).status_code == 200
        app = guest.client._transport.app  # type: ignore[attr-defined]
        app.state.house = House(token="secret", ways=app.state.house.ways)
        assert (await guest.get("/health")).status_code == 403
        app.state.house = House(token="secret")
        assert (await guest.get("/")).status_code == 303, "one no longer signs in that way"


async def test_without_a_token_whoever_is_at_this_machine_runs_it_all(core: Core) -> None:
    async with client_of(core) as client:
        for path in ("/", "/health", "/audit", "/documents"):
            assert (await client.get(f"/console{path}", headers=PAGE)).status_code == 200
