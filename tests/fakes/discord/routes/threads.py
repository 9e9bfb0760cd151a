"""Threads: opened from a message, without one, or as a post in a forum; and who is in them."""

from collections.abc import Callable

from tests.fakes.discord.errors import DiscordError, invalid
from tests.fakes.discord.interacting import Interacting
from tests.fakes.discord.permissions import Permission, allowed, sees
from tests.fakes.discord.rest import NOTHING, Answer, Ask, Handler
from tests.fakes.discord.routes.finding import channel_of, message_of
from tests.fakes.discord.state import Channel
from tests.fakes.discord.wire import channel_json, thread_member_json

NAME_LENGTH = 100
PRIVATE = 12


def from_message(discord: Interacting, ask: Ask) -> Answer:
    channel = channel_of(discord, ask, Permission.CREATE_PUBLIC_THREADS)
    message = message_of(discord, channel, ask.path["message_id"])
    if channel.is_thread or channel.guild is None:
        raise DiscordError(50024)
    if message.thread is not None:
        raise DiscordError(160004)
    thread = discord.open_thread(channel, _name(ask), owner=discord.bot, members=[discord.bot], message=message)
    return Answer(channel_json(discord.world, thread), 201)


def without_message(discord: Interacting, ask: Ask) -> Answer:
    channel = channel_of(discord, ask)
    if channel.kind == "forum":
        return _post(discord, ask, channel)
    private = ask.form.get("type", PRIVATE) == PRIVATE
    needed = Permission.CREATE_PRIVATE_THREADS if private else Permission.CREATE_PUBLIC_THREADS
    channel_of(discord, ask, needed)
    thread = discord.open_thread(channel, _name(ask), owner=discord.bot, members=[discord.bot], private=private)
    return Answer(channel_json(discord.world, thread), 201)


def _post(discord: Interacting, ask: Ask, forum: Channel) -> Answer:
    channel_of(discord, ask, Permission.SEND_MESSAGES)
    form = ask.form.get("message") or {}
    message = discord.compose(forum, form, ask.files)
    thread = discord.open_thread(forum, _name(ask), owner=discord.bot, members=[discord.bot])
    message.id, message.channel = thread.id, thread
    discord.publish(message, "POST threads", rules=form.get("allowed_mentions"))
    return Answer(channel_json(discord.world, thread) | {"message": discord.shown(message)}, 201)


def _name(ask: Ask) -> str:
    name = str(ask.form.get("name") or "")
    if not 1 <= len(name) <= NAME_LENGTH:
        raise invalid("name", "BASE_TYPE_BAD_LENGTH", f"Must be between 1 and {NAME_LENGTH} in length.")
    return name


def _thread(discord: Interacting, ask: Ask) -> Channel:
    thread = channel_of(discord, ask)
    if not thread.is_thread:
        raise DiscordError(50024)
    return thread


def join(discord: Interacting, ask: Ask) -> Answer:
    discord.add_to_thread(_thread(discord, ask), discord.bot)
    return NOTHING


def leave(discord: Interacting, ask: Ask) -> Answer:
    discord.remove_from_thread(_thread(discord, ask), discord.bot)
    return NOTHING


def add(discord: Interacting, ask: Ask) -> Answer:
    thread = _thread(discord, ask)
    assert thread.guild is not None
    if ask.path["user_id"] not in thread.guild.members:
        raise DiscordError(10007)
    if thread.parent is not None and not sees(thread.parent, ask.path["user_id"]):
        raise DiscordError(50001)
    discord.add_to_thread(thread, ask.path["user_id"])
    return NOTHING


def members(discord: Interacting, ask: Ask) -> Answer:
    thread = _thread(discord, ask)
    return Answer([thread_member_json(discord.world, thread, one) for one in thread.thread_members])


def member(discord: Interacting, ask: Ask) -> Answer:
    thread = _thread(discord, ask)
    if ask.path["user_id"] not in thread.thread_members:
        raise DiscordError(10007)
    return Answer(thread_member_json(discord.world, thread, ask.path["user_id"]))


def change(discord: Interacting, ask: Ask) -> Answer:
    """Archives, locks or renames a thread; of other channels nothing can be changed here."""
    thread = _thread(discord, ask)
    ours = thread.owner_id == discord.bot.id
    if not ours and Permission.MANAGE_THREADS not in allowed(thread, discord.bot.id):
        raise DiscordError(50013)
    wanted = ("name", "archived", "locked", "auto_archive_duration")
    changed = discord.change_channel(thread, **{name: ask.form[name] for name in wanted if name in ask.form})
    return Answer(channel_json(discord.world, changed))


def archived_public(discord: Interacting, ask: Ask) -> Answer:
    return _archived(discord, ask, lambda thread: thread.kind != "private_thread")


def archived_private(discord: Interacting, ask: Ask) -> Answer:
    channel_of(discord, ask, Permission.MANAGE_THREADS)
    return _archived(discord, ask, lambda thread: thread.kind == "private_thread")


def archived_joined(discord: Interacting, ask: Ask) -> Answer:
    """The private ones that the bot is in."""
    return _archived(
        discord, ask, lambda thread: thread.kind == "private_thread" and discord.bot.id in thread.thread_members
    )


def _archived(discord: Interacting, ask: Ask, fits: Callable[[Channel], bool]) -> Answer:
    parent = channel_of(discord, ask, Permission.READ_MESSAGE_HISTORY)
    assert parent.guild is not None
    known = [one for one in parent.guild.channels.values() if one.parent is parent and one.is_thread]
    found = [one for one in known if one.archived and not one.deleted and fits(one)]
    ours = [one for one in found if discord.bot.id in one.thread_members]
    told = [thread_member_json(discord.world, one, discord.bot.id) for one in ours]
    return Answer({"threads": [channel_json(discord.world, one) for one in found], "members": told, "has_more": False})


ROUTES: dict[str, Handler] = {
    "POST /channels/{channel_id}/messages/{message_id}/threads": from_message,
    "POST /channels/{channel_id}/threads": without_message,
    "PATCH /channels/{channel_id}": change,
    "GET /channels/{channel_id}/threads/archived/public": archived_public,
    "GET /channels/{channel_id}/threads/archived/private": archived_private,
    "GET /channels/{channel_id}/users/@me/threads/archived/private": archived_joined,
    "PUT /channels/{channel_id}/thread-members/@me": join,
    "DELETE /channels/{channel_id}/thread-members/@me": leave,
    "GET /channels/{channel_id}/thread-members": members,
    "GET /channels/{channel_id}/thread-members/{user_id}": member,
    "PUT /channels/{channel_id}/thread-members/{user_id}": add,
}
