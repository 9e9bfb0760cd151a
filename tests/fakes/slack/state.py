"""What the fake remembers: workspaces, people, channels, messages with every edit, files, views."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["public", "private", "im", "mpim"]
Json = dict[str, Any]

CHANNEL_TYPES: Mapping[Kind, str] = {"public": "channel", "private": "group", "im": "im", "mpim": "mpim"}
SCOPE_PREFIXES: Mapping[Kind, str] = {"public": "channels", "private": "groups", "im": "im", "mpim": "mpim"}
ID_PREFIXES: Mapping[Kind, str] = {"public": "C", "private": "C", "im": "D", "mpim": "G"}


@dataclass(slots=True, eq=False)
class User:
    """A person or a bot of a workspace; `team_id` is the home of a guest from another company."""

    id: str
    team_id: str
    name: str
    locale: str = "en-US"
    is_bot: bool = False
    is_admin: bool = False
    is_owner: bool = False
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    deleted: bool = False
    bot_id: str | None = None


@dataclass(frozen=True, slots=True)
class Version:
    """What a message was at one moment; `cause` is the method or act that made it so."""

    at: float
    cause: str
    text: str
    blocks: tuple[Json, ...] = ()


@dataclass(slots=True, eq=False)
class Stream:
    """A message that is being written; `ended` is None while it still is."""

    started_at: float
    text: str = ""
    chunks: list[Json] = field(default_factory=list)
    ended: str | None = None


@dataclass(slots=True, eq=False)
class Message:
    """A message as it stands now and every state that it went through."""

    ts: str
    channel: str
    team_id: str
    user: str | None = None
    text: str = ""
    blocks: list[Json] = field(default_factory=list)
    thread_ts: str | None = None
    subtype: str | None = None
    bot_id: str | None = None
    app_id: str | None = None
    username: str | None = None
    files: list[str] = field(default_factory=list)
    attachments: list[Json] = field(default_factory=list)
    metadata: Json | None = None
    client_msg_id: str | None = None
    ephemeral_to: str | None = None
    edited: Json | None = None
    deleted: bool = False
    unfurl_links: bool = True
    unfurl_media: bool = True
    reactions: dict[str, list[str]] = field(default_factory=dict)
    stream: Stream | None = None
    history: list[Version] = field(default_factory=list)
    deliveries: list[Any] = field(default_factory=list)
    """The deliveries that told the app of it, in the order in which they were sent."""

    @property
    def streaming(self) -> bool:
        return self.stream is not None and self.stream.ended is None

    @property
    def shown(self) -> str:
        """The words that a person sees: those of the blocks, else the text."""
        return "\n\n".join(part for part in map(words_of, self.blocks) if part) or self.text

    def note(self, cause: str, at: float) -> None:
        """Keeps the present state as one version."""
        self.history.append(Version(at, cause, self.text, tuple(self.blocks)))


def words_of(block: Json) -> str:
    """The readable text of a block, depth first."""
    if isinstance(block.get("text"), str):
        return str(block["text"])
    inner = [item for value in block.values() for item in (value if isinstance(value, list) else [value])]
    return " ".join(part for item in inner if isinstance(item, dict) and (part := words_of(item)))


@dataclass(slots=True, eq=False)
class Channel:
    """A conversation of any kind; its messages by `ts`, oldest first."""

    id: str
    team_id: str
    name: str
    kind: Kind = "public"
    members: list[str] = field(default_factory=list)
    creator: str = ""
    created: int = 0
    topic: str = ""
    is_archived: bool = False
    is_general: bool = False
    connected_teams: list[str] = field(default_factory=list)
    """Other workspaces that share it (Slack Connect)."""
    messages: dict[str, Message] = field(default_factory=dict)
    ephemerals: list[Message] = field(default_factory=list)

    @property
    def is_ext_shared(self) -> bool:
        return bool(self.connected_teams)

    @property
    def type(self) -> str:
        return CHANNEL_TYPES[self.kind]

    @property
    def visible(self) -> list[Message]:
        return [message for message in self.messages.values() if not message.deleted]


@dataclass(slots=True, eq=False)
class File:
    """An uploaded file. `mode` as Slack has it: hosted, snippet, external, tombstone, hidden_by_limit, canvas."""

    id: str
    team_id: str
    user: str
    name: str
    data: bytes
    mimetype: str
    filetype: str
    created: int
    mode: str = "hosted"
    title: str = ""
    channels: list[str] = field(default_factory=list)
    external_url: str | None = None
    deleted: bool = False


@dataclass(slots=True, eq=False)
class View:
    """A Home tab or a modal; `shown_to` is who looks at it."""

    id: str
    team_id: str
    shown_to: str
    body: Json
    hash: str
    root_id: str | None = None
    previous_id: str | None = None
    closed: bool = False


@dataclass(slots=True, eq=False)
class Workspace:
    """A workspace with at most one installation of the app."""

    id: str
    name: str
    domain: str
    bot_user: User
    bot_token: str
    scopes: set[str]
    installed: bool = True
    refresh_token: str = ""
    expires_at: float | None = None
    """When its token expires; None: never."""
    users: dict[str, User] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    files: dict[str, File] = field(default_factory=dict)
    homes: dict[str, View] = field(default_factory=dict)
    """The published Home tab by user."""

    def user(self, name: str) -> User:
        """By id or by name; KeyError where there is none."""
        found = self.users.get(name) or next((user for user in self.users.values() if user.name == name), None)
        if found is None:
            raise KeyError(f"no user {name!r}")
        return found

    def channel(self, name: str) -> Channel:
        """By id or by name; KeyError where there is none."""
        plain = name.removeprefix("#")
        found = self.channels.get(name) or next((one for one in self.channels.values() if one.name == plain), None)
        if found is None:
            raise KeyError(f"no channel {name!r}")
        return found
