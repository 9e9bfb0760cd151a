"""A question in Discord is answered where it was asked, with sources, in the asker's language."""

import asyncio
from datetime import timedelta

import pytest

from adapters.discord.inbound import Rules
from core.backends.memory_world import ScriptedModel
from tests.fakes.discord.permissions import Permission
from tests.integration.discord_answering import (
    ANSWER,
    QUESTION,
    TYPING,
    answering,
    knowing,
    settled,
)
from tests.integration.discord_running import fake_discord
from tests.integration.slack_running import LEAVE

HISTORY = "GET /channels/{channel_id}/messages"


async def test_a_mention_is_answered_with_a_reply_and_sources() -> None:
    core = await knowing()
    async with fake_discord() as discord, answering(discord, core):
        asked = discord.mention(QUESTION)
        answer = await discord.posted("Handbook")
        await settled(core)
        assert discord.answers() == [answer]
        assert answer.referenced is asked
        assert "15 days of paid leave [1]." in answer.content
        assert "[Handbook](<https://docs.example.com/handbook>)" in answer.content


async def test_a_direct_message_needs_no_mention() -> None:
    core = await knowing()
    async with fake_discord() as discord, answering(discord, core):
        asked = discord.say(QUESTION, channel=discord.direct(discord.sam))
        answer = await discord.posted("Handbook", channel=asked.channel)
        assert answer.referenced is asked


async def test_a_reply_to_an_answer_is_a_further_question_that_knows_the_answer() -> None:
    core = await knowing()
    model = core.model
    assert isinstance(model, ScriptedModel)
    async with fake_discord() as discord, answering(discord, core):
        discord.mention(QUESTION)
        first = await discord.posted("Handbook")
        core.store.history._sessions.clear()
        further = discord.reply(first, "How many days of paid leave again?", user=discord.sam)
        second = await discord.posted("Handbook", count=2)
        assert second.referenced is further
        assert any("Employees have 15 days" in message.text for message in model.asked[1])


async def test_without_message_content_mentions_replies_and_direct_messages_are_answered() -> None:
    core = await knowing()
    async with fake_discord() as discord, answering(discord, core, message_content=False):
        discord.mention(QUESTION)
        first = await discord.posted("Handbook")
        discord.reply(first, QUESTION, user=discord.sam)
        await discord.posted("Handbook", count=2)
        discord.say(QUESTION, channel=discord.direct(discord.sam))
        await discord.posted("Handbook", count=3)
        discord.say(QUESTION, user=discord.sam)
        await settled(core)
        assert len(discord.answers()) == 3


async def test_a_thread_with_an_answer_needs_no_further_mention_of_people() -> None:
    core = await knowing()
    async with fake_discord() as discord, answering(discord, core):
        thread = discord.new_thread("leave", channel=discord.general)
        discord.mention(QUESTION, channel=thread)
        await discord.posted("Handbook", channel=thread)
        discord.say(QUESTION, channel=thread, user=discord.sam)
        await discord.posted("Handbook", count=2, channel=thread)
        discord.say(f"{discord.mina.mention} what do you think of leave?", channel=thread, user=discord.sam)
        discord.say("how many days of leave?", user=discord.sam)
        elsewhere = discord.new_thread("other", channel=discord.general)
        discord.say("how many days of leave?", channel=elsewhere, user=discord.sam)
        await settled(core)
        assert len(discord.answers()) == 2


async def test_without_hours_for_it_every_question_needs_a_mention() -> None:
    core = await knowing()
    async with fake_discord() as discord, answering(discord, core, follow_up=timedelta(0)):
        thread = discord.new_thread("leave", channel=discord.general)
        discord.mention(QUESTION, channel=thread)
        await discord.posted("Handbook", channel=thread)
        discord.say(QUESTION, channel=thread, user=discord.sam)
        await settled(core)
        assert len(discord.answers()) == 1


async def test_called_into_a_thread_it_knows_what_was_said_there() -> None:
    core = await knowing()
    model = core.model
    assert isinstance(model, ScriptedModel)
    async with fake_discord() as discord, answering(discord, core):
        begun = discord.say("The portal for paid leave is down & slow.", user=discord.sam)
        thread = discord.new_thread("portal", channel=discord.general, message=begun)
        discord.say("Employees ask me about it.", channel=thread, user=discord.mina)
        discord.mention(QUESTION, channel=thread)
        await discord.posted("Handbook", channel=thread)
        prompt = "\n".join(message.text for message in model.asked[0])
        assert "The portal for paid leave is down & slow." in prompt
        assert "Employees ask me about it." in prompt
        reads = len(discord.called(HISTORY))
        discord.mention(QUESTION, channel=thread)
        await discord.posted("Handbook", channel=thread, count=2)
        assert len(discord.called(HISTORY)) == reads, "a thread is read once"


async def test_a_forum_post_is_a_thread() -> None:
    core = await knowing()
    async with fake_discord() as discord, answering(discord, core):
        forum = discord.new_channel("help", kind="forum")
        asked = discord.post("Leave", f"{discord.bot.mention} {QUESTION}", forum=forum)
        answer = await discord.posted("Handbook", channel=asked.channel)
        assert answer.channel is asked.channel


@pytest.mark.parametrize("text", ["", "   ", "!!!"])
async def test_a_mention_without_a_question_gets_a_friendly_word(text: str) -> None:
    core = await knowing()
    async with fake_discord() as discord, answering(discord, core):
        discord.mention(text)
        await discord.posted("question" if text == "!!!" else "What would you like to know?")


async def test_a_question_about_a_file_that_comes_with_it_is_answered_from_it() -> None:
    core = await knowing(text="Nothing but weather.")
    async with fake_discord() as discord, answering(discord, core):
        discord.share("plan.txt", LEAVE, content=f"{discord.bot.mention} {QUESTION}")
        answer = await discord.posted("[1] [plan")
        assert "15 days" in answer.content
        await settled(core)


async def test_itself_other_bots_and_whom_the_rules_exclude_get_no_answer() -> None:
    core = await knowing()
    async with fake_discord() as discord:
        blocked = discord.new_channel("blocked")
        rules = Rules(blocked_channels=frozenset({blocked.id}), blocked_users=frozenset({discord.sam.id}))
        async with answering(discord, core, rules=rules):
            discord.mention(QUESTION, webhook=True)
            discord.mention(QUESTION, user=discord.sam)
            discord.mention(QUESTION, channel=blocked)
            discord.mention(QUESTION, user=discord.bot)
            discord.mention(QUESTION, type=7)
            refused = discord.slash("ask", {"question": QUESTION}, user=discord.sam)
            await refused.settled()
            discord.mention(QUESTION)
            answer = await discord.posted("Handbook")
            await settled(core)
            assert [one for one in discord.answers() if one.referenced is not None] == [answer]


async def test_answers_in_a_channel_and_minute_are_bounded_and_that_is_said() -> None:
    core = await knowing()
    async with fake_discord() as discord, answering(discord, core):
        discord.limits.off = True
        for _ in range(13):
            discord.mention(QUESTION)
        await discord.posted("More than 10 questions a minute", count=3)
        await discord.posted("Handbook", count=10)
        await settled(core)
        assert len(discord.answers()) == 13


async def test_where_it_may_not_post_the_asker_is_told_directly() -> None:
    core = await knowing()
    async with fake_discord() as discord, answering(discord, core):
        everyone = discord.guild.roles[discord.guild.id]
        discord.overwrite(discord.general, everyone, deny=int(Permission.SEND_MESSAGES))
        discord.mention(QUESTION, user=discord.sam)
        told = await discord.posted("Handbook")
        assert told.channel is discord.direct(discord.sam)


async def test_somebody_is_seen_typing_until_there_is_something_to_read() -> None:
    gate = asyncio.Event()
    core = await knowing(*ANSWER[:2], gate, *ANSWER[2:])
    async with fake_discord() as discord, answering(discord, core):
        discord.mention(QUESTION)
        await discord.call(TYPING)
        begun = await discord.posted("15 days")
        gate.set()
        answer = await discord.posted("Handbook")
        assert begun is answer
        assert len(discord.called(TYPING)) == 1


async def test_a_bug_ends_in_a_reference_and_not_in_silence(caplog: pytest.LogCaptureFixture) -> None:
    core = await knowing(*ANSWER)
    core.store.inbox.written = None  # type: ignore[assignment, method-assign]
    async with fake_discord() as discord, answering(discord, core):
        discord.mention(QUESTION)
        told = await discord.posted("reference")
        assert "Traceback" not in told.content
        assert "answering in Discord failed" in caplog.text
