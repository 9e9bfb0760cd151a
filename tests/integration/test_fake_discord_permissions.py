"""Who sees what in the fake Discord, compared with what discord.py makes of the same guild."""

import random

import discord
import pytest

from tests.fakes.discord import Channel, FakeDiscord, Overwrite, Permission
from tests.fakes.discord.permissions import allowed, sees
from tests.integration.discord_clients import Bot
from tests.integration.discord_running import connected, fake_discord

BITS = (
    Permission.VIEW_CHANNEL,
    Permission.SEND_MESSAGES,
    Permission.READ_MESSAGE_HISTORY,
    Permission.MANAGE_MESSAGES,
    Permission.ADMINISTRATOR,
)
COMPARED = BITS[:4]


def some(chance: random.Random) -> int:
    return int(sum(one for one in BITS if chance.random() < 0.3))


def fill(fake: FakeDiscord, chance: random.Random) -> list[Channel]:
    """Roles and channels with overwrites of every kind."""
    roles = [fake.new_role(f"r{one}", permissions=some(chance) & ~int(BITS[-1])) for one in range(4)]
    for role in roles:
        for user in (fake.bot, fake.sam):
            if chance.random() < 0.5:
                fake.give_role(user, role)
    fake.set_permissions("@everyone", some(chance) & ~int(BITS[-1]))
    channels = []
    for number in range(25):
        targets = [(one.id, 0) for one in (fake.guild.roles[fake.guild.id], *roles)]
        targets += [(fake.bot.id, 1), (fake.sam.id, 1)]
        chosen = [one for one in targets if chance.random() < 0.5]
        overwrites = []
        for target, kind in chosen:
            allow = some(chance) & ~int(BITS[-1])
            overwrites.append(Overwrite(target, kind, allow, some(chance) & ~allow & ~int(BITS[-1])))
        channels.append(fake.new_channel(f"c{number}", overwrites=overwrites))
    return channels


@pytest.mark.parametrize("seed", range(8))
async def test_permissions_are_those_that_discord_py_computes(seed: int) -> None:
    chance = random.Random(seed)
    async with fake_discord() as fake:
        fake.world.members_intent = True
        channels = fill(fake, chance)
        intents = discord.Intents.default()
        intents.members = True
        client = discord.Client(intents=intents, guild_ready_timeout=0.05)
        async with connected(fake, client):
            guild = client.guilds[0]
            for channel in channels:
                theirs = guild.get_channel(int(channel.id))
                assert theirs is not None
                for user in (fake.bot, fake.sam, fake.world.owner):
                    member = guild.get_member(int(user.id))
                    assert member is not None
                    told = theirs.permissions_for(member).value
                    assert sees(channel, user.id) == bool(told & Permission.VIEW_CHANNEL)
                    for bit in COMPARED:
                        assert (bit in allowed(channel, user.id)) == bool(told & bit), (channel.name, user.name, bit)


async def test_a_private_thread_is_seen_by_its_members_and_moderators_alone() -> None:
    async with fake_discord() as fake:
        thread = fake.new_thread("quiet", private=True, owner="sam")
        assert [sees(thread, one.id) for one in (fake.sam, fake.mina, fake.bot)] == [True, False, False]
        fake.new_role("moderator", permissions=int(Permission.MANAGE_THREADS), members=["mina"])
        assert sees(thread, fake.mina.id)
        fake.overwrite(fake.general, fake.sam, deny=int(Permission.VIEW_CHANNEL))
        assert not sees(thread, fake.sam.id)
        fake.guild.members[fake.mina.id].timed_out = True
        assert allowed(fake.general, fake.mina.id) == Permission.VIEW_CHANNEL | Permission.READ_MESSAGE_HISTORY


async def test_a_bot_that_may_not_see_a_channel_is_not_told_of_its_messages() -> None:
    async with fake_discord() as fake, connected(fake, bot := Bot()):
        hidden = fake.new_channel("hidden", only=[fake.sam], bot=False)
        fake.say("psst", channel=hidden, user="sam")
        fake.say("hello")
        assert [one.content for one in await bot.sees(1)] == ["hello"]
        assert [one.name for one in bot.guilds[0].text_channels] == ["general", "hidden"]
        thread = fake.new_thread("talk", channel=hidden, owner="sam")
        assert bot.get_channel(int(thread.id)) is None
        fake.overwrite(hidden, fake.bot, allow=int(Permission.VIEW_CHANNEL))
        fake.say("psst", channel=hidden, user="sam")
        await bot.sees(2)
        assert bot.get_channel(int(thread.id)) is not None
