"""Slack and Discord as one thing to a story: somewhere people ask, and a librarian answers what they may read."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from core.types import Scope, Session
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord.state import Message as DiscordMessage
from tests.fakes.patience import PATIENCE
from tests.fakes.saseo import Core
from tests.fakes.slack import FakeSlack
from tests.fakes.slack import Message as SlackMessage
from tests.integration.discord_answering import answering
from tests.integration.discord_running import fake_discord
from tests.integration.slack_running import running

SECONDS = PATIENCE


@dataclass(frozen=True, slots=True)
class Place:
    """A channel."""

    id: str
    session: Session

    @property
    def scope(self) -> Scope:
        return Scope.channel(self.session)


class Platform(Protocol):
    """What people do and see. Sam reads English, Mina Korean."""

    core: Core

    @property
    def general(self) -> Place:
        """Where everybody is."""
        ...

    def hidden(self) -> Place:
        """A channel for Mina alone."""
        ...

    def ask(self, text: str, *, place: Place | None = None, mina: bool = False) -> Any:
        """Somebody mentions the bot; the message."""
        ...

    def follow_up(self, answer: Any, text: str) -> Any:
        """Sam goes on where the bot has answered, without a mention."""
        ...

    async def ask_privately(self, text: str) -> Any:
        """Sam asks with the command for that."""
        ...

    def again(self) -> None:
        """The last events come once more."""
        ...

    def private(self, answer: Any) -> bool:
        """Whether only one person sees it."""
        ...

    def shown(self, answer: Any) -> str:
        """What people read there."""
        ...

    def answers(self, place: Place | None = None) -> list[Any]:
        """What the bot has written, oldest first."""
        ...

    @asynccontextmanager
    def running(self) -> AsyncIterator[None]:
        """The bot runs."""
        ...


class OnSlack:
    """Over Socket Mode, with slack_bolt."""

    def __init__(self, fake: FakeSlack, core: Core) -> None:
        self.fake = fake
        self.core = core

    @property
    def general(self) -> Place:
        return self._place(self.fake.general.id)

    def hidden(self) -> Place:
        return self._place(self.fake.new_channel("hidden", kind="private", members=[self.fake.mina]).id)

    def ask(self, text: str, *, place: Place | None = None, mina: bool = False) -> SlackMessage:
        where = (place or self.general).id
        return self.fake.ask(text, channel=where, user=self.fake.mina if mina else self.fake.sam)

    def follow_up(self, answer: SlackMessage, text: str) -> SlackMessage:
        return self.fake.say(text, channel=answer.channel, thread_ts=answer.thread_ts, user=self.fake.sam)

    async def ask_privately(self, text: str) -> None:
        await self.fake.command("/ask", f"private {text}", user=self.fake.sam).settled()

    def again(self) -> None:
        for delivery in list(self.fake.outbox.sent)[-2:]:
            self.fake.outbox.again(delivery)

    def private(self, answer: SlackMessage) -> bool:
        return answer.ephemeral_to is not None

    def shown(self, answer: SlackMessage) -> str:
        return answer.shown

    def answers(self, place: Place | None = None) -> list[SlackMessage]:
        found = self.fake.answers() if place is None else self.fake.answers(place.id)
        return [one for one in found if not one.streaming]

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with running(self.fake, self.core) as adapter:
            adapter.drain_seconds = 0.0
            yield

    def _place(self, channel: str) -> Place:
        return Place(channel, Session("slack", self.fake.team.id, channel))


class OnDiscord:
    """Over the gateway, with discord.py."""

    def __init__(self, fake: FakeDiscord, core: Core) -> None:
        self.fake = fake
        self.core = core

    @property
    def general(self) -> Place:
        return self._place(self.fake.general.id)

    def hidden(self) -> Place:
        return self._place(self.fake.new_channel("hidden", only=[self.fake.mina]).id)

    def ask(self, text: str, *, place: Place | None = None, mina: bool = False) -> DiscordMessage:
        where = (place or self.general).id
        return self.fake.mention(text, channel=where, user=self.fake.mina if mina else self.fake.sam)

    def follow_up(self, answer: DiscordMessage, text: str) -> DiscordMessage:
        return self.fake.reply(answer, text, user=self.fake.sam)

    async def ask_privately(self, text: str) -> None:
        await self.fake.slash("ask", {"question": text, "private": True}, user=self.fake.sam).settled()

    def again(self) -> None:
        self.fake.gateway.again(2)

    def private(self, answer: DiscordMessage) -> bool:
        return answer.ephemeral_to is not None

    def shown(self, answer: DiscordMessage) -> str:
        return answer.content

    def answers(self, place: Place | None = None) -> list[DiscordMessage]:
        return self.fake.answers(None if place is None else place.id)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with answering(self.fake, self.core) as desk:
            desk.drain_seconds = 0.0
            yield

    def _place(self, channel: str) -> Place:
        return Place(channel, Session("discord", self.fake.guild.id, channel))


PLATFORMS = ("slack", "discord")


@asynccontextmanager
async def on(platform: str, core: Core) -> AsyncIterator[Platform]:
    """One of the platforms, in which nothing has happened yet."""
    if platform == "slack":
        async with FakeSlack() as slack:
            yield OnSlack(slack, core)
    else:
        async with fake_discord() as discord:
            yield OnDiscord(discord, core)


async def told(
    platform: Platform,
    contains: str,
    *,
    count: int = 1,
    where: Callable[[Any], bool] = lambda _: True,
) -> Any:
    """Waits for the bot's message number `count` with this in it, and for everything that is owed; that message."""
    for _ in range(int(SECONDS / 0.02)):
        found = [one for one in platform.answers() if contains in platform.shown(one) and where(one)]
        if len(found) >= count:
            await quiet(platform)
            return found[count - 1]
        await asyncio.sleep(0.02)
    raise AssertionError(f"{contains!r} was not said: {[platform.shown(one) for one in platform.answers()]}")


async def quiet(platform: Platform) -> None:
    """Waits until nothing is owed any more, and a moment longer."""
    entries = platform.core.store.inbox._entries
    for _ in range(int(SECONDS / 0.02)):
        if all(entry.finished_at is not None for entry in entries.values()):
            break
        await asyncio.sleep(0.02)
    await asyncio.sleep(0.2)
