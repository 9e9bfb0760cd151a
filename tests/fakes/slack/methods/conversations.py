"""conversations.*: channels, their members and what was said in them."""

from collections.abc import Mapping

from tests.fakes.slack.errors import ApiError
from tests.fakes.slack.methods.people import page
from tests.fakes.slack.state import SCOPE_PREFIXES, Channel, Json, Message
from tests.fakes.slack.web_api import Call, Method
from tests.fakes.slack.wire import channel_json

MOST_MESSAGES = 999
MOST_OUTSIDE_MARKETPLACE = 15


def shown(call: Call, channel: Channel) -> Json:
    member = call.workspace.bot_user.id in channel.members
    locale = "en-US" if call.flag("include_locale") else None
    return channel_json(channel, member=member, locale=locale, count=call.flag("include_num_members"))


def info(call: Call) -> Json:
    channel = call.channel()
    call.need_of(channel, "read")
    return {"channel": shown(call, channel)}


def list_(call: Call) -> Json:
    types = [one.strip().removesuffix("_channel") for one in call.text("types", "public_channel").split(",")]
    unknown = [one for one in types if one not in SCOPE_PREFIXES]
    if unknown:
        raise ApiError("invalid_types")
    for one in types:
        call.need(f"{SCOPE_PREFIXES[one]}:read")  # type: ignore[index]
    bot = call.workspace.bot_user.id
    found = [
        one
        for one in call.workspace.channels.values()
        if one.kind in types and (one.kind == "public" or bot in one.members)
    ]
    some, metadata = page(call, [one for one in found if not (call.flag("exclude_archived") and one.is_archived)])
    return {"channels": [shown(call, one) for one in some], **metadata}


def members(call: Call) -> Json:
    channel = call.channel()
    call.need_of(channel, "read")
    some, metadata = page(call, channel.members)
    return {"members": list(some), **metadata}


def readable(call: Call) -> Channel:
    """A conversation whose messages the app may read: it has to be in it."""
    channel = call.channel()
    call.need_of(channel, "history")
    if call.workspace.bot_user.id not in channel.members:
        raise ApiError("not_in_channel")
    return channel


def within(call: Call, messages: list[Message]) -> list[Message]:
    """Those between `oldest` and `latest`."""
    try:
        oldest, latest = float(call.text("oldest") or 0), float(call.text("latest") or "inf")
    except ValueError:
        raise ApiError("invalid_ts_oldest") from None
    edge = call.flag("inclusive")
    return [one for one in messages if oldest < float(one.ts) < latest or (edge and float(one.ts) in (oldest, latest))]


def most_messages(call: Call) -> int:
    return MOST_MESSAGES if call.slack.world.app.marketplace else MOST_OUTSIDE_MARKETPLACE


def read(call: Call, channel: Channel, message: Message) -> Json:
    """A message as it is read back; its metadata only where they are asked for."""
    shown = call.slack.shown(call.workspace, channel, message)
    if message.metadata and call.flag("include_all_metadata"):
        shown["metadata"] = message.metadata
    return shown


def history(call: Call) -> Json:
    channel = readable(call)
    top = [one for one in channel.visible if one.thread_ts in (None, one.ts) or one.subtype == "thread_broadcast"]
    some, metadata = page(call, list(reversed(within(call, top))), most=most_messages(call))
    found = [read(call, channel, one) for one in some]
    more = bool(metadata["response_metadata"]["next_cursor"])
    return {"messages": found, "has_more": more, "pin_count": 0, **(metadata if more else {})}


def replies(call: Call) -> Json:
    channel = readable(call)
    ts = call.text("ts")
    root = channel.messages.get(ts)
    if root is None or (root.deleted and not any(one.thread_ts == ts for one in channel.visible)):
        raise ApiError("thread_not_found")
    rest = [one for one in channel.visible if one.thread_ts == ts and one.ts != ts]
    some, metadata = page(call, [root, *within(call, rest)], most=most_messages(call))
    found = [read(call, channel, one) for one in some]
    more = bool(metadata["response_metadata"]["next_cursor"])
    return {"messages": found, "has_more": more, **(metadata if more else {})}


def open_(call: Call) -> Json:
    if call.text("channel"):
        channel = call.channel()
        return {"channel": {"id": channel.id}, "no_op": True, "already_open": True}
    people = [one.strip() for one in call.text("users").split(",") if one.strip()]
    if not people:
        raise ApiError("users_list_not_supplied")
    if len(people) > 8:
        raise ApiError("too_many_users")
    call.need("im:write" if len(people) == 1 else "mpim:write")
    for one in people:
        if one not in call.workspace.users or one == call.workspace.bot_user.id:
            raise ApiError("user_not_found")
        if call.workspace.users[one].deleted:
            raise ApiError("user_disabled")
    channel = call.slack.world.direct(call.workspace, *people)
    return {"channel": shown(call, channel) if call.flag("return_im") else {"id": channel.id}}


def join(call: Call) -> Json:
    channel = call.channel()
    call.need("channels:join")
    if channel.kind != "public":
        raise ApiError("method_not_supported_for_channel_type")
    if channel.is_archived:
        raise ApiError("is_archived")
    already = call.workspace.bot_user.id in channel.members
    if not already:
        call.slack.join(channel)
    warning = {"warning": "already_in_channel"} if already else {}
    return {"channel": shown(call, channel), **warning}


def leave(call: Call) -> Json:
    channel = call.channel()
    call.need("channels:manage", "channels:write", "groups:write", "im:write", "mpim:write")
    if call.workspace.bot_user.id not in channel.members:
        return {"not_in_channel": True}
    call.slack.leave(channel)
    return {}


METHODS: Mapping[str, Method] = {
    "conversations.info": info,
    "conversations.list": list_,
    "conversations.members": members,
    "conversations.history": history,
    "conversations.replies": replies,
    "conversations.open": open_,
    "conversations.join": join,
    "conversations.leave": leave,
}
