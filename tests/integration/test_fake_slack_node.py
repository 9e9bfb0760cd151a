"""The fake Slack under a client that is not ours: Bolt for JavaScript, from npm, over both transports."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.fakes.slack import FakeSlack
from tests.integration.node_running import NodeProgram, installed, node_program


@pytest.fixture(scope="module")
def bolt_folder() -> Path:
    return installed()


@asynccontextmanager
async def bolt_app(slack: FakeSlack, folder: Path, *, transport: str = "socket") -> AsyncIterator[NodeProgram]:
    settings = slack.environment | {
        "BOLT_FOLDER": str(folder),
        "SLACK_SIGNING_SECRET": slack.signing_secret,
        "TRANSPORT": transport,
    }
    async with node_program("bolt_scenario.mjs", settings) as app:
        yield app


async def scenario(slack: FakeSlack, app: NodeProgram) -> None:
    """What the app is asked to do, and what has to be seen of it; the same over either transport."""
    question = slack.ask("what is this?")
    streamed = await slack.posted("a stream of words", thread_ts=question.ts)
    assert [version.cause for version in streamed.history][:1] == ["chat.startStream"]
    assert streamed.history[-1].cause == "chat.stopStream"
    answer = slack.answers(thread_ts=question.ts)[0]
    assert [(one.cause, one.text) for one in answer.history] == [
        ("chat.postMessage", "one moment"),
        ("chat.update", "updated"),
    ]
    await slack.call("reactions.add")
    assert question.reactions == {"eyes": [slack.team.bot_user.id]}
    mention = await app.tells("app_mention")
    assert (mention["text"], mention["ts"]) == (question.text, question.ts)

    await slack.press(answer, "like").settled()
    assert (await app.tells("action"))["value"] == "7"
    await slack.until(lambda: answer.text == "thank you", what="the button's answer")

    await slack.command("/ask", "why?", user="mina").settled()
    private = await slack.posted("ko-KR asked why?")
    assert private.ephemeral_to == slack.mina.id

    slack.upload("note.txt", "the content", text="please read")
    assert (await app.tells("file"))["content"] == "the content"

    slack.shortcut("add", message=question)
    modal = await slack.until(slack.modal_of, what="the modal")
    refused = await slack.submit(modal, {"title": {"value": {"value": ""}}}).settled()
    assert refused.response["response_action"] == "errors"
    assert not modal.closed
    await slack.submit(modal, {"title": {"value": {"value": "Handbook"}}}).settled()
    assert (await app.tells("submitted"))["title"] == "Handbook"

    slack.open_home()
    await slack.until(lambda: slack.team.homes, what="the Home tab")
    assert {delivery.acknowledged for delivery in slack.outbox.sent if delivery.over.is_set()} == {True}
    assert [call.error for call in slack.calls if call.error] == []


async def test_bolt_for_javascript_works_over_socket_mode(bolt_folder: Path) -> None:
    async with FakeSlack() as slack, bolt_app(slack, bolt_folder) as app:
        await slack.socket_mode.connected()
        await scenario(slack, app)


async def test_bolt_for_javascript_accepts_the_signed_requests(bolt_folder: Path) -> None:
    async with FakeSlack() as slack, bolt_app(slack, bolt_folder, transport="http") as app:
        port = (await app.tells("started"))["port"]
        http = await slack.deliver_over_http(events=f"http://127.0.0.1:{port}/slack/events")
        assert await http.verify()
        await scenario(slack, app)


async def test_bolt_for_javascript_survives_a_dropped_socket_and_a_request_to_reconnect(bolt_folder: Path) -> None:
    async with FakeSlack() as slack, bolt_app(slack, bolt_folder) as app:
        first = await slack.socket_mode.connected()
        slack.socket_mode.drop()
        second = await slack.socket_mode.connected(besides=first)
        await slack.socket_mode.ask_to_reconnect()
        await slack.socket_mode.connected(besides=second)
        question = slack.ask("still there?")
        await slack.posted("a stream of words", thread_ts=question.ts)
        assert (await app.tells("app_mention"))["ts"] == question.ts
