"""Who reads an answer: from where it will stand to the scopes that everybody there may read. Default deny."""

from dataclasses import dataclass
from typing import Literal

from core.types import PUBLIC, Audience, Scope, Session

Kind = Literal["public", "private", "direct"]
"""A channel that everybody may join, one that has members, or a conversation of a few people."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an answer will be seen, and by whom."""

    channel: Session
    """The channel itself, also where a thread is the session."""
    kind: Kind
    outsiders: bool = True
    """Whether somebody who is not a full member of the workspace sees it; not knowing counts as yes."""


def audience(place: Place) -> Audience:
    """The scopes that everybody at this place may read."""
    if place.outsiders:
        return Audience.of(own(place))
    return Audience.of(PUBLIC, Scope.workspace(place.channel.platform, place.channel.workspace), own(place))


def shelf(place: Place) -> Scope:
    """The scope of a document that is shared at this place."""
    if place.kind == "public" and not place.outsiders:
        return Scope.workspace(place.channel.platform, place.channel.workspace)
    return own(place)


def own(place: Place) -> Scope:
    """The scope of those alone who are at this place."""
    return Scope.direct(place.channel) if place.kind == "direct" else Scope.channel(place.channel)
