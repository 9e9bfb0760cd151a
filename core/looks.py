"""How the checks of a document ended, for whoever wants to know why it is as it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol, Self

from core.errors import SaseoError

Result = Literal["unchanged", "changed", "failed"]
KEPT = 50
"""Checks of one document."""
REASON_KEPT = 500
"""Characters of what went wrong."""


@dataclass(frozen=True, slots=True)
class Look:
    """One check."""

    at: datetime
    result: Result
    reason: str = ""

    @classmethod
    def of(cls, at: datetime, *, changed: bool, reason: SaseoError | None) -> Self:
        """The check that found a change, or none, or could not be made for a reason."""
        if reason is not None:
            return cls(at, "failed", reason.text())
        return cls(at, "changed" if changed else "unchanged")


class Looks(Protocol):
    """The last checks of every document. They go with it, and stay with it when its readers change."""

    async def note(self, document_id: str, look: Look) -> None:
        """A document was checked; the oldest of more than `KEPT` goes."""
        ...

    async def of(self, document_id: str) -> Sequence[Look]:
        """Its checks, newest first."""
        ...


class Unkept:
    """Where nobody asks for the checks later."""

    async def note(self, document_id: str, look: Look) -> None:
        """Keeps nothing."""

    async def of(self, document_id: str) -> Sequence[Look]:  # noqa: ARG002
        """Nothing was kept."""
        return ()


UNKEPT = Unkept()
