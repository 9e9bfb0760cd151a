"""Who asks and who sees: an answer in Discord rests on nothing that somebody who sees it may not read."""

import asyncio

import pytest

from core.types import Scope, Session
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord.permissions import Permission
from tests.fakes.discord.state import Channel, Message
from tests.fakes.saseo import Core
from tests.integration.discord_answering import QUESTION, answering, knowing, settled
from tests.integration.discord_running import fake_discord
from tests.integration.slack_running import LEAVE


async def secret(core: Core, discord: FakeDiscord, place: Channel) -> None:
    """A document that was shared in a channel or a private thread."""
    scope = Scope.channel(Session("discord", discord.guild.id, place.id))
    await core.library.add_text(LEAVE, title="Secret", scope=scope)


async def asked_privately(discord: FakeDiscord, core: Core, *, channel: Channel | None = None, user: object) -> Message:
    before = len(discord.answers())
    discord.slash("ask", {"question": QUESTION, "private": True}, channel=channel, user=user)  # type: ignore[arg-type]
    await discord.posted(count=before + 1)
    await settled(core)
    return discord.answers()[-1]


async def said_publicly(discord: FakeDiscord, core: Core, *, channel: Channel, user: object) -> Message:
    before = len(discord.answers())
    discord.mention(QUESTION, channel=channel, user=user)
    await discord.posted(count=before + 1)
    await settled(core)
    return discord.answers()[-1]


async def test_a_public_answer_uses_what_everybody_who_sees_it_may_read() -> None:
    core = await knowing(text="Nothing but weather.")
    async with fake_discord() as discord, answering(discord, core):
        hidden = discord.new_channel("hidden", only=[discord.mina])
        await secret(core, discord, hidden)
        public = await said_publicly(discord, core, channel=discord.general, user=discord.mina)
        assert "Secret" not in public.content
        assert "15 days" not in public.content
        inside = await said_publicly(discord, core, channel=hidden, user=discord.mina)
        assert "Secret" in inside.content


async def test_what_everybody_may_read_is_not_withheld() -> None:
    core = await knowing(text="Nothing but weather.")
    async with fake_discord() as discord, answering(discord, core):
        open_channel = discord.new_channel("handbook")
        await secret(core, discord, open_channel)
        assert "Secret" in (await said_publicly(discord, core, channel=discord.general, user=discord.sam)).content


async def test_a_private_answer_uses_what_its_asker_may_read() -> None:
    core = await knowing(text="Nothing but weather.")
    async with fake_discord() as discord, answering(discord, core):
        hidden = discord.new_channel("hidden", only=[discord.mina])
        await secret(core, discord, hidden)
        assert "Secret" in (await asked_privately(discord, core, user=discord.mina)).content
        assert "Secret" not in (await asked_privately(discord, core, user=discord.sam)).content


async def test_a_shared_private_answer_rests_on_what_everybody_may_read() -> None:
    core = await knowing(text="Nothing but weather.")
    async with fake_discord() as discord, answering(discord, core):
        hidden = discord.new_channel("hidden", only=[discord.mina])
        await secret(core, discord, hidden)
        private = await asked_privately(discord, core, user=discord.mina)
        discord.press(private, "saseo:share", user=discord.mina)
        shared = await discord.posted(QUESTION, where=lambda one: one.ephemeral_to is None)
        await settled(core)
        assert "Secret" not in shared.content
        assert "15 days" not in shared.content


async def test_a_private_thread_is_known_in_itself_alone() -> None:
    core = await knowing(text="Nothing but weather.")
    async with fake_discord() as discord, answering(discord, core):
        thread = discord.new_thread("private", private=True, members=[discord.mina], bot=True)
        await secret(core, discord, thread)
        assert "Secret" not in (await said_publicly(discord, core, channel=discord.general, user=discord.mina)).content
        assert "Secret" not in (await asked_privately(discord, core, user=discord.sam)).content
        assert "Secret" in (await said_publicly(discord, core, channel=thread, user=discord.mina)).content


async def test_what_is_added_in_a_private_thread_stays_there() -> None:
    core = await knowing(text="Nothing but weather.")
    async with fake_discord() as discord, answering(discord, core):
        thread = discord.new_thread("private", private=True, members=[discord.mina], bot=True)
        discord.slash("add", {"file": ("Secret.txt", LEAVE.encode())}, channel=thread, user=discord.mina)
        await discord.posted("Secret", where=lambda one: one.ephemeral_to is not None)
        assert "15 days" not in (await said_publicly(discord, core, channel=discord.general, user=discord.mina)).content


async def test_permissions_that_change_count_at_once() -> None:
    core = await knowing(text="Nothing but weather.")
    async with fake_discord() as discord, answering(discord, core):
        shared = discord.new_channel("shared")
        await secret(core, discord, shared)
        assert "Secret" in (await said_publicly(discord, core, channel=discord.general, user=discord.sam)).content
        everyone = discord.guild.roles[discord.guild.id]
        discord.overwrite(shared, everyone, deny=int(Permission.VIEW_CHANNEL))
        await asyncio.sleep(0.1)
        core.store.history._sessions.clear()
        assert "15 days" not in (await said_publicly(discord, core, channel=discord.general, user=discord.sam)).content


async def test_a_direct_message_reads_what_its_person_may_read_in_their_only_server() -> None:
    core = await knowing(text="Nothing but weather.")
    async with fake_discord() as discord, answering(discord, core):
        hidden = discord.new_channel("hidden", only=[discord.mina])
        await secret(core, discord, hidden)
        discord.say(QUESTION, channel=discord.direct(discord.mina))
        await discord.posted("Secret", channel=discord.direct(discord.mina))
        discord.say(QUESTION, channel=discord.direct(discord.sam))
        await settled(core)
        assert "Secret" not in (await discord.posted(channel=discord.direct(discord.sam))).content


@pytest.mark.parametrize("public", [True, False])
async def test_brought_along_by_its_user_it_uses_public_knowledge_and_tells_them_alone(*, public: bool) -> None:
    core = await knowing(text=LEAVE if public else "Nothing but weather.")
    async with fake_discord() as discord, answering(discord, core):
        await secret(core, discord, discord.general)
        elsewhere = discord.new_guild("Elsewhere", members=[discord.sam], bot=False)
        place = discord.new_channel("lobby", guild=elsewhere)
        discord.world.user_installs.add(discord.sam.id)
        discord.slash("ask", {"question": QUESTION}, channel=place, user=discord.sam)
        answer = await discord.posted(QUESTION)
        await settled(core)
        assert answer.ephemeral_to == discord.sam.id
        assert ("15 days" in answer.content) is public
        assert "Secret" not in answer.content


async def test_brought_along_by_its_user_a_long_answer_keeps_to_five_further_messages() -> None:
    text = "Employees have 15 days of paid leave [1].\n\n" + "\n\n".join(
        f"Paragraph {number}. " + "Leave is good. " * 60 for number in range(16)
    )
    core = await knowing(text)
    async with fake_discord() as discord, answering(discord, core):
        elsewhere = discord.new_guild("Elsewhere", members=[discord.sam], bot=False)
        place = discord.new_channel("lobby", guild=elsewhere)
        discord.world.user_installs.add(discord.sam.id)
        asked = discord.slash("ask", {"question": QUESTION}, channel=place, user=discord.sam)
        await discord.posted("Handbook")
        await settled(core)
        assert len(asked.followups) == 5
        assert len(discord.answers()) == 6
