"""The fake Slack is as strict as Slack: the Web API under the Python client."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.corpus import shared_data
from tests.fakes.slack import FakeSlack
from tests.fakes.slack.catalogue import Catalogue
from tests.integration.slack_clients import error, refusal, web_client

SECTION: dict[str, Any] = {"type": "section", "text": {"type": "mrkdwn", "text": "hello"}}


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with FakeSlack() as slack:
        yield slack


@pytest.fixture
def client(slack: FakeSlack) -> AsyncWebClient:
    return web_client(slack)


async def test_auth_test_says_who_the_app_is_and_what_it_may(slack: FakeSlack, client: AsyncWebClient) -> None:
    me = await client.auth_test()
    assert (me["user_id"], me["team_id"]) == (slack.team.bot_user.id, slack.team.id)
    assert me["bot_id"] == slack.team.bot_user.bot_id
    assert "chat:write" in me.headers["x-oauth-scopes"].split(",")


async def test_a_token_has_to_be_there_and_right_and_of_the_right_kind(slack: FakeSlack) -> None:
    assert await error(web_client(slack, "xoxb-wrong").auth_test()) == "invalid_auth"
    assert await error(web_client(slack, "").auth_test()) == "not_authed"
    assert await error(web_client(slack, slack.app_token).users_list()) == "not_allowed_token_type"
    assert await error(web_client(slack).apps_connections_open(app_token=slack.bot_token)) == "not_allowed_token_type"


async def test_an_unknown_method_is_unknown(slack: FakeSlack, client: AsyncWebClient) -> None:
    assert await error(client.api_call("chat.postNonsense")) == "unknown_method"


async def test_methods_can_be_taken_away_to_imitate_a_poorer_server(slack: FakeSlack, client: AsyncWebClient) -> None:
    slack.faults.lack(["assistant.*", "chat.*Stream"])
    status = client.assistant_threads_setStatus(channel_id=slack.general.id, thread_ts="1.000001", status="")
    assert await error(status) == "unknown_method"
    stream = client.chat_startStream(channel=slack.general.id, thread_ts="1.000001")
    assert await error(stream) == "unknown_method"
    assert (await client.chat_postMessage(channel=slack.general.id, text="still here"))["ok"]


@pytest.mark.corpus
async def test_a_missing_argument_is_named(slack: FakeSlack, client: AsyncWebClient) -> None:
    shared_data("slack_methods")
    body = await refusal(client.api_call("chat.update", json={"channel": slack.general.id}))
    assert body["error"] == "invalid_arguments"
    assert body["response_metadata"]["messages"] == ["[ERROR] missing required field: ts"]


async def test_without_the_descriptions_it_is_lenient_but_runs(slack: FakeSlack, client: AsyncWebClient) -> None:
    slack.web_api.catalogue = Catalogue({})
    slack.team.scopes -= {"chat:write"}
    assert (await client.chat_postMessage(channel=slack.general.id, text="hello"))["ok"]
    assert await error(client.api_call("chat.update", json={"channel": slack.general.id})) == "message_not_found"
    assert await error(client.api_call("admin.users.list")) == "unknown_method"


@pytest.mark.corpus
async def test_every_method_that_slack_has_is_known_and_none_breaks(slack: FakeSlack) -> None:
    folder = shared_data("slack_methods")
    slack.limits.off = True
    ending = {"apps.uninstall", "auth.revoke"}
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {slack.bot_token}"}) as session:
        for name in sorted({path.stem for path in folder.glob("*.json")} - ending):
            async with session.post(f"{slack.api_url}{name}") as response:
                body = await response.json()
            assert response.status == 200
            assert body["ok"] or body["error"] != "unknown_method", name


@pytest.mark.corpus
async def test_a_missing_scope_is_named_with_those_that_there_are(slack: FakeSlack, client: AsyncWebClient) -> None:
    shared_data("slack_methods")
    slack.team.scopes -= {"chat:write"}
    body = await refusal(client.chat_postMessage(channel=slack.general.id, text="hello"))
    assert (body["error"], body["needed"]) == ("missing_scope", "chat:write")
    assert "users:read" in body["provided"].split(",")


async def test_the_scope_for_a_conversation_depends_on_its_kind(slack: FakeSlack, client: AsyncWebClient) -> None:
    secret = slack.new_channel("secret", kind="private")
    slack.team.scopes -= {"groups:history"}
    await client.conversations_history(channel=slack.general.id)
    body = await refusal(client.conversations_history(channel=secret.id))
    assert (body["error"], body["needed"]) == ("missing_scope", "groups:history")


@pytest.mark.parametrize("verb", ["GET", "POST"])
@pytest.mark.parametrize("way", ["query", "form", "json"])
async def test_arguments_come_as_query_form_or_json_on_either_verb(slack: FakeSlack, verb: str, way: str) -> None:
    arguments = {"user": slack.mina.id, "team_id": slack.team.id}
    sent: dict[str, Any] = {{"query": "params", "form": "data", "json": "json"}[way]: arguments}
    headers = {"Authorization": f"Bearer {slack.bot_token}"}
    async with (
        aiohttp.ClientSession() as session,
        session.request(verb, f"{slack.api_url}users.info", headers=headers, **sent) as response,
    ):
        assert (await response.json())["user"]["id"] == slack.mina.id


async def test_a_body_that_is_no_object_is_refused(slack: FakeSlack) -> None:
    headers = {"Authorization": f"Bearer {slack.bot_token}", "Content-Type": "application/json"}
    async with aiohttp.ClientSession(headers=headers) as session:
        for body, expected in (("{", "invalid_json"), ("[]", "json_not_object")):
            async with session.post(f"{slack.api_url}chat.postMessage", data=body) as response:
                assert (response.status, (await response.json())["error"]) == (200, expected)


async def test_posting_needs_a_conversation_with_the_app_in_it(slack: FakeSlack, client: AsyncWebClient) -> None:
    outside = slack.new_channel("outside", bot=False)
    hidden = slack.new_channel("hidden", kind="private", bot=False)
    old = slack.new_channel("old")
    old.is_archived = True
    for channel, expected in (
        ("C0NOWHERE", "channel_not_found"),
        (outside.id, "not_in_channel"),
        (hidden.id, "channel_not_found"),
        (old.id, "is_archived"),
    ):
        assert await error(client.chat_postMessage(channel=channel, text="hello")) == expected


async def test_a_user_id_opens_the_direct_message(slack: FakeSlack, client: AsyncWebClient) -> None:
    posted = await client.chat_postMessage(channel=slack.mina.id, text="psst")
    opened = await client.conversations_open(users=slack.mina.id)
    assert posted["channel"] == opened["channel"]["id"] == slack.direct(slack.mina).id


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ({}, "no_text"),
        ({"text": " "}, "no_text"),
        ({"text": "x" * 40_001}, "msg_too_long"),
        ({"markdown_text": "x" * 12_001}, "msg_too_long"),
        ({"markdown_text": "x", "text": "y"}, "markdown_text_conflict"),
        ({"blocks": "{"}, "invalid_blocks_format"),
        ({"blocks": [SECTION] * 51}, "invalid_blocks"),
        ({"blocks": [{"type": "carousel"}]}, "invalid_blocks"),
        ({"blocks": [SECTION | {"block_id": "a"}, SECTION | {"block_id": "a"}]}, "invalid_blocks"),
        ({"blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}]}, "invalid_blocks"),
        ({"blocks": [{"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}]}, "invalid_blocks"),
        ({"blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": ""}}]}, "invalid_blocks"),
        ({"blocks": [{"type": "context", "elements": [SECTION["text"]] * 11}]}, "invalid_blocks"),
        ({"blocks": [{"type": "actions", "elements": []}]}, "invalid_blocks"),
        ({"blocks": [{"type": "markdown", "text": "x" * 6001}] * 2}, "msg_blocks_too_long"),
        ({"text": "x", "thread_ts": "yesterday"}, "invalid_thread_ts"),
        ({"text": "x", "metadata": {"event_type": "a"}}, "invalid_metadata_schema"),
    ],
)
async def test_what_is_wrong_with_a_message_is_told(
    slack: FakeSlack, client: AsyncWebClient, content: dict[str, Any], expected: str
) -> None:
    assert await error(client.api_call("chat.postMessage", json={"channel": slack.general.id, **content})) == expected
    assert slack.answers() == []


async def test_a_message_within_the_limits_is_kept_with_all_of_its_versions(
    slack: FakeSlack, client: AsyncWebClient
) -> None:
    blocks = [{"type": "markdown", "text": "x" * 12_000}, *[SECTION] * 49]
    posted = await client.chat_postMessage(channel=slack.general.id, text="short", blocks=blocks)
    await client.chat_update(channel=slack.general.id, ts=posted["ts"], text="new words")
    message = slack.visible(slack.general)[0]
    assert (message.text, message.blocks) == ("new words", [])
    assert [(one.cause, len(one.blocks)) for one in message.history] == [("chat.postMessage", 50), ("chat.update", 0)]


async def test_an_update_is_shorter_and_only_of_ones_own_messages(slack: FakeSlack, client: AsyncWebClient) -> None:
    mine = await client.chat_postMessage(channel=slack.general.id, text="mine")
    theirs = slack.say("theirs")
    at: dict[str, Any] = {"channel": slack.general.id}
    assert await error(client.chat_update(**at, ts=mine["ts"], text="x" * 4001)) == "msg_too_long"
    assert await error(client.chat_update(**at, ts=theirs.ts, text="x")) == "cant_update_message"
    assert await error(client.chat_update(**at, ts="1.000001", text="x")) == "message_not_found"
    assert await error(client.chat_delete(**at, ts=theirs.ts)) == "cant_delete_message"
    await client.chat_delete(**at, ts=mine["ts"])
    assert await error(client.chat_update(**at, ts=mine["ts"], text="x")) == "message_not_found"


async def test_a_reply_to_a_reply_goes_to_its_thread(slack: FakeSlack, client: AsyncWebClient) -> None:
    question = slack.say("question")
    reply = slack.say("reply", thread_ts=question.ts)
    posted = await client.chat_postMessage(channel=slack.general.id, thread_ts=reply.ts, text="answer")
    thread = await client.conversations_replies(channel=slack.general.id, ts=question.ts, limit=2)
    assert [one["text"] for one in thread["messages"]] == ["question", "reply"]
    assert thread["messages"][0]["reply_count"] == 2
    cursor = thread["response_metadata"]["next_cursor"]
    rest = await client.conversations_replies(channel=slack.general.id, ts=question.ts, cursor=cursor)
    assert [one["ts"] for one in rest["messages"]] == [posted["ts"]]
    history = await client.conversations_history(channel=slack.general.id)
    assert [one["text"] for one in history["messages"]] == ["question"]


async def test_metadata_are_read_back_only_by_those_who_ask(slack: FakeSlack, client: AsyncWebClient) -> None:
    metadata = {"event_type": "answer", "event_payload": {"question": "1"}}
    await client.chat_postMessage(channel=slack.general.id, text="x", metadata=metadata)
    plain = await client.conversations_history(channel=slack.general.id)
    whole = await client.conversations_history(channel=slack.general.id, include_all_metadata=True)
    assert "metadata" not in plain["messages"][0]
    assert whole["messages"][0]["metadata"] == metadata


async def test_only_one_person_sees_an_ephemeral_message(slack: FakeSlack, client: AsyncWebClient) -> None:
    await client.chat_postEphemeral(channel=slack.general.id, user=slack.mina.id, text="for you")
    assert [one.text for one in slack.visible(slack.general, user=slack.mina.id)] == ["for you"]
    assert slack.visible(slack.general, user=slack.sam.id) == []
    stranger = slack.new_user("stranger")
    call = client.chat_postEphemeral(channel=slack.general.id, user=stranger.id, text="x")
    assert await error(call) == "user_not_in_channel"


async def test_members_come_page_by_page(slack: FakeSlack, client: AsyncWebClient) -> None:
    pages = [page["members"] async for page in await client.conversations_members(channel=slack.general.id, limit=2)]
    assert [len(page) for page in pages] == [2, 1]
    assert {one for page in pages for one in page} == set(slack.general.members)


async def test_reactions_are_added_once(slack: FakeSlack, client: AsyncWebClient) -> None:
    message = slack.say("hello")
    at = {"channel": slack.general.id, "timestamp": message.ts}
    await client.reactions_add(**at, name="eyes")
    assert await error(client.reactions_add(**at, name="eyes")) == "already_reacted"
    await client.reactions_remove(**at, name="eyes")
    assert message.reactions == {}


async def test_too_many_calls_are_turned_away_until_a_minute_has_passed(
    slack: FakeSlack, client: AsyncWebClient
) -> None:
    slack.limits.per_minute["users.info"] = 3
    for _ in range(3):
        await client.users_info(user=slack.mina.id)
    with pytest.raises(SlackApiError) as caught:
        await client.users_info(user=slack.mina.id)
    assert caught.value.response.status_code == 429
    wait = int(caught.value.response.headers["Retry-After"])
    assert 55 < wait <= 60
    slack.clock.advance(wait)
    assert (await client.users_info(user=slack.mina.id))["ok"]


async def test_a_channel_takes_a_post_a_second_after_a_burst(slack: FakeSlack, client: AsyncWebClient) -> None:
    other = slack.new_channel("other")
    for _ in range(5):
        await client.chat_postMessage(channel=slack.general.id, text="x")
    assert await error(client.chat_postMessage(channel=slack.general.id, text="x")) == "ratelimited"
    assert (await client.chat_postMessage(channel=other.id, text="x"))["ok"]
    slack.clock.advance(1)
    assert (await client.chat_postMessage(channel=slack.general.id, text="x"))["ok"]


async def test_an_app_outside_the_marketplace_reads_one_short_page_a_minute(
    slack: FakeSlack, client: AsyncWebClient
) -> None:
    slack.world.app.marketplace = False
    for number in range(20):
        slack.say(str(number))
    page = await client.conversations_history(channel=slack.general.id, limit=100)
    assert len(page["messages"]) == 15
    assert await error(client.conversations_history(channel=slack.general.id)) == "ratelimited"
