"""Socket Mode survives what goes wrong with it; over HTTP every request is proved by its signature."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import httpx
import pytest

from adapters.http.adapter import HttpAdapter
from adapters.http.api import create_app
from adapters.slack.adapter import SlackAdapter
from core.errors import Refused
from tests.fakes.patience import PATIENCE
from tests.fakes.saseo import Core
from tests.fakes.slack import FakeSlack
from tests.fakes.slack.delivery import Errand
from tests.fakes.slack.faults import Fault
from tests.fakes.slack.signed_http import JSON, SignedHttp
from tests.integration.slack_running import ANSWER, QUESTION, knowing, options, running
from tests.ports import free_port


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK looks after its connection more often than every five seconds."""
    monkeypatch.setattr("adapters.slack.transport.PING_SECONDS", 1.0)


@pytest.mark.usefixtures("often")
async def test_a_dropped_connection_is_made_again() -> None:
    core = await knowing()
    async with FakeSlack() as slack, running(slack, core):
        slack.socket_mode.drop()
        await slack.socket_mode.connected()
        slack.ask(QUESTION)
        await slack.posted("15 days")


@pytest.mark.usefixtures("often")
async def test_refused_handshakes_and_used_tickets_do_not_stop_it() -> None:
    core = await knowing()
    async with FakeSlack() as slack:
        slack.faults.refused_handshakes = 2
        async with running(slack, core):
            slack.ask(QUESTION)
            await slack.posted("15 days")
        assert slack.socket_mode.handshakes[:2] == ["refused", "refused"]
        assert slack.socket_mode.handshakes[-1] == "accepted"


async def test_it_connects_anew_when_slack_asks_for_it() -> None:
    core = await knowing()
    async with FakeSlack() as slack, running(slack, core):
        await slack.socket_mode.ask_to_reconnect()
        slack.ask(QUESTION)
        await slack.posted("15 days")


@pytest.mark.parametrize(
    ("wrong", "code"),
    [({"bot_token": "xoxb-wrong"}, "slack.token"), ({"app_token": "xapp-wrong"}, "slack.app_token")],
)
async def test_a_wrong_token_is_refused_by_name(wrong: dict[str, str], code: str) -> None:
    core = await knowing()
    async with FakeSlack() as slack:
        with pytest.raises(Refused) as refusal:
            await asyncio.wait_for(SlackAdapter(core.saseo, options(slack, **wrong)).run(), PATIENCE)
    assert refusal.value.code == code


async def test_a_token_that_dies_ends_it() -> None:
    core = await knowing()
    async with FakeSlack() as slack:
        adapter = asyncio.create_task(SlackAdapter(core.saseo, options(slack)).run())
        await slack.socket_mode.connected()
        slack.faults.scripted.append(Fault("*", times=50, error="token_revoked"))
        slack.ask(QUESTION)
        with pytest.raises(Refused) as refusal:
            await asyncio.wait_for(adapter, PATIENCE)
    assert refusal.value.code == "slack.token"


async def test_it_waits_while_slack_is_away() -> None:
    core = await knowing()
    async with FakeSlack() as slack:
        slack.faults.scripted.append(Fault("auth.test", times=5, status=503))
        async with running(slack, core):
            slack.ask(QUESTION)
            await slack.posted("15 days")


async def test_what_is_under_way_is_finished_before_the_end() -> None:
    gate = asyncio.Event()
    core = await knowing(*ANSWER[:1], gate, *ANSWER[1:])
    async with FakeSlack() as slack:
        adapter = asyncio.create_task(SlackAdapter(core.saseo, options(slack)).run())
        await slack.socket_mode.connected()
        slack.ask(QUESTION)
        await slack.call("assistant.threads.setStatus")
        adapter.cancel()
        await asyncio.sleep(0.1)
        gate.set()
        with suppress(asyncio.CancelledError):
            await adapter
        assert [one.streaming for one in slack.answers() if "15 days" in one.shown] == [False]


@asynccontextmanager
async def served(slack: FakeSlack, core: Core) -> AsyncIterator[str]:
    """The adapter over HTTP alone, in the server of the API with a token."""
    given = options(slack, app_token=None, signing_secret=slack.signing_secret)
    adapter = SlackAdapter(core.saseo, given, clock=lambda: core.now)
    port = free_port()
    app = create_app(
        core.saseo, version="0", token="t-o-k-e-n", max_file_bytes=1_000_000, open_routes=[adapter.routes()]
    )
    tasks = [asyncio.create_task(HttpAdapter(app, host="127.0.0.1", port=port).run())]
    url = f"http://127.0.0.1:{port}"
    async with httpx.AsyncClient() as client:
        while True:
            with suppress(httpx.TransportError):
                early = await client.post(f"{url}/slack/events", content=b"{}")
                break
            await asyncio.sleep(0.05)
    assert early.status_code == 503, "not before it knows who it is"
    tasks.append(asyncio.create_task(adapter.run()))
    try:
        await asyncio.wait_for(adapter.ready.wait(), PATIENCE)
        yield url
    finally:
        for task in reversed(tasks):
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


async def test_over_http_the_same_is_answered() -> None:
    core = await knowing()
    async with FakeSlack() as slack, served(slack, core) as url:
        urls: dict[Errand, str] = {
            "events_api": f"{url}/slack/events",
            "slash_commands": f"{url}/slack/commands",
            "interactive": f"{url}/slack/interactions",
        }
        transport = SignedHttp(slack.world.app, slack.clock, urls)
        async with transport:
            slack.outbox.transport = transport
            assert await transport.verify()
            slack.ask(QUESTION)
            answer = await slack.posted("15 days")
            (await slack.press(answer, "saseo_feedback").settled())
            await slack.posted("고마워요")
            command = await slack.command("/ask", QUESTION, user=slack.sam).settled()
            assert "Looking" in str(command.response)
            await slack.posted("15 days", count=2)


async def test_a_request_without_a_right_signature_is_turned_away() -> None:
    core = await knowing()
    async with FakeSlack() as slack, served(slack, core) as url, httpx.AsyncClient() as client:
        signer = SignedHttp(slack.world.app, slack.clock, {})
        body = '{"type": "event_callback", "event": {"type": "app_mention"}}'
        headers = signer.headers(body, JSON)
        forged = headers | {"X-Slack-Signature": "v0=" + "0" * 64}
        old = signer.headers(body, JSON, at=time.time() - 600)
        for wrong in (forged, old, {}):
            assert (await client.post(f"{url}/slack/events", content=body, headers=wrong)).status_code == 401
        changed = await client.post(f"{url}/slack/events", content=body + " ", headers=headers)
        assert changed.status_code == 401
        assert (await client.post(f"{url}/slack/events", content=body, headers=headers)).status_code == 200
        assert (await client.post(f"{url}/slack/events", content=b"\xff", headers=headers)).status_code == 400
        assert (await client.get(f"{url}/api/v1/documents")).status_code == 401
