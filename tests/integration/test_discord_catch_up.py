"""What came while there was no connection to Discord is answered after all, once and within bounds."""

from pathlib import Path

import discord

from adapters.discord.catch_up import SEEN_NOTE, CatchUp
from adapters.discord.notes import Note
from tests.integration.discord_adapting import adapted
from tests.integration.discord_answering import knowing
from tests.integration.discord_connecting import Supervised, supervised
from tests.integration.discord_running import fake_discord

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
            assert isinstance(bot.seen.messages[-1].channel, discord.DMChannel)
