"""Where a document is used: the answers that cite it, and the places that share it, as far as its reader may know."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from core.people import Person
from core.saseo import Saseo
from core.types import Document, Session

SHOWN = 10
"""Answers that are named, the latest first."""
PLACES = 50
"""Places that are looked at for each copy of a document."""
NEWEST = 2**62
"""Before it are all versions."""


@dataclass(frozen=True, slots=True)
class Cited:
    """An answer that cites the document, without a word of what was asked."""

    at: datetime
    place: str
    """The channel it was given in; empty for one of the console or the API."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Where a document is used."""

    count: int
    """Answers that cite it, of those that are kept."""
    latest: Sequence[Cited]
    """For whoever looks after the place that they were given in."""
    places: Sequence[str]
    """The channels that share it, for whoever looks after them."""


async def usage_of(saseo: Saseo, document: Document, person: Person) -> Usage:
    """Where a document is used. Who reads along in which channel is told only to those who look after it."""
    latest = await saseo.answers.citing(document.id, before=NEWEST, limit=SHOWN)
    shares = await saseo.knowledge.places(document.origin, most=PLACES)
    return Usage(
        count=await saseo.answers.citations(document.id),
        latest=[Cited(one.at, _named(one.session)) for one in latest if _looked_after(one.session, person)],
        places=sorted({str(share.session) for share in shares if _looked_after(share.session, person)}),
    )


def _looked_after(session: Session, person: Person) -> bool:
    return person.governs(session.home)


def _named(session: Session) -> str:
    return str(session) if session.workspace else ""
