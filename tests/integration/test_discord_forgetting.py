"""What is shared in Discord is forgotten when it goes, also while nobody is looking."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from core.errors import Unavailable
from tests.fakes.discord.faults import Fault
from tests.integration.discord_adapting import adapted
from tests.integration.discord_answering import answering, knowing, settled, until
from tests.integration.discord_running import fake_discord
from tests.integration.discord_sharing import (
    LOOK,
    NOTHING,
    PAGE,
    REACT,
    auto,
    documents,
    hidden,
    known,
)
from tests.integration.slack_running import LEAVE


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
        await known(core, 0)


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
        await known(core, 1)
        discord.edit(message, "see nothing", without_files=True)
        await known(core, 0)


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
            await known(core, 3)
        assert len(await documents(core)) == 3
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


async def test_what_was_shared_while_the_bot_was_away_is_read_afterwards(tmp_path: Path) -> None:
    core = await knowing(text=NOTHING, pages={PAGE: b"Interns get 12 days."})
    async with fake_discord() as discord:
        channel = hidden(discord)
        async with adapted(discord, core, tmp_path, message_content=True):
            discord.say("hello", channel=channel, user=discord.sam)
            await asyncio.sleep(0.3)
        discord.share("handbook.txt", LEAVE, channel=channel, user=discord.sam)
        discord.say(f"see {PAGE}", channel=channel, user=discord.sam)
        async with adapted(discord, core, tmp_path, message_content=True):
            await discord.posted("Read *handbook.txt*", channel=channel)
            await discord.posted("Read *leave*", channel=channel)
            await settled(core)
        assert len(await documents(core)) == 2


async def test_what_discord_does_not_tell_of_is_kept_and_looked_at_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.discord.standing.PATIENCE", 0.05)
    core = await knowing(text=NOTHING)
    under, away = core.store.shares.under, 2

    async def troubled(*arguments: Any, **more: Any) -> Any:
        nonlocal away
        away -= 1
        if away >= 0:
            raise Unavailable("chat.busy") if away else RuntimeError("odd")
        return await under(*arguments, **more)

    async with fake_discord() as discord:
        async with answering(discord, core):
            message = discord.share("1.txt", "First.", channel=hidden(discord), user=discord.sam)
            await discord.posted("Read")
            await settled(core)
        discord.delete(message)
        monkeypatch.setattr(core.store.shares, "under", troubled)
        fault = discord.faults.add(Fault(LOOK, times=99, status=503))
        async with answering(discord, core) as desk:
            await until(lambda: away == 0)
            desk.standing.soon.set()
            await discord.call(LOOK)
            await asyncio.sleep(0.2)
            assert len(await documents(core)) == 1
            fault.times = 0
            desk.standing.soon.set()
            await known(core, 0)
