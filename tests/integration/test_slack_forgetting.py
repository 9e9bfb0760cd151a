"""What goes from Slack is forgotten, and what changes readers is known to those readers alone."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from adapters.learning import MOST_ATTEMPTS
from core.backends.memory_world import PlainReader
from core.types import Reading, Scope, now
from tests.fakes.patience import PATIENCE
from tests.fakes.slack import Channel, FakeSlack, Message
from tests.integration.sharing import (
    NOTHING,
    PAGE,
    choose,
    documents,
    forgotten,
    holds,
    known,
    private,
    session,
    team,
    thread,
)
from tests.integration.slack_running import LEAVE, QUESTION, knowing, running

WAYS: dict[str, Callable[[FakeSlack, Channel, Message], object]] = {
    "the message is deleted": lambda slack, _, message: slack.delete(message),
    "the file is deleted": lambda slack, _, message: slack.delete_file(message.files[0]),
    "the file is taken out": lambda slack, _, message: slack.drop_file(message, message.files[0]),
    "the channel is archived": lambda slack, channel, _: slack.archive(channel),
    "the channel is deleted": lambda slack, channel, _: slack.delete_channel(channel),
    "the bot is removed": lambda slack, channel, _: slack.leave(channel),
}


class Gate(PlainReader):
    """A reader that waits until it may go on."""

    def __init__(self) -> None:
        self.began, self.go_on = asyncio.Event(), asyncio.Event()

    async def read(self, data: bytes, *, name: str, media_type: str | None = None) -> Reading:
        if name.endswith(".txt"):
            self.began.set()
            await self.go_on.wait()
        return await super().read(data, name=name, media_type=media_type)


@pytest.mark.parametrize("way", WAYS)
async def test_what_goes_is_forgotten(way: str) -> None:
    core = await knowing(text=NOTHING)
    async with FakeSlack() as slack, running(slack, core):
        channel = private(slack)
        message = slack.upload("handbook.txt", LEAVE, channel=channel)
        await known(core)
        WAYS[way](slack, channel, message)
        await forgotten(core)


@pytest.mark.parametrize("way", WAYS)
async def test_what_goes_while_it_is_read_is_not_known_afterwards(way: str) -> None:
    gate = Gate()
    core = await knowing(text=NOTHING, reader=gate)
    async with FakeSlack() as slack, running(slack, core) as adapter:
        channel = private(slack)
        message = slack.upload("handbook.txt", LEAVE, channel=channel)
        await asyncio.wait_for(gate.began.wait(), PATIENCE)
        WAYS[way](slack, channel, message)

        async def heard() -> bool:
            return adapter._living.learning.forgetting.vanished.moment > 0

        await holds(heard, what="the bot to hear of it")
        gate.go_on.set()
        await slack.call("reactions.remove")
        assert not await documents(core)
        assert not any("Read" in text for text in [one.shown for one in slack.answers()])


async def test_a_link_that_is_edited_away_is_forgotten_and_one_that_comes_in_is_read() -> None:
    pages: dict[str, Any] = {PAGE: LEAVE.encode(), f"{PAGE}/2": b"Lunch is at noon."}
    core = await knowing(text=NOTHING, pages=pages)
    async with FakeSlack() as slack, running(slack, core):
        message = slack.say(f"<{PAGE}>", channel=private(slack))
        await known(core)
        slack.unfurl(message)
        slack.edit(message, f"rather <{PAGE}/2>")

        async def other() -> bool:
            return {one.url for one in await documents(core)} == {f"{PAGE}/2"}

        await holds(other, what="the other page")
        slack.edit(message, "nothing")
        await forgotten(core)


async def test_words_that_are_known_change_and_go_with_their_message() -> None:
    core = await knowing(text=NOTHING)
    async with FakeSlack() as slack, running(slack, core):
        message = slack.say(LEAVE, channel=private(slack))
        slack.shortcut("saseo_add", message=message, user=slack.sam)
        await known(core)
        slack.edit(message, "Lunch is at noon.")

        async def changed() -> bool:
            return [one.title for one in await documents(core)] == ["Lunch is at noon."]

        await holds(changed, what="the new words")
        slack.delete(message)
        await forgotten(core)


async def test_what_went_while_the_bot_was_away_is_forgotten_at_the_start() -> None:
    core = await knowing(text=NOTHING)
    async with FakeSlack() as slack:
        kept, closed = private(slack, "kept"), private(slack, "closed")
        async with running(slack, core):
            messages = [
                slack.upload(f"{name}.txt", f"Rule {name}.", channel=kept) for name in ("stays", "goes", "drops")
            ]
            slack.upload("closed.txt", LEAVE, channel=closed)
            await known(core, 4)
        slack.delete(messages[1])
        slack.drop_file(messages[2], messages[2].files[0])
        slack.archive(closed)
        async with running(slack, core):

            async def one_left() -> bool:
                return [one.title for one in await documents(core)] == ["stays.txt"]

            await holds(one_left, what="the rest to be forgotten")


async def test_a_channel_that_turns_private_takes_its_documents_along_and_gives_them_back() -> None:
    core = await knowing(text=NOTHING)
    async with FakeSlack() as slack, running(slack, core):
        channel = slack.new_channel("plans")
        await choose(core, slack, "auto", channel)
        slack.upload("handbook.txt", LEAVE, channel=channel)
        await known(core)
        slack.convert(channel, "private")

        async def scoped(scope: Scope) -> bool:
            return [one.scope for one in await documents(core)] == [scope]

        await holds(lambda: scoped(Scope.channel(session(slack, channel))), what="the channel's own document")
        slack.ask(QUESTION, user=slack.sam)
        await slack.posted("find", channel=slack.general)
        slack.convert(channel, "public")
        await holds(lambda: scoped(team(slack)), what="the workspace's document")


@pytest.mark.parametrize("who", ["a guest", "another company"])
async def test_a_channel_with_outsiders_keeps_its_documents_to_itself(who: str) -> None:
    core = await knowing(text=NOTHING)
    async with FakeSlack() as slack, running(slack, core):
        guest = slack.new_user("guest", is_restricted=True)
        channel = slack.new_channel("plans", members=[slack.sam, slack.mina])
        await choose(core, slack, "auto", channel)
        slack.upload("handbook.txt", LEAVE, channel=channel)
        (document,) = await known(core)
        assert document.scope == team(slack)
        if who == "a guest":
            slack.join(channel, guest)
        else:
            slack.connect(channel, "T777777777")

        async def own() -> bool:
            return [one.scope for one in await documents(core)] == [Scope.channel(session(slack, channel))]

        await holds(own, what="the channel's own document")


async def test_somebody_who_becomes_a_guest_is_one_in_every_channel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.slack.upkeep.SETTLING", 0.1)
    core = await knowing(text=NOTHING)
    async with FakeSlack() as slack, running(slack, core):
        await choose(core, slack, "auto")
        slack.upload("handbook.txt", LEAVE)
        await known(core)
        slack.change_user(slack.sam, is_restricted=True)

        async def own() -> bool:
            return [one.scope for one in await documents(core)] == [Scope.channel(session(slack, slack.general))]

        await holds(own, what="the channel's own document", seconds=15)


async def test_readers_that_changed_while_the_bot_was_away_are_seen_at_the_start() -> None:
    core = await knowing(text=NOTHING)
    async with FakeSlack() as slack:
        channel = slack.new_channel("plans")
        await choose(core, slack, "auto", channel)
        async with running(slack, core):
            slack.upload("handbook.txt", LEAVE, channel=channel)
            await known(core)
        channel.kind = "private"
        async with running(slack, core):

            async def own() -> bool:
                return [one.scope for one in await documents(core)] == [Scope.channel(session(slack, channel))]

            await holds(own, what="the channel's own document")


async def test_what_was_shared_while_the_process_died_is_read_once_unless_it_went() -> None:
    gate = Gate()
    core = await knowing(text=NOTHING, reader=gate)
    async with FakeSlack() as slack:
        channel = private(slack)
        async with running(slack, core) as adapter:
            adapter.drain_seconds = 0.1
            stays = slack.upload("stays.txt", LEAVE, channel=channel)
            goes = slack.upload("goes.txt", "Lunch is at noon.", channel=channel)
            await slack.call("reactions.add", count=2)
            await asyncio.wait_for(gate.began.wait(), PATIENCE)
        slack.delete(goes)
        gate.go_on.set()
        async with running(slack, core):
            await slack.posted("stays.txt", thread_ts=stays.ts)
            await asyncio.sleep(0.3)
            assert [one.title for one in await documents(core)] == ["stays.txt"]
            assert len(thread(slack, stays)) == 1
            assert not thread(slack, goes)


async def test_a_message_that_is_told_again_after_it_was_deleted_is_not_read() -> None:
    core = await knowing(text=NOTHING, pages={PAGE: LEAVE.encode()})
    core.now = now() + timedelta(minutes=1)
    async with FakeSlack() as slack:
        channel = private(slack)
        await choose(core, slack, "off", channel)
        async with running(slack, core):
            message = slack.say(f"<{PAGE}>", channel=channel)
            told = list(message.deliveries)
            slack.delete(message)
            for delivery in message.deliveries:
                await delivery.settled()
        await choose(core, slack, "auto", channel)
        async with running(slack, core):
            # The process that heard of the deletion has died.
            for delivery in told:
                slack.outbox.again(delivery)
            other = slack.upload("lunch.txt", "Lunch is at noon.", channel=channel)
            await slack.posted("lunch.txt", thread_ts=other.ts)
            assert [one.title for one in await documents(core)] == ["lunch.txt"]
            assert not thread(slack, message)


async def test_what_ends_the_process_again_and_again_is_set_aside() -> None:
    core = await knowing(text=NOTHING, reader=Gate())
    async with FakeSlack() as slack:
        channel = private(slack)
        async with running(slack, core) as adapter:
            adapter.drain_seconds = 0.1
            message = slack.upload("poison.txt", LEAVE, channel=channel, user=slack.sam)
            await slack.call("reactions.add")
        for _ in range(MOST_ATTEMPTS):
            await core.store.inbox.take("slack:", holder="dead")
            await core.store.inbox.release("dead")
        async with running(slack, core):
            await slack.posted(f"Reading *poison.txt* has failed {MOST_ATTEMPTS + 1} times", thread_ts=message.ts)
            slack.command("/sources", channel=channel, user=slack.sam)
            await slack.posted("Not read here", channel=channel)
