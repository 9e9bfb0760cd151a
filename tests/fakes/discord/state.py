"""What the fake remembers: people, guilds, channels, threads, messages with every edit, interactions."""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from typing import Any, Literal

from tests.fakes.patience import PATIENCE

Json = dict[str, Any]
Kind = Literal[
    "text", "dm", "voice", "category", "announcement", "announcement_thread", "public_thread", "private_thread", "forum"
]
CHANNEL_TYPES: dict[str, int] = {
    "text": 0,
    "dm": 1,
    "voice": 2,
    "category": 4,
    "announcement": 5,
    "announcement_thread": 10,
    "public_thread": 11,
    "private_thread": 12,
    "forum": 15,
}
EPHEMERAL = 1 << 6
LOADING = 1 << 7
SUPPRESS_EMBEDS = 1 << 2
COMPONENTS_V2 = 1 << 15


@dataclass(slots=True, eq=False)
class User:
    """A person or a bot; `locale` is the language of their client."""

    id: str
    name: str
    locale: str = "en-US"
    is_bot: bool = False
    display_name: str | None = None
    accepts_direct: bool = True
    """Whether the bot may write to them directly."""

    @property
    def mention(self) -> str:
        return f"<@{self.id}>"


@dataclass(slots=True, eq=False)
class Role:
    """A role; the one with the guild's own id is @everyone."""

    id: str
    name: str
    permissions: int
    position: int = 1
    bot_id: str | None = None
    mentionable: bool = False

    @property
    def mention(self) -> str:
        return f"<@&{self.id}>"


@dataclass(slots=True)
class Overwrite:
    """What a channel allows and denies to a role (type 0) or a member (type 1)."""

    id: str
    type: int
    allow: int = 0
    deny: int = 0


@dataclass(slots=True, eq=False)
class Member:
    """Somebody in a guild."""

    user: User
    joined_at: str
    roles: list[str] = field(default_factory=list)
    nick: str | None = None
    timed_out: bool = False


@dataclass(slots=True, eq=False)
class Attachment:
    """A file in a message; its address is signed anew whenever the message is fetched."""

    id: str
    filename: str
    data: bytes
    content_type: str
    description: str | None = None
    ephemeral: bool = False


@dataclass(frozen=True, slots=True)
class Version:
    """What a message was at one moment; `cause` is the route or act that made it so."""

    at: float
    cause: str
    content: str
    embeds: tuple[Json, ...] = ()
    components: tuple[Json, ...] = ()
    flags: int = 0


@dataclass(slots=True, eq=False)
class Message:
    """A message as it stands now and every state that it went through."""

    id: str
    channel: "Channel"
    author: User
    content: str = ""
    type: int = 0
    created_at: float = 0.0
    edited_at: float | None = None
    flags: int = 0
    embeds: list[Json] = field(default_factory=list)
    components: list[Json] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    mentions: list[User] = field(default_factory=list)
    mention_roles: list[str] = field(default_factory=list)
    mention_everyone: bool = False
    pinged: set[str] = field(default_factory=set)
    """Ids of the people whom it would have rung."""
    reference: Json | None = None
    referenced: "Message | None" = None
    reactions: dict[str, list[str]] = field(default_factory=dict)
    nonce: str | int | None = None
    webhook_id: str | None = None
    application_id: str | None = None
    interaction: "Interaction | None" = None
    """The interaction that it answers."""
    ephemeral_to: str | None = None
    thread: "Channel | None" = None
    pinned: bool = False
    tts: bool = False
    deleted: bool = False
    history: list[Version] = field(default_factory=list)

    @property
    def loading(self) -> bool:
        """Whether it only says that the bot is thinking."""
        return bool(self.flags & LOADING)

    @property
    def url(self) -> str:
        guild = self.channel.guild.id if self.channel.guild else "@me"
        return f"https://discord.com/channels/{guild}/{self.channel.id}/{self.id}"

    def note(self, cause: str, at: float) -> None:
        """Keeps the present state as one version."""
        self.history.append(
            Version(at, cause, self.content, tuple(self.embeds), tuple(self.components), flags=self.flags)
        )


@dataclass(slots=True, eq=False)
class Channel:
    """A channel, a thread, a forum or a direct message; its messages by id, oldest first."""

    id: str
    kind: Kind
    name: str = ""
    guild: "Guild | None" = None
    position: int = 0
    overwrites: dict[str, Overwrite] = field(default_factory=dict)
    parent: "Channel | None" = None
    topic: str | None = None
    recipients: list[str] = field(default_factory=list)
    messages: dict[str, Message] = field(default_factory=dict)
    deleted: bool = False
    owner_id: str = ""
    created_at: float = 0.0
    archived: bool = False
    locked: bool = False
    auto_archive_duration: int = 1440
    thread_members: dict[str, float] = field(default_factory=dict)
    """When each member of the thread joined it."""
    typing: "deque[tuple[str, float]]" = field(default_factory=lambda: deque(maxlen=10_000))
    """Who typed when."""

    @property
    def type(self) -> int:
        return CHANNEL_TYPES[self.kind]

    @property
    def is_thread(self) -> bool:
        return self.kind.endswith("_thread")

    @property
    def mention(self) -> str:
        return f"<#{self.id}>"

    @property
    def visible(self) -> list[Message]:
        """The messages that stand, ephemeral ones left out."""
        return [one for one in self.messages.values() if not one.deleted and one.ephemeral_to is None]


@dataclass(slots=True, eq=False)
class Guild:
    """A server."""

    id: str
    name: str
    owner_id: str
    joined_at: str
    locale: str = "en-US"
    roles: dict[str, Role] = field(default_factory=dict)
    members: dict[str, Member] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    """Channels and threads."""
    available: bool = True
    commands: dict[str, Json] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Interaction:
    """A use of the bot that it has three seconds to acknowledge."""

    id: str
    token: str
    type: int
    user: User
    channel: Channel
    created_at: float
    body: Json
    owners: dict[str, str] = field(default_factory=dict)
    message: Message | None = None
    """The message whose button was pressed."""
    callback: Json | None = None
    """What the bot answered first."""
    acknowledged_at: float | None = None
    original: Message | None = None
    """The message that `@original` names."""
    followups: list[Message] = field(default_factory=list)
    modal: Json | None = None
    choices: list[Json] | None = None
    problem: str = ""
    """What the person was told went wrong: the bot did not answer in time."""
    over: asyncio.Event = field(default_factory=asyncio.Event)
    """Acknowledged, or given up by Discord after three seconds."""

    @property
    def callback_type(self) -> int | None:
        return None if self.callback is None else int(self.callback["type"])

    @property
    def took(self) -> float | None:
        """Seconds on the clock until it was acknowledged."""
        return None if self.acknowledged_at is None else self.acknowledged_at - self.created_at

    async def settled(self, *, timeout: float = PATIENCE) -> "Interaction":  # noqa: ASYNC109 - a bound for tests
        """Waits until it is acknowledged or given up; TimeoutError when neither happens."""
        await asyncio.wait_for(self.over.wait(), timeout)
        return self
