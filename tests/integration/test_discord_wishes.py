"""What people may want of the knowledge in a channel of Discord: a list, its gaps, its settings."""

import asyncio

from core.errors import Refused
from tests.fakes.discord import FakeDiscord, User
from tests.fakes.discord.permissions import Permission
from tests.fakes.discord.state import Channel
from tests.integration.discord_answering import answering, knowing, settled
from tests.integration.discord_running import fake_discord
from tests.integration.discord_sharing import NOTHING, PAGE, documents, hidden, known, reactions, session
from tests.integration.slack_running import LEAVE


async def told(discord: FakeDiscord, command: str, channel: Channel, person: User, **options: str) -> str:
    """What a command says to whoever gives it."""
    asked = discord.slash(command, options, channel=channel, user=person)
    return (await discord.posted(where=lambda one: one.interaction is asked)).content


async def test_a_file_that_is_too_large_is_refused_by_name_and_listed() -> None:
    core = await knowing(text=NOTHING)
    async with fake_discord() as discord, answering(discord, core, most_bytes=1024 * 1024):
        channel = hidden(discord)
        message = discord.share("large.txt", b"x" * (1024 * 1024 + 1), channel=channel, user=discord.sam)
        await discord.posted("large.txt is larger than 1 MB", channel=channel)
        await settled(core)
        assert reactions(message) == set()
        discord.slash("sources", channel=channel, user=discord.sam)
        await discord.posted("Not read here", where=lambda one: "large.txt" in one.content)
        discord.delete(message)
        await asyncio.sleep(0.3)
        discord.slash("sources", channel=channel, user=discord.sam)
        listed = await discord.posted("Handbook", where=lambda one: one.ephemeral_to is not None, count=2)
        assert "large.txt" not in listed.content


async def test_whoever_manages_a_channel_sees_and_changes_its_settings() -> None:
    core = await knowing(text=NOTHING)
    async with fake_discord() as discord, answering(discord, core):
        discord.overwrite(discord.general, discord.sam, allow=int(Permission.MANAGE_CHANNELS))
        discord.slash("settings", user=discord.sam)
        await discord.posted("I ask first")
        discord.slash("settings", {"ingestion": "off", "notices": False}, user=discord.sam)
        shown = await discord.posted("Notices in this channel are off")
        assert "leave them alone" in shown.content
        settings = await core.store.channels.get(session(discord, discord.general))
        assert (settings.ingestion, settings.notices) == ("off", False)
        registered = {one["name"]: one for one in discord.world.commands.values()}
        assert registered["settings"]["default_member_permissions"] == str(1 << 4)
        assert registered["gaps"]["default_member_permissions"] == str(1 << 4)


async def test_gaps_are_those_that_were_asked_in_front_of_everybody() -> None:
    core = await knowing(text=NOTHING)
    async with fake_discord() as discord, answering(discord, core):
        discord.slash("gaps", user=discord.sam)
        await discord.posted("There is no question here")
        discord.mention("How high is the Matterhorn above the sea?", user=discord.sam)
        await discord.posted("could not find")
        discord.slash("ask", {"question": "What is my salary in euros?", "private": True}, user=discord.sam)
        await discord.posted("could not find", where=lambda one: one.ephemeral_to is not None)
        await settled(core)
        discord.slash("gaps", user=discord.mina)
        listed = await discord.posted("Matterhorn", where=lambda one: one.ephemeral_to is not None)
        assert "salary" not in listed.content


async def test_whoever_sees_a_channel_and_may_not_read_its_past_learns_nothing_of_it() -> None:
    core = await knowing(text=NOTHING)
    async with fake_discord() as discord, answering(discord, core, most_bytes=1024 * 1024):
        channel = hidden(discord)
        discord.share("handbook.txt", LEAVE, channel=channel, user=discord.sam)
        await discord.posted("Read *handbook.txt*", channel=channel)
        discord.share("large.txt", b"x" * (1024 * 1024 + 1), channel=channel, user=discord.sam)
        await discord.posted("large.txt is larger than 1 MB", channel=channel)
        discord.mention("How high is the Matterhorn above the sea?", channel=channel, user=discord.sam)
        await discord.posted("could not find", channel=channel)
        await settled(core)
        shared = next(one for one in await documents(core) if one.title == "handbook.txt")
        discord.overwrite(
            channel, discord.mina, allow=int(Permission.VIEW_CHANNEL), deny=int(Permission.READ_MESSAGE_HISTORY)
        )
        for person, may in ((discord.sam, True), (discord.mina, False)):
            typing = await discord.autocomplete("forget", "document", "", channel=channel, user=person).settled()
            assert bool(typing.choices) is may
            listed, gaps = [await told(discord, name, channel, person) for name in ("sources", "gaps")]
            assert ["handbook.txt" in listed, "large.txt" in listed, "Matterhorn" in gaps] == [may] * 3
        assert "handbook.txt" not in await told(discord, "forget", channel, discord.mina, document=shared.id)
        assert shared in await documents(core)


async def test_links_are_looked_at_again_for_those_who_ask() -> None:
    core = await knowing(text=NOTHING, pages={PAGE: LEAVE.encode()})
    async with fake_discord() as discord, answering(discord, core):
        channel = hidden(discord)
        discord.slash("sources", {"refresh": True}, channel=channel, user=discord.sam)
        await discord.posted("No link was shared here")
        discord.say(PAGE, channel=channel, user=discord.sam)
        await known(core, 1)
        core.web.pages[PAGE] = b"Lunch is at noon."
        discord.slash("sources", {"refresh": True}, channel=channel, user=discord.sam)
        await discord.posted("I have checked 1 links: 1 had changed, 0 could not be read")
        discord.slash("sources", {"refresh": True}, channel=channel, user=discord.sam)
        await discord.posted("I have just checked")
        elsewhere = hidden(discord, "elsewhere")
        discord.slash("sources", {"refresh": True}, channel=elsewhere, user=discord.sam)
        await discord.posted("No link was shared here", where=lambda one: one.channel is elsewhere)


async def test_sources_say_what_is_wrong_with_a_link() -> None:
    core = await knowing(text=NOTHING, pages={PAGE: LEAVE.encode()})
    async with fake_discord() as discord, answering(discord, core):
        channel = hidden(discord)
        discord.say(PAGE, channel=channel, user=discord.sam)
        await known(core, 1)
        core.web.pages[PAGE] = Refused("fetch.gone")
        discord.slash("sources", {"refresh": True}, channel=channel, user=discord.sam)
        await discord.posted("1 could not be read")
        discord.slash("sources", channel=channel, user=discord.sam)
        await discord.posted("This page does not exist any more")
        assert len(await documents(core)) == 1, "what was read is known still"
