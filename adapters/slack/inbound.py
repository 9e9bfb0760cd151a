"""What an event of Slack means: a question, something to note, or nothing, for a stated reason. Pure."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, Self

from adapters.calling import OVERHEARD
from adapters.slack.escaping import calls_others, mentions, plain
from core.asking import asks
from core.types import Session

Body = Mapping[str, Any]
Way = Literal["mention", "direct", "follow_up", "command", "private", "overheard"]
Reason = Literal[
    "an edit or a deletion",
    "a bot",
    "a notice of Slack",
    "for somebody else",
    "for this app there is nothing in it",
    "not allowed here",
    "not a conversation",
    "not complete",
    "said by itself",
]
SPOKEN = ("", "file_share", "thread_broadcast", "me_message")
"""Subtypes of messages that a person wrote."""
MEMBERSHIP = (
    "member_joined_channel",
    "member_left_channel",
    "channel_left",
    "group_left",
    "channel_rename",
    "channel_archive",
    "group_archive",
    "channel_deleted",
    "group_deleted",
    "channel_shared",
    "channel_unshared",
)


@dataclass(frozen=True, slots=True)
class Me:
    """Who the bot is in a workspace, as auth.test tells."""

    team: str
    user: str
    bot: str = ""


@dataclass(frozen=True, slots=True)
class Rules:
    """Who is listened to. An empty set of allowed ones allows all."""

    allowed_channels: frozenset[str] = frozenset()
    blocked_channels: frozenset[str] = frozenset()
    allowed_users: frozenset[str] = frozenset()
    blocked_users: frozenset[str] = frozenset()
    allowed_bots: frozenset[str] = frozenset()

    def permit(self, *, channel: str, user: str) -> bool:
        """Whether a question from here is answered."""
        return (
            channel not in self.blocked_channels
            and user not in self.blocked_users
            and (not self.allowed_channels or channel in self.allowed_channels)
            and (not self.allowed_users or user in self.allowed_users)
        )


@dataclass(frozen=True, slots=True)
class Asked:
    """A question on its way. `thread` is where the answer goes; empty: into the channel."""

    id: str
    way: Way
    team: str
    channel: str
    user: str
    text: str
    ts: str = ""
    thread: str = ""
    kind: str = ""
    """`im`, `mpim`, `group` or `channel` where the event says so."""
    user_team: str = ""
    shared: bool = False
    """Whether the event says that people of other workspaces are in the channel."""
    files: int = 0
    joins: bool = False
    """Whether the bot is called into a thread that it knows nothing of."""
    response_url: str = ""

    @property
    def place(self) -> str:
        """The name of its thread in the inbox."""
        return f"slack:{self.team}:{self.channel}:{self.thread or self.ts}"

    @property
    def channel_session(self) -> Session:
        """Its channel among those of all platforms."""
        return Session("slack", self.team, self.channel)

    def dump(self) -> dict[str, Any]:
        """As the inbox keeps it."""
        return asdict(self)

    @classmethod
    def load(cls, body: Body) -> Self:
        """What `dump` wrote; what another release added is left out."""
        return cls(**{name: value for name, value in body.items() if name in cls.__dataclass_fields__})


@dataclass(frozen=True, slots=True)
class Opened:
    """Somebody opened the app: its `home` or its `messages`."""

    user: str
    channel: str
    tab: str


@dataclass(frozen=True, slots=True)
class Changed:
    """Who is where, or who somebody is, has changed."""

    channel: str = ""
    user: str = ""


@dataclass(frozen=True, slots=True)
class Ignored:
    """Nothing to do, and why."""

    reason: Reason


Meaning = Asked | Opened | Changed | Ignored


def read_event(body: Body, *, me: Me, rules: Rules = Rules()) -> Meaning:
    """What an event of the Events API means for this bot."""
    event = body.get("event")
    if not isinstance(event, Mapping):
        return Ignored("for this app there is nothing in it")
    kind = word(event, "type")
    if kind in ("app_mention", "message"):
        return _message(event, me=me, rules=rules, shared=body.get("is_ext_shared_channel") is True)
    if kind == "app_home_opened":
        return Opened(user=word(event, "user"), channel=word(event, "channel"), tab=word(event, "tab"))
    if kind in MEMBERSHIP:
        return Changed(channel=word(event, "channel") or name_of(event, "channel"))
    if kind in ("user_change", "team_join"):
        return Changed(user=name_of(event, "user"))
    return Ignored("for this app there is nothing in it")


def _message(event: Body, *, me: Me, rules: Rules, shared: bool) -> Meaning:
    subtype, user, bot = word(event, "subtype"), word(event, "user"), word(event, "bot_id")
    channel, ts, text = word(event, "channel"), word(event, "ts"), word(event, "text")
    if subtype in ("message_changed", "message_deleted", "message_replied") or event.get("hidden") is True:
        return Ignored("an edit or a deletion")
    if user == me.user or (bot and bot == me.bot):
        return Ignored("said by itself")
    if _is_bot(event, user=user) and not rules.allowed_bots & {user, bot}:
        return Ignored("a bot")
    if subtype not in (*SPOKEN, "bot_message"):
        return Ignored("a notice of Slack")
    if not channel or not ts or not (user or bot):
        return Ignored("not complete")
    way = _way(event, me=me)
    if way == OVERHEARD and (bot or not user or not asks(plain(text, me=me.user))):
        # What people just say, and whatever bots say, is for the people.
        way = None
    if way is None:
        return Ignored("for somebody else" if event.get("thread_ts") else "not a conversation")
    if not rules.permit(channel=channel, user=user or bot):
        return Ignored("not allowed here")
    user_team = word(event, "user_team") or word(event, "team")
    return Asked(
        id=f"slack:{me.team}:{channel}:{ts}",
        way=way,
        team=me.team,
        channel=channel,
        user=user,
        text=plain(text, me=me.user),
        ts=ts,
        thread=word(event, "thread_ts") or ts,
        kind="im" if channel.startswith("D") else word(event, "channel_type"),
        user_team=user_team,
        shared=shared or user_team not in ("", me.team),
        files=len(files) if isinstance(files := event.get("files"), list) else 0,
    )


def _way(event: Body, *, me: Me) -> Way | None:
    """How the bot is addressed. A mention comes as two events, so both mean the same."""
    text = word(event, "text")
    if word(event, "channel_type") == "im" or word(event, "channel").startswith("D"):
        return "direct"
    if word(event, "type") == "app_mention" or mentions(text, me.user):
        return "mention"
    if calls_others(text, me=me.user):
        return None
    return "follow_up" if word(event, "thread_ts") else "overheard"


def _is_bot(event: Body, *, user: str) -> bool:
    return bool(
        event.get("bot_id") or event.get("bot_profile") or event.get("subtype") == "bot_message" or user == "USLACKBOT"
    )


def word(body: Body, name: str) -> str:
    """A text of a body, empty where there is none."""
    value = body.get(name)
    return value if isinstance(value, str) else ""


def name_of(body: Body, name: str) -> str:
    """The id of an object of a body, whether it is spelled out or only named."""
    value = body.get(name)
    return word(value, "id") if isinstance(value, Mapping) else word(body, name)
