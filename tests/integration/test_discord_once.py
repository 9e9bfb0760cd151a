"""Exactly one visible answer in Discord: redelivery, restarts, two processes, lost answers, gaps."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from discord import TextChannel

from core.backends.memory_world import ScriptedModel
from core.errors import Unavailable
from core.inbox import Accepted
from tests.fakes.discord import FakeDiscord, Message
from tests.fakes.discord.faults import Fault
from tests.fakes.patience import PATIENCE
from tests.integration.discord_answering import (
    ANSWER,
    CALLBACK,
    EDIT,
    FOLLOW,
    ORIGINAL,
    POST,
    QUESTION,
    answering,
    knowing,
    settled,
    until,
)
from tests.integration.discord_running import fake_discord


def only(discord: FakeDiscord, channel: Any = None) -> Message:
    """The one answer."""
    answers = discord.answers(channel, loading=True)
    assert len(answers) == 1, [answer.content for answer in answers]
    assert "15 days of paid leave [1]" in answers[0].content
    assert "Handbook" in answers[0].content
    return answers[0]


async def test_events_that_come_again_are_answered_once() -> None:
    core = await knowing()
    async with fake_discord() as discord, answering(discord, core):
        discord.mention(QUESTION)
        discord.gateway.again(3)
        await discord.posted("Handbook")
        discord.gateway.again(3)
        await settled(core)
        only(discord)


async def test_an_interaction_that_comes_again_is_acknowledged_and_answered_once() -> None:
    core = await knowing()
    async with fake_discord() as discord, answering(discord, core):
        discord.slash("ask", {"question": QUESTION}, user=discord.sam)
        discord.gateway.again(2)
        await discord.posted("Handbook")
        discord.gateway.again(3)
        await settled(core)
        only(discord)
        assert len(discord.called(CALLBACK)) == 1


async def test_an_event_after_a_restart_is_known() -> None:
    core = await knowing()
    async with fake_discord() as discord:
        async with answering(discord, core):
            asked = discord.mention(QUESTION)
            await discord.posted("Handbook")
            await settled(core)
        async with answering(discord, core) as desk:
            client = desk.reception.client
            channel = client.get_channel(int(discord.general.id)) if client is not None else None
            assert isinstance(channel, TextChannel)
            again = await channel.fetch_message(int(asked.id))
            await desk.reception.message(again)
            await settled(core)
        only(discord)


@pytest.mark.parametrize("way", ["mention", "ask"])
async def test_two_processes_with_one_token_give_one_answer(way: str) -> None:
    core = await knowing()
    async with fake_discord() as discord, answering(discord, core), answering(discord, core):
        channels = [discord.new_channel(f"c{number}") for number in range(6)]
        for channel in channels:
            if way == "mention":
                discord.mention(QUESTION, channel=channel)
            else:
                discord.slash("ask", {"question": QUESTION}, channel=channel, user=discord.sam)
        for channel in channels:
            await discord.posted("Handbook", channel=channel)
        await settled(core)
        for channel in channels:
            only(discord, channel)
        assert [call.code for call in discord.calls if call.status >= 400] == []


@pytest.mark.parametrize("way", ["mention", "ask"])
async def test_two_processes_with_one_token_and_a_store_each_show_one_answer(way: str) -> None:
    one, other = await knowing(), await knowing()
    async with fake_discord() as discord, answering(discord, one), answering(discord, other):
        channels = [discord.new_channel(f"c{number}") for number in range(4)]
        for channel in channels:
            if way == "mention":
                discord.mention(QUESTION, channel=channel)
            else:
                discord.slash("ask", {"question": QUESTION}, channel=channel, user=discord.sam)
        for channel in channels:
            await discord.posted("Handbook", channel=channel)
        await settled(one)
        await settled(other)
        for channel in channels:
            only(discord, channel)


async def test_edits_and_deletions_are_no_questions() -> None:
    core = await knowing()
    async with fake_discord() as discord, answering(discord, core):
        asked = discord.mention(QUESTION)
        answer = await discord.posted("Handbook")
        discord.edit(asked, f"{discord.bot.mention} {QUESTION} Please.")
        discord.unfurl(answer)
        discord.delete(asked)
        await settled(core)
        only(discord)


async def test_a_question_is_kept_before_it_is_acknowledged_unless_the_store_is_slow() -> None:
    core = await knowing()
    accept, gate = core.store.inbox.accept, asyncio.Event()

    async def slowly(item: Accepted, *, holder: str) -> bool:
        await gate.wait()
        return await accept(item, holder=holder)

    core.store.inbox.accept = slowly  # type: ignore[method-assign]
    async with fake_discord() as discord, answering(discord, core):
        asked = discord.slash("ask", {"question": QUESTION}, user=discord.sam)
        await asyncio.sleep(0.1)
        assert asked.callback is None
        await discord.call(CALLBACK)
        gate.set()
        await discord.posted("Handbook")
        await settled(core)
        only(discord)


@pytest.mark.parametrize("way", ["mention", "ask"])
async def test_what_cannot_be_kept_ends_in_a_sentence(way: str) -> None:
    core = await knowing()

    async def full(item: Accepted, *, holder: str) -> bool:
        raise Unavailable("store.full", path="x")

    core.store.inbox.accept = full  # type: ignore[method-assign]
    async with fake_discord() as discord, answering(discord, core):
        if way == "mention":
            discord.mention(QUESTION)
        else:
            discord.slash("ask", {"question": QUESTION}, user=discord.sam)
        await discord.posted(Unavailable("store.full", path="x").text("en")[:20])
        assert len(discord.answers()) == 1


@pytest.mark.parametrize("drop", ["before", "after"])
@pytest.mark.parametrize(("way", "route"), [("mention", POST), ("mention", EDIT), ("ask", ORIGINAL), ("ask", CALLBACK)])
async def test_a_connection_that_breaks_costs_neither_the_answer_nor_a_second_one(
    way: str, route: str, drop: str
) -> None:
    gate = asyncio.Event()
    core = await knowing(*ANSWER[:2], gate, *ANSWER[2:])
    async with fake_discord() as discord, answering(discord, core):
        discord.faults.add(Fault(route, drop=drop))
        if way == "mention":
            discord.mention(QUESTION)
        else:
            discord.slash("ask", {"question": QUESTION}, user=discord.sam)
        await asyncio.sleep(1.5)
        gate.set()
        await discord.posted("Handbook")
        await settled(core)
        if (way, route, drop) == ("ask", CALLBACK, "before"):
            assert len([one for one in discord.answers() if "Handbook" in one.content]) == 1
        else:
            only(discord)


@pytest.mark.parametrize("way", ["mention", "ask"])
@pytest.mark.parametrize("pieces", [0, 1, 2])
async def test_after_a_crash_the_same_message_is_finished(way: str, pieces: int) -> None:
    never = asyncio.Event()
    core = await knowing(*ANSWER[:pieces], never)
    async with fake_discord() as discord:
        async with answering(discord, core) as desk:
            desk.drain_seconds = 0.0
            if way == "mention":
                discord.mention(QUESTION)
            else:
                discord.slash("ask", {"question": QUESTION}, user=discord.sam)
            if pieces:
                begun = await discord.posted(ANSWER[0].strip())
            elif way == "ask":
                await discord.call(CALLBACK)
            else:
                await until(lambda: bool(core.store.inbox._entries))
        core.chat = core.chat_with(ScriptedModel(*ANSWER))
        async with answering(discord, core):
            answer = await discord.posted("Handbook")
            await settled(core)
        assert only(discord) is answer
        assert not pieces or begun is answer


@pytest.mark.parametrize("text", ["nonce", "no nonce"])
async def test_an_answer_that_was_posted_but_not_noted_is_found_again(text: str) -> None:
    core = await knowing()
    async with fake_discord() as discord:
        async with answering(discord, core):
            discord.mention(QUESTION)
            first = await discord.posted("Handbook")
            body = next(iter(core.store.inbox._entries.values())).item.body
            await settled(core)
        # As if the process had died between the post and the note of it.
        entry = next(iter(core.store.inbox._entries.values()))
        core.store.inbox._posted.clear()
        entry.finished_at, entry.item = None, type(entry.item)(entry.item.id, entry.item.thread, body)
        if text == "no nonce":
            first.nonce = None
        async with answering(discord, core):
            await settled(core)
        assert only(discord) is first


async def test_a_further_message_whose_answer_was_lost_is_not_posted_twice() -> None:
    paragraphs = [f"Paragraph {number} about paid leave. " + "Leave is good. " * 20 for number in range(12)]
    core = await knowing("Employees have 15 days of paid leave [1].\n\n", "\n\n".join(paragraphs))
    async with fake_discord() as discord, answering(discord, core):
        discord.faults.add(Fault(FOLLOW, drop="after"))
        discord.slash("ask", {"question": QUESTION}, user=discord.sam)
        await discord.posted("Handbook")
        await settled(core, seconds=20)
        texts = [answer.content for answer in discord.answers()]
        assert len(texts) == len(set(texts)) > 1
        assert sum("Paragraph 5 " in text for text in texts) == 1


@pytest.mark.parametrize("private", [True, False])
async def test_what_followed_a_response_that_nobody_noted_is_not_taken_for_it(*, private: bool) -> None:
    core = await knowing(" ".join(f"Rule number {number} says more about leave [1]." for number in range(90)))
    inbox, asked_to_finish = core.store.inbox, asyncio.Event()

    async def killed(id: str) -> None:  # noqa: A002 - as the inbox has it
        asked_to_finish.set()
        await asyncio.Event().wait()

    finish, inbox.finish = inbox.finish, killed  # type: ignore[method-assign]
    async with fake_discord() as discord:
        async with answering(discord, core) as desk:
            desk.drain_seconds = 0.0
            discord.slash("ask", {"question": QUESTION, "private": private}, user=discord.sam)
            await asyncio.wait_for(asked_to_finish.wait(), PATIENCE)
        inbox.finish = finish  # type: ignore[method-assign]
        before = [(one.id, one.content) for one in discord.answers()]
        assert len(before) > 1
        (entry,) = inbox._entries.values()
        entry.item = replace(entry.item, messages=entry.item.messages[1:])
        async with answering(discord, core):
            await settled(core)
        assert [(one.id, one.content) for one in discord.answers()] == before


async def test_after_a_gap_in_the_connection_what_was_replayed_is_answered_once() -> None:
    core = await knowing()
    async with fake_discord() as discord, answering(discord, core):
        discord.gateway.drop()
        discord.mention(QUESTION)
        await discord.posted("Handbook")
        await settled(core)
        only(discord)
