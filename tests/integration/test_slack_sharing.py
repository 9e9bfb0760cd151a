"""Files and links that people share in Slack are read, told of, and known to exactly the right people."""

import asyncio
from typing import Any

import pytest

from core.channels import ChannelSettings
from core.types import Document, Scope, Session
from tests.fakes.saseo import Core
from tests.fakes.slack import Channel, FakeSlack, Message
from tests.fakes.slack.faults import Fault
from tests.integration.slack_running import LEAVE, QUESTION, knowing, running

NOTHING = "The weather is fine today."
PAGE = "https://docs.example.com/leave"


def session(slack: FakeSlack, channel: Channel) -> Session:
    return Session("slack", slack.team.id, channel.id)


def private(slack: FakeSlack, name: str = "secret") -> Channel:
    return slack.new_channel(name, kind="private", members=[slack.sam, slack.mina])


async def documents(core: Core) -> list[Document]:
    return [one async for one, _ in core.library.shelved() if one.title != "Handbook"]


async def auto(core: Core, slack: FakeSlack, channel: Channel | None = None) -> None:
    """Everything is read at once in a public channel."""
    await core.store.channels.put(session(slack, channel or slack.general), ChannelSettings(ingestion="auto"))


def thread(slack: FakeSlack, message: Message) -> list[str]:
    return [one.shown for one in slack.answers(message.channel, thread_ts=message.ts)]


async def test_a_file_in_a_private_channel_is_read_and_told_of_in_its_thread() -> None:
    core = await knowing(text=NOTHING)
    async with FakeSlack() as slack, running(slack, core):
        channel = private(slack)
        message = slack.upload("handbook.txt", LEAVE, channel=channel, user=slack.sam)
        told = await slack.posted("Read *handbook.txt*: 1 passage", channel=channel, thread_ts=message.ts)
        assert not told.ephemeral_to
        await slack.call("reactions.remove")
        assert message.reactions.keys() == {"white_check_mark"}
        (document,) = await documents(core)
        assert document.scope == Scope.channel(session(slack, channel))
        slack.ask(QUESTION, channel=channel, user=slack.sam)
        await slack.posted("15 days", channel=channel)
        slack.ask(QUESTION, user=slack.sam)
        await slack.posted("find", channel=slack.general)
