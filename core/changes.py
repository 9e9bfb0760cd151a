"""What became of documents, noted together with it, so that nothing that follows from it is lost in a crash."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol


@dataclass(frozen=True, slots=True)
class Change:
    """What became of a document and was not followed up yet: other passages are current, or its link is dead."""

    document_id: str
    version: int
    kind: Literal["content", "dead"] = "content"


class Changes(Protocol):
    """What the catalogue has noted: at most the latest change of each kind for each document."""

    async def pending(self, *, limit: int = 100) -> Sequence[Change]:
        """Oldest first."""
        ...

    async def settled(self, change: Change) -> None:
        """It was followed up. A newer one of the same document stays."""
        ...

    async def waiting(self) -> None:
        """Returns when there may be something pending."""
        ...
