"""The trail: which documents changed in the shared catalogue, for those who keep something of their own about them."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Step:
    """A document that changed: it has another current version, another scope, or it was forgotten."""

    document_id: str
    mark: int
    """Another one with each change of the document."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """What changed from a place on, and the place to go on from. No change is ever skipped; some come again."""

    steps: tuple[Step, ...]
    place: str
    more: bool = False
    """Whether there is more right behind it."""


class Trail(Protocol):
    """Everybody who changes a document leaves a step in the transaction of the change itself."""

    async def here(self) -> str:
        """The place behind everything that changed so far. Places are names, to be kept and handed in again."""
        ...

    async def after(self, place: str) -> Stretch | None:
        """What changed after a place; None where that is not known any more, or the place is of another store."""
        ...

    async def waiting(self) -> None:
        """Returns when there may be something new."""
        ...
