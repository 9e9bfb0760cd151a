"""Where a question cannot be answered for a while, people in Slack and Discord and over the API get one sentence."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import httpx
import pytest

from adapters.ending import finished
from adapters.http.api import create_app
from core.backends.memory_tallies import MemoryTallies
from core.backends.memory_world import ScriptedModel
from core.errors import Unavailable
from core.inbox import Accepted
from core.limits import Gate, Quotas
from core.messages import render
from core.room import Room
from tests.fakes.saseo import Core
from tests.fakes.slack import FakeSlack
from tests.integration.discord_answering import answering, settled
from tests.integration.discord_running import fake_discord
from tests.integration.slack_running import ANSWER, QUESTION, knowing, running

# Sam reads Korean in Slack and English in Discord.
BUSY = "Too many questions are waiting here. Please try again in a minute."


def full(core: Core) -> Core:
    core.chat.room = Room(at_once=1, waiting=-1)
    return core


def allowing(core: Core, **most: int) -> Core:
    def clock() -> datetime:
        return core.now

    core.chat._gate = Gate(MemoryTallies(clock=clock), Quotas(**most), clock=clock)
    return core


async def test_without_room_slack_is_told_so_once_and_nothing_is_left_over() -> None:
    core = full(await knowing())
    async with FakeSlack() as slack, running(slack, core):
        asked = slack.ask(QUESTION)
        await slack.posted(render("chat.busy", "ko"), thread_ts=asked.ts)
        await settled(core)
        assert len(slack.answers()) == 1
        core.chat.room = Room()
        again = slack.ask(QUESTION)
        await slack.posted("15 days", thread_ts=again.ts)


async def test_without_room_discord_is_told_so_once_and_nothing_is_left_over() -> None:
    core = full(await knowing())
    async with fake_discord() as discord, answering(discord, core):
        discord.mention(QUESTION, user=discord.sam)
        await discord.posted(BUSY)
        await settled(core)
        assert len(discord.answers()) == 1


async def test_one_question_too_many_is_told_in_slack_and_in_discord() -> None:
    core = allowing(await knowing(), user_hour=1)
    async with FakeSlack() as slack, running(slack, core):
        first = slack.ask(QUESTION)
        await slack.posted("(1 of your 1 questions this hour)", thread_ts=first.ts)
        second = slack.ask(QUESTION)
        await slack.posted("다시 물어봐 주세요", thread_ts=second.ts)
    core = allowing(await knowing(), channel_day=1)
    async with fake_discord() as discord, answering(discord, core):
        discord.mention(QUESTION, user=discord.sam)
        await discord.posted("(1 of 1 questions in this channel today)")
        discord.mention(QUESTION, user=discord.sam)
        await discord.posted("Ask again in")


async def test_what_slack_could_not_hand_over_in_all_its_attempts_is_told_to_whoever_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    core = await knowing()
    attempts = 0

    async def away(item: Accepted, *, holder: str) -> bool:
        nonlocal attempts
        attempts += 1
        # Slack does not wait for an acknowledgement any more.
        asyncio.get_running_loop().call_soon(slack.clock.advance, 4)
        raise Unavailable("postgres.away")

    async with FakeSlack() as slack, running(slack, core):
        accept = core.store.inbox.accept
        monkeypatch.setattr(core.store.inbox, "accept", away)
        slack.twin_gap = 60
        slack.outbox.retry_after = (0.0, 0.0, 0.0)
        asked = slack.ask(QUESTION)
        told = await slack.posted("The PostgreSQL server cannot be reached")
        assert told.ephemeral_to == asked.user
        assert attempts == 4
        assert len([one for one in slack.answers() if "PostgreSQL" in one.shown]) == 1
        monkeypatch.setattr(core.store.inbox, "accept", accept)
        again = slack.ask(QUESTION)
        await slack.posted("15 days", thread_ts=again.ts)


class Outage:
    """The store of the inbox goes away before an answer can be written, and is back at the third attempt to end it."""

    def __init__(self, core: Core, monkeypatch: pytest.MonkeyPatch) -> None:
        self.attempts = 0
        self.code = "postgres.away"
        self.began = asyncio.Event()
        self._finish = core.store.inbox.finish
        monkeypatch.setattr(core.store.inbox, "written", self.written)
        monkeypatch.setattr(core.store.inbox, "finish", self.finish)
        monkeypatch.setattr("adapters.ending.WAITS", (0.0,) * 9)

    async def written(self, name: str, answer: Mapping[str, Any]) -> None:
        self.began.set()
        raise Unavailable(self.code)

    async def finish(self, name: str) -> None:
        self.attempts += 1
        if self.attempts < 3:
            raise Unavailable("postgres.away")
        await self._finish(name)


async def test_an_answer_that_cannot_be_kept_ends_in_a_sentence_in_slack(monkeypatch: pytest.MonkeyPatch) -> None:
    core = await knowing()
    outage = Outage(core, monkeypatch)
    async with FakeSlack() as slack, running(slack, core):
        slack.ask(QUESTION)
        await slack.posted(render("postgres.away", "ko"))
        await settled(core)
        assert outage.attempts == 3
        assert len([one for one in slack.answers() if "PostgreSQL" in one.shown]) == 1


async def test_an_answer_that_cannot_be_kept_ends_in_a_sentence_in_discord(monkeypatch: pytest.MonkeyPatch) -> None:
    core = await knowing()
    outage = Outage(core, monkeypatch)
    async with fake_discord() as discord, answering(discord, core):
        discord.mention(QUESTION, user=discord.sam)
        await discord.posted(render("postgres.away"))
        await settled(core)
        assert outage.attempts == 3


async def test_what_another_process_has_taken_up_is_left_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    core = await knowing()
    outage = Outage(core, monkeypatch)
    outage.code = "postgres.taken_over"
    async with FakeSlack() as slack, running(slack, core):
        slack.ask(QUESTION)
        await outage.began.wait()
    outage.began.clear()
    async with fake_discord() as discord, answering(discord, core):
        discord.mention(QUESTION, user=discord.sam)
        await outage.began.wait()
    assert outage.attempts == 0, "it is not ended here"
    assert not [one for one in slack.answers() if one.ephemeral_to], "and nobody is told of it"


async def test_what_the_store_never_comes_back_for_is_left_to_the_next_start(monkeypatch: pytest.MonkeyPatch) -> None:
    core = await knowing()
    outage = Outage(core, monkeypatch)
    monkeypatch.setattr("adapters.ending.WAITS", (0.0, 0.0))
    await finished(core.store.inbox, "slack:T1:C1:1")
    assert outage.attempts == 2


async def test_without_room_the_api_says_when_to_come_back() -> None:
    go_on = asyncio.Event()
    model = ScriptedModel(*ANSWER[:2], go_on, *ANSWER[2:])
    core = Core(model=model)
    await core.library.add_text("Every employee has 15 days of paid leave a year.", title="Handbook")
    core.chat.room = Room(at_once=1, waiting=1)
    app = create_app(core.saseo, version="1", token=None, max_file_bytes=1_000_000)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
        inside = [asyncio.create_task(client.post("/api/v1/chat/", json={"message": QUESTION})) for _ in range(2)]
        await model.called.wait()
        for path, body in (
            ("/api/v1/chat/", {"message": QUESTION}),
            ("/api/v1/chat/stream", {"message": QUESTION}),
            ("/api/v1/documents/query", {"question": QUESTION}),
        ):
            answer = await client.post(path, json=body)
            assert (answer.status_code, answer.json()["detail"]) == (503, BUSY)
            assert answer.headers["Retry-After"] == "60"
        go_on.set()
        assert [(await each).json()["outcome"] for each in inside] == ["answered"] * 2
        assert (await client.post("/api/v1/chat/", json={"message": QUESTION})).status_code == 200


async def test_beyond_a_limit_the_api_says_when_to_ask_again() -> None:
    core = allowing(await knowing(), workspace_hour=1, workspace_day=2)
    app = create_app(core.saseo, version="1", token=None, max_file_bytes=1_000_000)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
        first = await client.post("/api/v1/chat/", json={"message": QUESTION})
        assert first.json()["response"].endswith("(1 of 1 questions in this workspace this hour)")
        second = await client.post("/api/v1/chat/", json={"message": QUESTION}, headers={"Accept-Language": "ko"})
        assert second.status_code == 429
        assert 0 < int(second.headers["Retry-After"]) <= 3600
        assert "다시 물어봐 주세요" in second.json()["detail"]
        missing = await client.get("/api/v1/documents/none")
        assert (missing.status_code, "Retry-After" in missing.headers) == (404, False)
