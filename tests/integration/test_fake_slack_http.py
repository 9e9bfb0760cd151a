"""The fake Slack is as strict as Slack: signed requests, retries over HTTP, response URLs."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qs

import pytest
from aiohttp import web
from slack_sdk.signature import SignatureVerifier
from slack_sdk.webhook.async_client import AsyncWebhookClient

from tests.fakes.slack import FakeSlack
from tests.integration.slack_clients import web_client


@dataclass(eq=False)
class Receiver:
    """An app's request URL that checks signatures and answers with the next of `statuses`, else with 200."""

    secret: str
    url: str = ""
    statuses: list[int] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""
    stuck: bool = False
    got: list[tuple[dict[str, str], str]] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    async def take(self, request: web.Request) -> web.Response:
        text = await request.text()
        headers = dict(request.headers)
        assert SignatureVerifier(self.secret).is_valid_request(text, headers)
        if request.content_type == "application/json" and "challenge" in (body := json.loads(text)):
            return web.json_response({"challenge": body["challenge"]})
        self.got.append((headers, text))
        self.arrived.set()
        if self.stuck:
            await asyncio.Event().wait()
        status = self.statuses.pop(0) if self.statuses else 200
        return web.Response(status=status, headers=self.headers, text=self.body)


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with FakeSlack() as slack:
        yield slack


@asynccontextmanager
async def receiving(slack: FakeSlack) -> AsyncIterator[Receiver]:
    receiver = Receiver(slack.signing_secret)
    app = web.Application()
    app.add_routes([web.post("/slack/events", receiver.take)])
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.2)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    await slack.deliver_over_http(events=receiver.url)
    yield receiver
    await slack.deliver_over_socket()
    await runner.cleanup()


async def test_events_come_signed_as_json(slack: FakeSlack) -> None:
    async with receiving(slack) as receiver:
        delivery = await slack.say("hello").deliveries[0].settled()
        assert json.loads(receiver.got[0][1]) == delivery.payload
        assert "X-Slack-Retry-Num" not in receiver.got[0][0]


async def test_a_request_url_is_asked_to_repeat_a_challenge(slack: FakeSlack) -> None:
    async with receiving(slack) as receiver:
        http = await slack.deliver_over_http(events=receiver.url)
        assert await http.verify()


async def test_a_failed_event_comes_again_with_the_reason(slack: FakeSlack) -> None:
    async with receiving(slack) as receiver:
        receiver.statuses = [500]
        delivery = await slack.say("hello").deliveries[0].settled()
        again = receiver.got[1][0]
    assert (again["X-Slack-Retry-Num"], again["X-Slack-Retry-Reason"]) == ("1", "http_error")
    assert [one.failure for one in delivery.attempts] == ["http_error", ""]


async def test_an_app_that_takes_longer_than_three_seconds_is_told_again(slack: FakeSlack) -> None:
    async with receiving(slack) as receiver:
        receiver.stuck = True
        delivery = slack.say("hello").deliveries[0]
        await receiver.arrived.wait()
        receiver.stuck = False
        slack.clock.advance(3)
        await delivery.settled()
        assert receiver.got[1][0]["X-Slack-Retry-Reason"] == "http_timeout"


async def test_an_app_may_ask_not_to_be_told_again(slack: FakeSlack) -> None:
    async with receiving(slack) as receiver:
        receiver.statuses, receiver.headers = [500], {"X-Slack-No-Retry": "1"}
        delivery = await slack.say("hello").deliveries[0].settled()
    assert len(delivery.attempts) == 1


async def test_a_dead_app_is_tried_again(slack: FakeSlack) -> None:
    await slack.deliver_over_http(events="http://127.0.0.1:9/slack/events")
    delivery = slack.say("hello").deliveries[0]
    await slack.until(lambda: delivery.attempts[1:], what="a second attempt")
    assert delivery.attempts[0].failure == "connection_failed"


async def test_commands_come_as_forms_and_are_answered_by_the_response(slack: FakeSlack) -> None:
    async with receiving(slack) as receiver:
        receiver.body = "here you are"
        await slack.command("/ask", "a & b", user="sam", channel=slack.direct("sam")).settled()
        fields = {name: values[0] for name, values in parse_qs(receiver.got[0][1]).items()}
    assert (fields["command"], fields["text"], fields["channel_name"]) == ("/ask", "a & b", "directmessage")
    assert (await slack.posted("here you are")).ephemeral_to == slack.sam.id


async def test_interactions_come_as_json_in_a_form_and_only_once(slack: FakeSlack) -> None:
    async with receiving(slack) as receiver:
        message = slack.say("hello")
        await message.deliveries[0].settled()
        receiver.statuses = [500]
        delivery = await slack.shortcut("add", message=message).settled()
        payloads = [parse_qs(text)["payload"][0] for _, text in receiver.got if text.startswith("payload=")]
    assert not delivery.acknowledged
    assert [json.loads(one)["callback_id"] for one in payloads] == ["add"]


async def test_a_response_url_is_good_for_five_messages_in_half_an_hour(slack: FakeSlack) -> None:
    async with receiving(slack):
        first, second = slack.command("/ask"), slack.command("/ask")
    webhook = AsyncWebhookClient(first.payload["response_url"])
    assert (await webhook.send(text="one", response_type="in_channel")).status_code == 200
    assert (await slack.posted("one")).ephemeral_to is None
    for text in ("two", "three", "four", "five"):
        assert (await webhook.send(text=text)).status_code == 200
    assert "used_url" in (await webhook.send(text="six")).body
    slack.clock.advance(1801)
    assert "expired_url" in (await AsyncWebhookClient(second.payload["response_url"]).send(text="late")).body


async def test_a_button_replaces_or_deletes_its_message(slack: FakeSlack) -> None:
    element = {"type": "button", "action_id": "go", "text": {"type": "plain_text", "text": "Go"}}
    blocks = [{"type": "actions", "elements": [element]}]
    async with receiving(slack):
        posted = await web_client(slack).chat_postMessage(channel=slack.general.id, text="x", blocks=blocks)
        message = slack.general.messages[posted["ts"]]
        webhook = AsyncWebhookClient(slack.press(message, "go").payload["response_url"])
        await webhook.send(text="done", replace_original=True)
        assert (message.text, message.blocks) == ("done", [])
        await webhook.send(delete_original=True)
        assert slack.visible(slack.general) == []
