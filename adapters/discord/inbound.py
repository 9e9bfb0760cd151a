"""What a message in Discord means: a question, or nothing, for a stated reason. Pure."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, Self

from adapters.calling import POST, UNASKED
from adapters.discord.escaping import calls_others, mentions, plain
from adapters.discord.heard import Attachment, Heard
from core.asking import asks
from core.channels import SessionScope
from core.types import Session

Body = Mapping[str, Any]
Way = Literal["mention", "reply", "direct", "follow_up", "command", "private", "context_menu", "overheard", "post"]
Reason = Literal[
    "a bot",
    "a notice of Discord",
    "for somebody else",
    "for this app there is nothing in it",
    "not allowed here",
    "not a conversation",
    "not complete",
    "said by itself",
]
DIRECT = "@me"
"""Stands for the server in a direct message, as in Discord's own links."""
SPOKEN = (0, 19)
"""Types of messages that a person wrote: default and reply."""
TOKEN_LIFE = timedelta(minutes=15)
"""So long an interaction can be answered."""
ABOUT_LIMIT = 4000


@dataclass(frozen=True, slots=True)
class Me:
    """Who the bot is."""

    user: str
    application: str = ""
    roles: frozenset[str] = frozenset()
    """The roles that are the bot's own, in its servers: people mention them for the bot."""


@dataclass(frozen=True, slots=True)
class Rules:
    """Who is listened to. An empty set of allowed ones allows all."""

    allowed_channels: frozenset[str] = frozenset()
    blocked_channels: frozenset[str] = frozenset()
    allowed_users: frozenset[str] = frozenset()
    blocked_users: frozenset[str] = frozenset()
    allowed_bots: frozenset[str] = frozenset()

    def permit(self, *, channel: str, user: str, thread: str = "") -> bool:
        """Whether a question from here is answered. A thread is allowed or blocked with its channel."""
        places = {channel, thread} - {""}
        return (
            not places & self.blocked_channels
            and user not in self.blocked_users
            and (not self.allowed_channels or bool(places & self.allowed_channels))
            and (not self.allowed_users or user in self.allowed_users)
        )


EVERYBODY = Rules()


@dataclass(frozen=True, slots=True)
class Asked:
    """A question on its way. All ids are snowflakes in decimal digits."""

    id: str
    """`discord:<server>:<channel>:<message or interaction>`; the channel is the thread in a thread."""
    way: Way
    guild: str
    """The server; `@me` where it is a direct message."""
    channel: str
    """The channel whose session it is: a thread's parent."""
    user: str
    text: str
    received_at: datetime
    """When it reached this process, by its own clock."""
    thread: str = ""
    """The thread or forum post that it stands in."""
    message: str = ""
    """The message that asks; empty where an interaction does."""
    locale: str = ""
    """The language the asker has set in Discord, as `ko` or `en-US`; only interactions say."""
    interaction: str = ""
    token: str = field(default="", repr=False)
    """Answers the interaction. No log has it."""
    application: str = ""
    attachments: tuple[Attachment, ...] = ()
    reference: str = ""
    """The message that is replied to, or that a context menu was opened on."""
    about: str = ""
    """The text of that message, where it is known."""
    about_me: bool = False
    """Whether the bot wrote that message."""
    outside: bool = False
    """Whether the bot is no member here, but was brought along by the asker."""
    joins: bool = False
    """Whether the bot is called into a thread that it knows nothing of; the reception finds out."""

    @property
    def target(self) -> str:
        """The id of the channel or thread in which the answer stands."""
        return self.thread or self.channel

    @property
    def place(self) -> str:
        """The name of its conversation in the inbox."""
        return f"discord:{self.guild}:{self.target}"

    @property
    def direct(self) -> bool:
        """Whether it was asked in a direct message."""
        return self.guild == DIRECT

    @property
    def expires_at(self) -> datetime:
        """When its token is of no use any more."""
        return self.received_at + TOKEN_LIFE

    def session(self, *, scope: SessionScope = "channel") -> Session:
        """The conversation that it belongs to."""
        apart = scope == "thread" and self.thread
        return Session("discord", self.guild, f"{self.channel}/{self.thread}" if apart else self.channel)

    def dump(self) -> dict[str, Any]:
        """As the inbox keeps it."""
        return {**asdict(self), "received_at": self.received_at.isoformat(), "attachments": _kept(self.attachments)}

    @classmethod
    def load(cls, body: Body) -> Self:
        """What `dump` wrote; what another release added is left out."""
        known = {name: value for name, value in body.items() if name in cls.__dataclass_fields__}
        known["received_at"] = datetime.fromisoformat(known["received_at"])
        known["attachments"] = tuple(Attachment.load(one) for one in known.get("attachments", ()))
        return cls(**known)


@dataclass(frozen=True, slots=True)
class Ignored:
    """Nothing to do, and why."""

    reason: Reason


def read_message(heard: Heard, *, me: Me, at: datetime, rules: Rules = EVERYBODY) -> Asked | Ignored:
    """What a message means for this bot. `at` is when it arrived, by the caller's clock.

    A `follow_up` is only one where the bot has answered in its thread: the caller looks that up by its `place`.
    """
    if heard.user == me.user:
        return Ignored("said by itself")
    if (heard.bot or heard.webhook) and not rules.allowed_bots & {heard.user, heard.webhook}:
        return Ignored("a bot")
    if heard.type not in SPOKEN:
        return Ignored("a notice of Discord")
    if not heard.message or not heard.channel or not heard.user:
        return Ignored("not complete")
    way = _way(heard, me=me)
    if way is None or (way in UNASKED and not _is_meant_to_be_heard(heard)):
        return Ignored("for somebody else" if heard.thread else "not a conversation")
    if not rules.permit(channel=heard.channel, user=heard.user, thread=heard.thread):
        return Ignored("not allowed here")
    text = plain(heard.text, me=me.user, roles=me.roles, names=heard.names)
    if way == POST:
        text = f"{heard.title}\n{text}".strip()
    if way == "follow_up" and not text and not heard.attachments:
        # So it arrives where Discord withholds what is not said to the bot.
        return Ignored("for this app there is nothing in it")
    guild = heard.guild or DIRECT
    return Asked(
        id=f"discord:{guild}:{heard.thread or heard.channel}:{heard.message}",
        way=way,
        guild=guild,
        channel=heard.channel,
        user=heard.user,
        text=text,
        received_at=at,
        thread=heard.thread,
        message=heard.message,
        application=me.application,
        attachments=heard.attachments,
        reference=heard.reference,
        about=plain(heard.about, me=me.user, names=heard.names)[:ABOUT_LIMIT],
        about_me=bool(me.user) and heard.about_user == me.user,
    )


def _way(heard: Heard, *, me: Me) -> Way | None:
    """How the bot is addressed. A ping that comes with a reply counts as a mention."""
    if not heard.guild:
        return "direct"
    if mentions(heard.text, me.user):
        return "mention"
    replied = heard.about_user == me.user and bool(heard.text or heard.attachments)
    if me.user in heard.mentions or replied:
        return "reply"
    if heard.text and me.roles & heard.roles:
        return "mention"
    if calls_others(heard.text, me=me.user) or heard.about_user not in ("", me.user):
        return None
    if heard.opens_post:
        return "post"
    return "follow_up" if heard.thread else "overheard"


def _is_meant_to_be_heard(heard: Heard) -> bool:
    """Whether a person opens a post or asks something, in words that are not withheld."""
    if heard.bot or heard.webhook or not heard.text.strip():
        return False
    return heard.opens_post or asks(plain(heard.text, me="", names=heard.names))


def _kept(attachments: tuple[Attachment, ...]) -> list[dict[str, Any]]:
    return [asdict(one) for one in attachments]
