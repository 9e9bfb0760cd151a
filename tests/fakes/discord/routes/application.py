"""The bot itself, its application and commands, the gateway's address, and direct messages."""

from tests.fakes.discord.errors import DiscordError
from tests.fakes.discord.gateway import DAILY_STARTS
from tests.fakes.discord.guild_wire import application_json
from tests.fakes.discord.interacting import Interacting
from tests.fakes.discord.permissions import in_guild
from tests.fakes.discord.registry import overwrite
from tests.fakes.discord.rest import Answer, Ask, Handler
from tests.fakes.discord.routes.finding import guild_of
from tests.fakes.discord.state import Json
from tests.fakes.discord.wire import channel_json, me_json, user_json


def me(discord: Interacting, ask: Ask) -> Answer:
    if ask.person is not None:
        return Answer(user_json(ask.person) | {"mfa_enabled": False, "locale": ask.person.locale})
    return Answer(me_json(discord.world))


def user(discord: Interacting, ask: Ask) -> Answer:
    found = discord.world.users.get(ask.path["user_id"])
    if found is None:
        raise DiscordError(10013)
    return Answer(user_json(found))


def my_guilds(discord: Interacting, ask: Ask) -> Answer:
    told, who = [], ask.person or discord.bot
    for guild in sorted(discord.world.guilds.values(), key=lambda one: int(one.id)):
        if (member := guild.members.get(who.id)) is None or int(guild.id) <= int(ask.query.get("after", 0)):
            continue
        body: Json = {"id": guild.id, "name": guild.name, "icon": None, "banner": None, "features": []}
        rights = {"owner": guild.owner_id == who.id, "permissions": str(int(in_guild(guild, member)))}
        told.append(body | rights)
    return Answer(told[: int(ask.query.get("limit", 200))])


def application(discord: Interacting, ask: Ask) -> Answer:
    return Answer(application_json(discord.world, discord.base_url))


def gateway(discord: Interacting, ask: Ask) -> Answer:
    return Answer({"url": discord.gateway_url})


def gateway_bot(discord: Interacting, ask: Ask) -> Answer:
    start = {"total": DAILY_STARTS, "remaining": discord.gateway.starts_left, "reset_after": 0, "max_concurrency": 1}
    return Answer({"url": discord.gateway_url, "session_start_limit": start, "shards": discord.shards})


def direct(discord: Interacting, ask: Ask) -> Answer:
    person = discord.world.users.get(str(ask.form.get("recipient_id")))
    if person is None or person is discord.bot:
        raise DiscordError(10013 if person is None else 50007)
    return Answer(channel_json(discord.world, discord.direct(person)))


def list_commands(discord: Interacting, ask: Ask) -> Answer:
    return Answer(_ordered(_commands(discord, ask)))


def put_commands(discord: Interacting, ask: Ask) -> Answer:
    guild_id = ask.path.get("guild_id")
    overwrite(discord, _commands(discord, ask), ask.body, guild_id=guild_id)
    return Answer(_ordered(_commands(discord, ask)))


def _commands(discord: Interacting, ask: Ask) -> dict[str, Json]:
    if ask.path["application_id"] != discord.world.application_id:
        raise DiscordError(50001)
    return guild_of(discord, ask).commands if "guild_id" in ask.path else discord.world.commands


def _ordered(commands: dict[str, Json]) -> list[Json]:
    return list(commands.values())


ROUTES: dict[str, Handler] = {
    "GET /users/@me": me,
    "GET /users/@me/guilds": my_guilds,
    "GET /users/{user_id}": user,
    "POST /users/@me/channels": direct,
    "GET /oauth2/applications/@me": application,
    "GET /applications/@me": application,
    "GET /gateway": gateway,
    "GET /gateway/bot": gateway_bot,
    "GET /applications/{application_id}/commands": list_commands,
    "PUT /applications/{application_id}/commands": put_commands,
    "GET /applications/{application_id}/guilds/{guild_id}/commands": list_commands,
    "PUT /applications/{application_id}/guilds/{guild_id}/commands": put_commands,
}
