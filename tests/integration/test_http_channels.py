"""The routes of the channels: what is decided for each, read and written by programs."""

import pytest

from core.channels import USUAL, ChannelSettings
from core.types import Session
from tests.fakes.saseo import Core
from tests.integration.http_asking import client_of

CHANNEL = Session("slack", "T1", "C1")
PATH = f"/api/v1/channels/{CHANNEL}"
DECIDED = {
    "enabled": False,
    "trigger": "posts",
    "ingestion": "off",
    "session_scope": "channel",
    "tone": "friendly",
    "instructions": "Name the page.",
    "sources": ["public"],
    "only_sources": True,
    "languages": ["en"],
    "notices": False,
}


async def test_what_is_put_is_what_is_decided_and_listed() -> None:
    core = Core()
    await core.channels.put(CHANNEL, ChannelSettings(more={"refused": []}))
    async with client_of(core) as client:
        put = await client.put(f"{PATH}/17.4", json=DECIDED)
        assert put.json() == {"session": str(CHANNEL), **DECIDED}
        assert (await client.get(PATH)).json() == put.json()
        await core.channels.note(Session("slack", "T1", "C2"))
        first = (await client.get("/api/v1/channels", params={"limit": 1})).json()
        assert first == {"channels": [put.json()], "next": str(CHANNEL)}
        rest = (await client.get("/api/v1/channels", params={"after": first["next"]})).json()
        assert [one["session"] for one in rest["channels"]] == ["slack:T1:C2"]
        assert rest["next"] is None
        again = (await client.put(PATH, json={})).json()
        assert again == {"session": str(CHANNEL), **USUAL.own()}, "what is left out is as usual"
    assert (await core.channels.get(CHANNEL)).more == {"refused": []}, "what is not decided here stays"
    noted = await core.saseo.audit.page()
    assert [one.deed.what for one in noted] == ["channel.changed", "channel.changed"]
    assert noted[0].deed.thing == str(CHANNEL)


async def test_a_channel_that_nobody_knows_is_as_usual() -> None:
    async with client_of(Core()) as client:
        assert (await client.get(PATH)).json() == {"session": str(CHANNEL), **USUAL.own()}
        assert (await client.get("/api/v1/channels")).json() == {"channels": [], "next": None}


@pytest.mark.parametrize(
    "body",
    [
        {"tone": "rude"},
        {"trigger": None},
        {"instructions": "x" * 1001},
        {"sources": ["x"] * 21},
        {"languages": ["tlh"]},
        {"tones": "formal"},
        {"sources": ["a\x00b"]},
    ],
)
async def test_what_makes_no_sense_is_refused(body: dict[str, object]) -> None:
    core = Core()
    async with client_of(core) as client:
        refused = await client.put(PATH, json=body)
        assert refused.status_code == 422
        assert refused.json()["detail"]
        assert (await client.get("/api/v1/channels/general")).status_code == 422
        assert (await client.get("/api/v1/channels", params={"after": "general"})).status_code == 422
    assert await core.channels.get(CHANNEL) == USUAL


async def test_the_token_is_asked_for() -> None:
    async with client_of(Core(), token="secret") as client:
        for answer in (await client.get(PATH), await client.put(PATH, json={}), await client.get("/api/v1/channels")):
            assert answer.status_code == 401


async def test_a_question_of_the_api_keeps_to_what_was_decided_for_its_session() -> None:
    core = Core()
    await core.library.add_text("Full-time employees get 25 days of annual leave.", origin="api:leave")
    async with client_of(core) as client:
        await client.put("/api/v1/channels/http::team", json={"sources": ["upload:"], "only_sources": True})
        body = {"message": "How many days of annual leave do employees get?", "session_id": "team"}
        assert (await client.post("/api/v1/chat/", json=body)).json()["outcome"] == "not_found"
        assert (await client.post("/api/v1/chat/", json={**body, "session_id": "other"})).json()["sources"]
