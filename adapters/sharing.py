"""What becomes of files and links that people share: read at once, after somebody agreed, or left alone. Pure.

A platform makes an `Offer` of a message, asks `decide` what to do with it, and has `adapters.learning` read it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, Self
from urllib.parse import urlsplit

from adapters.splitting import clipped
from adapters.work import Bound
from core.audience import Kind
from core.channels import ChannelSettings, ingestion_at
from core.errors import SaseoError
from core.messages import render
from core.shares import Share
from core.types import Session

MOST_ITEMS = 10
"""Files and links of one message that are read."""
SIZE = 1800
"""Characters of what is told about one message: any platform takes that."""
NAME_LIMIT = 80
URL_LIMIT = 2000
HOUR = 3600.0
OFFER = "offer"
"""The field of a body in the inbox that tells an offer from a question."""
OUR_OWN = ("slack.com", "discord.com", "discordapp.com", "discord.gg", "giphy.com", "tenor.com")
"""Hosts of messages, invitations and moving pictures: links to them are no documents."""
MARKUP = str.maketrans({"*": "∗", "`": "'", "[": "(", "]": ")", "<": "‹", ">": "›", "|": "/", "\\": "/", "~": "-"})

Decision = Literal["read", "ask", "leave"]


@dataclass(frozen=True, slots=True)
class Item:
    """A file or a link of a message."""

    kind: Literal["file", "link"]
    id: str
    """The platform's id of the file, or the link."""
    name: str
    """What people know it by."""
    more: Mapping[str, Any] = field(default_factory=dict)
    """What the platform needs in order to fetch it, as JSON holds it."""

    @classmethod
    def link(cls, url: str) -> Self:
        """A link, known by its host and path."""
        parts = urlsplit(url)
        return cls("link", url, f"{parts.hostname or ''}{parts.path.rstrip('/')}")


@dataclass(frozen=True, slots=True)
class Offer:
    """The files and links of one message."""

    id: str
    """Its name in the inbox, beginning with the platform's name."""
    session: Session
    """The channel itself, also where the message stands in a thread."""
    message: str
    author: str
    items: tuple[Item, ...]
    asked: bool = False
    """Whether the bot was asked to read it: by a mention, in a direct message, with a shortcut or a button."""
    left_out: int = 0
    """How many there were beyond `MOST_ITEMS`."""
    more: Mapping[str, Any] = field(default_factory=dict)
    """What the platform needs in order to reply, as JSON holds it."""

    @property
    def in_passing(self) -> bool:
        """Whether somebody just mentions links while talking."""
        return not self.asked and all(item.kind == "link" for item in self.items)

    def share(self, item: Item) -> Share:
        """The name of one of its items."""
        return Share(self.session, self.message, item.id)

    def dump(self) -> dict[str, Any]:
        """As the inbox keeps it."""
        plain = {name: getattr(self, name) for name in ("id", "message", "author", "asked", "left_out", "more")}
        return {OFFER: True, **plain, "session": str(self.session), "items": [asdict(item) for item in self.items]}

    @classmethod
    def load(cls, body: Mapping[str, Any]) -> Self:
        """What `dump` wrote."""
        items = tuple(Item(**item) for item in body["items"])
        plain = {name: body[name] for name in ("id", "message", "author", "asked", "left_out", "more")}
        return cls(session=Session.parse(body["session"]), items=items, **plain)


def is_offer(body: Mapping[str, Any]) -> bool:
    """Whether an item of the inbox is an offer."""
    return body.get(OFFER) is True


def few(items: Iterable[Item]) -> tuple[tuple[Item, ...], int]:
    """Each once and no more than are read at once, and how many are left out. Files come first."""
    once = list({(item.kind, item.id): item for item in items}.values())
    ordered = sorted(once, key=lambda item: item.kind != "file")
    return tuple(ordered[:MOST_ITEMS]), max(len(ordered) - MOST_ITEMS, 0)


def worth_reading(url: str) -> bool:
    """Whether a link in a message may be a document at all."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
    except ValueError:
        return False
    if parts.scheme not in ("http", "https") or not host or parts.username or len(url) > URL_LIMIT:
        return False
    return not any(host == own or host.endswith(f".{own}") for own in OUR_OWN)


def decide(offer: Offer, settings: ChannelSettings, *, kind: Kind) -> Decision:
    """What to do with an offer in a channel of this kind."""
    if kind == "direct" or offer.asked:
        return "read"
    if not settings.enabled or not offer.items:
        return "leave"
    decided: Mapping[str, Decision] = {"auto": "read", "ask": "ask", "off": "leave"}
    return decided[ingestion_at(settings, public=kind == "public")]


class Manners:
    """What people can bear: links in passing are asked about, read and told of only now and then."""

    def __init__(
        self, *, asked: int = 20, passing_asked: int = 1, passing_read: int = 60, passing_told: int = 5
    ) -> None:
        """Each an hour in a channel, but `passing_asked` for each person there."""
        self._asked = Bound(asked, seconds=HOUR)
        self._passing_asked = Bound(passing_asked, seconds=HOUR)
        self._read = Bound(passing_read, seconds=HOUR)
        self._told = Bound(passing_told, seconds=HOUR)

    def ask(self, offer: Offer) -> bool:
        """Whether somebody is to be asked whether this may be read."""
        if offer.in_passing and not self._passing_asked.allows(f"{offer.session}:{offer.author}"):
            return False
        return self._asked.allows(str(offer.session))

    def read(self, offer: Offer) -> bool:
        """Whether this is read without anybody having asked for it."""
        return not offer.in_passing or self._read.allows(str(offer.session))

    def tell(self, offer: Offer) -> bool:
        """Whether words are made about it, where a reaction would do."""
        return not offer.in_passing or self._told.allows(str(offer.session))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one item. Neither read nor refused: it was taken away meanwhile, and nobody is told."""

    item: Item
    title: str = ""
    passages: int = 0
    changed: bool = True
    """False where its content was known here already."""
    document_id: str = ""
    refusal: SaseoError | None = None

    @property
    def read(self) -> bool:
        """Whether it is known now."""
        return self.refusal is None and self.document_id != ""


def told(outcomes: Sequence[Outcome], offer: Offer, locale: str) -> str:
    """One message about everything in a message, a line each, at most `SIZE` characters; empty: nothing to tell.

    Names are shown as `*name*`, and hold nothing that a platform takes for markup.
    """
    whole = [outcome for outcome in outcomes if outcome.read or outcome.refusal is not None]
    below = [render("sharing.left_out", locale, most=MOST_ITEMS, count=offer.left_out)] if offer.left_out else []
    # What was refused is of more use than what was read.
    whole.sort(key=lambda outcome: outcome.refusal is None)
    lines = [line(outcome, locale) for outcome in whole]
    shown = len(lines)
    while shown and len("\n".join([*lines[:shown], *_rest(whole[shown:], locale), *below])) > SIZE:
        shown -= 1
    return "\n".join([*lines[:shown], *_rest(whole[shown:], locale), *below])


def line(outcome: Outcome, locale: str) -> str:
    """What became of one item."""
    if outcome.refusal is not None:
        return refused(outcome.item.name, outcome.refusal, locale)
    item = outcome.item
    named = item.kind == "file" and item.name != item.id
    name = clean(item.name if named else outcome.title or item.name)
    if not outcome.changed:
        return render("sharing.known", locale, name=name)
    code = "sharing.read_one" if outcome.passages == 1 else "sharing.read"
    return render(code, locale, name=name, count=outcome.passages)


def refused(name: str, error: SaseoError, locale: str) -> str:
    """Why something was not read, and what to do next; its name stands in it."""
    details = {key: clean(value) if isinstance(value, str) else value for key, value in error.details.items()}
    text = render(error.code, locale, **details)
    return text if "name" in details else f"*{clean(name)}*: {text}"


def question(offer: Offer, locale: str) -> str:
    """Asks whether something may be read."""
    if len(offer.items) == 1:
        return render("sharing.ask_one", locale, name=clean(offer.items[0].name))
    return render("sharing.ask_many", locale, count=len(offer.items))


def clean(name: str) -> str:
    """A name in one line, short, and without anything that a platform takes for markup."""
    return clipped(" ".join(name.translate(MARKUP).split()) or "?", NAME_LIMIT)


def _rest(outcomes: Sequence[Outcome], locale: str) -> list[str]:
    if not outcomes:
        return []
    count = sum(outcome.read for outcome in outcomes)
    return [render("sharing.rest", locale, read=count, refused=len(outcomes) - count)]
