"""Kills the program at random moments while it answers in Slack, and counts what people see in the end."""

import asyncio
import random
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.slack_program import ASKED, Bot, prepared
from tests.fakes.openai import FakeOpenAI
from tests.fakes.slack import FakeSlack, Message

CALLS = 5
"""An answer takes fewer calls of the Web API than this."""
PATIENCE = 3.0
WHOLE = "25 days"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the questions."""

    asked: int
    kills: int
    lost: int
    twice: int
    unfinished: int
    died_under: dict[str, int]
    """How often the process died after each call, as the last that Slack saw of it."""


async def crashes(folder: Path, *, kills: int, seed: int, lacking: Sequence[str] = ()) -> Outcome:
    """One question for each start of the program, which is killed somewhere between receipt and the last call.

    The server lacks these methods (`chat.*Stream`).
    """
    chance = random.Random(seed)
    async with FakeOpenAI(pause=0.03) as model, FakeSlack() as slack:
        slack.limits.off = True
        slack.faults.lack(lacking)
        slack.outbox.retry_after = (0.0, *[1.0] * 20)
        place = await prepared(folder, slack, model)
        asked: list[Message] = []
        died_under: dict[str, int] = {}
        for number in range(kills):
            async with Bot(place, number=number) as bot:
                await bot.connected(slack)
                asked.append(slack.ask(ASKED, channel=slack.new_channel(f"c{number}")))
                await _moment(slack, asked[-1].channel, chance)
                bot.process.kill()
                await bot.process.wait()
            last = slack.calls[-1].method
            died_under[last] = died_under.get(last, 0) + 1
        async with Bot(place, number=kills) as bot:
            for question in asked:
                with suppress(AssertionError):
                    await slack.posted(WHOLE, channel=question.channel, thread_ts=question.ts, timeout=30)
            await asyncio.sleep(3)
            await bot.end()
        answers = [slack.answers(question.channel) for question in asked]
        return Outcome(
            asked=len(asked),
            kills=kills,
            lost=sum(not any(WHOLE in one.shown for one in some) for some in answers),
            twice=sum(len(some) > 1 for some in answers),
            unfinished=sum(one.streaming for some in answers for one in some),
            died_under=died_under,
        )


async def _moment(slack: FakeSlack, channel: str, chance: random.Random) -> None:
    """Some moment between the receipt of a question and the last call for it, and a little after."""
    calls = chance.randint(0, CALLS)
    with suppress(AssertionError):
        await slack.until(lambda: _about(slack, channel) >= calls, what="calls", timeout=PATIENCE)
    await asyncio.sleep(chance.uniform(0, 0.05))


def _about(slack: FakeSlack, channel: str) -> int:
    """How many calls there were for a channel."""
    return sum(channel in (call.arguments.get("channel"), call.arguments.get("channel_id")) for call in slack.calls)
