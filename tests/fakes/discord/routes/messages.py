"""Messages of channels: read, write, edit, delete, react, type."""

from urllib.parse import unquote

from tests.fakes.discord.errors import DiscordError, invalid
from tests.fakes.discord.interacting import Interacting
from tests.fakes.discord.permissions import Permission, allowed
from tests.fakes.discord.rest import NOTHING, Answer, Ask, Handler
from tests.fakes.discord.routes.finding import channel_of, message_of
from tests.fakes.discord.state import Channel, Message

UNWRITABLE = ("forum", "category")
BULK_SECONDS = 14 * 24 * 3600


def list_messages(discord: Interacting, ask: Ask) -> Answer:
    channel = channel_of(discord, ask)
    limit = int(ask.query.get("limit", 50))
    if not 1 <= limit <= 100:
        raise invalid("limit", "NUMBER_TYPE_MAX", "int value should be between 1 and 100.")
    readable = Permission.READ_MESSAGE_HISTORY in allowed(channel, discord.bot.id)
    found = list(reversed(channel.visible)) if readable else []
    chosen = _window(found, ask, limit)
    return Answer([discord.shown(one) for one in chosen])


def _window(found: list[Message], ask: Ask, limit: int) -> list[Message]:
    """Newest first, as Discord sends them whatever was asked for."""
    if around := ask.query.get("around"):
        newer = [one for one in found if int(one.id) > int(around)][-(limit // 2) :]
        older = [one for one in found if int(one.id) <= int(around)]
        return [*newer, *older][:limit]
    if after := ask.query.get("after"):
        return [one for one in found if int(one.id) > int(after)][-limit:]
    if before := ask.query.get("before"):
        return [one for one in found if int(one.id) < int(before)][:limit]
    return found[:limit]


def get_message(discord: Interacting, ask: Ask) -> Answer:
    channel = channel_of(discord, ask, Permission.READ_MESSAGE_HISTORY)
    return Answer(discord.shown(message_of(discord, channel, ask.path["message_id"])))


def create_message(discord: Interacting, ask: Ask) -> Answer:
    channel = channel_of(discord, ask)
    check_writable(discord, channel)
    form = ask.form
    message = discord.compose(channel, form, ask.files)
    granted = allowed(channel, discord.bot.id)
    if message.attachments and Permission.ATTACH_FILES not in granted:
        raise DiscordError(50013)
    if message.embeds and Permission.EMBED_LINKS not in granted:
        message.embeds = []
    message.nonce = form.get("nonce")
    if message.nonce is not None and form.get("enforce_nonce") and (twin := discord.twin(message.nonce)):
        return Answer(discord.shown(twin))
    discord.refer(message, form)
    if message.reference is not None and Permission.READ_MESSAGE_HISTORY not in granted:
        raise DiscordError(160002, message="Cannot reply without permission to read message history")
    discord.publish(message, "POST messages", rules=form.get("allowed_mentions"))
    if message.nonce is not None:
        discord.nonces[message.nonce] = message
    return Answer(discord.shown(message))


def check_writable(discord: Interacting, channel: Channel) -> None:
    """Raises DiscordError where the bot may not write."""
    if channel.kind in UNWRITABLE:
        raise DiscordError(50008)
    if channel.guild is None:
        person = next(one for one in channel.recipients if one != discord.bot.id)
        if not discord.world.users[person].accepts_direct:
            raise DiscordError(50007)
        return
    granted = allowed(channel, discord.bot.id)
    needed = Permission.SEND_MESSAGES_IN_THREADS if channel.is_thread else Permission.SEND_MESSAGES
    if needed not in granted:
        raise DiscordError(50013)
    if channel.is_thread and channel.locked and Permission.MANAGE_THREADS not in granted:
        raise DiscordError(50083)
    if channel.is_thread and channel.archived:
        discord.change_channel(channel, archived=False)


def edit_message(discord: Interacting, ask: Ask) -> Answer:
    channel = channel_of(discord, ask)
    message = message_of(discord, channel, ask.path["message_id"])
    if message.author is not discord.bot:
        raise DiscordError(50005)
    if channel.is_thread and channel.archived:
        raise DiscordError(50083)
    return Answer(discord.shown(discord.change(message, "PATCH messages", ask.form, ask.files)))


def delete_message(discord: Interacting, ask: Ask) -> Answer:
    channel = channel_of(discord, ask)
    message = message_of(discord, channel, ask.path["message_id"])
    if message.author is not discord.bot and Permission.MANAGE_MESSAGES not in allowed(channel, discord.bot.id):
        raise DiscordError(50013)
    discord.erase(message, "DELETE messages")
    return NOTHING


def bulk_delete(discord: Interacting, ask: Ask) -> Answer:
    channel = channel_of(discord, ask, Permission.MANAGE_MESSAGES)
    ids = [str(one) for one in ask.form.get("messages") or []]
    if not 2 <= len(ids) <= 100:
        raise DiscordError(50016, message="Provided too few or too many messages to delete.")
    found = [one for one in channel.visible if one.id in ids]
    if any(one.created_at < discord.clock.now() - BULK_SECONDS for one in found):
        raise DiscordError(50034)
    discord.erase_all(channel, found, "POST bulk-delete")
    return NOTHING


def add_reaction(discord: Interacting, ask: Ask) -> Answer:
    channel = channel_of(discord, ask, Permission.READ_MESSAGE_HISTORY)
    message = message_of(discord, channel, ask.path["message_id"])
    emoji = unquote(ask.path["emoji_name"])
    if emoji.isascii() and ":" not in emoji:
        raise DiscordError(10014)
    if emoji not in message.reactions and Permission.ADD_REACTIONS not in allowed(channel, discord.bot.id):
        raise DiscordError(50013)
    discord.add_reaction(message, emoji, discord.bot)
    return NOTHING


def remove_reaction(discord: Interacting, ask: Ask) -> Answer:
    channel = channel_of(discord, ask)
    message = message_of(discord, channel, ask.path["message_id"])
    discord.remove_reaction(message, unquote(ask.path["emoji_name"]), discord.bot)
    return NOTHING


def typing(discord: Interacting, ask: Ask) -> Answer:
    channel = channel_of(discord, ask)
    check_writable(discord, channel)
    discord.type_in(channel, discord.bot)
    return NOTHING


ROUTES: dict[str, Handler] = {
    "GET /channels/{channel_id}/messages": list_messages,
    "POST /channels/{channel_id}/messages": create_message,
    "POST /channels/{channel_id}/messages/bulk-delete": bulk_delete,
    "GET /channels/{channel_id}/messages/{message_id}": get_message,
    "PATCH /channels/{channel_id}/messages/{message_id}": edit_message,
    "DELETE /channels/{channel_id}/messages/{message_id}": delete_message,
    "PUT /channels/{channel_id}/messages/{message_id}/reactions/{emoji_name}/@me": add_reaction,
    "DELETE /channels/{channel_id}/messages/{message_id}/reactions/{emoji_name}/@me": remove_reaction,
    "POST /channels/{channel_id}/typing": typing,
}
