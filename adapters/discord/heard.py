"""A message as it was heard, read from discord.py's objects, and what the bodies that Discord sends are read with."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    import discord

Body = Mapping[str, Any]
REPLY = 19
"""The type of a message that replies. What is forwarded or published elsewhere refers to a message, too."""
ATTACHMENTS = 10
"""As many as a message can have."""
NAMES = 100


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that was sent along. Its address is signed and expires."""

    id: str
    name: str
    url: str
    size: int
    """Bytes, as Discord says."""
    media_type: str = ""

    @classmethod
    def load(cls, body: Body) -> Self:
        """What the inbox kept; what another release added is left out."""
        return cls(**{name: value for name, value in body.items() if name in cls.__dataclass_fields__})


@dataclass(frozen=True, slots=True)
class Heard:
    """A message before it is judged. Ids are decimal digits; empty where there is none."""

    message: str
    guild: str
    """Empty in a direct message."""
    channel: str
    """A thread's parent where it stands in a thread."""
    thread: str
    user: str
    text: str
    type: int = 0
    bot: bool = False
    webhook: str = ""
    mentions: frozenset[str] = frozenset()
    """Users that are pinged, by name or by a reply."""
    roles: frozenset[str] = frozenset()
    """Roles that are mentioned."""
    names: Mapping[str, str] = field(default_factory=dict)
    """What the mentioned are called, by id."""
    attachments: tuple[Attachment, ...] = ()
    reference: str = ""
    """The message that this one replies to."""
    about: str = ""
    """The text of that message, or the text that is forwarded."""
    about_user: str = ""
    """Who wrote that message."""
    title: str = ""
    """What the thread is called that it stands in, where that is known."""

    @property
    def opens_post(self) -> bool:
        """Whether it is the first message of a post in a forum, which has the id of its post. The first message of
        any other thread has an id of its own, or stands in the channel."""
        return self.thread != "" and self.thread == self.message


def hear(message: "discord.Message") -> Heard:
    """A message of discord.py."""
    channel = message.channel
    parent = _parent(channel)
    reference = message.reference if message.type.value == REPLY else None
    answered = getattr(reference, "resolved", None)
    forwarded = message.message_snapshots[0].content if message.message_snapshots else ""
    return Heard(
        message=str(message.id),
        guild=_id(message.guild) or str(getattr(channel, "guild_id", None) or ""),
        channel=parent or str(channel.id),
        thread=str(channel.id) if parent else "",
        user=str(message.author.id),
        text=message.content,
        type=message.type.value,
        bot=message.author.bot,
        webhook=str(message.webhook_id or ""),
        mentions=frozenset(str(user.id) for user in message.mentions),
        roles=frozenset(str(role.id) for role in message.role_mentions),
        names=dict(_names(message)),
        attachments=tuple(
            Attachment(str(one.id), one.filename, one.url, one.size, one.content_type or "")
            for one in message.attachments
        )[:ATTACHMENTS],
        reference=str(reference.message_id or "") if reference is not None else "",
        about=getattr(answered, "content", "") or forwarded,
        about_user=_id(getattr(answered, "author", None)),
        title=getattr(channel, "name", "") if parent else "",
    )


def attached(bodies: Iterable[Body]) -> tuple[Attachment, ...]:
    """The files among bodies of attachments."""
    found = (
        Attachment(
            word(one, "id"), word(one, "filename"), word(one, "url"), number(one, "size"), word(one, "content_type")
        )
        for one in bodies
        if word(one, "id") and word(one, "url")
    )
    return tuple(found)[:ATTACHMENTS]


def called(users: Iterable[Body], channels: Iterable[Body] = (), roles: Iterable[Body] = ()) -> dict[str, str]:
    """What users, channels and roles are called, by id."""
    names = {
        word(user, "id"): word(mapping(user, "member"), "nick") or word(user, "global_name") or word(user, "username")
        for user in users
    }
    names |= {word(one, "id"): word(one, "name") for one in (*channels, *roles)}
    return {one: name for one, name in list(names.items())[:NAMES] if one and name}


def word(body: Body, name: str) -> str:
    """A text of a body, empty where there is none."""
    value = body.get(name)
    return value if isinstance(value, str) else ""


def number(body: Body, name: str) -> int:
    """A number of a body, 0 where there is none."""
    value = body.get(name)
    return value if isinstance(value, int) else 0


def mapping(body: Body, name: str) -> Body:
    """An object in a body, empty where there is none."""
    value = body.get(name)
    return value if isinstance(value, Mapping) else {}


def listed(body: Body, name: str) -> list[Any]:
    """A list in a body, empty where there is none."""
    value = body.get(name)
    return value if isinstance(value, list) else []


def mappings(body: Body, name: str) -> list[Body]:
    """The objects of a list in a body."""
    return [one for one in listed(body, name) if isinstance(one, Mapping)]


def _parent(channel: object) -> str:
    """A thread's channel; only threads have a parent that is one."""
    return str(getattr(channel, "parent_id", None) or "")


def _id(thing: object) -> str:
    return str(getattr(thing, "id", None) or "")


def _names(message: "discord.Message") -> Iterator[tuple[str, str]]:
    """What is mentioned is called; a channel only where everybody may know its name."""
    for user in message.mentions[:NAMES]:
        yield str(user.id), user.display_name
    for role in message.role_mentions[:NAMES]:
        yield str(role.id), role.name
    for channel in message.channel_mentions[:NAMES]:
        parent = getattr(channel, "parent", channel)
        if parent is not None and parent.permissions_for(channel.guild.default_role).view_channel:
            yield str(channel.id), channel.name
