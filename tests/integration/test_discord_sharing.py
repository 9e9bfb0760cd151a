"""Files and links that people share in Discord are read, told of, and known to exactly the right people."""

import asyncio
from typing import Any

import pytest

from adapters.sharing import Manners
from core.channels import ChannelSettings
from core.types import Document, Scope, Session
from tests.fakes.discord import FakeDiscord, Message
from tests.fakes.discord.faults import Fault
from tests.fakes.discord.state import Channel
from tests.fakes.saseo import Core
from tests.integration.discord_answering import QUESTION, answering, knowing, settled, until
from tests.integration.discord_running import fake_discord
from tests.integration.slack_running import LEAVE

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


async def gone(core: Core) -> None:
    for _ in range(250):
        if not await documents(core):
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it is still known")


def reactions(message: Message) -> set[str]:
    return {emoji for emoji, people in message.reactions.items() if people}


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


async def test_a_file_that_is_too_large_is_refused_by_name_and_listed() -> None:
    core = await knowing(text=NOTHING)
    async with fake_discord() as discord, answering(discord, core, most_bytes=1024 * 1024):
        channel = hidden(discord)
        message = discord.share("large.txt", b"x" * (1024 * 1024 + 1), channel=channel, user=discord.sam)
        await discord.posted("large.txt is larger than 1 MB", channel=channel)
        await settled(core)
        assert reactions(message) == set()
        discord.slash("sources", channel=channel, user=discord.sam)
        await discord.posted("Not read here", where=lambda one: "large.txt" in one.content)
        discord.delete(message)
        await asyncio.sleep(0.3)
        discord.slash("sources", channel=channel, user=discord.sam)
        listed = await discord.posted("Handbook", where=lambda one: one.ephemeral_to is not None, count=2)
        assert "large.txt" not in listed.content


async def test_what_is_deleted_is_forgotten() -> None:
    core = await knowing(text=NOTHING)
    async with fake_discord() as discord, answering(discord, core):
        channel, other = hidden(discord), hidden(discord, "other")
        await auto(core, discord)
        thread = discord.new_thread("talk")
        one = discord.share("1.txt", "First.", channel=channel, user=discord.sam)
        two = discord.share("2.txt", "Second.", channel=channel, user=discord.sam)
        three = discord.share("3.txt", "Third.", channel=channel, user=discord.sam)
        discord.share("4.txt", "Fourth.", channel=other, user=discord.sam)
        discord.share("5.txt", "Fifth.", channel=thread, user=discord.sam)
        for place, count in ((channel, 3), (other, 1), (thread, 1)):
            await discord.posted("Read", channel=place, count=count)
        await settled(core)
        assert len(await documents(core)) == 5
        discord.delete(one)
        discord.delete_many([two, three])
        discord.delete_channel(other)
        discord.delete_channel(thread)
        await gone(core)


async def test_an_edit_forgets_what_it_drops_and_a_preview_drops_nothing() -> None:
    core = await knowing(text=NOTHING, pages={PAGE: b"Interns get 12 days."})
    async with fake_discord() as discord, answering(discord, core):
        channel = hidden(discord)
        message = discord.say(f"see {PAGE}", channel=channel, files={"a.txt": LEAVE}, user=discord.sam)
        await discord.posted("Read", channel=channel)
        await settled(core)
        discord.unfurl(message)
        await asyncio.sleep(0.3)
        assert len(await documents(core)) == 2
        discord.edit(message, f"see {PAGE}", without_files=True)
        await until_async(core, 1)
        discord.edit(message, "see nothing", without_files=True)
        await gone(core)


async def until_async(core: Core, count: int) -> None:
    for _ in range(250):
        if len(await documents(core)) == count:
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"{len(await documents(core))} documents")


async def test_a_file_that_is_deleted_while_it_is_fetched_is_never_known() -> None:
    core = await knowing(text=NOTHING)
    async with fake_discord() as discord, answering(discord, core):
        channel = hidden(discord)
        discord.faults.add(Fault("GET /attachments", delay=0.5))
        message = discord.share("a.txt", LEAVE, channel=channel, user=discord.sam)
        await until(lambda: bool(discord.called(REACT)))
        discord.delete(message)
        await settled(core)
        assert await documents(core) == []
        assert discord.answers(channel) == []


async def test_what_went_while_the_bot_was_away_is_forgotten_at_the_next_start() -> None:
    core = await knowing(text=NOTHING, pages={PAGE: b"Interns get 12 days."})
    async with fake_discord() as discord:
        elsewhere = discord.new_guild("Elsewhere", members=[discord.sam])
        far = discord.new_channel("far", guild=elsewhere, only=[discord.sam])
        channel = hidden(discord)
        async with answering(discord, core):
            message = discord.share("1.txt", "First.", channel=channel, user=discord.sam)
            dropped = discord.say(f"{PAGE} and more", channel=channel, files={"2.txt": "Second."}, user=discord.sam)
            discord.share("3.txt", "Third.", channel=far, user=discord.sam)
            stays = discord.share("4.txt", "Fourth.", channel=channel, user=discord.sam)
            discord.slash("add", {"file": ("5.txt", b"Fifth.")}, channel=channel, user=discord.sam)
            await discord.posted("I know this now", where=lambda one: one.ephemeral_to is not None)
            await discord.posted("Read", channel=far)
            await discord.posted("Read", channel=channel, count=3)
            await settled(core)
            assert len(await documents(core)) == 6
        discord.delete(message)
        discord.edit(dropped, f"{PAGE} and more", without_files=True)
        discord.leave(discord.bot, elsewhere)
        async with answering(discord, core) as desk:
            desk.standing.pause = 0.0
            await until_async(core, 3)
        assert {one.title for one in await documents(core)} == {"4", "5", PAGE} or len(await documents(core)) == 3
        assert not stays.deleted


async def test_what_a_dead_process_had_accepted_is_read_and_told_of_once() -> None:
    core = await knowing(text=NOTHING)
    gate = asyncio.Event()
    read = core.reader.read

    async def never(*arguments: Any, **more: Any) -> Any:
        await gate.wait()
        return await read(*arguments, **more)

    async with fake_discord() as discord:
        channel = hidden(discord)
        core.reader.read = never  # type: ignore[method-assign]
        async with answering(discord, core) as desk:
            desk.drain_seconds = 0.0
            message = discord.share("a.txt", LEAVE, channel=channel, user=discord.sam)
            kept = discord.share("b.txt", "Lunch is at noon.", channel=channel, user=discord.sam)
            await until(lambda: len(discord.called(REACT)) == 2)
        gate.set()
        discord.delete(message)
        async with answering(discord, core):
            told = await discord.posted("Read *b.txt*", channel=channel)
            discord.gateway.again(2)
            await settled(core)
        assert told.referenced is kept
        assert discord.answers(channel) == [told]
        assert len(await documents(core)) == 1


async def test_whoever_manages_a_channel_sees_and_changes_its_settings() -> None:
    core = await knowing(text=NOTHING)
    async with fake_discord() as discord, answering(discord, core):
        discord.slash("settings", user=discord.sam)
        await discord.posted("I ask first")
        discord.slash("settings", {"ingestion": "off", "notices": False}, user=discord.sam)
        shown = await discord.posted("Notices in this channel are off")
        assert "leave them alone" in shown.content
        settings = await core.store.channels.get(session(discord, discord.general))
        assert (settings.ingestion, settings.notices) == ("off", False)
        registered = {one["name"]: one for one in discord.world.commands.values()}
        assert registered["settings"]["default_member_permissions"] == str(1 << 4)
        assert registered["gaps"]["default_member_permissions"] == str(1 << 4)


async def test_gaps_are_those_that_were_asked_in_front_of_everybody() -> None:
    core = await knowing(text=NOTHING)
    async with fake_discord() as discord, answering(discord, core):
        discord.slash("gaps", user=discord.sam)
        await discord.posted("There is no question here")
        discord.mention("How high is the Matterhorn above the sea?", user=discord.sam)
        await discord.posted("could not find")
        discord.slash("ask", {"question": "What is my salary in euros?", "private": True}, user=discord.sam)
        await discord.posted("could not find", where=lambda one: one.ephemeral_to is not None)
        await settled(core)
        discord.slash("gaps", user=discord.mina)
        listed = await discord.posted("Matterhorn", where=lambda one: one.ephemeral_to is not None)
        assert "salary" not in listed.content
