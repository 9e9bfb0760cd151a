"""What tests about sharing in Slack have in common."""

import asyncio
from collections.abc import Awaitable, Callable

from core.channels import ChannelSettings, Ingestion
from core.types import Document, Scope, Session
from tests.fakes.saseo import Core
from tests.fakes.slack import Channel, FakeSlack, Message

NOTHING = "The weather is fine today."
PAGE = "https://docs.example.com/leave"
PROMISED = 5.0
"""Seconds in which what goes is forgotten."""


def session(slack: FakeSlack, channel: Channel) -> Session:
    return Session("slack", slack.team.id, channel.id)


def team(slack: FakeSlack) -> Scope:
    return Scope.workspace("slack", slack.team.id)


def private(slack: FakeSlack, name: str = "secret") -> Channel:
    return slack.new_channel(name, kind="private", members=[slack.sam, slack.mina])


async def documents(core: Core) -> list[Document]:
    """Everything that was shared."""
    return [one async for one, _ in core.library.shelved() if one.title != "Handbook"]


async def choose(core: Core, slack: FakeSlack, ingestion: Ingestion, channel: Channel | None = None) -> None:
    """What happens to what is shared in a channel."""
    await core.store.channels.put(session(slack, channel or slack.general), ChannelSettings(ingestion=ingestion))


def thread(slack: FakeSlack, message: Message) -> list[str]:
    """What the bot said below a message."""
    return [one.shown for one in slack.answers(message.channel, thread_ts=message.ts)]


async def holds(look: Callable[[], Awaitable[bool]], *, what: str, seconds: float = PROMISED) -> None:
    """Waits until something holds."""
    for _ in range(int(seconds / 0.02)):
        if await look():
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"waited in vain for {what}")


async def forgotten(core: Core) -> None:
    """Waits until nothing that was shared is known."""

    async def none() -> bool:
        return not await documents(core)

    await holds(none, what="everything to be forgotten")


async def known(core: Core, count: int = 1) -> list[Document]:
    """Waits until so many documents are known."""

    async def enough() -> bool:
        return len(await documents(core)) >= count

    await holds(enough, what=f"{count} documents")
    return await documents(core)
