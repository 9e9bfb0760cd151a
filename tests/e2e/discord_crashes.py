"""Kills the program at random moments while it answers in Discord, and counts what people see in the end."""

import asyncio
import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.discord_program import ASKED, Bot, prepared
from tests.e2e.program import Place
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord.state import Channel, Interaction, Message
from tests.fakes.openai import FakeOpenAI

CALLS = 3
"""An answer takes no more calls than this: a sign that somebody is at it, a sign of growth, and the end."""
PATIENCE = 3.0
CHANNELS = 6
"""Fewer than are read again after a gap."""
WHOLE = "leave.txt"
READ = "GET /channels/{channel_id}/messages"
WAYS = ("ask", "mention", "private")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the questions."""

    asked: int
    kills: int
    unheard: int
    """Commands that died before they were acknowledged: their people saw that at once."""
    lost: int
    twice: int
    instead: tuple[str, ...]
    """What people see where an answer is lost or stands twice."""
    died_under: dict[str, int]
    """How often the process died after each call, as the last that Discord saw of it."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, of which no two are alike."""

    text: str
    channel: Channel
    act: Message | Interaction

    @property
    def interaction(self) -> Interaction | None:
        return self.act if isinstance(self.act, Interaction) else None


async def crashes(folder: Path, *, kills: int, seed: int) -> Outcome:
    """One question for each start of the program, which is killed somewhere between receipt and the last call."""
    chance = random.Random(seed)
    async with FakeOpenAI(pause=0.03) as model, FakeDiscord() as discord:
        discord.limits.off = True
        place = await prepared(folder, discord, model)
        channels = [discord.new_channel(f"c{number}") for number in range(CHANNELS)]
        await _once_connected(discord, place, channels)
        asked: list[Asked] = []
        died_under: dict[str, int] = {}
        for number in range(kills):
            async with Bot(place, number=number) as bot:
                await bot.answering(discord)
                asked.append(_ask(discord, channels[number % CHANNELS], number))
                await _moment(discord, asked[-1], chance)
                bot.process.kill()
                await bot.process.wait()
            last = discord.calls[-1].route
            died_under[last] = died_under.get(last, 0) + 1
        async with Bot(place, number=kills) as bot:
            await bot.answering(discord)
            for question in asked:
                with suppress(AssertionError):
                    patience = 30 if _owed(question) else 1
                    await discord.until(_look(discord, question), what="an answer", timeout=patience)
            await asyncio.sleep(3)
            await bot.end()
        answers = [_told(discord, question) for question in asked]
        return Outcome(
            asked=len(asked),
            kills=kills,
            unheard=sum(not some and not _owed(one) for one, some in zip(asked, answers, strict=True)),
            lost=sum(not some and _owed(one) for one, some in zip(asked, answers, strict=True)),
            twice=sum(len(_visible(discord, one)) > 1 for one in asked),
            instead=tuple(
                f"{one.text} ({type(one.act).__name__}): {_visible(discord, one)}"
                for one, some in zip(asked, answers, strict=True)
                if (not some and _owed(one)) or len(_visible(discord, one)) > 1
            ),
            died_under=died_under,
        )


async def _once_connected(discord: FakeDiscord, place: Place, channels: list[Channel]) -> None:
    """The program has run before: it knows from when on it has to answer what it missed."""
    async with Bot(place, number=-1) as bot:
        await bot.answering(discord)
        discord.mention(ASKED, channel=channels[0], user=discord.sam)
        await discord.posted(WHOLE)
        assert await bot.end() == 0


def _ask(discord: FakeDiscord, channel: Channel, number: int) -> Asked:
    text, way = f"{ASKED} Please, number {number}!", WAYS[number % len(WAYS)]
    if way == "mention":
        return Asked(text, channel, discord.mention(text, channel=channel, user=discord.sam))
    options = {"question": text, "private": way == "private"}
    return Asked(text, channel, discord.slash("ask", options, channel=channel, user=discord.sam))


async def _moment(discord: FakeDiscord, asked: Asked, chance: random.Random) -> None:
    """Some moment between the receipt of a question and the last call for it, and a little after."""
    calls = chance.randint(0, CALLS)
    with suppress(AssertionError):
        await discord.until(lambda: _about(discord, asked) >= calls, what="calls", timeout=PATIENCE)
    await asyncio.sleep(chance.uniform(0, 0.05))


def _about(discord: FakeDiscord, asked: Asked) -> int:
    """How many calls there were that people could see something of."""
    if asked.interaction is None:
        since = discord.clock.now() - PATIENCE
        shown = [call for call in list(discord.calls) if call.at >= since and call.route != READ]
        return sum(asked.channel.id in call.path.values() for call in shown)
    named = {asked.interaction.id, asked.interaction.token}
    return sum(bool(named & set(call.path.values())) for call in list(discord.calls))


def _owed(asked: Asked) -> bool:
    """Whether its person saw that it was taken in; a mention is read again after a gap."""
    return asked.interaction is None or asked.interaction.callback is not None


def _visible(discord: FakeDiscord, asked: Asked) -> list[str]:
    """What people see of the answer to a question, beside that somebody is thinking."""
    return [one.content for one in discord.answers() if _answers(one, asked)]


def _answers(message: Message, asked: Asked) -> bool:
    if asked.interaction is None:
        return message.referenced is asked.act
    # In the channel it says what was asked.
    return message.interaction is asked.interaction or (message.interaction is None and _spoken(message, asked))


def _spoken(message: Message, asked: Asked) -> bool:
    return asked.text in message.content.replace("\\", "")


def _told(discord: FakeDiscord, asked: Asked) -> list[str]:
    """The whole answer, as often as it stands somewhere."""
    return [text for text in _visible(discord, asked) if WHOLE in text]


def _look(discord: FakeDiscord, asked: Asked) -> Callable[[], list[str]]:
    return lambda: _told(discord, asked)
