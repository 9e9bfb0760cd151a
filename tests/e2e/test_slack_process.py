"""Slack with the program as a user starts it: answered once, also when it is killed at any moment."""

import asyncio
import random
from contextlib import suppress
from pathlib import Path

import pytest

from tests.e2e.slack_program import ASKED, Bot, prepared
from tests.fakes.openai import FakeOpenAI
from tests.fakes.slack import FakeSlack, Message

KILLS = 20
CALLS = 12
"""An answer takes fewer calls of the Web API than this."""
PATIENCE = 8.0


async def test_a_mention_is_answered_by_the_program(tmp_path: Path) -> None:
    async with FakeOpenAI() as model, FakeSlack() as slack:
        place = await prepared(tmp_path, slack, model)
        async with Bot(place) as bot:
            await bot.connected(slack)
            asked = slack.ask(ASKED)
            answer = await slack.posted("25 days", thread_ts=asked.ts, timeout=60)
            assert await bot.end() == 0
        assert slack.answers() == [answer]
        assert "leave" in answer.shown
        assert "Traceback" not in bot.logged


async def test_a_bad_token_ends_the_program_with_one_sentence(tmp_path: Path) -> None:
    async with FakeSlack() as slack:
        place = await prepared(tmp_path, slack, SLACK_BOT_TOKEN="xoxb-wrong")
        async with Bot(place) as bot:
            assert await asyncio.wait_for(bot.process.wait(), 60) == 2
        assert "SLACK_BOT_TOKEN" in bot.logged
        assert "xoxb-wrong" not in bot.logged
        assert "Traceback" not in bot.logged


@pytest.mark.timeout(600)
async def test_killed_at_random_moments_every_question_is_answered_once(tmp_path: Path) -> None:
    chance = random.Random(20261122)
    async with FakeOpenAI(pause=0.03) as model, FakeSlack() as slack:
        slack.limits.off = True
        slack.outbox.retry_after = (0.0, *[1.0] * 20)
        place = await prepared(tmp_path, slack, model)
        asked: list[Message] = []
        for number in range(KILLS):
            async with Bot(place, number=number) as bot:
                await bot.connected(slack)
                asked.append(slack.ask(ASKED, channel=slack.new_channel(f"c{number}")))
                await moment(slack, chance)
                bot.process.kill()
                await bot.process.wait()
        async with Bot(place, number=KILLS) as bot:
            for question in asked:
                await slack.posted("25 days", channel=question.channel, thread_ts=question.ts, timeout=60)
            await asyncio.sleep(3)
            assert await bot.end() == 0
        counts = [len(slack.answers(question.channel)) for question in asked]
        assert counts == [1] * len(asked)
        assert not [one for one in slack.answers() if one.streaming]


async def moment(slack: FakeSlack, chance: random.Random) -> None:
    """Some moment between receipt and the last call, and a little after."""
    calls = len(slack.calls) + chance.randint(0, CALLS)
    with suppress(AssertionError):
        await slack.until(lambda: len(slack.calls) >= calls, what="calls", timeout=PATIENCE)
    await asyncio.sleep(chance.uniform(0, 0.05))
