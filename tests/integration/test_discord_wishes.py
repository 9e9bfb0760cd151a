"""What people may want of the knowledge in a channel of Discord: a list, its gaps, its settings."""

import asyncio

from tests.integration.discord_answering import answering, knowing, settled
from tests.integration.discord_running import fake_discord
from tests.integration.discord_sharing import (
    NOTHING,
    hidden,
    reactions,
    session,
)


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
