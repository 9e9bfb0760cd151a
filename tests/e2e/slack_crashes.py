"""Kills the program at random moments while it answers in Slack, and counts what people see in the end."""

import asyncio
import random
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.e2e.slack_program import ASKED, Bot, prepared
from tests.fakes.openai import FakeOpenAI
from tests.fakes.slack import Channel, FakeSlack, Message
from tests.fakes.slack.delivery import Delivery

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
    told_again: int
    """Private answers that were told twice: nobody can look whether such a one was told already."""
    instead: tuple[str, ...]
    """What people see where an answer is lost, as its beginning; "nothing" where nothing stands."""
    died_under: dict[str, int]
    """How often the process died after each call, as the last that Slack saw of it."""


@dataclass(frozen=True, slots=True)
class Asking:
    """What was asked in one channel before a kill: mentions in one thread, or one private command."""

    channel: Channel
    mentions: tuple[Message, ...] = ()
    command: Delivery | None = None

    @property
    def owed(self) -> int:
        """How many answers people wait for. A command that is not acknowledged is told to have failed."""
        return len(self.mentions) or int(self.command is not None and self.command.acknowledged)

    @property
    def answers(self) -> list[Message]:
        """What stands in the end."""
        if self.mentions:
            return [one for one in self.channel.visible if one.bot_id]
        return [one for one in self.channel.ephemerals if WHOLE in one.shown]

    @property
    def answered(self) -> int:
        """How many of the questions have their answer, each in a message of its own."""
        whole = [one for one in self.answers if WHOLE in one.shown and not one.streaming]
        if not self.mentions:
            return min(len(whole), self.owed)
        return sum(any(f":{question.ts}" in str(one.blocks) for one in whole) for question in self.mentions)


async def crashes(folder: Path, *, kills: int, seed: int, lacking: Sequence[str] = ()) -> Outcome:
    """One asking for each start of the program, which is killed somewhere between receipt and the last call: one
    mention, two in the same thread, or a private command in turn.

    The server lacks these methods (`chat.*Stream`).
    """
    chance = random.Random(seed)
    async with FakeOpenAI(pause=0.03) as model, FakeSlack() as slack:
        slack.limits.off = True
        slack.faults.lack(lacking)
        # Slack tries for six minutes; here it does so more often, and a busy machine takes its time to start.
        slack.outbox.retry_after = (0.0, *[1.0] * 360)
        place = await prepared(folder, slack, model)
        asked: list[Asking] = []
        died_under: dict[str, int] = {}
        for number in range(kills):
            async with Bot(place, number=number) as bot:
                await bot.connected(slack)
                asked.append(_ask(slack, number))
                await _moment(slack, asked[-1], chance)
                bot.process.kill()
                await bot.process.wait()
            last = slack.calls[-1].method
            died_under[last] = died_under.get(last, 0) + 1
        async with Bot(place, number=kills) as bot:
            for asking in asked:
                with suppress(AssertionError):
                    await slack.until(partial(_is_done, asking), what="answers")
            await asyncio.sleep(3)
            await bot.end()
        public = [asking for asking in asked if asking.mentions]
        return Outcome(
            asked=sum(asking.owed for asking in asked),
            kills=kills,
            lost=sum(asking.owed - asking.answered for asking in asked),
            twice=sum(max(len(asking.answers) - asking.owed, 0) for asking in public),
            unfinished=sum(one.streaming for asking in public for one in asking.answers),
            told_again=sum(max(len(asking.answers) - 1, 0) for asking in asked if asking.command),
            instead=tuple(_seen(asking) for asking in asked if asking.answered < asking.owed),
            died_under=died_under,
        )


def _ask(slack: FakeSlack, number: int) -> Asking:
    channel = slack.new_channel(f"c{number}")
    if number % 3 == 2:
        return Asking(channel, command=slack.command("/ask", f"private {ASKED}", channel=channel))
    first = slack.ask(ASKED, channel=channel)
    if number % 3 == 0:
        return Asking(channel, (first,))
    return Asking(channel, (first, slack.ask(ASKED, channel=channel, thread_ts=first.ts)))


def _seen(asking: Asking) -> str:
    """What stands in a channel."""
    there = [one.shown[:200] for one in (*asking.answers, *asking.channel.ephemerals)]
    return " / ".join(there) or "nothing"


def _is_done(asking: Asking) -> bool:
    return asking.answered >= asking.owed


async def _moment(slack: FakeSlack, asking: Asking, chance: random.Random) -> None:
    """Some moment between the receipt of what was asked and the last call for it, and a little after."""
    calls = chance.randint(0, CALLS * max(len(asking.mentions), 1))
    with suppress(AssertionError):
        await slack.until(lambda: _about(slack, asking) >= calls, what="calls", timeout=PATIENCE)
    await asyncio.sleep(chance.uniform(0, 0.05))


def _about(slack: FakeSlack, asking: Asking) -> int:
    """How many calls there were for a channel; those of a private command name none."""
    if asking.command is not None:
        return len(asking.channel.ephemerals) * CALLS // 2
    channel = asking.channel.id
    return sum(channel in (call.arguments.get("channel"), call.arguments.get("channel_id")) for call in slack.calls)
