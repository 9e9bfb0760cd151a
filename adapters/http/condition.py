"""How this process is, for whoever looks after it: what it plays, what went wrong lately, and what it lacks."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from fastapi import Request


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that went wrong."""

    at: datetime
    reference: str
    """What somebody was told instead; empty: nobody was told anything."""
    text: str


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that was looked at, and what is to be said of it."""

    level: Literal["good", "note", "wrong"]
    text: str


async def _nothing(_: str) -> Sequence[Found]:
    return ()


@dataclass(frozen=True, slots=True)
class Condition:
    """How a process is."""

    roles: Callable[[], Mapping[str, bool]] = dict
    """What it plays; False: it stands by, because another process does so."""
    troubles: Callable[[], Sequence[Trouble]] = tuple
    """The latest, newest first."""
    examine: Callable[[str], Awaitable[Sequence[Found]]] = _nothing
    """Looks at everything that the program needs, as `saseo doctor` does."""


def condition(request: Request) -> Condition:
    """How the process is that answers."""
    found: Condition = request.app.state.condition
    return found
