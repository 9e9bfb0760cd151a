"""What Slack tells of what is shared: something new, something changed, something gone. Pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from adapters.sharing import Item, Offer, few
from adapters.slack.commands import ADD
from adapters.slack.escaping import mentions, plain
from adapters.slack.inbound import Asked, Body, Me, Rules, name_of, word
from adapters.slack.offering import TEXT, asked_for, items_of, offer_of, only, session_of, words_of
from core.shares import Share
from core.types import Session

LEARN = "saseo_learn"
"""The button under the question whether something may be read."""
LEFT = frozenset({"channel_left", "group_left"})
ENDED = frozenset({"channel_archive", "group_archive", "channel_deleted", "group_deleted"})
OTHER_READERS = frozenset({"member_joined_channel", "member_left_channel", "channel_shared", "channel_unshared"})
CONVERTED = frozenset({"channel_convert_to_private", "channel_convert_to_public"})


@dataclass(frozen=True, slots=True)
class Edited:
    """A message holds just these items by now. `text` are its words where they changed; `fresh` is what came in."""

    session: Session
    message: str
    kept: frozenset[str]
    text: str | None = None
    fresh: Offer | None = None


@dataclass(frozen=True, slots=True)
class Deleted:
    """A message is there no more."""

    session: Session
    message: str


@dataclass(frozen=True, slots=True)
class Left:
    """A channel is closed, or the bot is not in it any more."""

    session: Session


@dataclass(frozen=True, slots=True)
class FileGone:
    """A file was deleted."""

    id: str


@dataclass(frozen=True, slots=True)
class FileChanged:
    """A file may have new content. `once` tells this change from others."""

    id: str
    once: str = ""


@dataclass(frozen=True, slots=True)
class Readers:
    """Other people may read along; without a channel, anywhere."""

    channel: str = ""


@dataclass(frozen=True, slots=True)
class Pressed:
    """Somebody agreed that something is read. `response_url` takes the question away."""

    offer: Offer
    response_url: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Chosen:
    """Somebody wants a message to be known. `words`: whether it says something beside its files and links."""

    offer: Offer
    words: bool


News = Chosen | Offer | Edited | Deleted | Left | FileGone | FileChanged | Readers | Pressed | None


def read_news(body: Body, *, me: Me, rules: Rules) -> News:
    """What a body from Slack means for what is shared."""
    event = body.get("event")
    if not isinstance(event, Mapping):
        return _pressed(body, me=me, rules=rules)
    kind = word(event, "type")
    if kind in ("message", "app_mention"):
        return _message(event, me=me, rules=rules, shared=body.get("is_ext_shared_channel") is True)
    if kind == "file_deleted":
        return FileGone(file) if (file := word(event, "file_id")) else None
    if kind == "file_change":
        file = word(event, "file_id") or name_of(event, "file")
        return FileChanged(file, word(event, "event_ts")) if file else None
    channel = word(event, "channel") or name_of(event, "channel")
    if kind in LEFT | ENDED or (kind == "member_left_channel" and word(event, "user") == me.user):
        return Left(session_of(channel, me)) if channel else None
    if kind in OTHER_READERS:
        return Readers(channel) if channel else None
    return Readers() if kind == "user_change" else None


def renewed(share: Share, change: FileChanged, *, me: Me) -> Offer:
    """A file that is known is to be read anew, where it was shared."""
    channel = share.session.channel
    name = f"slack:{me.team}:{channel}:{share.message}+change:{change.id}:{change.once}"
    kind = "im" if channel.startswith("D") else ""
    asked = Asked(name, "mention", me.team, channel, "", "", share.message, share.message, kind)
    items = (Item("file", change.id, change.id),)
    more = {"asked": asked.dump(), "quiet": True}
    return Offer(name, share.session, share.message, "", items, asked=True, more=more)


def _message(event: Body, *, me: Me, rules: Rules, shared: bool) -> News:
    channel, subtype = word(event, "channel"), word(event, "subtype")
    if not channel:
        return None
    if subtype == "message_deleted":
        ts = word(event, "deleted_ts")
        return Deleted(session_of(channel, me), ts) if ts else None
    if subtype in CONVERTED:
        return Readers(channel)
    if subtype == "message_changed":
        return _edited(event, me=me, rules=rules, shared=shared)
    if isinstance(event.get("edited"), Mapping):
        # What an edit of a mention brings is told as a change of the message as well.
        return None
    return offer_of(event, channel=channel, me=me, rules=rules, shared=shared, kind=word(event, "channel_type"))


def _edited(event: Body, *, me: Me, rules: Rules, shared: bool) -> News:
    message, before = event.get("message"), event.get("previous_message")
    if not isinstance(message, Mapping) or not word(message, "ts") or word(message, "user") == me.user:
        return None
    channel, ts = word(event, "channel"), word(message, "ts")
    session = session_of(channel, me)
    if word(message, "subtype") == "tombstone":
        return Deleted(session, ts)
    old = before if isinstance(before, Mapping) else {}
    here, there = {item.id: item for item in items_of(message)}, {item.id for item in items_of(old)}
    words = word(message, "text")
    if here.keys() == there and words == word(old, "text"):
        return None
    fresh = None
    if before is not None:
        kind = word(event, "channel_type")
        whole = offer_of(message, channel=channel, me=me, rules=rules, shared=shared, kind=kind)
        called = mentions(words, me.user) and not mentions(word(old, "text"), me.user)
        # Whoever calls the bot to a message wants all of it to be read.
        fresh = whole if whole is None or called else only(whole, here.keys() - there)
    changed = words != word(old, "text")
    kept = frozenset(here) if changed else frozenset({*here, TEXT})
    return Edited(session, ts, kept, plain(words, me=me.user) if changed else None, fresh)


def _pressed(body: Body, *, me: Me, rules: Rules) -> News:
    channel, user = name_of(body, "channel"), name_of(body, "user")
    if not channel or not rules.permit(channel=channel, user=user):
        return None
    kind = word(body, "type")
    if kind == "message_action" and word(body, "callback_id") == ADD:
        message = body.get("message")
        return _chosen(message, body, me=me) if isinstance(message, Mapping) else None
    actions = body.get("actions")
    action = actions[0] if isinstance(actions, list) and actions and isinstance(actions[0], Mapping) else {}
    if kind == "block_actions" and word(action, "action_id") == LEARN:
        container = body.get("container")
        shown = word(container, "message_ts") if isinstance(container, Mapping) else ""
        return _agreed(word(action, "value"), shown, body, me=me)
    return None


def _chosen(message: Body, body: Body, *, me: Me) -> News:
    """The shortcut reads what anybody has shared, also a bot."""
    items, left_out = few(items_of(message))
    if not items or not word(message, "ts"):
        return None
    once = word(body, "trigger_id")
    offer = asked_for(word(message, "ts"), word(message, "thread_ts"), items, left_out, once, body, me)
    return Chosen(offer, bool(words_of(word(message, "text"))))


def _agreed(value: str, shown: str, body: Body, *, me: Me) -> News:
    try:
        kept = json.loads(value)
        listed = [Item("file", one, name) for one, name in kept["files"]]
        items = (*listed, *map(Item.link, kept["links"]))
        made = asked_for(kept["ts"], kept["thread"], items, 0, shown, body, me)
    except (ValueError, KeyError, TypeError):
        return None
    return Pressed(made, word(body, "response_url"))
