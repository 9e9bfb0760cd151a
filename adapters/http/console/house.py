"""Who may come into the console, and how: what the operator chose."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from fastapi import Request

from adapters.http.console.visits import Doorkeeper
from adapters.http.state import saseo
from adapters.signing_in import Way
from core.people import Roster


@dataclass(frozen=True, slots=True)
class House:
    """The ways in. Without any of them, whoever reaches this machine may do everything."""

    token: str | None = field(default=None, repr=False)
    ways: Mapping[str, Way] = field(default_factory=dict)
    """Platforms by name, in the order in which they are offered."""
    roster: Roster = field(default_factory=Roster)
    url: str | None = None
    """Where people reach this Saseo from outside, as `https://saseo.example.com`; None: as their browser says."""


def house(request: Request) -> House:
    """The ways into this console."""
    known: House = request.app.state.house
    return known


def doorkeeper(request: Request) -> Doorkeeper:
    """Whoever lets people in here."""
    known = house(request)
    return Doorkeeper(saseo(request).seal, token=known.token, ways=known.ways)


def is_secure(request: Request) -> bool:
    """Whether people reach this console over TLS, also where a proxy in front of it ends that."""
    return request.url.scheme == "https" or urlsplit(house(request).url or "").scheme == "https"
