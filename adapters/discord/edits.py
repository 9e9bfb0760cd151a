"""What an edit brings into a message: Discord tells how it stands now, and not how it stood before."""

from collections import OrderedDict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace

from adapters.sharing import Item, Offer

REMEMBERED = 10_000
"""Messages with files or links, the latest of them."""


@dataclass(frozen=True, slots=True)
class Content:
    """What a message holds: the ids of its files and links, and whether it speaks to the bot."""

    items: frozenset[str]
    called: bool


@dataclass(slots=True)
class Contents:
    """What messages held when they were last heard."""

    _held: OrderedDict[str, Content] = field(default_factory=OrderedDict)

    def note(self, message: str, items: Iterable[Item], *, called: bool) -> Content | None:
        """A message holds this by now. Returns what it held before; None where that is not known."""
        before = self._held.pop(message, None)
        present = Content(frozenset(item.id for item in items), called)
        if present.items or before is not None:
            self._held[message] = present
        if len(self._held) > REMEMBERED:
            self._held.popitem(last=False)
        return before


def brought(offer: Offer, before: Content | None, *, known: Collection[str]) -> Offer | None:
    """What of an offer came in by an edit; all of it where that edit calls the bot. None: nothing.

    `known` is what was shared in the message already, for want of knowing what stood there `before`.
    """
    if before is not None and offer.asked and not before.called:
        return offer
    there = known if before is None else before.items
    items = tuple(item for item in offer.items if item.id not in there)
    return replace(offer, items=items) if items else None
