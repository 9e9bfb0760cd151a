"""The fake Slack is as strict as Slack: streams, statuses and proposed questions."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from tests.fakes.slack import FakeSlack, Message
from tests.integration.slack_clients import error, web_client


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with FakeSlack() as slack:
        yield slack


@pytest.fixture
def client(slack: FakeSlack) -> AsyncWebClient:
    return web_client(slack)


async def start(slack: FakeSlack, client: AsyncWebClient, **more: Any) -> dict[str, Any]:
    """Starts a stream for mina under a question of hers; what names it afterwards."""
    question = slack.ask("a question")
    started = await client.chat_startStream(
        channel=slack.general.id,
        thread_ts=question.ts,
        **{"recipient_team_id": slack.team.id, "recipient_user_id": slack.mina.id, **more},
    )
    return {"channel": started["channel"], "ts": started["ts"]}


def streamed(slack: FakeSlack) -> Message:
    return slack.answers(slack.general)[-1]


async def test_the_sdks_stream_is_shown_piece_by_piece(slack: FakeSlack, client: AsyncWebClient) -> None:
    question = slack.ask("a question")
    stream = await client.chat_stream(
        channel=slack.general.id,
        thread_ts=question.ts,
        recipient_team_id=slack.team.id,
        recipient_user_id=slack.mina.id,
        buffer_size=1,
    )
    for piece in ("**The** ", "whole ", "answer"):
        await stream.append(markdown_text=piece)
    assert streamed(slack).streaming
    await stream.stop(blocks=[{"type": "divider"}])
    message = streamed(slack)
    assert [one.text for one in message.history] == ["**The** ", "**The** whole ", *["**The** whole answer"] * 2]
    assert [block["type"] for block in message.blocks] == ["markdown", "divider"]
    assert not message.streaming


async def test_a_stream_in_a_channel_names_its_reader_and_their_team(slack: FakeSlack, client: AsyncWebClient) -> None:
    partner = slack.new_user("partner", team_id="T0PARTNER")
    for more, expected in (
        ({"recipient_user_id": None}, "missing_recipient_user_id"),
        ({"recipient_team_id": None}, "missing_recipient_team_id"),
        ({"recipient_user_id": partner.id}, "user_not_found"),
    ):
        assert await error(start(slack, client, **more)) == expected
    assert await start(slack, client, recipient_user_id=partner.id, recipient_team_id="T0PARTNER")


async def test_a_stream_in_a_direct_message_needs_no_reader(slack: FakeSlack, client: AsyncWebClient) -> None:
    question = slack.ask("a question", channel=slack.direct())
    await client.chat_startStream(channel=question.channel, thread_ts=question.ts)


async def test_a_stream_ends_after_five_minutes(slack: FakeSlack, client: AsyncWebClient) -> None:
    at = await start(slack, client, markdown_text="so far")
    slack.clock.advance(290)
    await client.chat_appendStream(**at, markdown_text=", so good")
    slack.clock.advance(20)
    assert await error(client.chat_appendStream(**at, markdown_text="!")) == "message_not_in_streaming_state"
    assert await error(client.chat_stopStream(**at)) == "message_not_in_streaming_state"
    await client.chat_update(**at, text="so far, so good!")
    assert streamed(slack).text == "so far, so good!"


async def test_a_stream_does_not_grow_for_ever(slack: FakeSlack, client: AsyncWebClient) -> None:
    at = await start(slack, client, markdown_text="x" * 11_000)
    assert await error(client.chat_appendStream(**at, markdown_text="x" * 1_001)) == "msg_too_long"
    await client.chat_appendStream(**at, markdown_text="x" * 1_000)


async def test_a_stream_is_stopped_once_and_not_updated_before(slack: FakeSlack, client: AsyncWebClient) -> None:
    at = await start(slack, client, markdown_text="x")
    assert await error(client.chat_update(**at, text="y")) == "streaming_state_conflict"
    await client.chat_stopStream(**at)
    assert await error(client.chat_stopStream(**at)) == "message_not_in_streaming_state"


async def test_a_person_may_stop_a_stream(slack: FakeSlack, client: AsyncWebClient) -> None:
    at = await start(slack, client, markdown_text="x")
    slack.stop_stream(streamed(slack))
    assert await error(client.chat_appendStream(**at, markdown_text="y")) == "stopped_by_user"


@pytest.mark.parametrize(
    ("piece", "expected"),
    [
        ({"markdown_text": ""}, "no_text"),
        ({"markdown_text": "x" * 12_001}, "msg_too_long"),
        ({"chunks": [{"type": "nonsense"}]}, "invalid_chunks"),
        ({"chunks": [{"type": "markdown_text"}]}, "invalid_chunks"),
        ({"chunks": [{"type": "task_update", "id": "1"}]}, "invalid_chunks"),
    ],
)
async def test_a_piece_of_a_stream_is_checked(
    slack: FakeSlack, client: AsyncWebClient, piece: dict[str, Any], expected: str
) -> None:
    at = await start(slack, client)
    assert await error(client.api_call("chat.appendStream", json={**at, **piece})) == expected


async def test_only_a_stream_takes_pieces(slack: FakeSlack, client: AsyncWebClient) -> None:
    posted = await client.chat_postMessage(channel=slack.general.id, text="no stream")
    at: dict[str, Any] = {"channel": slack.general.id, "ts": posted["ts"]}
    assert await error(client.chat_appendStream(**at, markdown_text="x")) == "message_not_in_streaming_state"
    theirs: dict[str, Any] = {"channel": slack.general.id, "ts": slack.say("mine").ts}
    assert await error(client.chat_appendStream(**theirs, markdown_text="x")) == "message_not_owned_by_app"


async def test_twenty_streams_a_minute_start(slack: FakeSlack, client: AsyncWebClient) -> None:
    for _ in range(20):
        await start(slack, client)
    assert await error(start(slack, client)) == "ratelimited"
    slack.clock.advance(60)
    await start(slack, client)


async def test_a_status_is_cleared_by_a_post_and_lapses(slack: FakeSlack, client: AsyncWebClient) -> None:
    question = slack.ask("a question")
    at: dict[str, Any] = {"channel_id": slack.general.id, "thread_ts": question.ts}
    await client.assistant_threads_setStatus(**at, status="is thinking...")
    assert slack.status(slack.general, question.ts) == "is thinking..."
    await client.chat_postMessage(channel=slack.general.id, thread_ts=question.ts, text="done")
    assert slack.status(slack.general, question.ts) == ""
    await client.assistant_threads_setStatus(**at, status="is thinking...")
    slack.clock.advance(121)
    assert slack.status(slack.general, question.ts) == ""
    nowhere = client.assistant_threads_setStatus(channel_id=slack.general.id, thread_ts="1700000000.000001", status="x")
    assert await error(nowhere) == "invalid_thread_ts"


async def test_proposed_questions_belong_to_the_messages_tab(slack: FakeSlack, client: AsyncWebClient) -> None:
    channel = slack.direct()
    prompts = [{"title": "Leave", "message": "How much leave do I have?"}]
    question = slack.ask("hello", channel=channel)
    # With a thread it says ok, and nobody sees them: that is how agent_view behaves.
    await client.assistant_threads_setSuggestedPrompts(channel_id=channel.id, thread_ts=question.ts, prompts=prompts)
    assert slack.prompts == {}
    arguments = {"channel_id": channel.id, "prompts": prompts}
    await client.api_call("assistant.threads.setSuggestedPrompts", json=arguments)
    assert slack.prompts == {channel.id: prompts}
    many = client.api_call("assistant.threads.setSuggestedPrompts", json=arguments | {"prompts": prompts * 5})
    assert await error(many) == "invalid_arguments"
