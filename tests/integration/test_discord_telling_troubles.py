"""What goes wrong while something is told in Discord by itself: it is told as well as it can be, and once."""

import pytest

from adapters.discord.outbound import LIMIT
from adapters.discord.telling import MARK
from core.backends.memory_world import ScriptedModel
from tests.fakes.discord.faults import Fault
from tests.integration.discord_answering import EDIT, POST, QUESTION, answering, knowing, settled, until
from tests.integration.discord_notices import CHANGED, NOTHING, asked, rewritten
from tests.integration.discord_running import fake_discord
from tests.integration.slack_running import LEAVE

LIST = "GET /channels/{channel_id}/messages"
DIRECT = "POST /users/@me/channels"
NOT_ALLOWED = 50013


async def test_what_an_earlier_process_wanted_to_tell_is_told_as_it_was_written() -> None:
    core = await knowing(text=NOTHING)
    async with fake_discord() as discord:
        discord.limits.off = True
        async with answering(discord, core) as desk:
            await asked(core, discord)
            desk.drain_seconds = 0.0
            discord.faults.add(Fault(POST, times=99, status=503))
            await rewritten(core, discord, CHANGED)
            await until(lambda: any(one.item.answer for one in core.store.inbox._entries.values()))
        discord.faults.scripted.clear()
        async with answering(discord, core):
            told = await discord.posted("20 days")
            await settled(core)
        assert [one for one in discord.answers() if "20 days" in one.content] == [told]


async def test_whoever_takes_no_direct_messages_is_told_nothing_of_a_private_answer() -> None:
    core = await knowing(text=NOTHING)
    async with fake_discord() as discord, answering(discord, core):
        await rewritten(core, discord, LEAVE)
        discord.slash("ask", {"question": QUESTION, "private": True}, user=discord.sam)
        await discord.posted("15 days", where=lambda one: one.ephemeral_to is not None)
        await settled(core)
        discord.faults.add(Fault(DIRECT, times=9, status=403, code=50007))
        await rewritten(core, discord, CHANGED)
        await settled(core)
        assert not any("20 days" in one.content for one in discord.answers())


@pytest.mark.parametrize("route", [LIST, EDIT], ids=["not found", "not to be changed"])
async def test_an_old_answer_that_cannot_be_marked_is_corrected_all_the_same(route: str) -> None:
    core = await knowing(text=NOTHING)
    async with fake_discord() as discord, answering(discord, core):
        answer = await asked(core, discord)
        discord.faults.add(Fault(route, times=9, status=403, code=NOT_ALLOWED))
        await rewritten(core, discord, CHANGED)
        told = await discord.posted("has changed")
        await settled(core)
        assert told.referenced is (answer.referenced if route == LIST else answer)
        assert not answer.content.startswith(MARK)


async def test_an_answer_that_is_corrected_twice_is_marked_once() -> None:
    core = await knowing(text=NOTHING)
    async with fake_discord() as discord, answering(discord, core):
        answer = await asked(core, discord)
        await rewritten(core, discord, CHANGED)
        await discord.posted("20 days")
        await settled(core)
        await rewritten(core, discord, CHANGED.replace("20 days", "25 days"))
        await discord.posted("25 days")
        await settled(core)
        assert answer.content.count(MARK.strip()) == 1


async def test_a_message_without_room_for_a_mark_is_passed_over() -> None:
    core = await knowing(text=NOTHING)
    rest = " ".join(f"Of that, {number} things more are told [1]." for number in range(LIMIT // 25))
    core.chat = core.chat_with(ScriptedModel(f"Employees have 15 days of paid leave [1]. {rest}"))
    async with fake_discord() as discord, answering(discord, core):
        await rewritten(core, discord, LEAVE)
        discord.mention(QUESTION, user=discord.sam)
        await discord.posted("[1]", count=2)
        await settled(core, seconds=30)
        before = discord.answers()
        await rewritten(core, discord, CHANGED)
        await discord.posted("has changed")
        await settled(core, seconds=30)
        marked = [one for one in before if one.content.startswith(MARK)]
        assert len(marked) == 1
        assert marked[0] is not before[0], "it is as long as a message can be"
