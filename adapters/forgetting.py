"""Forgets what is there no more, also what is just being fetched and not yet known."""

from collections import OrderedDict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from adapters.refusals import ChannelBook
from core.bounded import keep
from core.knowledge import Knowledge
from core.shares import Share, within
from core.types import Document, Session

REMEMBERED = 10_000


class Vanished:
    """The latest things that went, for whoever was fetching them at that moment."""

    def __init__(self) -> None:
        self._gone: OrderedDict[str, tuple[int, frozenset[str]]] = OrderedDict()
        self._count = 0

    @property
    def moment(self) -> int:
        """The present moment. A channel that went before it may have come back."""
        return self._count

    def note(self, name: str, *, kept: Collection[str] = ()) -> None:
        """A message or a channel by `core.shares.within`, or a file by its origin; `kept` are items that stay."""
        self._count += 1
        keep(self._gone, name, (self._count, frozenset(kept)), most=REMEMBERED)

    def has(self, share: Share, *, origin: str, since: int) -> bool:
        """Whether it is there no more; `since` is the moment when it was seen there."""
        message = self._gone.get(within(share.session, message=share.message))
        if message is not None and share.item not in message[1]:
            return True
        return origin in self._gone or self._gone.get(within(share.session), (0,))[0] > since


@dataclass(frozen=True, slots=True)
class Forgetting:
    """Everything here may be repeated. Raises Unavailable; then it must be."""

    knowledge: Knowledge
    book: ChannelBook
    vanished: Vanished = field(default_factory=Vanished)

    async def message(self, session: Session, message: str, *, kept: Collection[str] = ()) -> Sequence[Document]:
        """A message was deleted, or changed so that it holds only the items `kept`. Returns what was forgotten."""
        there = within(session, message=message)
        self.vanished.note(there, kept=kept)

        async def standing(shares: Sequence[Share]) -> Collection[Share]:
            return [share for share in shares if share.item in kept]

        forgotten = await self.knowledge.reconcile(there, standing)
        if not kept:
            await self.book.forget(there, session=session)
        return forgotten

    async def channel(self, session: Session) -> None:
        """A channel is there no more, or the bot is not in it."""
        self.vanished.note(within(session))
        await self.knowledge.unshare(within(session))
        await self.book.forget(within(session), session=session)

    async def file(self, origin: str) -> None:
        """A file was deleted, wherever it was shared."""
        self.vanished.note(origin)
        await self.knowledge.forget_origin(origin)
