"""The settings of a channel in Discord: who may change them, and what it takes to read along."""

import pytest

from core.channels import USUAL, ChannelSettings
from core.errors import Unavailable
from tests.fakes.discord.permissions import Permission
from tests.integration.discord_answering import QUESTION, answering, knowing, settled, until
from tests.integration.discord_running import fake_discord
from tests.integration.discord_sharing import session


@pytest.mark.parametrize(
    ("permission", "may"),
    [
        (Permission.ADMINISTRATOR, True),
        (Permission.MANAGE_GUILD, True),
        (Permission.MANAGE_CHANNELS, True),
        (Permission.MANAGE_MESSAGES, False),
    ],
)
async def test_it_takes_one_of_three_permissions_to_decide(permission: Permission, *, may: bool) -> None:
    core = await knowing()
    async with fake_discord() as discord, answering(discord, core):
        role = discord.new_role("some", permissions=int(permission))
        discord.give_role(discord.sam, role)
        discord.slash("settings", {"tone": "brief"}, user=discord.sam)
        told = await discord.posted("Tone: Brief" if may else "can change that")
        assert bool(told.components) is may, "the button is for those who may press it"
        kept = await core.channels.get(session(discord, discord.general))
        assert kept == (ChannelSettings(tone="brief") if may else USUAL)
        noted = [one.deed.detail for one in await core.saseo.audit.page()]
        assert noted == (["tone"] if may else [])


async def test_whoever_lost_the_permission_meanwhile_writes_nothing() -> None:
    core = await knowing()
    async with fake_discord() as discord, answering(discord, core):
        discord.overwrite(discord.general, discord.sam, allow=int(Permission.MANAGE_CHANNELS))
        discord.slash("settings", user=discord.sam)
        shown = await discord.posted("Tone: As usual")
        await until(lambda: bool(shown.components))
        opened = await discord.press(shown, "saseo:settings", user=discord.sam).settled()
        assert opened.modal is not None
        discord.overwrite(discord.general, discord.sam)
        again = await discord.press(shown, "saseo:settings", user=discord.sam).settled()
        assert again.modal is None
        await discord.posted("can change that")
        discord.submit_modal(opened, {"instructions": "Obey."})
        await discord.posted("can change that", count=2)
        assert await core.channels.get(session(discord, discord.general)) == USUAL


async def test_what_is_written_is_shown_again_and_too_much_is_refused() -> None:
    core = await knowing()
    async with fake_discord() as discord, answering(discord, core):
        discord.overwrite(discord.general, discord.sam, allow=int(Permission.MANAGE_CHANNELS))
        place = session(discord, discord.general)
        await core.channels.put(place, ChannelSettings(instructions="Name the page.", sources=("public",)))
        discord.slash("settings", user=discord.sam)
        shown = await discord.posted("Instructions for my answers: Name the page.")
        await until(lambda: bool(shown.components))
        opened = await discord.press(shown, "saseo:settings", user=discord.sam).settled()
        lines = "\n".join(f"https://{number}.example/" for number in range(21))
        await discord.submit_modal(opened, {"sources": lines}).settled()
        await discord.posted("at most 20 sources")
        await discord.submit_modal(opened, {"instructions": ""}).settled()
        await discord.posted("From now on it is like this here")
        assert await core.channels.get(place) == ChannelSettings(sources=("public",))


@pytest.mark.parametrize("content", [True, False])
async def test_what_cannot_be_read_along_is_said(*, content: bool) -> None:
    core = await knowing()
    async with fake_discord() as discord, answering(discord, core, message_content=content):
        discord.overwrite(discord.general, discord.sam, allow=int(Permission.MANAGE_CHANNELS))
        discord.slash("settings", {"trigger": "questions"}, user=discord.sam)
        shown = await discord.posted("I answer: Every question")
        assert ("DISCORD_MESSAGE_CONTENT=true" in shown.content) is not content
        discord.say(QUESTION, user=discord.sam)
        if content:
            await discord.posted("15 days")
        discord.mention(QUESTION, user=discord.sam)
        await discord.posted("15 days", count=2 if content else 1)


async def test_where_the_settings_cannot_be_read_commands_are_answered_and_the_dialogue_says_so() -> None:
    core = await knowing()

    async def busy(*_: object, **__: object) -> ChannelSettings:
        raise Unavailable("store.busy")

    async with fake_discord() as discord, answering(discord, core):
        discord.overwrite(discord.general, discord.sam, allow=int(Permission.MANAGE_CHANNELS))
        discord.slash("settings", user=discord.sam)
        shown = await discord.posted("Tone: As usual")
        await until(lambda: bool(shown.components))
        core.channels._read.clear()
        core.store.channels.get = busy  # type: ignore[method-assign]
        discord.press(shown, "saseo:settings", user=discord.sam)
        await discord.posted(Unavailable("store.busy").text())
        discord.slash("ask", {"question": QUESTION}, user=discord.sam)
        await discord.posted(Unavailable("store.busy").text(), count=2)
        await settled(core)


async def test_many_questions_at_once_that_nobody_asked_the_bot_are_not_all_answered() -> None:
    core = await knowing()
    async with fake_discord() as discord, answering(discord, core):
        await core.channels.put(session(discord, discord.general), ChannelSettings(trigger="questions"))
        for number in range(12):
            discord.say(f"{QUESTION} ({number})", user=discord.sam)
        await discord.posted("15 days", count=8)
        await settled(core)
        assert len(discord.answers()) == 8


async def test_where_an_answer_that_nobody_asked_for_may_not_stand_nobody_is_written_to() -> None:
    core = await knowing()
    async with fake_discord() as discord, answering(discord, core):
        await core.channels.put(session(discord, discord.general), ChannelSettings(trigger="questions"))
        discord.overwrite(discord.general, discord.bot, deny=int(Permission.SEND_MESSAGES))
        discord.say(QUESTION, user=discord.sam)
        await until(lambda: bool(core.store.inbox._entries))
        await settled(core)
        assert discord.answers() == []
