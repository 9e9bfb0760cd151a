"""Sharing in Discord with the program as users start it: killed at any moment, each file is known and told of once."""

import asyncio
import random
from contextlib import suppress
from pathlib import Path

import pytest

from tests.e2e.discord_program import Bot, prepared
from tests.fakes.discord import FakeDiscord

KILLS = 6
MARK = "Read *"


@pytest.mark.timeout(300)
async def test_killed_while_files_are_shared_each_is_known_and_told_of_once(tmp_path: Path) -> None:
    chance = random.Random(20261122)
    async with FakeDiscord() as discord:
        discord.limits.off = True
        place = await prepared(tmp_path, discord, DISCORD_MESSAGE_CONTENT="true")
        channels = []
        for number in range(KILLS):
            async with Bot(place, number=number) as bot:
                await bot.answering(discord)
                channel = discord.new_channel(f"c{number}", only=[discord.sam])
                channels.append(channel)
                await asyncio.sleep(0.3)
                text = f"The launch password of project number {number} is heron{number}00."
                discord.share(f"plan{number}.txt", text, channel=channel, user=discord.sam)
                await asyncio.sleep(chance.uniform(0.0, 0.6))
                bot.process.kill()
                await bot.process.wait()
        async with Bot(place, number=KILLS) as bot:
            await bot.answering(discord)
            for channel in channels:
                with suppress(AssertionError):
                    await discord.posted(MARK, channel=channel, timeout=20)
            await asyncio.sleep(3)
            told = [[one.content for one in discord.answers(channel) if MARK in one.content] for channel in channels]
            assert [len(one) for one in told] == [1] * KILLS
            for number, channel in enumerate(channels):
                question = f"What is the launch password of project number {number}?"
                discord.mention(question, channel=channel, user=discord.sam)
                await discord.posted(f"heron{number}00", channel=channel, timeout=30)
            assert await bot.end() == 0
        assert discord.violations == []
        assert "Traceback" not in bot.logged
