"""Whose data is meant: a person or a channel, and what a store keeps of a person beside documents and channels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeAlias

from core.audit import Noted
from core.inbox import Accepted
from core.people import Arrival
from core.review import Reviewed
from core.types import Session

PAGE = 200
"""Rows that are read at once."""


@dataclass(frozen=True, slots=True)
class Individual:
    """A person on a platform. `str()` gives `slack:T1:U1` or `discord:1`, as deeds and visits name people."""

    platform: str
    id: str
    workspace: str = ""
    """Empty where the platform knows people across its workspaces."""

    def __post_init__(self) -> None:
        if not all((self.platform, self.id)) or any(":" in part for part in (self.platform, self.id, self.workspace)):
            raise ValueError("a platform, a workspace and a person are names without a colon")

    def __str__(self) -> str:
        return f"{self.within}{self.id}"

    @property
    def within(self) -> str:
        """How the names of all sessions begin that this id is known in."""
        return f"{self.platform}:{self.workspace}:" if self.workspace else f"{self.platform}:"

    @property
    def judges(self) -> tuple[str, str]:
        """The names that their opinions are kept under."""
        return str(self), f"console:{self}"

    @property
    def alone(self) -> str:
        """How the sessions end in which they asked alone in a channel of many."""
        return f"/{self.id}"


Subject: TypeAlias = Individual | Session
"""Whose data is meant; a session is the channel itself."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a person thinks of an answer."""

    question: str
    """The question's own id."""
    helpful: bool
    text: str = ""


@dataclass(frozen=True, slots=True)
class Visit:
    """A person who is signed in to the console."""

    arrival: Arrival
    until: datetime


class Traces(Protocol):
    """What is kept of people. Pages begin with the latest; `before` is the number of the last row of the one before."""

    async def questions(
        self, whose: Subject, *, before: int | None = None, limit: int = PAGE
    ) -> Sequence[tuple[int, Reviewed]]:
        """What a person asked, or what was asked in a channel and its threads, with its answers and what they cite."""
        ...

    async def judgements(
        self, whose: Individual, *, before: int | None = None, limit: int = PAGE
    ) -> Sequence[tuple[int, Judgement]]:
        """What a person thinks of answers."""
        ...

    async def owed(
        self, prefix: str, *, before: int | None = None, limit: int = PAGE
    ) -> Sequence[tuple[int, Accepted]]:
        """What is not finished in the inbox and whose id begins with `prefix`."""
        ...

    async def deeds(self, who: str, *, before: int | None = None, limit: int = PAGE) -> Sequence[tuple[int, Noted]]:
        """What the audit log says that somebody did."""
        ...

    async def visits(self, whose: Individual) -> Sequence[Visit]:
        """Where a person is signed in."""
        ...

    async def erase(self, whose: Individual, *, alias: str) -> None:
        """Erases, in one transaction, what a person asked and thinks and where they are signed in, and what was said
        before the questions of others in the same sessions. What they did stays in the audit log, under the alias."""
        ...


def asker(body: Mapping[str, Any]) -> str:
    """Who is owed something, by the body that the inbox keeps: the platform's id of a person; empty: nobody."""
    return str(body.get("user") or body.get("author") or "")
