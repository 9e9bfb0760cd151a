"""Who looks at the console: a sealed cookie that says so, and the proof that a change was asked for on our own page."""

import hashlib
import hmac
import json
import secrets
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Self

from core.installations import Seal
from core.people import TOKEN, Arrival, Person, Role
from core.types import digest

COOKIE = "saseo_visit"
IDLE = timedelta(hours=12)
LONGEST = timedelta(days=7)
"""After that one signs in again, however busy one was."""
LONGEST_ELSEWHERE = timedelta(hours=12)
"""The same for people whose platform introduced them: what they are there may have changed meanwhile."""
RENEWED_AFTER = timedelta(minutes=10)
GRACE = timedelta(minutes=1)
"""For which the cookie before is still good, for what was asked at the same moment."""
LONGEST_COOKIE = 4000
WHOEVER = Person(Arrival("local"), Role.ADMINISTRATOR)
"""Whoever reaches this machine, where one need not sign in."""


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody who signed in. Where one need not, whoever reaches this machine may do everything."""

    proof: str
    """Goes with every change. Another site can send the cookie along at most, never this."""
    since: datetime
    seen: datetime
    name: str = ""
    """A secret that changes again and again; the server knows the visit by its digest."""
    family: str = ""
    """Stays as long as the visit lasts."""
    person: Person = field(default=WHOEVER, compare=False)

    @classmethod
    def begin(cls, moment: datetime, *, person: Person = WHOEVER) -> Self:
        """A visit that begins now."""
        return cls(_secret(), moment, moment, _secret(), _secret(), person)

    @property
    def key(self) -> str:
        """What the server knows it by."""
        return digest(self.name)

    def stale(self, moment: datetime) -> bool:
        """Whether its cookie should be written again."""
        return moment - self.seen >= RENEWED_AFTER

    def over(self, moment: datetime) -> bool:
        """Whether one has to sign in again."""
        return moment - self.seen >= IDLE or self.left(moment) <= 0

    def left(self, moment: datetime) -> float:
        """Seconds until one has to sign in again, where nobody is there from now on."""
        here = self.person.arrival.platform in (TOKEN, WHOEVER.id)
        whole = LONGEST if here else LONGEST_ELSEWHERE
        return min(IDLE, self.since + whole - moment).total_seconds()

    def proven(self, proof: str) -> bool:
        """Whether this was asked for on one of our own pages."""
        return hmac.compare_digest(proof.encode(), self.proof.encode())


class Doorkeeper:
    """Tells by its cookie who visits. Visits end when the token changes."""

    def __init__(self, seal: Seal, *, token: str | None, ways: Collection[str] = ()) -> None:
        """`ways` are the platforms that one may sign in with."""
        self._seal = seal
        self._token = token
        self._ways = frozenset(ways)
        self._lock = "" if token is None else hashlib.sha256(f"console:{token}".encode()).hexdigest()[:32]

    @property
    def guarded(self) -> bool:
        """Whether one has to sign in."""
        return self._token is not None or bool(self._ways)

    def fits(self, token: str) -> bool:
        """Whether this is the token, compared in constant time."""
        return self._token is not None and hmac.compare_digest(token.strip().encode(), self._token.encode())

    def knows(self, arrival: Arrival) -> bool:
        """Whether one may still sign in the way that this person did."""
        return arrival.platform in self._ways or (arrival.id == TOKEN and self._token is not None)

    def write(self, visit: Visit, moment: datetime) -> str:
        """The cookie of a visit, as of now. Raises Refused where there is no key."""
        said = {
            "proof": visit.proof,
            "since": visit.since.timestamp(),
            "seen": moment.timestamp(),
            "name": visit.name,
            "family": visit.family,
            "lock": self._lock,
        }
        return self._seal.close(json.dumps(said))

    def read(self, cookie: str, moment: datetime) -> Visit | None:
        """The visit of a cookie; None for what is none of ours or is over. Raises Refused where there is no key."""
        opened = self._seal.open(cookie) if 0 < len(cookie) <= LONGEST_COOKIE else None
        visit = None if opened is None else self._visit(opened)
        return None if visit is None or visit.over(moment) else visit

    def renewed(self, visit: Visit, moment: datetime) -> Visit:
        """The same visit under another name, seen now."""
        return replace(visit, seen=moment, name=_secret())

    def _visit(self, opened: str) -> Visit | None:
        # The seal closes other things too: tokens, and whatever is yet to come.
        try:
            said = json.loads(opened)
            if not hmac.compare_digest(str(said["lock"]), self._lock):
                return None
            proof, name, family = (str(said[part]) for part in ("proof", "name", "family"))
            return Visit(proof, _moment(said["since"]), _moment(said["seen"]), name, family)
        except (ValueError, TypeError, KeyError, OverflowError, OSError):
            return None


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(float(seconds), UTC)


def _secret() -> str:
    return secrets.token_urlsafe(18)
