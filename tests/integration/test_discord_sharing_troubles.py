"""Trouble while something is read in Discord: it is told once, set aside, or taken up again."""

import asyncio
from typing import Any

import pytest

from adapters.discord.outbound import Post
from adapters.learning import MOST_ATTEMPTS
from core.errors import Refused, Unavailable
from core.inbox import Accepted
from core.notices import Notice
from core.types import Session
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord.faults import Fault
from tests.fakes.saseo import Core
from tests.integration.discord_answering import CALLBACK, ORIGINAL, POST, QUESTION, answering, knowing, settled, until
from tests.integration.discord_running import fake_discord
from tests.integration.discord_sharing import NOTHING, PAGE, REACT, documents, hidden, known
from tests.integration.slack_running import LEAVE


async def left(core: Core, discord: FakeDiscord, *, attempts: int = 0) -> Accepted:
    """A file that a dead process had accepted."""
    never = asyncio.Event()

    async def read(*_: Any, **__: Any) -> Any:
        await never.wait()

    before = core.reader.read
    core.reader.read = read  # type: ignore[method-assign]
    async with answering(discord, core) as desk:
        desk.drain_seconds = 0.0
        discord.share("a.txt", LEAVE, channel=hidden(discord), user=discord.sam)
        await until(lambda: bool(discord.called(REACT)))
    core.reader.read = before  # type: ignore[method-assign]
    for _ in range(attempts):
        await core.store.inbox.take("discord:", holder="dead")
        await core.store.inbox.release("dead")
    (entry,) = core.store.inbox._entries.values()
    return entry.item


async def test_what_ends_the_process_again_and_again_is_set_aside_by_name() -> None:
    core = await knowing(text=NOTHING)
    async with fake_discord() as discord:
        await left(core, discord, attempts=MOST_ATTEMPTS)
        async with answering(discord, core):
            told = await discord.posted("a.txt")
            await settled(core)
        assert "has failed" in told.content
        assert await documents(core) == []


async def test_what_was_to_be_told_is_told_as_it_was_known() -> None:
    core = await knowing(text=NOTHING)
    async with fake_discord() as discord:
        item = await left(core, discord)
        await core.store.inbox.written(item.id, Post("As it was.").dump())
        async with answering(discord, core):
            await settled(core)
        assert [one.content for one in discord.answers()] == ["As it was."]


async def test_while_discord_is_away_what_was_read_is_told_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.discord.shelving.DELIVERY_WAITS", (0.1,) * 20)
    core = await knowing(text=NOTHING)
    async with fake_discord() as discord, answering(discord, core):
        discord.faults.add(Fault(POST, times=3, status=503))
        discord.share("a.txt", LEAVE, channel=hidden(discord), user=discord.sam)
        await discord.posted("Read *a.txt*")
        await settled(core)
        assert len(discord.answers()) == 1


async def test_where_it_may_not_write_it_reads_all_the_same() -> None:
    core = await knowing(text=NOTHING)
    async with fake_discord() as discord, answering(discord, core):
        discord.faults.add(Fault(POST, times=9, status=403, code=50013))
        discord.faults.add(Fault(REACT, times=9, status=403, code=50013))
        discord.share("a.txt", LEAVE, channel=hidden(discord), user=discord.sam)
        await known(core, 1)
        await settled(core)
        assert discord.answers() == []


async def test_what_cannot_be_kept_is_said_where_somebody_asked_for_it() -> None:
    core = await knowing(text=NOTHING)
    async with fake_discord() as discord, answering(discord, core) as desk:
        desk._shelving.full = lambda: True
        discord.share("a.txt", LEAVE, channel=hidden(discord), user=discord.sam)
        discord.slash("add", {"file": ("b.txt", LEAVE.encode())}, user=discord.sam)
        await discord.posted("try again", where=lambda one: one.ephemeral_to is not None)
        assert core.store.inbox._entries == {}


@pytest.mark.parametrize(
    ("fault", "read"),
    [
        (Fault(CALLBACK, status=404, code=10062), True),
        (Fault(CALLBACK, drop="before"), True),
        (Fault(CALLBACK, status=400, code=40060), False),
    ],
    ids=["late", "lost", "another process"],
)
async def test_a_button_that_cannot_be_acknowledged(fault: Fault, *, read: bool) -> None:
    core = await knowing(text=NOTHING)
    async with fake_discord() as discord, answering(discord, core):
        message = discord.share("a.txt", LEAVE, user=discord.sam)
        asked = await discord.posted("Shall I read")
        await settled(core)
        discord.faults.add(fault)
        discord.faults.add(Fault("PATCH /webhooks/*", times=99, status=404, code=10015))
        discord.press(asked, "saseo:learn", user=discord.sam)
        await until(lambda: len(core.store.inbox._entries) == 2)
        await settled(core)
        assert len(await documents(core)) == int(read)
        assert ("✅" in message.reactions) is read
        shown = [one.content for one in discord.answers() if "Read *a.txt*" in one.content]
        assert len(shown) == int(read)


async def test_an_answer_to_a_command_that_nobody_can_be_told_is_over() -> None:
    core = await knowing(text=NOTHING)
    async with fake_discord() as discord, answering(discord, core):
        discord.faults.add(Fault(ORIGINAL, times=99, status=404, code=10015))
        discord.slash("add", {"file": ("a.txt", LEAVE.encode())}, user=discord.sam)
        await known(core, 1)
        await settled(core)
        assert discord.answers() == []


async def test_a_notice_waits_for_a_store_that_is_away_and_a_bug_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.ending.PAUSE", 0.01)
    core = await knowing(text=NOTHING)
    async with fake_discord() as discord:
        place = Session("discord", discord.guild.id, discord.general.id)

        def notice(name: str, thread: str) -> Notice:
            return Notice(
                id=f"{place}:{name}+found", kind="found", about=f"{place}:{name}", session=place, thread=thread
            )

        find, failures = core.store.catalogue.find, iter(range(3))

        async def away(name: str) -> Any:
            if next(failures, None) is None:
                return await find(name)
            raise Unavailable("store.away")

        async with answering(discord, core) as desk:
            core.store.catalogue.find = away  # type: ignore[method-assign, assignment]
            await core.noticing.put(notice("1", str(place)))
            await settled(core)
            assert next(failures, None) is None
            desk._telling.api = None  # type: ignore[assignment]
            await core.noticing.put(notice("2", "nowhere"))
            await settled(core)
        assert discord.answers() == []


async def test_a_message_that_comes_again_is_read_once() -> None:
    core = await knowing(text=NOTHING)
    async with fake_discord() as discord, answering(discord, core):
        channel = hidden(discord)
        discord.share("a.txt", LEAVE, channel=channel, user=discord.sam)
        await discord.posted("Read *a.txt*", channel=channel)
        discord.gateway.again(2)
        discord.mention("hello", channel=channel, user=discord.sam)
        await discord.posted(channel=channel, count=2)
        await settled(core)
        assert len([one for one in discord.answers(channel) if "a.txt" in one.content]) == 1


async def test_words_that_cannot_be_kept_are_refused_to_whoever_wanted_it(monkeypatch: pytest.MonkeyPatch) -> None:
    core = await knowing(text=NOTHING)

    async def refused(*_: Any, **__: Any) -> Any:
        raise Refused("library.empty", name="these words")

    async with fake_discord() as discord, answering(discord, core):
        message = discord.say("Lunch is at noon.", user=discord.mina)
        monkeypatch.setattr(core.knowledge, "share_file", refused)
        discord.context_menu("Add to knowledge", message, user=discord.sam)
        told = await discord.posted(where=lambda one: one.ephemeral_to is not None)
        await settled(core)
        assert "these words" in told.content
        assert await documents(core) == []


async def test_while_discord_is_away_for_ever_what_was_read_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.discord.shelving.DELIVERY_WAITS", (0.01,))
    core = await knowing(text=NOTHING)
    async with fake_discord() as discord, answering(discord, core):
        discord.faults.add(Fault(POST, times=99, status=503))
        discord.share("a.txt", LEAVE, channel=hidden(discord), user=discord.sam)
        await known(core, 1)
        await settled(core, seconds=60)
        assert discord.answers() == []


async def test_an_edit_after_a_restart_brings_what_is_not_known_yet_and_a_preview_nothing() -> None:
    other = f"{PAGE}/lunch"
    core = await knowing(text=NOTHING, pages={PAGE: LEAVE.encode(), other: b"Lunch is at noon."})
    async with fake_discord() as discord:
        channel = hidden(discord)
        async with answering(discord, core):
            message = discord.say(f"see {PAGE}", channel=channel, user=discord.sam)
            await discord.posted("leave", channel=channel)
            await settled(core)
        async with answering(discord, core):
            discord.unfurl(message)
            discord.edit(message, f"see {PAGE} and {other}")
            told = await discord.posted("lunch", channel=channel)
            discord.unfurl(message)
            discord.gateway.again(1)
            await settled(core)
            assert "leave" not in told.content
            assert len(discord.answers(channel)) == 2


async def test_what_an_edit_brings_is_left_where_it_cannot_be_kept(caplog: pytest.LogCaptureFixture) -> None:
    core = await knowing(text=NOTHING, pages={PAGE: LEAVE.encode()})
    async with fake_discord() as discord, answering(discord, core) as desk:
        message = discord.say("see below", channel=hidden(discord), user=discord.sam)
        desk.reception.shelving.full = lambda: True
        discord.edit(message, f"see {PAGE}")
        await until(lambda: "what an edit brought could not be taken in" in caplog.text)
        assert await documents(core) == []


async def test_where_discord_withholds_words_an_edit_brings_nothing() -> None:
    core = await knowing(text=NOTHING, pages={PAGE: LEAVE.encode()})
    async with fake_discord() as discord, answering(discord, core, message_content=False):
        message = discord.say("see below", channel=hidden(discord), user=discord.sam)
        discord.edit(message, f"see {PAGE}")
        last = discord.mention(QUESTION, user=discord.sam)
        await discord.posted(where=lambda one: one.referenced is last)
        await settled(core)
        assert await documents(core) == []
