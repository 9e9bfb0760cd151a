"""What people offer in Discord: the files and links of a message, of a command, or behind a button. Pure."""

import re
from collections.abc import Collection, Iterator
from dataclasses import asdict, replace
from typing import Any

from adapters.discord.escaping import TAG, plain
from adapters.discord.heard import Attachment, Heard
from adapters.discord.inbound import DIRECT, SPOKEN, Asked, Ignored, Me, Rules
from adapters.discord.interactions import Wanted
from adapters.discord.markdown import AFTER, PARTS
from adapters.sharing import Item, Offer, few, worth_reading
from core.types import Session

TEXT = "text"
"""What the words of a message are called among what is shared in it."""
SHOWS = ("image/", "audio/", "video/")
"""Types of what people post to be looked at or listened to: nobody means them to be read."""
CALLED = ("mention", "reply", "direct")
"""Ways of speaking to the bot."""
BOXED = re.compile(r"^<(https?://[^<>\s]+)>$")
BUTTON = "button"


def offer_of(
    heard: Heard, meaning: Asked | Ignored, *, me: Me, rules: Rules, asked: Asked, edit: str = ""
) -> Offer | None:
    """What a person offers with a message; None where there is nothing, or where it is nobody to listen to.

    `meaning` is that of the same message as a question, `asked` names its place, and `edit` one of its edits, each of
    which is an offer of its own.
    """
    if heard.bot or heard.webhook or heard.user == me.user or heard.type not in SPOKEN:
        return None
    if not (heard.message and heard.channel and heard.user):
        return None
    if not rules.permit(channel=heard.channel, user=heard.user, thread=heard.thread):
        return None
    called = is_called(meaning)
    found = items_of(heard)
    items, left_out = few(found if called else [one for one in found if _to_be_read(one)])
    if not items:
        return None
    name = f"{asked.place}:{heard.message}+share{edit and f':{edit}'}"
    place = replace(asked, id=name, text="", attachments=(), about="", reference="")
    more = {"asked": place.dump()}
    return Offer(name, session_of(asked), heard.message, heard.user, items, called, left_out, more)


def is_called(meaning: Asked | Ignored) -> bool:
    """Whether a message speaks to the bot."""
    return isinstance(meaning, Asked) and meaning.way in CALLED


def place_of(heard: Heard, *, me: Me, at: Any, locale: str) -> Asked:
    """Where a message stands, and who wrote it."""
    guild = heard.guild or DIRECT
    return Asked(
        id=f"discord:{guild}:{heard.thread or heard.channel}:{heard.message}",
        way="mention" if heard.guild else "direct",
        guild=guild,
        channel=heard.channel,
        user=heard.user,
        text="",
        received_at=at,
        thread=heard.thread,
        message=heard.message,
        locale=locale,
        application=me.application,
    )


def wanted_offer(wanted: Wanted) -> Offer | None:
    """What somebody wants to be read by a command or with the menu of a message; None where there is nothing."""
    place = wanted.place
    words = place.text if wanted.wish == "learn" else ""
    found = [*map(file_item, place.attachments)]
    found += map(Item.link, links(place.text) if words else [place.text] * bool(place.text))
    items, left_out = few(found)
    words = words_of(words)
    if not items and not words:
        return None
    # A command stands in no message, and so it is never compared with one.
    message = place.reference or f"add-{place.interaction}"
    name = f"{place.place}:{message}+{wanted.wish}:{place.interaction}"
    more = {"asked": _kept(place, name), "words": words}
    return Offer(name, session_of(place), message, place.user, items, asked=True, left_out=left_out, more=more)


def agreed_offer(place: Asked) -> Offer:
    """What somebody agreed to with the button; its items stand in the message that it is about."""
    name = f"{place.place}:{place.reference}+{BUTTON}"
    more = {"asked": _kept(replace(place, way="command", message=place.reference), name), "look": True}
    return Offer(name, session_of(place), place.reference, place.user, (), asked=True, more=more)


def items_of(heard: Heard) -> list[Item]:
    """The files and links of a message."""
    return [*map(file_item, heard.attachments), *map(Item.link, links(heard.text))]


def left_in(heard: Heard) -> Collection[str]:
    """The names of everything that may have been shared in a message, as it stands now."""
    words = [TEXT] if heard.text.strip() else []
    return frozenset([*(one.id for one in heard.attachments), *links(heard.text), *words])


def file_item(one: Attachment) -> Item:
    """A file as it is offered."""
    return Item("file", one.id, one.name or one.id, {**asdict(one)})


def attachment_of(item: Item) -> Attachment:
    """What `file_item` was given."""
    return Attachment.load(item.more)


def links(text: str) -> Iterator[str]:
    """The addresses in a text that may be documents, each once; what stands in code is none."""
    return (url for url in dict.fromkeys(_addresses(text)) if worth_reading(url))


def words_of(text: str) -> str:
    """The words of a message, where it says more than addresses."""
    rest = PARTS.sub(lambda found: found["label"] or (found[0] if found["ticks"] else ""), text)
    return text.strip() if plain(TAG.sub("", rest)).strip(" \n\t<>") else ""


def session_of(asked: Asked) -> Session:
    """Where something is shared. A thread goes by its own name, since it is deleted by it."""
    return Session("discord", asked.guild, asked.target)


def _kept(place: Asked, name: str) -> dict[str, Any]:
    return replace(place, id=name, text="", attachments=(), about="").dump()


def _to_be_read(item: Item) -> bool:
    return item.kind == "link" or not str(item.more.get("media_type", "")).startswith(SHOWS)


def _addresses(text: str) -> Iterator[str]:
    for found in PARTS.finditer(text):
        if found["ticks"]:
            continue
        if found["target"]:
            yield found["target"]
        elif boxed := BOXED.match(found[0]):
            yield boxed[1]
        elif found["bare"]:
            address = found["bare"].rstrip(AFTER)
            closed = "(" in address and found["bare"][len(address) :].startswith(")")
            yield f"{address})" if closed else address
