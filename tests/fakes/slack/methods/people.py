"""users.*: people and their locale."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

from tests.fakes.slack.errors import ApiError
from tests.fakes.slack.state import SCOPE_PREFIXES, Json
from tests.fakes.slack.web_api import Call, Method
from tests.fakes.slack.wire import channel_json, stranger_json

Item = TypeVar("Item")


def page(call: Call, items: Sequence[Item], *, most: int = 1000) -> tuple[Sequence[Item], Json]:
    """One page of a list and the metadata with the cursor of the next one."""
    cursor = call.text("cursor")
    if cursor and not (cursor.startswith("from-") and cursor[5:].isdigit()):
        raise ApiError("invalid_cursor")
    start, limit = int(cursor[5:] or 0) if cursor else 0, call.number("limit", 100)
    if not 0 < limit <= 1000:
        raise ApiError("invalid_limit")
    limit = min(limit, most)
    following = f"from-{start + limit}" if start + limit < len(items) else ""
    return items[start : start + limit], {"response_metadata": {"next_cursor": following}}


def users_info(call: Call) -> Json:
    user = call.workspace.users.get(call.text("user"))
    if user is None:
        raise ApiError("user_not_found")
    shown = stranger_json(user, call.workspace)
    return {"user": shown | ({"locale": user.locale} if call.flag("include_locale") else {})}


def users_list(call: Call) -> Json:
    some, metadata = page(call, list(call.workspace.users.values()))
    extra = call.flag("include_locale")
    members = [stranger_json(user, call.workspace) | ({"locale": user.locale} if extra else {}) for user in some]
    return {"members": members, "cache_ts": int(call.slack.clock.now()), **metadata}


def users_conversations(call: Call) -> Json:
    types = [one.strip().removesuffix("_channel") for one in call.text("types", "public_channel").split(",")]
    call.need(*(f"{SCOPE_PREFIXES[one]}:read" for one in types if one in SCOPE_PREFIXES))  # type: ignore[index]
    bot = call.workspace.bot_user.id
    who = call.text("user") or bot
    found = [
        one
        for one in call.workspace.channels.values()
        if who in one.members and one.kind in types and (one.kind == "public" or bot in one.members)
    ]
    some, metadata = page(call, [one for one in found if not (call.flag("exclude_archived") and one.is_archived)])
    return {"channels": [channel_json(one, member=True) for one in some], **metadata}


METHODS: Mapping[str, Method] = {
    "users.info": users_info,
    "users.list": users_list,
    "users.conversations": users_conversations,
}
