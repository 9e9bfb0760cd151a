"""The fake Discord under discord.py: what a bot is asked, how it answers, and what people see."""

import discord
import pytest

from tests.integration.discord_clients import Bot
from tests.integration.discord_running import connected, fake_discord


async def test_a_slash_command_is_deferred_and_then_answered() -> None:
    async with fake_discord() as fake, connected(fake, Bot()):
        asked = await fake.slash("ask", {"question": "why?"}).settled()
        assert asked.callback_type == 5
        answer = await fake.posted("ko: why?")
        assert [(one.cause, one.content) for one in answer.history] == [
            ("callback deferred", ""),
            ("webhook edit", "ko: why?"),
        ]
        assert asked.problem == ""
        assert asked.took is not None
        assert asked.took < 3


async def test_an_ephemeral_answer_is_seen_by_its_receiver_alone() -> None:
    async with fake_discord() as fake, connected(fake, Bot()):
        await fake.slash("ask", {"question": "why?", "private": True}, user="sam").settled()
        answer = await fake.posted("en-US: why?")
        assert answer in fake.visible(fake.general, user="sam")
        assert answer not in fake.visible(fake.general, user="mina")
        assert answer not in fake.visible(fake.general)


async def test_a_mention_is_answered_with_a_reply_that_is_edited() -> None:
    async with fake_discord() as fake, connected(fake, Bot()):
        question = fake.mention("what is this?")
        answer = await fake.posted("you said")
        assert answer.content == "you said @saseo what is this?"
        assert answer.referenced is question
        assert answer.pinged == set()
        assert [one.content for one in answer.history] == ["one moment", answer.content]


async def test_a_direct_message_and_a_reply_reach_the_bot() -> None:
    async with fake_discord() as fake, connected(fake, bot := Bot(content=False)):
        fake.say("psst", channel=fake.direct("sam"))
        first = await fake.posted("you said", channel=fake.mention("hello").channel)
        fake.reply(first, "and then?")
        seen = await bot.sees(3)
        assert [one.content for one in seen] == ["psst", f"<@{fake.bot.id}> hello", "and then?"]
        assert seen[0].guild is None


async def test_without_the_content_intent_other_words_and_files_are_withheld() -> None:
    async with fake_discord() as fake, connected(fake, bot := Bot(content=False)):
        fake.share("plan.txt", "secret", content="look")
        fake.mention("hello", files={"plan.txt": "shown"})
        first, second = await bot.sees(2)
        assert (first.content, first.attachments) == ("", [])
        assert second.content.endswith("hello")
        assert await second.attachments[0].read() == b"shown"


async def test_with_the_content_intent_everything_is_shown() -> None:
    async with fake_discord() as fake, connected(fake, bot := Bot()):
        fake.share("plan.txt", "the plan", content="look")
        (seen,) = await bot.sees(1)
        assert seen.content == "look"
        assert await seen.attachments[0].read() == b"the plan"
        fake.edit(fake.visible(fake.general)[0], "look", without_files=True)
        assert (await seen.channel.fetch_message(seen.id)).attachments == []


async def test_an_expired_attachment_is_good_again_when_its_message_is_fetched_anew() -> None:
    async with fake_discord() as fake, connected(fake, bot := Bot()):
        fake.share("plan.txt", "the plan")
        (seen,) = await bot.sees(1)
        fake.clock.advance(25 * 3600)
        with pytest.raises(discord.NotFound):
            await seen.attachments[0].read()
        fresh = await seen.channel.fetch_message(seen.id)
        assert await fresh.attachments[0].read() == b"the plan"
        fake.expire_attachments()
        with pytest.raises(discord.NotFound):
            await fresh.attachments[0].read()


async def test_edits_and_deletions_are_told() -> None:
    told: list[str] = []

    class Watcher(Bot):
        async def on_raw_message_edit(self, payload: discord.RawMessageUpdateEvent) -> None:
            told.append(f"edit {payload.data['content']}")

        async def on_raw_message_delete(self, payload: discord.RawMessageDeleteEvent) -> None:
            told.append(f"delete {payload.message_id}")

        async def on_raw_bulk_message_delete(self, payload: discord.RawBulkMessageDeleteEvent) -> None:
            told.append(f"bulk {len(payload.message_ids)}")

    async with fake_discord() as fake, connected(fake, bot := Watcher()):
        message = fake.say("one")
        await bot.sees(1)
        fake.unfurl(message)
        assert message.edited_at is None
        fake.edit(message, "two")
        fake.delete(message)
        fake.delete_many([fake.say("three"), fake.say("four")])
        await bot.sees(3)
        assert told == ["edit one", "edit two", f"delete {message.id}", "bulk 2"]
        assert message.history[-1].content == "two"


async def test_threads_and_forum_posts_are_opened_and_answered_in() -> None:
    async with fake_discord() as fake, connected(fake, bot := Bot()):
        channel = bot.get_channel(int(fake.general.id))
        assert isinstance(channel, discord.TextChannel)
        question = fake.mention("hello")
        await fake.posted("you said")
        thread = await bot.others[0].create_thread(name="A session")
        await thread.send("in the thread")
        assert question.thread is not None
        assert (await fake.posted("in the thread")).channel is question.thread
        assert question.thread.parent is fake.general
        private = await channel.create_thread(name="quiet", type=discord.ChannelType.private_thread)
        assert private.is_private()
        forum = fake.new_channel("help", kind="forum")
        first = fake.post("How?", f"{fake.bot.mention} please", forum=forum)
        answer = await fake.posted("you said", channel=first.channel)
        assert answer.channel.name == "How?"
        place = bot.get_channel(int(forum.id))
        assert isinstance(place, discord.ForumChannel)
        made = await place.create_thread(name="News", content="of today")
        assert made.message.content == "of today"


async def test_a_private_thread_is_told_to_the_bot_only_when_it_is_added() -> None:
    async with fake_discord() as fake, connected(fake, bot := Bot()):
        thread = fake.new_thread("quiet", private=True, members=["sam"])
        fake.say("between us", channel=thread)
        fake.say("hello")
        await bot.sees(1)
        assert bot.get_channel(int(thread.id)) is None
        fake.add_to_thread(thread, fake.bot)
        fake.say("welcome", channel=thread)
        assert (await bot.sees(2))[-1].content == "welcome"
        assert [one.content for one in bot.others] == ["hello", "welcome"]


async def test_nobody_is_rung_where_mentions_are_not_allowed() -> None:
    async with fake_discord() as fake, connected(fake, bot := Bot()):
        fake.set_permissions("saseo", 1 << 17)
        channel = bot.get_channel(int(fake.general.id))
        assert isinstance(channel, discord.TextChannel)
        words = f"@everyone <@{fake.sam.id}>"
        await channel.send(words)
        await channel.send(words, allowed_mentions=discord.AllowedMentions(users=True, everyone=False))
        await channel.send(words, allowed_mentions=discord.AllowedMentions.all())
        quiet, one, everybody = fake.answers(fake.general)
        assert quiet.pinged == set()
        assert one.pinged == {fake.sam.id}
        assert everybody.pinged == {fake.sam.id, fake.mina.id, fake.world.owner.id}


async def test_reactions_and_typing_are_seen() -> None:
    async with fake_discord() as fake, connected(fake, bot := Bot()):
        message = fake.say("hello")
        (seen,) = await bot.sees(1)
        await seen.add_reaction("👍")
        fake.react(message, "👍")
        await seen.remove_reaction("👍", discord.Object(int(fake.bot.id)))
        async with seen.channel.typing():
            pass
        assert message.reactions == {"👍": [fake.mina.id]}
        assert [who for who, _ in fake.general.typing] == [fake.bot.id]
