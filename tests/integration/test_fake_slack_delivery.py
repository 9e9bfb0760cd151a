"""The fake Slack is as strict as Slack: how events reach the app, and reach it again."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp

from tests.fakes.patience import PATIENCE
from tests.fakes.slack import FakeSlack
from tests.integration.slack_clients import Listener, listening, web_client


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with FakeSlack() as slack:
        yield slack


async def test_a_mention_arrives_as_two_events_of_one_message(slack: FakeSlack) -> None:
    async with listening(slack) as listener:
        message = slack.ask("what is this?")
        first, second = await listener.receives(2)
    assert {one["ts"] for one in listener.events} == {message.ts}
    assert sorted(one["type"] for one in listener.events) == ["app_mention", "message"]
    assert first.payload["event_id"] != second.payload["event_id"]
    assert first.payload["authorizations"][0]["user_id"] == slack.team.bot_user.id


@pytest.mark.parametrize(
    ("order", "types"),
    [("mention_first", ["app_mention", "message"]), ("message_first", ["message", "app_mention"])],
)
async def test_the_order_of_the_twins_is_chosen(slack: FakeSlack, order: Any, types: list[str]) -> None:
    slack.twin_order, slack.twin_gap = order, 0.05
    async with listening(slack) as listener:
        slack.ask("what is this?")
        await listener.receives(2)
    assert [one["type"] for one in listener.events] == types


async def test_a_direct_message_is_no_mention(slack: FakeSlack) -> None:
    async with listening(slack) as listener:
        message = slack.say(f"<@{slack.team.bot_user.id}> hello", channel=slack.direct())
        await listener.receives(1)
    assert [delivery.type for delivery in message.deliveries] == ["message"]
    assert listener.events[0]["channel_type"] == "im"


async def test_the_app_hears_its_own_messages_and_its_own_edits(slack: FakeSlack) -> None:
    async with listening(slack) as listener:
        client = web_client(slack)
        posted = await client.chat_postMessage(channel=slack.general.id, text="one")
        await listener.receives(1)
        await client.chat_update(channel=slack.general.id, ts=posted["ts"], text="two")
        await listener.receives(2)
        await client.chat_delete(channel=slack.general.id, ts=posted["ts"])
        await listener.receives(3)
    own, changed, deleted = listener.events
    assert (own["bot_id"], own["user"]) == (slack.team.bot_user.bot_id, slack.team.bot_user.id)
    assert changed["subtype"] == "message_changed"
    assert (changed["previous_message"]["text"], changed["message"]["text"]) == ("one", "two")
    assert (deleted["subtype"], deleted["deleted_ts"]) == ("message_deleted", posted["ts"])


async def test_an_unfurl_changes_a_message_but_not_its_text(slack: FakeSlack) -> None:
    async with listening(slack) as listener:
        message = slack.say("see <https://example.com/>")
        await listener.receives(1)
        slack.unfurl(message)
        await listener.receives(2)
    changed = listener.events[1]
    assert changed["message"]["text"] == changed["previous_message"]["text"]
    assert "edited" not in changed["message"]


async def test_nothing_is_heard_from_channels_without_the_app_or_without_the_scope(slack: FakeSlack) -> None:
    outside = slack.new_channel("outside", bot=False)
    assert slack.ask("hello?", channel=outside).deliveries == []
    slack.team.scopes -= {"channels:history"}
    async with listening(slack):
        assert [one.type for one in slack.ask("hello?").deliveries] == ["app_mention"]


async def test_a_shared_channel_says_so_and_whence_people_come(slack: FakeSlack) -> None:
    partner = slack.new_user("partner", team_id="T0PARTNER")
    shared = slack.new_channel("shared", connected_teams=["T0PARTNER"])
    async with listening(slack) as listener:
        slack.ask("hello", channel=shared, user=partner)
        first = (await listener.receives(1))[0]
    assert first.payload["is_ext_shared_channel"] is True
    assert listener.events[0]["user_team"] == "T0PARTNER"


async def test_an_event_without_an_acknowledgement_comes_again_after_three_seconds(slack: FakeSlack) -> None:
    async with listening(slack) as listener:
        listener.answers = False
        delivery = slack.say("hello").deliveries[0]
        await listener.receives(1)
        listener.answers = True
        slack.clock.advance(3)
        await delivery.settled()
    first, second = listener.got
    assert first.payload["event_id"] == second.payload["event_id"]
    assert first.envelope_id != second.envelope_id
    assert [(one.number, one.failure) for one in delivery.attempts] == [(0, "timeout"), (1, "")]
    assert (second.retry_attempt, second.retry_reason) == (1, "timeout")


async def test_a_lost_acknowledgement_brings_the_event_again(slack: FakeSlack) -> None:
    slack.faults.lost_acks = 1
    async with listening(slack) as listener:
        delivery = slack.say("hello").deliveries[0]
        await listener.receives(1)
        slack.clock.advance(3)
        await delivery.settled()
        assert len(listener.got) == 2


async def test_events_are_given_up_after_three_more_attempts(slack: FakeSlack) -> None:
    delivery = slack.say("is anybody there?").deliveries[0]
    for number, wait in enumerate((0, 0, 60, 300)):
        slack.clock.advance(wait)
        attempt = (await slack.until(lambda: delivery.attempts[number:], what="an attempt"))[0]  # noqa: B023
        slack.clock.advance(3)
        await slack.until(lambda: attempt.failure, what="its failure")  # noqa: B023
    await delivery.settled()
    assert [(one.number, one.failure) for one in delivery.attempts] == [(n, "connection_failed") for n in range(4)]


async def test_several_connections_take_turns(slack: FakeSlack) -> None:
    async with listening(slack) as first, listening(slack) as second:
        for number in range(6):
            await slack.say(str(number)).deliveries[0].settled()
        assert (len(first.got), len(second.got)) == (3, 3)


async def test_what_a_dying_connection_had_goes_to_another_one(slack: FakeSlack) -> None:
    async with listening(slack) as doomed:
        doomed.answers = False
        delivery = slack.say("hello").deliveries[0]
        await doomed.receives(1)
        async with listening(slack) as heir:
            slack.socket_mode.drop_one(slack.socket_mode.connections[0])
            await delivery.settled()
            assert len(heir.got) == 1


async def test_a_ticket_is_good_for_one_connection(slack: FakeSlack) -> None:
    url = (await web_client(slack).apps_connections_open(app_token=slack.app_token))["url"]
    async with aiohttp.ClientSession() as session, session.ws_connect(url) as socket:
        hello = await socket.receive_json()
        assert (hello["type"], hello["num_connections"]) == ("hello", 1)
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(url)
    assert slack.socket_mode.handshakes == ["accepted", "ticket"]


async def test_a_refused_handshake_uses_the_ticket_up(slack: FakeSlack) -> None:
    slack.faults.refused_handshakes = 1
    url = (await web_client(slack).apps_connections_open(app_token=slack.app_token))["url"]
    async with aiohttp.ClientSession() as session:
        for status in (503, 404):
            with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
                await session.ws_connect(url)
            assert caught.value.status == status


async def test_the_sdk_alone_never_recovers_from_a_refused_handshake(slack: FakeSlack) -> None:
    slack.faults.refused_handshakes = 1
    listener = Listener(slack)
    connecting = asyncio.create_task(listener.client.connect())  # type: ignore[no-untyped-call]
    await slack.until(lambda: slack.socket_mode.handshakes[2:], what="two more attempts")
    assert slack.socket_mode.handshakes == ["refused", "ticket", "ticket"]
    # Without its address it asks for a fresh one: that is how a watchdog cures it.
    listener.client.wss_uri = None
    await asyncio.wait_for(connecting, PATIENCE)
    await slack.socket_mode.connected()
    await listener.client.close()  # type: ignore[no-untyped-call]


@pytest.mark.parametrize("reason", ["refresh_requested", "link_disabled"])
async def test_a_client_that_is_asked_to_reconnect_does(slack: FakeSlack, reason: str) -> None:
    async with listening(slack) as listener:
        old = slack.socket_mode.connections[0]
        await slack.socket_mode.ask_to_reconnect(reason)
        await slack.socket_mode.connected(besides=old)
        await slack.say("still there?").deliveries[0].settled()
        assert listener.events[-1]["text"] == "still there?"


async def test_a_dropped_client_comes_back(slack: FakeSlack) -> None:
    async with listening(slack):
        old = slack.socket_mode.connections[0]
        assert slack.socket_mode.drop() == 1
        await slack.socket_mode.connected(besides=old)


async def test_bolt_answers_commands_buttons_and_forms(slack: FakeSlack) -> None:
    app = AsyncApp(client=web_client(slack))

    @app.command("/ask")
    async def ask(ack: Any, command: dict[str, Any]) -> None:
        await ack(f"you asked {command['text']}")

    @app.action("share")
    async def share(ack: Any, respond: Any, client: Any, body: dict[str, Any]) -> None:
        await ack()
        view = {"type": "modal", "title": {"type": "plain_text", "text": "Form"}, "callback_id": "form", "blocks": []}
        await client.views_open(trigger_id=body["trigger_id"], view=view)
        await respond(text=f"shared {body['actions'][0]['value']}", replace_original=False, response_type="in_channel")

    @app.view("form")
    async def form(ack: Any) -> None:
        await ack()

    handler = AsyncSocketModeHandler(app, slack.app_token)
    await handler.connect_async()  # type: ignore[no-untyped-call]
    try:
        await slack.command("/ask", "why?", user="sam").settled()
        assert (await slack.posted("you asked why?")).ephemeral_to == slack.sam.id
        button = {"type": "button", "action_id": "share", "text": {"type": "plain_text", "text": "Share"}, "value": "7"}
        await web_client(slack).chat_postMessage(
            channel=slack.general.id, text="x", blocks=[{"type": "actions", "elements": [button]}]
        )
        slack.press(await slack.posted("Share"), "share")
        assert (await slack.posted("shared 7")).ephemeral_to is None
        modal = await slack.until(slack.modal_of, what="the modal")
        await slack.submit(modal).settled()
        assert modal.closed
    finally:
        await handler.close_async()  # type: ignore[no-untyped-call]


async def test_a_bots_link_unfurls_unless_it_was_told_not_to(slack: FakeSlack) -> None:
    client = web_client(slack)
    await client.chat_postMessage(channel=slack.general.id, text="see https://example.com/", unfurl_links=False)
    await client.chat_postMessage(channel=slack.general.id, text="see https://example.com/")
    assert [bool(one.attachments) for one in slack.visible(slack.general)] == [False, True]


async def test_a_deleted_question_with_answers_leaves_a_gravestone(slack: FakeSlack) -> None:
    async with listening(slack) as listener:
        question = slack.say("question")
        slack.say("answer", thread_ts=question.ts)
        await listener.receives(2)
        slack.delete(question)
        await listener.receives(3)
    changed = listener.events[-1]
    assert (changed["subtype"], changed["message"]["subtype"]) == ("message_changed", "tombstone")
    assert changed["previous_message"]["text"] == "question"


async def test_who_comes_and_goes_is_told_and_written_down(slack: FakeSlack) -> None:
    async with listening(slack) as listener:
        newcomer = slack.new_user("newcomer")
        slack.join(slack.general, newcomer)
        slack.leave(slack.general, newcomer)
        slack.leave(slack.general)
        await listener.receives(7)
    told = [(one["type"], one.get("subtype", one.get("user"))) for one in listener.events]
    bot = slack.team.bot_user.id
    assert sorted(told, key=str) == sorted(
        [
            ("message", "channel_join"),
            ("member_joined_channel", newcomer.id),
            ("message", "channel_leave"),
            ("member_left_channel", newcomer.id),
            ("message", "channel_leave"),
            ("member_left_channel", bot),
            ("channel_left", None),
        ],
        key=str,
    )


async def test_an_edit_that_adds_a_mention_is_a_mention(slack: FakeSlack) -> None:
    async with listening(slack) as listener:
        message = slack.say("hello")
        await listener.receives(1)
        slack.edit(message, f"<@{slack.team.bot_user.id}> hello")
        await listener.receives(3)
        slack.edit(message, f"<@{slack.team.bot_user.id}> hello again")
        await listener.receives(4)
    assert sorted(one["type"] for one in listener.events) == ["app_mention", "message", "message", "message"]


async def test_links_of_the_apps_domains_are_told(slack: FakeSlack) -> None:
    slack.world.app.domains = {"example.com"}
    async with listening(slack) as listener:
        slack.say("see <https://docs.example.com/a|this> and <https://example.org/b>")
        await listener.receives(2)
    shared = next(one for one in listener.events if one["type"] == "link_shared")
    assert [one["url"] for one in shared["links"]] == ["https://docs.example.com/a"]
