"""How the checks of a document ended, for whoever wants to know why it is as it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol, get_args

Result = Literal["unchanged", "changed", "failed"]
RESULTS: tuple[Result, ...] = get_args(Result)
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
