"""Files and links that people share in Discord are read, told of, and known to exactly the right people."""

import asyncio
from typing import Any

import pytest

from adapters.sharing import Manners
from core.channels import ChannelSettings
from core.types import Scope
from tests.fakes.discord.faults import Fault
from tests.integration.discord_answering import QUESTION, answering, knowing, settled, until
from tests.integration.discord_running import fake_discord
from tests.integration.discord_sharing import (
    LOOK,
    NOTHING,
    PAGE,
    auto,
    documents,
    hidden,
    reactions,
    session,
)
from tests.integration.slack_running import LEAVE


async def test_a_file_in_a_private_channel_is_read_and_told_of_in_a_reply() -> None:
    core = await knowing(text=NOTHING)
    async with fake_discord() as discord, answering(discord, core):
        channel = hidden(discord)
        message = discord.share("handbook.txt", LEAVE, channel=channel, user=discord.sam)
        told = await discord.posted("Read *handbook.txt*: 1 passage", channel=channel)
        await settled(core)
        assert told.referenced is message
        assert told.pinged == set()
        assert reactions(message) == {"✅"}
        (document,) = await documents(core)
        assert document.scope == Scope.channel(session(discord, channel))
        assert document.url == f"https://discord.com/channels/{discord.guild.id}/{channel.id}/{message.id}"
        discord.mention(QUESTION, channel=channel, user=discord.sam)
        await discord.posted("15 days", channel=channel)
        discord.mention(QUESTION, user=discord.sam)
        await discord.posted("find", channel=discord.general)


async def test_that_it_is_being_read_is_shown_within_a_second() -> None:
    core = await knowing(text=NOTHING)
    gate = asyncio.Event()
    read = core.reader.read

    async def slowly(*arguments: Any, **more: Any) -> Any:
        await gate.wait()
        return await read(*arguments, **more)

    core.reader.read = slowly  # type: ignore[method-assign]
    async with fake_discord() as discord, answering(discord, core):
        message = discord.share("handbook.txt", LEAVE, channel=hidden(discord), user=discord.sam)
        await until(lambda: reactions(message) == {"👀"}, seconds=1.0)
        gate.set()
        await discord.posted("Read *handbook.txt*")


async def test_several_files_and_links_of_a_message_are_told_of_together() -> None:
    core = await knowing(text=NOTHING, pages={PAGE: b"Interns get 12 days."})
    async with fake_discord() as discord, answering(discord, core):
        files: dict[str, bytes | str] = {"a.txt": LEAVE, "b.txt": "Lunch is at noon.", "empty.txt": " "}
        message = discord.say(f"new: <{PAGE}>", channel=hidden(discord), files=files, user=discord.sam)
        told = await discord.posted("Read *a.txt*")
        await settled(core)
        assert all(name in told.content for name in ("a.txt", "b.txt", "empty.txt", "*leave*"))
        assert len(await documents(core)) == 3
        assert len(discord.answers(message.channel)) == 1


async def test_where_everybody_reads_along_it_is_asked_first() -> None:
    core = await knowing(text=NOTHING)
    async with fake_discord() as discord, answering(discord, core):
        message = discord.share("handbook.txt", LEAVE, user=discord.sam)
        asked = await discord.posted("Shall I read *handbook.txt*")
        await settled(core)
        assert asked.referenced is message
        assert await documents(core) == []
        discord.expire_attachments()
        await discord.press(asked, "saseo:learn", user=discord.mina).settled()
        told = await discord.posted("*handbook.txt*", where=lambda one: "Shall" not in one.content)
        await settled(core)
        assert told is asked
        assert told.components == []
        assert len(await documents(core)) == 1
        assert discord.answers() == [asked]
        assert reactions(message) == {"✅"}


async def test_a_button_whose_message_is_gone_says_so() -> None:
    core = await knowing(text=NOTHING)
    async with fake_discord() as discord, answering(discord, core):
        message = discord.share("handbook.txt", LEAVE, user=discord.sam)
        asked = await discord.posted("Shall I read")
        await settled(core)
        discord.delete(message)
        discord.press(asked, "saseo:learn", user=discord.sam)
        assert (await discord.posted("nothing left to read")) is asked


async def test_few_questions_are_asked_in_a_busy_channel() -> None:
    core = await knowing(text=NOTHING)
    async with fake_discord() as discord, answering(discord, core) as desk:
        desk._shelving.manners = Manners(asked=2)
        for number in range(5):
            discord.share(f"{number}.txt", f"{LEAVE} {number}", user=discord.sam)
        discord.say(f"look at {PAGE}", user=discord.sam)
        discord.say(f"and at {PAGE}/2", user=discord.sam)
        await until(lambda: len(core.store.inbox._entries) == 7)
        await settled(core)
        assert len(discord.answers()) == 2


@pytest.mark.parametrize("ingestion", ["off", "auto"])
async def test_a_channel_decides_what_happens(ingestion: Any) -> None:
    core = await knowing(text=NOTHING)
    async with fake_discord() as discord, answering(discord, core):
        await core.store.channels.put(session(discord, discord.general), ChannelSettings(ingestion=ingestion))
        thread = discord.new_thread("talk")
        discord.share("one.txt", LEAVE, user=discord.sam)
        discord.share("two.txt", "Lunch is at noon.", channel=thread, user=discord.sam)
        discord.mention("hello", user=discord.sam)
        await discord.posted()
        await settled(core)
        assert len(await documents(core)) == (2 if ingestion == "auto" else 0)
        assert {one.scope for one in await documents(core)} <= {Scope.channel(session(discord, discord.general))}


async def test_pictures_bots_and_links_to_discord_itself_are_left_alone() -> None:
    core = await knowing(text=NOTHING)
    async with fake_discord() as discord, answering(discord, core):
        await auto(core, discord)
        robot = discord.new_user("robot", is_bot=True)
        discord.share("cat.png", b"\x89PNG", user=discord.sam)
        discord.share("handbook.txt", LEAVE, user=robot)
        discord.say(f"https://discord.com/channels/1/2/3 and `{PAGE}`", user=discord.sam)
        discord.say("joined", type=7)
        discord.mention("hello", user=discord.sam)
        await discord.posted()
        await settled(core)
        assert await documents(core) == []
        assert len(core.store.inbox._entries) == 1


async def test_without_message_content_mentions_and_direct_messages_are_still_read() -> None:
    core = await knowing(text=NOTHING)
    async with fake_discord() as discord, answering(discord, core, message_content=False):
        channel = hidden(discord)
        discord.share("unseen.txt", "Secret plans.", channel=channel, user=discord.sam)
        discord.share("handbook.txt", LEAVE, channel=channel, content=discord.bot.mention, user=discord.sam)
        told = await discord.posted("Read *handbook.txt*", channel=channel)
        discord.share("lunch.txt", "Lunch is at noon.", channel=discord.direct(discord.sam))
        await discord.posted("Read *lunch.txt*", channel=discord.direct(discord.sam))
        await settled(core)
        titles = sorted(one.title for one in await documents(core))
        assert len(titles) == 2
        assert not any("unseen" in title for title in titles)
        # Discord withholds what a message without a mention says: an edit of it takes nothing away.
        discord.edit(discord.find_message(told.referenced.id), "now without you")  # type: ignore[union-attr]
        await asyncio.sleep(0.3)
        assert len(await documents(core)) == 2


async def test_an_expired_address_is_asked_for_once_more() -> None:
    core = await knowing(text=NOTHING)
    async with fake_discord() as discord, answering(discord, core):
        discord.faults.add(Fault("GET /attachments", status=404))
        discord.share("handbook.txt", LEAVE, channel=hidden(discord), user=discord.sam)
        await discord.posted("Read *handbook.txt*")
        assert len(discord.called(LOOK)) == 1


async def test_the_same_file_in_two_channels_is_embedded_once() -> None:
    core = await knowing(text=NOTHING)
    embedded: list[str] = []
    passages = core.embedder.passages

    async def counted(texts: Any) -> Any:
        embedded.extend(texts)
        return await passages(texts)

    core.embedder.passages = counted  # type: ignore[method-assign]
    async with fake_discord() as discord, answering(discord, core):
        for name in ("one", "two"):
            channel = hidden(discord, name)
            discord.share("handbook.txt", LEAVE, channel=channel, user=discord.sam)
            await discord.posted("Read *handbook.txt*", channel=channel)
        assert len(await documents(core)) == 2
        assert len(embedded) == 1
