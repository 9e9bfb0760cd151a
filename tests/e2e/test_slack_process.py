"""Slack with the program as a user starts it: answered once, also when it is killed at any moment."""

import asyncio
from pathlib import Path

import pytest

from tests.e2e.slack_crashes import crashes
from tests.e2e.slack_program import ASKED, Bot, prepared
from tests.fakes.openai import FakeOpenAI
from tests.fakes.slack import FakeSlack

KILLS = 12
"""`benchmarks/slack_crash.py` kills it 200 times."""
ROUNDS = 4
"""On a machine that others use one may be slow; what is slow by itself is slow in every one."""
ACKNOWLEDGED = 0.1


async def test_a_mention_is_answered_by_the_program(tmp_path: Path) -> None:
    async with FakeOpenAI() as model, FakeSlack() as slack:
        place = await prepared(tmp_path, slack, model)
        async with Bot(place) as bot:
            await bot.connected(slack)
            asked = slack.ask(ASKED)
            answer = await slack.posted("25 days", thread_ts=asked.ts)
            assert await bot.end() == 0
        assert slack.answers() == [answer]
        assert "leave" in answer.shown
        assert "Traceback" not in bot.logged


@pytest.mark.parametrize("name", ["SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"])
async def test_a_bad_token_ends_the_program_with_one_sentence(tmp_path: Path, name: str) -> None:
    async with FakeSlack() as slack:
        place = await prepared(tmp_path, slack, None, **{name: "xoxb-wrong"})
        async with Bot(place) as bot:
            assert await asyncio.wait_for(bot.process.wait(), 60) == 2
        assert name in bot.logged
        assert "xoxb-wrong" not in bot.logged
        assert "Traceback" not in bot.logged


@pytest.mark.timeout(600)
@pytest.mark.parametrize(("kills", "lacking"), [(KILLS, ()), (KILLS // 2, ("chat.*Stream", "assistant.*"))])
async def test_killed_at_random_moments_every_question_is_answered_once(
    tmp_path: Path, kills: int, lacking: tuple[str, ...]
) -> None:
    outcome = await crashes(tmp_path, kills=kills, seed=20261122, lacking=lacking)
    assert (outcome.lost, outcome.twice, outcome.unfinished) == (0, 0, 0), outcome
    # A server that lacks methods is called by fewer.
    assert len(outcome.died_under) > (1 if lacking else 2), "it died in different moments"


async def test_acknowledgements_are_quick_while_fifty_questions_are_under_way(tmp_path: Path) -> None:
    rounds = []
    async with FakeOpenAI(delay=10.0) as model, FakeSlack() as slack:
        slack.limits.off = True
        place = await prepared(tmp_path, slack, model)
        async with Bot(place) as bot:
            await bot.connected(slack)
            slack.ask(ASKED)
            await slack.posted("25 days")
            for number in range(ROUNDS):
                for asker in range(50):
                    slack.ask(ASKED, channel=slack.new_channel(f"busy{number}-{asker}"))
                await slack.call("assistant.threads.setStatus", count=1 + 50 * (number + 1))
                rounds.append(max(await acknowledged(slack)))
                if rounds[-1] < ACKNOWLEDGED:
                    break
    assert min(rounds) < ACKNOWLEDGED, rounds


async def acknowledged(slack: FakeSlack) -> list[float]:
    """How long questions wait for their acknowledgement, in seconds: after it each is kept on the disk."""
    took = []
    for _ in range(30):
        asked = slack.ask("nothing")
        for delivery in asked.deliveries:
            await delivery.settled()
            took.append(delivery.attempts[0].took or 0.0)
    return took
