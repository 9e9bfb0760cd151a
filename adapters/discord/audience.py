"""Whom an answer in Discord reaches, as the scopes that everybody who sees it may read. Pure. Default deny."""

from collections.abc import Collection

from adapters.discord.inbound import Asked
from adapters.discord.permissions import Readers
from core.types import PUBLIC, Audience, Scope, Session

PLATFORM = "discord"


def audience(asked: Asked, readers: Readers | None, *, roles: Collection[str] | None = None) -> Audience:
    """The scopes that an answer may rest on.

    `readers` stands for the server it was asked in, or for the one that was chosen in a direct message; None where it
    is unknown. `roles` are the asker's in it, fresh from Discord; None where the asker is no member or it is not known.
    """
    if asked.outside:
        return Audience.of(PUBLIC)
    own = shelf(asked, readers)
    if asked.direct:
        return Audience.of(PUBLIC, own, *_of_member(asked.user, readers, roles))
    if readers is None or readers.server.id != asked.guild or asked.channel not in readers.server.channels:
        return Audience.of(own)
    if asked.way == "private":
        shut = asked.channel not in readers.readable_by(asked.user, roles=frozenset(roles or ()))
        return Audience.of(*_of_member(asked.user, readers, roles), *([] if shut else [own]))
    readable = readers.readable_by_all_of(asked.channel)
    # Somebody may see what is being said here and nothing older, and so nothing that was shared here.
    shut = asked.channel not in readable
    return Audience.of(*_of_server(readers, readable), *([] if shut else [own]))


def shelf(asked: Asked, readers: Readers | None) -> Scope:
    """The scope of what is shared where this was asked.

    Always the channel's own, also where everybody reads it: who may read a channel changes with a click, and the
    audience follows at once. What belongs to the whole server is what its operator says belongs to it.
    """
    if asked.direct:
        return Scope.direct(Session(PLATFORM, asked.guild, asked.channel))
    thread = readers.server.threads.get(asked.thread) if readers is not None else None
    shared = thread is not None and not thread.private
    return _scope(asked.guild, asked.channel if shared else asked.target)


def _of_member(user: str, readers: Readers | None, roles: Collection[str] | None) -> list[Scope]:
    """What one member may read: private threads only where they are in them."""
    if readers is None or roles is None:
        return []
    readable = readers.readable_by(user, roles=frozenset(roles))
    threads = [
        thread.id
        for thread in readers.server.threads.values()
        if thread.private and user in thread.members and thread.parent in readable
    ]
    return _of_server(readers, [*readable, *threads])


def _of_server(readers: Readers, channels: Collection[str]) -> list[Scope]:
    server = readers.server.id
    whole = [PUBLIC, Scope.workspace(PLATFORM, server)]
    return [*whole, *(_scope(server, channel) for channel in channels)]


def _scope(server: str, channel: str) -> Scope:
    return Scope.channel(Session(PLATFORM, server, channel))
