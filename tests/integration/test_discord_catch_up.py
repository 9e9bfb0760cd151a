"""What came while there was no connection to Discord is answered after all, once and within bounds."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import discord
import pytest

from adapters.discord.catch_up import SEEN_NOTE, CatchUp
from adapters.discord.notes import Note
from core.types import now
from tests.fakes.discord import Fault
from tests.integration.discord_adapting import adapted
from tests.integration.discord_answering import knowing
from tests.integration.discord_connecting import Supervised, supervised
from tests.integration.discord_running import fake_discord

HISTORY = "GET /channels/{channel_id}/messages"
QUESTION = "How many days of paid leave do employees have?"


def reading(bot: Supervised, folder: Path) -> CatchUp:
    return CatchUp(Note(folder / SEEN_NOTE), bot.seen.message, pause=0)


async def note(folder: Path, message_id: str, *directs: str) -> None:
    await Note(folder / SEEN_NOTE).write({"seen": int(message_id), "directs": [int(one) for one in directs]})


async def test_what_was_asked_while_the_process_was_away_is_answered_at_the_next_start(tmp_path: Path) -> None:
    async with fake_discord() as fake:
        core = await knowing()
        async with adapted(fake, core, tmp_path):
            fake.mention(QUESTION, user=fake.sam)
            await fake.posted("15 days")
        fake.mention(QUESTION, user=fake.mina)
        fake.say("nothing to do with it", user=fake.mina)
        async with adapted(fake, core, tmp_path):
            await fake.until(lambda: len(fake.answers()) >= 2, what="the second answer")
        async with adapted(fake, core, tmp_path):
            pass
        assert len(fake.answers()) == 2


async def test_what_came_between_two_sessions_is_answered_once(tmp_path: Path) -> None:
    async with fake_discord() as fake:
        core = await knowing()
        async with adapted(fake, core, tmp_path):
            fake.mention(QUESTION, user=fake.sam)
            await fake.posted("15 days")
            fake.gateway.refusals = 1
            fake.gateway.invalidate()
            await fake.until(lambda: "refused" in fake.gateway.handshakes, what="a refusal")
            fake.mention(QUESTION, user=fake.mina)
            await fake.until(lambda: len(fake.answers()) >= 2, what="the second answer")
        assert len(fake.answers()) == 2


async def test_at_the_very_first_start_nothing_old_is_answered(tmp_path: Path) -> None:
    async with fake_discord() as fake, supervised(fake) as bot:
        fake.mention("long ago")
        await bot.seen.until(lambda: bot.seen.messages)
        bot.seen.messages.clear()
        catching = reading(bot, tmp_path)
        await catching.open(taken_over=False)
        await catching.ready(bot.client)
        assert bot.seen.messages == []


async def test_what_came_after_a_first_start_without_a_session_is_caught_up_with(tmp_path: Path) -> None:
    async with fake_discord() as fake, supervised(fake) as bot:
        fake.mention("long ago")
        await bot.seen.until(lambda: len(bot.seen.messages) == 1)
        await reading(bot, tmp_path).open(taken_over=False)
        fake.mention("just now")
        await bot.seen.until(lambda: len(bot.seen.messages) == 2)
        bot.seen.messages.clear()
        assert await caught_up(bot, tmp_path) == ["just now"]


async def test_a_direct_message_is_caught_up_with_where_there_was_one_before(tmp_path: Path) -> None:
    async with fake_discord() as fake:
        before = fake.say("hello", user=fake.sam, channel=fake.direct(fake.sam))
        await note(tmp_path, before.id, before.channel.id)
        fake.say("are you there?", user=fake.sam, channel=fake.direct(fake.sam))
        async with supervised(fake) as bot:
            catching = reading(bot, tmp_path)
            await catching.open(taken_over=False)
            await catching.ready(bot.client)
            assert bot.seen.texts[-1] == "are you there?"
            assert bot.seen.messages[-1].guild is None


async def caught_up(bot: Supervised, folder: Path, *, taken_over: bool = False, **more: Any) -> list[str]:
    """What it takes in, as text without the mention."""
    catching = CatchUp(Note(folder / SEEN_NOTE), bot.seen.message, pause=0, **more)
    await catching.open(taken_over=taken_over)
    await catching.ready(bot.client)
    return [text.partition("> ")[2] or text for text in bot.seen.texts]


async def test_only_what_is_for_the_bot_and_has_no_answer_is_taken_in(tmp_path: Path) -> None:
    async with fake_discord() as fake:
        start = fake.say("before", user=fake.sam)
        await note(tmp_path, start.id)
        other = fake.world.new_user("another bot", is_bot=True)
        fake.world.join(fake.guild, other)
        fake.mention("from a bot", user=other)
        fake.say("for nobody", user=fake.sam)
        role = next(role for role in fake.guild.roles.values() if role.bot_id == fake.bot.id)
        role.mentionable = True
        fake.say(f"<@&{role.id}> by its role", user=fake.sam)
        fake.mention("by its name", user=fake.sam)
        answered = fake.mention("answered by a twin", user=fake.sam)
        fake.reply(answered, "yes", user=fake.bot)
        async with supervised(fake) as bot:
            assert await caught_up(bot, tmp_path) == ["by its role", "by its name"]


async def test_channels_that_the_bot_may_not_read_are_left_alone(tmp_path: Path) -> None:
    async with fake_discord() as fake:
        start = fake.say("before", user=fake.sam)
        await note(tmp_path, start.id)
        hidden = fake.new_channel("hidden", only=[fake.sam], bot=False)
        fake.mention("unheard", user=fake.sam, channel=hidden)
        async with supervised(fake) as bot:
            assert await caught_up(bot, tmp_path) == []
        assert not [call for call in fake.called(HISTORY) if call.path["channel_id"] == hidden.id]


async def test_a_channel_that_cannot_be_read_does_not_hide_the_others(tmp_path: Path) -> None:
    async with fake_discord() as fake:
        start = fake.say("before", user=fake.sam)
        await note(tmp_path, start.id, fake.direct(fake.sam).id, "123456789")
        fake.mention("here", user=fake.sam)
        fake.mention("there", user=fake.sam, channel=fake.new_channel("second"))
        fake.faults.add(Fault("GET /channels/*/messages", status=403, code=50001))
        async with supervised(fake) as bot:
            assert await caught_up(bot, tmp_path) == ["here"]


async def test_no_more_channels_and_messages_are_read_than_the_bounds_allow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.discord.catch_up.MOST_CHANNELS", 2)
    monkeypatch.setattr("adapters.discord.catch_up.MOST_MESSAGES", 3)
    async with fake_discord() as fake:
        start = fake.say("before", user=fake.sam)
        await note(tmp_path, start.id)
        for name in ("one", "two", "three"):
            channel = fake.new_channel(name)
            fake.mention(f"first in {name}", user=fake.sam, channel=channel)
            fake.mention(f"second in {name}", user=fake.sam, channel=channel)
        async with supervised(fake) as bot:
            assert await caught_up(bot, tmp_path) == ["first in three", "second in three", "first in two"]
            monkeypatch.setattr("adapters.discord.catch_up.MOST_MESSAGES", 100)
            bot.seen.messages.clear()
            assert len(await caught_up(bot, tmp_path)) == 4


async def test_what_people_share_never_crowds_out_what_they_ask(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.discord.catch_up.MOST_MESSAGES", 2)
    async with fake_discord() as fake:
        start = fake.say("before", user=fake.sam)
        await note(tmp_path, start.id)
        for number in range(4):
            fake.say(f"https://example.com/{number}", user=fake.sam)
        fake.mention("at last", user=fake.sam)
        async with supervised(fake) as bot:
            shared = ["https://example.com/0", "https://example.com/1"]
            assert await caught_up(bot, tmp_path) == [*shared, "at last"]


async def test_nothing_older_than_a_day_is_read(tmp_path: Path) -> None:
    async with fake_discord() as fake:
        start = fake.say("before", user=fake.sam)
        await note(tmp_path, start.id)
        fake.mention("old", user=fake.sam)
        async with supervised(fake) as bot:
            later = now() + timedelta(hours=25)
            assert await caught_up(bot, tmp_path, clock=lambda: later) == []


async def test_whoever_takes_over_reads_what_came_since_the_owner_died(tmp_path: Path) -> None:
    async with fake_discord() as fake:
        fake.mention("while nobody was the owner", user=fake.sam)
        async with supervised(fake) as bot:
            assert await caught_up(bot, tmp_path, taken_over=True) == ["while nobody was the owner"]


async def test_what_fails_is_read_again_with_the_next_session(tmp_path: Path) -> None:
    async with fake_discord() as fake, supervised(fake) as bot:
        start = fake.say("before", user=fake.sam)
        await note(tmp_path, start.id)
        taken: list[str] = []
        tried = asyncio.Event()

        async def receive(message: discord.Message) -> None:
            tried.set()
            if not taken:
                taken.append("failed")
                raise RuntimeError("the store is away")
            taken.append(message.content)

        catching = CatchUp(Note(tmp_path / SEEN_NOTE), receive, pause=0)
        await catching.open(taken_over=False)
        asked = fake.mention("and now?", user=fake.sam)
        await bot.seen.until(lambda: len(bot.seen.messages) == 2)
        running = asyncio.create_task(catching.run())
        catching.begun(bot.client)
        await tried.wait()
        catching.received(bot.seen.messages[-1])
        tried.clear()
        catching.begun(bot.client)
        await tried.wait()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        assert len(taken) == 2
        assert (await Note(tmp_path / SEEN_NOTE).read())["seen"] < int(asked.id)


async def test_how_far_it_got_is_kept_with_the_direct_messages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.discord.catch_up.DIRECTS_KEPT", 1)
    async with fake_discord() as fake, supervised(fake) as bot:
        fake.say("hello", user=fake.mina, channel=fake.direct(fake.mina))
        await bot.seen.until(lambda: len(bot.seen.messages) == 1)
        catching = reading(bot, tmp_path)
        await catching.open(taken_over=False)
        catching.received(bot.seen.messages[0])
        catching.begun(bot.client)
        await catching.ready(bot.client)
        catching.lost()
        catching.resumed()
        catching._begun.clear()
        await catching.ready(bot.client)
        told = fake.say("hello", user=fake.sam, channel=fake.direct(fake.sam))
        await bot.seen.until(lambda: bot.seen.messages[-1].id == int(told.id))
        catching.received(bot.seen.messages[-1])
        await catching._save()
        await catching._save()
        noted = await Note(tmp_path / SEEN_NOTE).read()
        assert noted == {"seen": int(told.id), "directs": [int(told.channel.id)], "first": noted["first"]}


async def test_a_place_that_cannot_be_written_to_does_not_stop_it(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    async with fake_discord() as fake, supervised(fake) as bot:
        catching = reading(bot, tmp_path / "file")
        await catching.open(taken_over=True)
        await catching._save()
