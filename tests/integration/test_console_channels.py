"""The pages of the channels in the console: who sees which, and what is decided on them."""

import html
import re

import httpx

from core.channels import USUAL, ChannelSettings
from core.people import Arrival, Roster
from core.types import Session
from tests.fakes.saseo import Core
from tests.integration.consoles import client, core, proof
from tests.integration.signing_in import entered

__all__ = ["client", "core"]

CHANNEL = Session("slack", "T1", "C1")
FORUM = Session("discord", "9", "채널")
FORM = {
    "enabled": "off",
    "trigger": "questions",
    "ingestion": "ask",
    "session_scope": "thread",
    "tone": "formal",
    "languages": "ko_en",
    "only_sources": "on",
    "notices": "off",
    "instructions": "Name the page.",
    "sources": "public\nhttps://wiki.example/",
}


async def test_where_nothing_is_known_it_is_said_what_to_do(client: httpx.AsyncClient) -> None:
    shown = (await client.get("/console/channels")).text
    assert "No channel is known yet" in shown
    assert 'aria-current="page">Channels' in shown


async def test_channels_are_listed_with_what_is_set(core: Core, client: httpx.AsyncClient) -> None:
    await core.channels.note(CHANNEL)
    await core.channels.put(FORUM, ChannelSettings(enabled=False, tone="brief", more={"refused": [1]}))
    shown = html.unescape((await client.get("/console/channels")).text)
    rows = re.findall(r"<tr>\s*<th scope=\"row\">(.*?)</tr>", shown, re.DOTALL)
    assert [("Off" in row, "Tone: Brief" in row, "as usual" in row) for row in rows] == [
        (True, True, False),
        (False, False, True),
    ]
    (path,) = re.findall(r'href="/console(/channels/discord[^"]+)"', shown)
    assert f"<h1>{FORUM}</h1>" in (await client.get(f"/console{path}")).text


async def test_many_channels_are_shown_page_by_page(core: Core, client: httpx.AsyncClient) -> None:
    for number in range(51):
        await core.channels.note(Session("slack", "T1", f"C{number:02}"))
    first = html.unescape((await client.get("/console/channels")).text)
    assert "slack:T1:C50" not in first
    (after,) = re.findall(r'rel="next" href="([^"]+)"', first)
    assert "slack:T1:C50" in (await client.get(f"/console/channels{after}")).text


async def test_a_channel_that_nobody_knows_is_opened_by_its_name(client: httpx.AsyncClient) -> None:
    led = await client.get("/console/channels", params={"session": f" {CHANNEL}/17.4 "})
    assert led.headers["location"].endswith("/console/channels/slack:T1:C1")
    assert (await client.get("/console/channels", params={"session": "general"})).status_code == 422


async def test_what_is_filled_in_is_what_is_decided(core: Core, client: httpx.AsyncClient) -> None:
    saved = await client.post(f"/console/channels/{CHANNEL}", data=FORM, headers=await proof(client))
    assert saved.headers["location"].endswith("/console/channels/slack:T1:C1?saved=1")
    assert await core.channels.get(CHANNEL) == ChannelSettings(
        "ask",
        enabled=False,
        notices=False,
        trigger="questions",
        session_scope="thread",
        tone="formal",
        instructions="Name the page.",
        sources=("public", "https://wiki.example/"),
        only_sources=True,
        languages=("ko", "en"),
    )
    shown = (await client.get(saved.headers["location"])).text
    assert "Saved." in shown
    for name, value in FORM.items():
        if name not in ("instructions", "sources"):
            assert re.search(rf'name="{name}".*?<option value="{value}" selected', shown, re.DOTALL)
    assert "https://wiki.example/</textarea>" in shown
    (noted, *_) = await core.saseo.audit.page()
    assert (noted.deed.what, noted.deed.thing, noted.deed.workspace) == ("channel.changed", str(CHANNEL), "slack:T1")
    assert "tone" in noted.deed.detail
    assert "Name the page" not in str(noted), "what is written is not in the log"


async def test_what_makes_no_sense_is_said_and_what_was_written_stays(core: Core, client: httpx.AsyncClient) -> None:
    form = {**FORM, "instructions": "x" * 1001}
    told = await client.post(f"/console/channels/{CHANNEL}", data=form, headers=await proof(client))
    assert told.status_code == 422
    assert "Shorten them to 1000 characters" in told.text
    assert "x" * 1001 in told.text
    assert 'aria-invalid="true"' in told.text
    assert await core.channels.get(CHANNEL) == USUAL
    assert list(await core.saseo.audit.page()) == []


async def test_posts_and_message_content_are_matters_of_discord(client: httpx.AsyncClient) -> None:
    slack = (await client.get(f"/console/channels/{CHANNEL}")).text
    discord = (await client.get(f"/console/channels/{FORUM}")).text
    assert ["posts" in page and "DISCORD_MESSAGE_CONTENT" in page for page in (slack, discord)] == [False, True]


async def test_it_reads_in_korean(client: httpx.AsyncClient) -> None:
    shown = (await client.get(f"/console/channels/{CHANNEL}", headers={"Accept-Language": "ko"})).text
    assert "제가 답하는 때" in shown
    assert "격식 있게" in shown


async def test_nothing_is_decided_from_another_page(core: Core, client: httpx.AsyncClient) -> None:
    assert (await client.post(f"/console/channels/{CHANNEL}", data=FORM)).status_code == 403
    assert await core.channels.get(CHANNEL) == USUAL


async def test_administrators_decide_for_their_own_workspace_alone(core: Core) -> None:
    for session in (CHANNEL, FORUM, Session("slack", "T2", "C1")):
        await core.channels.note(session)
    chief = Arrival("slack:T1:U3", "Chief", ("slack:T1",), ("slack:T1",))
    async with entered(core, chief, roster=Roster()) as visitor:
        shown = (await visitor.get("/channels")).text
        assert re.findall(r">(\w+:\w+:[^<]+)</a></th>", shown) == [str(CHANNEL)]
        assert (await visitor.post(f"/channels/{CHANNEL}", data={"tone": "brief"})).status_code == 303
        assert (await visitor.get(f"/channels/{FORUM}")).status_code == 403
        assert (await visitor.post("/channels/slack:T2:C1", data={"tone": "brief"})).status_code == 403
    assert (await core.channels.get(CHANNEL)).tone == "brief"
    assert (await core.channels.get(Session("slack", "T2", "C1"))) == USUAL
