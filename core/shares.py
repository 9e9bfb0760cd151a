"""Where documents were shared: the last place gone, the document goes too."""

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass
from typing import Protocol, Self

from core.types import Session

AT_ONCE = 200
"""Shares that are asked for together."""


@dataclass(frozen=True, slots=True, order=True)
class Share:
    """A file or a link in a message of a channel. `str()` gives its name, `slack:T1:C1:17.4:F1`."""

    session: Session
    """The channel itself, also where a thread is the session of a question."""
    message: str
    item: str
    """The platform's id of a file, or a link."""

    def __post_init__(self) -> None:
        if ":" in self.session.channel or not self.message or ":" in self.message:
            raise ValueError("a channel and a message of a share are names without a colon")
        if not self.item:
            raise ValueError("a share is of something")

    def __str__(self) -> str:
        return f"{self.session}:{self.message}:{self.item}"

    @classmethod
    def parse(cls, name: str) -> Self:
        """The share that `str()` named; ValueError when it is none."""
        parts = name.split(":", 4)
        if len(parts) != 5:
            raise ValueError(f"not a share: {name!r}")
        platform, workspace, channel, message, item = parts
        return cls(Session(platform, workspace, channel), message, item)


@dataclass(frozen=True, slots=True, order=True)
class Shared:
    """A document in one of the places where it was shared."""

    share: Share
    document_id: str


def within(session: Session, *, message: str = "") -> str:
    """The prefix of everything in a channel, or in one message of it. It ends with a colon, so that the channel C1
    is no part of C12."""
    return f"{session}:{message}:" if message else f"{session}:"


def within_workspace(platform: str, workspace: str) -> str:
    """The prefix of everything in a workspace."""
    return f"{platform}:{workspace}:"


def covers(prefix: str, name: str) -> bool:
    """Whether a name is meant: a prefix that ends with a colon means all that begins with it, any other just itself."""
    return name.startswith(prefix) if prefix.endswith(":") else name == prefix


class Shares(Protocol):
    """Which document was shared where. A document whose last share went is an orphan until it is shared again or
    forgotten; forgetting a document removes its shares. Prefixes as in `covers`."""

    async def add(self, share: Share, document_id: str) -> None:
        """Durable when it returns; adding it again changes nothing. The document need not be there yet."""
        ...

    async def of(self, document_id: str, *, limit: int = 1000) -> Sequence[Share]:
        """Where a document was shared, by name."""
        ...

    async def under(self, prefix: str, *, after: Shared | None = None, limit: int = 1000) -> Sequence[Shared]:
        """What was shared there, in order of names and documents, from behind `after` on."""
        ...

    async def remove(self, shared: Collection[Shared]) -> Sequence[str]:
        """Removes these and returns the documents that are orphans by it."""
        ...

    async def drop(self, prefix: str) -> Sequence[str]:
        """Removes everything there and returns the documents that are orphans by it."""
        ...

    async def orphans(self, *, limit: int = 1000) -> Sequence[str]:
        """Documents that lost their last share and were not forgotten."""
        ...


async def everything_under(shares: Shares, prefix: str) -> AsyncIterator[Shared]:
    """What was shared there, however much it is."""
    after: Shared | None = None
    while page := await shares.under(prefix, after=after, limit=AT_ONCE):
        for after in page:
            yield after
