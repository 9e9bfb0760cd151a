"""Guilds, their members and roles, and single channels."""

from tests.fakes.discord.errors import DiscordError
from tests.fakes.discord.guild_wire import guild_json
from tests.fakes.discord.interacting import Interacting
from tests.fakes.discord.permissions import sees
from tests.fakes.discord.rest import Answer, Ask, Handler
from tests.fakes.discord.routes.finding import channel_of, guild_of
from tests.fakes.discord.wire import channel_json, member_json, role_json, thread_member_json


def get_guild(discord: Interacting, ask: Ask) -> Answer:
    guild = guild_of(discord, ask)
    body = guild_json(discord.world, guild)
    if ask.asked("with_counts"):
        body |= {"approximate_member_count": len(guild.members), "approximate_presence_count": len(guild.members)}
    return Answer(body)


def list_channels(discord: Interacting, ask: Ask) -> Answer:
    guild = guild_of(discord, ask)
    standing = [one for one in guild.channels.values() if not one.deleted and not one.is_thread]
    return Answer([channel_json(discord.world, one) for one in standing])


def list_roles(discord: Interacting, ask: Ask) -> Answer:
    return Answer([role_json(one) for one in guild_of(discord, ask).roles.values()])


def get_member(discord: Interacting, ask: Ask) -> Answer:
    member = guild_of(discord, ask).members.get(ask.path["user_id"])
    if member is None:
        known = ask.path["user_id"] in discord.world.users
        raise DiscordError(10007 if known else 10013)
    return Answer(member_json(member))


def active_threads(discord: Interacting, ask: Ask) -> Answer:
    guild = guild_of(discord, ask)
    found = [one for one in guild.channels.values() if one.is_thread and not one.archived and not one.deleted]
    seen = [one for one in found if sees(one, discord.bot.id)]
    ours = [one for one in seen if discord.bot.id in one.thread_members]
    members = [thread_member_json(discord.world, one, discord.bot.id) for one in ours]
    return Answer(
        {"threads": [channel_json(discord.world, one) for one in seen], "members": members, "has_more": False}
    )


def get_channel(discord: Interacting, ask: Ask) -> Answer:
    return Answer(channel_json(discord.world, channel_of(discord, ask)))


ROUTES: dict[str, Handler] = {
    "GET /guilds/{guild_id}": get_guild,
    "GET /guilds/{guild_id}/channels": list_channels,
    "GET /guilds/{guild_id}/roles": list_roles,
    "GET /guilds/{guild_id}/members/{user_id}": get_member,
    "GET /guilds/{guild_id}/threads/active": active_threads,
    "GET /channels/{channel_id}": get_channel,
}
