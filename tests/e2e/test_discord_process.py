"""Discord with the program as a user starts it: answered once, also when it is killed at any moment."""

import asyncio
from pathlib import Path

import pytest

from tests.e2e.discord_crashes import crashes
from tests.e2e.discord_program import ASKED, Bot, prepared
from tests.fakes.discord import FakeDiscord
from tests.fakes.openai import FakeOpenAI

KILLS = 8
"""`benchmarks/discord_crash.py` kills it 200 times."""


async def test_commands_and_mentions_are_answered_by_the_program(tmp_path: Path) -> None:
    async with FakeOpenAI() as model, FakeDiscord() as discord:
        place = await prepared(tmp_path, discord, model)
        async with Bot(place) as bot:
            await bot.answering(discord)
            discord.slash("ask", {"question": ASKED}, user=discord.sam)
            first = await discord.posted("leave.txt")
            discord.mention(ASKED, user=discord.sam)
            second = await discord.posted("leave.txt", count=2)
            assert await bot.end() == 0
        assert discord.answers() == [first, second]
        assert all("25 days" in answer.content for answer in (first, second))
        assert discord.violations == []
        assert "Traceback" not in bot.logged
        assert discord.token not in bot.logged


@pytest.mark.timeout(600)
async def test_killed_at_random_moments_every_question_is_answered_once(tmp_path: Path) -> None:
    outcome = await crashes(tmp_path, kills=KILLS, seed=20261122)
    assert (outcome.lost, outcome.twice) == (0, 0), outcome
    assert len(outcome.died_under) > 2, "it died in different moments"


async def test_two_processes_with_one_token_give_one_answer(tmp_path: Path) -> None:
    async with FakeOpenAI() as model, FakeDiscord() as discord:
        folders = [tmp_path / "one", tmp_path / "other"]
        for folder in folders:
            folder.mkdir()
        one, other = [await prepared(folder, discord, model) for folder in folders]
        async with Bot(one) as first, Bot(other) as second:
            await asyncio.gather(first.answering(discord), second.answering(discord))
            await discord.gateway.ready(2)
            for number in range(5):
                discord.slash("ask", {"question": ASKED}, channel=discord.new_channel(f"c{number}"), user=discord.sam)
            await discord.posted("leave.txt", count=5)
            await asyncio.sleep(1)
        assert len(discord.answers(loading=True)) == 5
