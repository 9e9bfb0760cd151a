"""Kills the program at random moments while files are shared and deleted in Slack; counts what is left in the end."""

import asyncio
import random
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.e2e.slack_program import Bot, prepared
from tests.fakes.slack import Channel, FakeSlack, Message

CALLS = 7
"""Reading a file takes fewer calls of the Web API than this."""
PATIENCE = 3.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the files."""

    shared: int
    kills: int
    lost: int
    """Files that stand in Slack and that nobody was told of."""
    twice: int
    """Files that people were told of more than once."""
    remembered: int
    """Files that are gone from Slack and still known."""
    unknown: int
    """Files that people were told of as read and that are not known."""


@dataclass(frozen=True, slots=True)
class Shared:
    """A file that was shared in a channel of its own; `gone`: and deleted right after."""

    channel: Channel
    message: Message
    gone: bool

    @property
    def name(self) -> str:
        return f"{self.channel.name}.txt"

    @property
    def told(self) -> list[Message]:
        return [one for one in self.channel.visible if one.bot_id and self.name in one.shown]


async def crashes(folder: Path, *, kills: int, seed: int) -> Outcome:
    """A file for each start of the program, which is killed somewhere between receipt and the last call; every third
    is deleted before that."""
    chance = random.Random(seed)
    async with FakeSlack() as slack:
        slack.limits.off = True
        slack.outbox.retry_after = (0.0, *[1.0] * 20)
        place = await prepared(folder, slack)
        shared: list[Shared] = []
        for number in range(kills):
            async with Bot(place, number=number) as bot:
                await bot.connected(slack)
                shared.append(_share(slack, number))
                await _moment(slack, shared[-1], chance)
                if shared[-1].gone:
                    slack.delete(shared[-1].message)
                    await asyncio.sleep(chance.uniform(0, 0.2))
                bot.process.kill()
                await bot.process.wait()
        async with Bot(place, number=kills) as bot:
            for one in shared:
                if not one.gone:
                    with suppress(AssertionError):
                        await slack.until(partial(_is_told, one), what="what became of it", timeout=30)
            await asyncio.sleep(3)
            await bot.end()
        listed = (await asyncio.to_thread(place.saseo, "sources")).stdout
        there = [one for one in shared if not one.gone]
        return Outcome(
            shared=len(shared),
            kills=kills,
            lost=sum(not one.told for one in there),
            twice=sum(max(len(one.told) - 1, 0) for one in shared),
            remembered=sum(one.name in listed for one in shared if one.gone),
            unknown=sum(one.name not in listed for one in there),
        )


def _is_told(one: Shared) -> bool:
    return bool(one.told)


def _share(slack: FakeSlack, number: int) -> Shared:
    channel = slack.new_channel(f"c{number}", kind="private", members=[slack.sam])
    message = slack.upload(f"c{number}.txt", f"Rule {number} says that people rest on day {number}.", channel=channel)
    return Shared(channel, message, gone=number % 3 == 2)


async def _moment(slack: FakeSlack, shared: Shared, chance: random.Random) -> None:
    """Some moment between the receipt and the last call, and a little after."""
    calls = chance.randint(0, CALLS)
    with suppress(AssertionError):
        await slack.until(lambda: _about(slack, shared) >= calls, what="calls", timeout=PATIENCE)
    await asyncio.sleep(chance.uniform(0, 0.05))


def _about(slack: FakeSlack, shared: Shared) -> int:
    """How many calls there were for a channel; a download names its file."""
    channel, file = shared.channel.id, shared.message.files[0] if shared.message.files else "-"
    return sum(
        channel == call.arguments.get("channel") or file in str(call.arguments.get("path")) for call in slack.calls
    )
