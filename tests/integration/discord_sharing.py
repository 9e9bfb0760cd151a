"""What tests of sharing in Discord have in common."""

import asyncio

from core.channels import ChannelSettings
from core.types import Document, Session
from tests.fakes.discord import FakeDiscord, Message
from tests.fakes.discord.state import Channel
from tests.fakes.saseo import Core

NOTHING = "Nothing but weather."
PAGE = "https://docs.example.com/leave"
REACT = "PUT /channels/{channel_id}/messages/{message_id}/reactions/{emoji_name}/@me"
LOOK = "GET /channels/{channel_id}/messages/{message_id}"


def session(discord: FakeDiscord, channel: Channel) -> Session:
    return Session("discord", discord.guild.id, channel.id)


def hidden(discord: FakeDiscord, name: str = "hidden") -> Channel:
    return discord.new_channel(name, only=[discord.sam, discord.mina])


async def documents(core: Core) -> list[Document]:
    return [one async for one, _ in core.library.shelved() if one.title != "Handbook"]


async def auto(core: Core, discord: FakeDiscord, channel: Channel | None = None) -> None:
    """Everything is read at once where everybody reads along."""
    settings = ChannelSettings(ingestion="auto")
    await core.store.channels.put(session(discord, channel or discord.general), settings)


def reactions(message: Message) -> set[str]:
    return {emoji for emoji, people in message.reactions.items() if people}


async def known(core: Core, count: int) -> None:
    """Waits until so many documents are known beside the first one."""
    for _ in range(250):
        if len(await documents(core)) == count:
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"{len(await documents(core))} documents")
