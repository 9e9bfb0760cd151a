"""The fake Slack as a program: started, driven and looked at from another process, and talked to in a terminal."""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.web.async_client import AsyncWebClient

from tests.fakes.patience import PATIENCE
from tests.fakes.slack import FakeSlack
from tests.fakes.slack.terminal import Terminal
from tests.integration.slack_clients import error, web_client

ROOT = Path(__file__).parents[2]


class Remote:
    """The control API from outside."""

    def __init__(self, session: aiohttp.ClientSession, base_url: str) -> None:
        self.session = session
        self.base_url = base_url

    async def act(self, name: str, /, **arguments: Any) -> Any:
        async with self.session.post(f"{self.base_url}/control/{name}", json=arguments) as response:
            assert response.status == 200, await response.text()
            return await response.json()

    async def see(self, name: str, **query: str) -> Any:
        async with self.session.get(f"{self.base_url}/control/{name}", params=query) as response:
            return await response.json()


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with FakeSlack() as slack:
        yield slack


@pytest.fixture
async def remote(slack: FakeSlack) -> AsyncIterator[Remote]:
    async with aiohttp.ClientSession() as session:
        yield Remote(session, slack.base_url)


async def test_another_process_talks_to_an_app_through_the_program() -> None:
    program = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.fakes.slack", "--port", "0", "--without", "assistant.*"),
        cwd=ROOT,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
    )
    assert program.stdout is not None
    try:
        settings: dict[str, str] = {}
        while "SLACK_API_URL" not in settings:
            line = (await asyncio.wait_for(program.stdout.readline(), PATIENCE)).decode()
            if line.startswith("export "):
                name, _, value = line.removeprefix("export ").strip().partition("=")
                settings[name] = value
        api = AsyncWebClient(token=settings["SLACK_BOT_TOKEN"], base_url=settings["SLACK_API_URL"])
        socket = SocketModeClient(app_token=settings["SLACK_APP_TOKEN"], web_client=api)
        await socket.connect()  # type: ignore[no-untyped-call]
        async with aiohttp.ClientSession() as session:
            remote = Remote(session, settings["SLACK_API_URL"].removesuffix("/api/"))
            asked = await remote.act("ask", text="why?")
            await api.chat_postMessage(channel=asked["channel"], thread_ts=asked["ts"], text="because")
            shown = [one["text"] for one in await remote.see("messages")]
        await socket.close()  # type: ignore[no-untyped-call]
        assert shown == [asked["text"], "because"]
        assert await error(api.api_call("assistant.threads.setStatus")) == "unknown_method"
    finally:
        program.terminate()
        await asyncio.wait_for(program.wait(), PATIENCE)


async def test_people_channels_and_files_are_made_from_outside(slack: FakeSlack, remote: Remote) -> None:
    user = await remote.act("new_user", name="jiwoo", locale="ko-KR")
    channel = await remote.act("new_channel", name="docs", kind="private", members=["jiwoo"])
    await remote.act("say", text="hello", channel="docs", user="jiwoo")
    await remote.act("upload", name="a.txt", data="content", channel="docs")
    await remote.act("upload", name="b.bin", base64="AAEC", channel="docs")
    messages = await remote.see("messages", channel="docs")
    assert [(one["user"], one["text"]) for one in messages] == [(user["id"], "hello"), *[(user["id"], "")] * 2]
    assert [(one["name"], one["data"]) for one in await remote.see("files")] == [("a.txt", 7), ("b.bin", 3)]
    assert channel["kind"] == slack.team.channel("docs").kind == "private"


async def test_faults_are_scripted_from_outside(slack: FakeSlack, remote: Remote) -> None:
    client = web_client(slack)
    await remote.act("fault", method="chat.*", status=429, retry_after=7)
    assert await error(client.chat_postMessage(channel=slack.general.id, text="x")) == "ratelimited"
    await remote.act("fault", method="users.info", error="internal_error", times=2)
    for _ in range(2):
        assert await error(client.users_info(user=slack.mina.id)) == "internal_error"
    await client.users_info(user=slack.mina.id)
    await remote.act("lack", methods=["reactions.*"])
    assert await error(client.reactions_add(channel="C", name="x", timestamp="1")) == "unknown_method"
    calls = await remote.see("calls", method="users.info")
    assert [one["response"]["ok"] for one in calls] == [False, False, True]


@pytest.mark.parametrize(("drop", "kept"), [("before", 0), ("after", 1)])
async def test_an_answer_is_lost_before_or_after_the_deed(
    slack: FakeSlack, remote: Remote, drop: str, kept: int
) -> None:
    await remote.act("fault", method="chat.postMessage", drop=drop)
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {slack.bot_token}"}) as session:
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await session.post(f"{slack.api_url}chat.postMessage", json={"channel": slack.general.id, "text": "x"})
    assert len(slack.visible(slack.general)) == kept


async def test_a_wrong_order_is_refused_with_a_reason(slack: FakeSlack, remote: Remote) -> None:
    for name, arguments, status in (
        ("fly", {}, 404),
        ("say", {"text": "x", "channel": "nowhere"}, 400),
        ("advance", {"seconds": -1}, 400),
    ):
        async with remote.session.post(f"{slack.base_url}/control/{name}", json=arguments) as response:
            assert response.status == status
            assert (await response.json())["error"]


async def test_the_clock_and_the_limits_are_moved_from_outside(slack: FakeSlack, remote: Remote) -> None:
    before = slack.clock.now()
    await remote.act("advance", seconds=3600)
    assert slack.clock.now() >= before + 3600
    await remote.act("limits", **{"users.info": 1})
    client = web_client(slack)
    await client.users_info(user=slack.mina.id)
    assert await error(client.users_info(user=slack.mina.id)) == "ratelimited"
    await remote.act("limits", off=True)
    await client.users_info(user=slack.mina.id)


async def test_the_terminal_shows_what_the_app_does_as_it_comes(slack: FakeSlack, tmp_path: Path) -> None:
    written: list[str] = []
    terminal = Terminal(slack, write=written.append)
    client = web_client(slack)
    terminal.take("what is <this>?\n")
    question = slack.visible(slack.general)[-1]
    assert question.text == f"<@{slack.team.bot_user.id}> what is &lt;this&gt;?"
    thread: dict[str, Any] = {"channel": question.channel, "thread_ts": question.ts}
    await client.assistant_threads_setStatus(channel_id=question.channel, thread_ts=question.ts, status="is thinking")
    stream = await client.chat_stream(
        **thread, recipient_team_id=slack.team.id, recipient_user_id=slack.mina.id, buffer_size=1
    )
    for piece in ("a ", "test"):
        await stream.append(markdown_text=piece)
    await stream.stop()
    posted = await client.chat_postMessage(**thread, text="one")
    await client.chat_update(channel=question.channel, ts=posted["ts"], text="two")
    assert "".join(written) == "  (is thinking)\nbot> a test\nbot> one\nbot> (edited) two\n"

    (tmp_path / "a.txt").write_text("content")
    terminal.take(f":file {tmp_path / 'a.txt'} please read\n")
    terminal.take(":reply and this?\n")
    terminal.take(":dm psst\n")
    assert [one.text for one in slack.visible(slack.general)][-2:] == ["please read", "and this?"]
    assert [one.text for one in slack.visible(slack.direct())] == ["psst"]
    written.clear()
    for line in (":file nowhere.txt\n", ":press nothing\n", ":nonsense\n", "\n"):
        assert terminal.take(line)
    assert [line[0] for line in written] == ["!", "!", "!"]
    assert not terminal.take(":quit\n")
