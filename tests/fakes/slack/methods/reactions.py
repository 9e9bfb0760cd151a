"""reactions.*: emoji under messages."""

import re
from collections.abc import Mapping

from tests.fakes.slack.errors import ApiError
from tests.fakes.slack.state import Channel, Json, Message
from tests.fakes.slack.web_api import Call, Method
from tests.fakes.slack.wire import message_json

NAME = re.compile(r"[a-z0-9_+'-]+(::skin-tone-[2-6])?")


def target(call: Call) -> tuple[Channel, Message]:
    if not call.text("channel") or not call.text("timestamp"):
        raise ApiError("no_item_specified")
    channel = call.channel()
    message = channel.messages.get(call.text("timestamp"))
    if message is None or message.deleted:
        raise ApiError("message_not_found")
    return channel, message


def name_of(call: Call) -> str:
    name = call.text("name").strip(":")
    if not NAME.fullmatch(name):
        raise ApiError("invalid_name")
    return name


def add(call: Call) -> Json:
    channel, message = target(call)
    bot, users = call.workspace.bot_user.id, message.reactions.setdefault(name_of(call), [])
    if bot not in channel.members:
        raise ApiError("not_in_channel")
    if bot in users:
        raise ApiError("already_reacted")
    users.append(bot)
    call.slack.tell_reaction(call.workspace, channel, message, "reaction_added", bot, name_of(call))
    return {}


def remove(call: Call) -> Json:
    channel, message = target(call)
    bot, users = call.workspace.bot_user.id, message.reactions.get(name_of(call), [])
    if bot not in users:
        raise ApiError("no_reaction")
    users.remove(bot)
    if not users:
        del message.reactions[name_of(call)]
    call.slack.tell_reaction(call.workspace, channel, message, "reaction_removed", bot, name_of(call))
    return {}


def get(call: Call) -> Json:
    channel, message = target(call)
    shown = message_json(message, call.slack.world.app)
    return {"type": "message", "channel": channel.id, "message": shown}


METHODS: Mapping[str, Method] = {
    "reactions.add": add,
    "reactions.get": get,
    "reactions.remove": remove,
}
