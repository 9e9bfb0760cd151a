"""The inbox: what users are owed an answer for, kept from before "received" is said until the answer stands."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Accepted:
    """Something that a user is owed an answer for, and how far that answer has come."""

    id: str
    """The platform's own, beginning with the platform's name, e.g. `slack:T1:C1:17.4`."""
    thread: str
    """The conversation it belongs to, by a name of the platform's own."""
    body: Mapping[str, Any]
    """What the adapter needs in order to answer, as JSON holds it."""
    attempt: int = 1
    """1 at first; each time it is taken up again it is one more."""
    messages: tuple[str, ...] = ()
    """Names of the messages that were posted for it, in order."""
    answer: Mapping[str, Any] | None = None
    """What is to be shown in the end, as JSON holds it, once that is known."""
    posting: str = ""
    """Where a message of it may stand that nobody has noted, as `Inbox.posting` was told; empty: nowhere."""


class Backlog(Protocol):
    """How much an inbox holds that is not finished."""

    async def unfinished(self) -> Mapping[str, int]:
        """How many there are, by what their ids begin with before the first colon: the platform's name."""
        ...


class Inbox(Backlog, Protocol):
    """Every accepted question is held by one holder at a time, and is given again when its holder has died."""

    async def accept(self, item: Accepted, *, holder: str) -> bool:
        """True when it is new: it is durable, and the caller holds it. False when its id was accepted before.

        Without a holder (an empty name) nobody holds it, and whoever takes next may take it.
        """
        ...

    async def take(self, prefix: str, *, holder: str, limit: int = 50) -> Sequence[Accepted]:
        """Unfinished ones that nobody holds and whose id begins with `prefix`, oldest first; the caller holds them."""
        ...

    async def waiting(self, prefix: str) -> None:
        """Returns when something whose id begins with `prefix` was accepted without a holder, or given back by itself,
        and nobody took it yet; where several processes share the inbox, also when its holder has died."""
        ...

    async def release(self, holder: str) -> None:
        """Gives back everything that this holder holds."""
        ...

    async def give_back(self, id: str) -> None:  # noqa: A002 - the word for it everywhere
        """Gives back one that this process holds, so that it is taken up again."""
        ...

    async def posting(self, id: str, place: str) -> bool:  # noqa: A002
        """Notes that a message is about to be posted for it that will not tell whose it is. It holds until `posted` or
        `finish`; False, and nothing is noted, while it holds at this place for another one."""
        ...

    async def posted(self, id: str, message: str) -> bool:  # noqa: A002
        """Notes a message posted for it. False when that message is noted for another one."""
        ...

    async def known(self, messages: Collection[str]) -> frozenset[str]:
        """Those of these messages that were posted for something in the inbox."""
        ...

    async def written(self, id: str, answer: Mapping[str, Any]) -> None:  # noqa: A002
        """Keeps what is to be shown in the end. Raises Unavailable where another process has taken it up meanwhile."""
        ...

    async def finish(self, id: str) -> None:  # noqa: A002
        """Its answer stands. Its body and answer are erased; its id and messages stay known for a month."""
        ...

    async def talked(self, thread: str, *, since: datetime) -> bool:
        """Whether something of this thread was accepted since then."""
        ...

    async def forget(self, prefix: str) -> None:
        """Forgets everything whose id begins with `prefix`, also what is held or finished, and its messages."""
        ...
