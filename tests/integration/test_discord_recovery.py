"""What an earlier process left behind in Discord in any state is finished, once."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from adapters.answering import MOST_ATTEMPTS
from adapters.discord.inbound import Asked
from adapters.discord.outbound import Post
from core.backends.memory_world import ScriptedModel
from core.inbox import Accepted
from tests.fakes.discord import FakeDiscord, Message
from tests.fakes.discord.faults import Fault
from tests.fakes.saseo import Core
from tests.integration.discord_answering import (
    ANSWER,
    CALLBACK,
    EDIT,
    ORIGINAL,
    POST,
    QUESTION,
    answering,
    knowing,
    settled,
    until,
)
from tests.integration.discord_running import fake_discord


async def left(core: Core, discord: FakeDiscord, question: Message, *, attempts: int = 0, **more: Any) -> Accepted:
    """A question that a dead process had accepted."""
    place = f"discord:{discord.guild.id}:{question.channel.id}"
    asked = Asked(
        id=f"{place}:{question.id}",
        way="mention",
        guild=discord.guild.id,
        channel=question.channel.id,
        user=question.author.id,
        text=QUESTION,
        received_at=core.now,
        message=question.id,
    )
    item = Accepted(asked.id, asked.place, replace(asked, **more).dump())
    await core.store.inbox.accept(item, holder="dead")
    await core.store.inbox.release("dead")
    for _ in range(attempts):
        await core.store.inbox.take("discord:", holder="dead")
        await core.store.inbox.release("dead")
    return item


def own(discord: FakeDiscord, question: Message, text: str, *, reply: bool = True) -> Message:
    """A message that the dead process had posted."""
    return discord.say(
        text, channel=question.channel, user=discord.bot, reply_to=question if reply else None, ping=False
    )


def forget_messages(core: Core) -> None:
    """The process died between posting and noting."""
    inbox = core.store.inbox
    inbox._posted.clear()
    for entry in inbox._entries.values():
        entry.item = replace(entry.item, messages=())


def visible(discord: FakeDiscord) -> list[str]:
    return [one.content for one in discord.answers()]


async def test_an_answer_that_was_known_is_posted_as_it_was_known() -> None:
    core = await knowing()
    async with fake_discord() as discord:
        item = await left(core, discord, discord.say(QUESTION))
        await core.store.inbox.written(item.id, {"posts": [Post("As it was.").dump()]})
        async with answering(discord, core):
            await settled(core)
        assert visible(discord) == ["As it was."]


async def test_messages_that_were_posted_are_finished_and_surplus_ones_go() -> None:
    core = await knowing()
    async with fake_discord() as discord:
        question = discord.say(QUESTION)
        item = await left(core, discord, question)
        first, second = own(discord, question, "half an ans"), own(discord, question, "more of it", reply=False)
        for message in (first, second):
            await core.store.inbox.posted(item.id, f"discord:{discord.guild.id}:{question.channel.id}:{message.id}")
        async with answering(discord, core):
            await settled(core)
        assert discord.answers() == [first]
        assert "15 days of paid leave" in first.content


async def test_of_messages_of_others_none_is_taken_for_its_own() -> None:
    core = await knowing()
    async with fake_discord() as discord:
        question, another = discord.say(QUESTION), discord.say("another")
        await left(core, discord, question)
        other = own(discord, another, "of another")
        noted = own(discord, question, "noted")
        people = discord.say("of people", user=discord.sam, reply_to=question)
        done = await left(core, discord, another)
        await core.store.inbox.posted(done.id, f"discord:{discord.guild.id}:{question.channel.id}:{noted.id}")
        await core.store.inbox.finish(done.id)
        async with answering(discord, core):
            await settled(core)
        assert (other.content, noted.content, people.content) == ("of another", "noted", "of people")
        assert len([text for text in visible(discord) if "15 days" in text]) == 1


async def test_an_answer_to_another_question_that_says_the_same_is_left_to_it() -> None:
    core = await knowing()
    async with fake_discord() as discord:
        first, second = discord.say(QUESTION), discord.say(QUESTION)
        for question in (first, second):
            item = await left(core, discord, question)
            await core.store.inbox.written(item.id, {"posts": [Post("The same.").dump()]})
        posted = own(discord, second, "The same.")
        async with answering(discord, core):
            await settled(core)
        assert posted in discord.answers()
        assert {one.referenced for one in discord.answers()} == {first, second}


async def test_where_messages_cannot_be_looked_for_the_answer_is_posted() -> None:
    core = await knowing()
    async with fake_discord() as discord:
        await left(core, discord, discord.say(QUESTION))
        discord.faults.add(Fault("GET /channels/*/messages", times=9, status=403, code=50001))
        async with answering(discord, core):
            await settled(core)
        assert len(visible(discord)) == 1


async def test_a_question_that_keeps_ending_the_process_is_given_up_with_a_reference() -> None:
    core = await knowing()
    async with fake_discord() as discord:
        await left(core, discord, discord.say(QUESTION), attempts=MOST_ATTEMPTS)
        async with answering(discord, core):
            await settled(core)
        (told,) = visible(discord)
        assert "reference" in told


@pytest.mark.parametrize("way", ["mention", "ask"])
async def test_what_another_process_has_answered_is_finished_in_silence(way: str) -> None:
    core = await knowing()
    claim = core.store.claims.claim

    async def taken(key: str, *, seconds: float) -> bool:
        return False if key.startswith("answer:discord") else await claim(key, seconds=seconds)

    core.store.claims.claim = taken  # type: ignore[method-assign]
    async with fake_discord() as discord, answering(discord, core):
        if way == "mention":
            discord.mention(QUESTION)
        else:
            discord.slash("ask", {"question": QUESTION}, user=discord.sam)
        await until(lambda: bool(core.store.inbox._entries))
        await settled(core)
        assert discord.answers(loading=True) == []


async def test_while_discord_is_away_the_answer_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.discord.answering.DELIVERY_WAITS", (0.1,) * 20)
    core = await knowing()
    async with fake_discord() as discord, answering(discord, core):
        discord.faults.add(Fault(POST, times=3, status=503))
        discord.mention(QUESTION)
        await discord.posted("Handbook")
        await settled(core)
        assert len(discord.answers()) == 1


async def test_what_could_not_be_delivered_is_left_to_the_next_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.discord.answering.DELIVERY_WAITS", ())
    core = await knowing()
    async with fake_discord() as discord:
        async with answering(discord, core):
            fault = discord.faults.add(Fault(POST, times=99, status=503))
            discord.mention(QUESTION)
            await discord.call(POST, count=3)
            await asyncio.sleep(0.5)
        fault.times = 0
        async with answering(discord, core):
            await discord.posted("Handbook")
            await settled(core)
        assert len(discord.answers()) == 1


async def test_a_message_that_somebody_deleted_is_posted_again() -> None:
    gate = asyncio.Event()
    core = await knowing(*ANSWER[:2], gate, *ANSWER[2:])
    async with fake_discord() as discord, answering(discord, core):
        discord.mention(QUESTION)
        discord.delete(await discord.posted("15 days"))
        gate.set()
        answer = await discord.posted("Handbook")
        await settled(core)
        assert discord.answers() == [answer]


async def test_a_response_that_somebody_deleted_is_given_again() -> None:
    gate = asyncio.Event()
    core = await knowing(*ANSWER[:2], gate, *ANSWER[2:])
    async with fake_discord() as discord, answering(discord, core):
        discord.slash("ask", {"question": QUESTION}, user=discord.sam)
        discord.delete(await discord.posted("15 days"))
        gate.set()
        answer = await discord.posted("Handbook")
        await settled(core)
        assert discord.answers(loading=True) == [answer]


@pytest.mark.parametrize(("begun", "noted"), [(True, True), (True, False), (False, True), (False, False)])
async def test_a_command_whose_token_has_died_meanwhile_is_answered_in_one_message(*, begun: bool, noted: bool) -> None:
    never = asyncio.Event()
    core = await knowing(*ANSWER[: 2 if begun else 0], never)
    async with fake_discord() as discord:
        async with answering(discord, core) as desk:
            desk.drain_seconds = 0.0
            discord.slash("ask", {"question": QUESTION}, user=discord.sam)
            await (discord.posted("15 days") if begun else discord.call(CALLBACK))
            await asyncio.sleep(0.1)
        if not noted:
            forget_messages(core)
        core.now += timedelta(minutes=16)
        discord.clock.advance(16 * 60)
        core.chat = core.chat_with(None)
        async with answering(discord, core):
            await discord.posted("Handbook")
            await settled(core)
        assert len(discord.answers()) == 1
        assert f"{discord.sam.mention} asked:" in discord.answers()[0].content


async def test_an_answer_that_takes_longer_than_its_token_lives_stands_in_the_channel() -> None:
    gate = asyncio.Event()
    core = await knowing(*ANSWER[:2], gate, *ANSWER[2:])
    async with fake_discord() as discord, answering(discord, core):
        discord.slash("ask", {"question": QUESTION}, user=discord.sam)
        await discord.posted("15 days")
        core.now += timedelta(minutes=16)
        discord.clock.advance(16 * 60)
        gate.set()
        await discord.posted("Handbook")
        await settled(core)
        assert len(discord.answers()) == 1
        assert "Handbook" in discord.answers()[0].content
        assert discord.called(EDIT) or discord.called(POST)
        assert discord.called(ORIGINAL)


async def test_a_private_answer_whose_token_died_in_the_crash_comes_as_a_direct_message() -> None:
    core = await knowing(asyncio.Event())
    async with fake_discord() as discord:
        async with answering(discord, core) as desk:
            desk.drain_seconds = 0.0
            discord.slash("ask", {"question": QUESTION, "private": True}, user=discord.sam)
            await discord.call(CALLBACK)
            await asyncio.sleep(0.1)
        core.now += timedelta(minutes=16)
        discord.clock.advance(16 * 60)
        core.chat = core.chat_with(ScriptedModel(*ANSWER))
        async with answering(discord, core):
            answer = await discord.posted("Handbook")
            await settled(core)
        assert answer.channel is discord.direct(discord.sam)
        assert discord.answers(discord.general) == []


@pytest.mark.parametrize("way", ["mention", "direct"])
async def test_where_nobody_can_be_told_it_is_logged_and_over(way: str, caplog: pytest.LogCaptureFixture) -> None:
    core = await knowing()
    async with fake_discord() as discord, answering(discord, core):
        discord.faults.add(Fault(POST, times=9, status=403, code=50007))
        discord.faults.add(Fault("POST /users/@me/channels", times=9, status=403, code=50007))
        discord.say(
            f"{discord.bot.mention} {QUESTION}", channel=discord.general if way == "mention" else discord.direct()
        )
        await until(lambda: "an answer cannot be delivered" in caplog.text)
        await settled(core)
        assert discord.answers() == []
        assert ("nor to its asker alone" in caplog.text) is (way == "mention")


async def test_a_message_that_may_not_be_changed_leaves_the_answer_to_its_asker() -> None:
    gate = asyncio.Event()
    core = await knowing(*ANSWER[:2], gate, *ANSWER[2:])
    async with fake_discord() as discord, answering(discord, core):
        discord.mention(QUESTION, user=discord.sam)
        await discord.posted("15 days")
        discord.faults.add(Fault(EDIT, times=9, status=403, code=50005))
        gate.set()
        answer = await discord.posted("Handbook")
        assert answer.channel is discord.direct(discord.sam)
