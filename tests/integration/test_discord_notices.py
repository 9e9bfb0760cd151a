"""What has changed since an answer is told in Discord once, to nobody who may not read it, and without a ping."""

import pytest

from core.channels import ChannelSettings
from core.types import Session
from tests.integration.discord_answering import QUESTION, answering, knowing, settled
from tests.integration.discord_notices import CHANGED, NOTHING, asked, rewritten, scope
from tests.integration.discord_running import fake_discord
from tests.integration.slack_running import LEAVE


async def test_a_changed_answer_is_told_once_as_a_reply_and_the_old_one_is_marked() -> None:
    core = await knowing(text=NOTHING)
    async with fake_discord() as discord, answering(discord, core):
        answer = await asked(core, discord)
        await rewritten(core, discord, CHANGED)
        told = await discord.posted("has changed")
        await settled(core)
        assert told.referenced is answer
        assert told.pinged == set()
        assert "15 days" in told.content
        assert "20 days" in told.content
        assert answer.content.startswith("-# ⚠️ This answer is no longer right.")
        assert answer.components, "its buttons stay"
        await core.following().settle()
        await settled(core)
        assert discord.answers() == [answer, told]


async def test_a_withdrawn_answer_is_told() -> None:
    core = await knowing(text=NOTHING)
    async with fake_discord() as discord, answering(discord, core):
        answer = await asked(core, discord)
        await rewritten(core, discord, "The canteen has soup.")
        await discord.posted("no longer answer")
        await settled(core)
        assert answer.content.startswith("-# ⚠️")


async def test_an_answer_that_was_found_is_told_once() -> None:
    core = await knowing(text=NOTHING)
    async with fake_discord() as discord, answering(discord, core):
        core.chat = core.chat_with(None)
        discord.mention(QUESTION, user=discord.sam)
        answer = await discord.posted("could not find")
        await settled(core)
        await rewritten(core, discord, LEAVE)
        told = await discord.posted("By now I can")
        await settled(core)
        assert told.referenced is answer
        assert "15 days" in told.content
        assert len(discord.answers()) == 2


async def test_a_dead_link_is_told_where_it_was_shared() -> None:
    from core.notices import Notice

    core = await knowing(text=NOTHING)
    async with fake_discord() as discord, answering(discord, core):
        message = discord.say("see there")
        document = (await core.library.add_text(LEAVE, title="Leave", scope=scope(discord))).document
        place = Session("discord", discord.guild.id, discord.general.id)
        notice = Notice(
            id=f"{place}:{message.id}:https://a.b+dead:1",
            kind="dead",
            about=f"{place}:{message.id}:https://a.b",
            session=place,
            thread=f"{place}:{message.id}",
            title="Leave",
            url="https://a.b",
            document_id=document.id,
        )
        assert await core.noticing.put(notice)
        told = await discord.posted("cannot read")
        await settled(core)
        assert told.referenced is message
        assert "<https://a.b>" in told.content


async def test_a_notice_about_a_private_answer_is_told_to_its_asker_alone() -> None:
    core = await knowing(text=NOTHING)
    async with fake_discord() as discord, answering(discord, core):
        await rewritten(core, discord, LEAVE)
        discord.slash("ask", {"question": QUESTION, "private": True}, user=discord.sam)
        await discord.posted("15 days", where=lambda one: one.ephemeral_to is not None)
        await settled(core)
        await rewritten(core, discord, CHANGED)
        await discord.posted("has changed", channel=discord.direct(discord.sam))
        await settled(core)
        assert not any("has changed" in one.content for one in discord.answers(discord.general))


@pytest.mark.parametrize("thread", [False, True])
async def test_a_channel_that_wants_no_notices_gets_none(*, thread: bool) -> None:
    core = await knowing(text=NOTHING)
    async with fake_discord() as discord, answering(discord, core):
        place = discord.new_thread("talk") if thread else discord.general
        await rewritten(core, discord, LEAVE)
        discord.mention(QUESTION, user=discord.sam, channel=place)
        await discord.posted("15 days", channel=place)
        await settled(core)
        general = Session("discord", discord.guild.id, discord.general.id)
        await core.store.channels.put(general, ChannelSettings(notices=False))
        await rewritten(core, discord, CHANGED)
        await settled(core)
        assert len(discord.answers(place)) == 1


async def test_what_others_may_not_read_by_now_is_not_told() -> None:
    core = await knowing(text=NOTHING)
    async with fake_discord() as discord:
        channel = discord.new_channel("source")
        async with answering(discord, core):
            await rewritten(core, discord, LEAVE, channel)
            discord.mention(QUESTION, user=discord.sam)
            await discord.posted("15 days")
            await settled(core)
        await rewritten(core, discord, CHANGED, channel)
        from tests.fakes.discord.permissions import Permission

        everyone = discord.guild.roles[discord.guild.id]
        discord.overwrite(channel, everyone, deny=int(Permission.VIEW_CHANNEL))
        async with answering(discord, core):
            await settled(core)
        assert not any("20 days" in one.content for one in discord.answers())


async def test_a_notice_that_was_left_while_the_bot_was_away_is_told_at_the_next_start() -> None:
    core = await knowing(text=NOTHING)
    async with fake_discord() as discord:
        async with answering(discord, core):
            answer = await asked(core, discord)
        await rewritten(core, discord, CHANGED)
        (item,) = [one for one in core.store.inbox._entries.values() if one.finished_at is None]
        async with answering(discord, core):
            told = await discord.posted("has changed")
            await settled(core)
        assert item.finished_at is not None
        assert discord.answers() == [answer, told]
