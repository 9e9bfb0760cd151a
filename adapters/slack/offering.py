"""What people offer in Slack: the files and links of a message. Pure."""

import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any

from adapters.sharing import Item, Offer, few, worth_reading
from adapters.slack.escaping import CHARACTERS, ENTITY, mentions, plain
from adapters.slack.inbound import SPOKEN, Asked, Body, Me, Rules, name_of, word
from core.types import Session

TEXT = "text"
"""What the words of a message are called among what is shared in it."""
VALUE_LIMIT = 1900
"""Slack takes 2,000 characters behind a button."""
LINK = re.compile(r"<(https?://[^|<>\s]+)(?:\|[^<>]*)?>")
GONE = frozenset({"tombstone"})
FILE_FIELDS = (
    "mode",
    "file_access",
    "url_private",
    "url_private_download",
    "size",
    "mimetype",
    "filetype",
    "title",
    "permalink",
)


def offer_of(
    message: Body, *, channel: str, me: Me, rules: Rules, shared: bool = False, kind: str = ""
) -> Offer | None:
    """What a person offers with a message; None where there is nothing, or where it is nobody to listen to.

    Each edit of it is an offer of its own.
    """
    user, ts, text = word(message, "user"), word(message, "ts"), word(message, "text")
    if word(message, "subtype") not in SPOKEN or not user or not ts or user in (me.user, "USLACKBOT"):
        return None
    if message.get("bot_id") or message.get("bot_profile") or not rules.permit(channel=channel, user=user):
        return None
    items, left_out = few(items_of(message))
    if not items:
        return None
    direct = kind in ("im", "mpim") or channel.startswith("D")
    name = _name(message, channel=channel, me=me)
    user_team = word(message, "user_team") or word(message, "team")
    asked = Asked(
        id=name,
        way="mention",
        team=me.team,
        channel=channel,
        user=user,
        text="",
        ts=ts,
        thread=word(message, "thread_ts") or ts,
        kind="im" if channel.startswith("D") else kind,
        user_team=user_team,
        shared=shared or user_team not in ("", me.team),
    )
    called = word(message, "type") == "app_mention" or mentions(text, me.user)
    more = {"asked": asked.dump()}
    return Offer(name, session_of(channel, me), ts, user, items, asked=direct or called, left_out=left_out, more=more)


def only(offer: Offer, ids: Collection[str]) -> Offer | None:
    """The same with these items alone."""
    items = tuple(item for item in offer.items if item.id in ids)
    return replace(offer, items=items) if items else None


def items_of(message: Body) -> list[Item]:
    """The files and links of a message. A file that lies elsewhere is a link."""
    files = message.get("files")
    listed = [one for one in files if isinstance(one, Mapping)] if isinstance(files, list) else []
    found = [item for one in listed if (item := file_item(one)) is not None]
    return [*found, *map(Item.link, links(word(message, "text")))]


def links(text: str) -> Iterator[str]:
    """The links of a text as Slack sends it that may be documents, each once."""
    found = (ENTITY.sub(lambda entity: CHARACTERS[entity[1]], one) for one in LINK.findall(text))
    return (url for url in dict.fromkeys(found) if worth_reading(url))


def file_item(file: Body) -> Item | None:
    """A file object of Slack; None where nothing is left of it."""
    if not word(file, "id") or word(file, "mode") in GONE:
        return None
    name = word(file, "name") or word(file, "title") or word(file, "id")
    if word(file, "mode") == "external" or file.get("is_external") is True:
        url = word(file, "external_url") or word(file, "url_private")
        return Item("link", url, word(file, "title") or name) if worth_reading(url) else None
    return Item("file", word(file, "id"), name, {field: file[field] for field in FILE_FIELDS if file.get(field)})


def value_of(offer: Offer) -> str:
    """What the button remembers: as many items as fit."""
    asked = offer.more["asked"]
    kept: dict[str, Any] = {"ts": offer.message, "thread": asked["thread"], "files": [], "links": []}
    for item in offer.items:
        more = {**kept}
        more["files"] = [*kept["files"], [item.id, item.name[:80]]] if item.kind == "file" else kept["files"]
        more["links"] = [*kept["links"], item.id] if item.kind == "link" else kept["links"]
        if len(json.dumps(more, ensure_ascii=False)) <= VALUE_LIMIT:
            kept = more
    return json.dumps(kept, ensure_ascii=False)


def asked_for(ts: str, thread: str, items: tuple[Item, ...], left_out: int, once: str, body: Body, me: Me) -> Offer:
    """What somebody wants to be read, by a button or a shortcut; `once` tells this wish from others."""
    channel, user = name_of(body, "channel"), name_of(body, "user")
    team = word(body, "team_id") or name_of(body, "team")
    name = f"slack:{me.team}:{channel}:{ts}+add:{once}"
    asked = Asked(
        id=name,
        way="mention",
        team=me.team,
        channel=channel,
        user=user,
        text="",
        ts=ts,
        thread=thread or ts,
        kind="im" if channel.startswith("D") else "",
        user_team=team,
        shared=body.get("is_ext_shared_channel") is True,
    )
    more = {"asked": asked.dump(), "old": True}
    return Offer(name, session_of(channel, me), ts, user, items, asked=True, left_out=left_out, more=more)


def words_of(text: str) -> str:
    """The words of a message beside its links."""
    return plain(LINK.sub("", text), me="")


def _name(message: Body, *, channel: str, me: Me) -> str:
    edited = message.get("edited")
    once = f":{word(edited, 'ts')}" if isinstance(edited, Mapping) else ""
    return f"slack:{me.team}:{channel}:{word(message, 'ts')}+share{once}"


def session_of(channel: str, me: Me) -> Session:
    """The channel among those of all platforms."""
    return Session("slack", me.team, channel)
