"""Who looks at the console: a sealed cookie that says so, and the proof that a change was asked for on our own page."""

import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Self

from core.installations import Seal

COOKIE = "saseo_visit"
IDLE = timedelta(hours=12)
LONGEST = timedelta(days=7)
"""After that one signs in again, however busy one was."""
RENEWED_AFTER = timedelta(minutes=10)
LONGEST_COOKIE = 4000


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody who signed in. Where no token is set, whoever reaches this machine may do everything."""

    proof: str
    """Goes with every change. Another site can send the cookie along at most, never this."""
    since: datetime
    seen: datetime

    @classmethod
    def begin(cls, moment: datetime) -> Self:
        """A visit that begins now."""
        return cls(secrets.token_urlsafe(18), moment, moment)

    def stale(self, moment: datetime) -> bool:
        """Whether its cookie should be written again."""
        return moment - self.seen >= RENEWED_AFTER

    def over(self, moment: datetime) -> bool:
        """Whether one has to sign in again."""
        return moment - self.seen >= IDLE or moment - self.since >= LONGEST

    def proven(self, proof: str) -> bool:
        """Whether this was asked for on one of our own pages."""
        return hmac.compare_digest(proof.encode(), self.proof.encode())


class Doorkeeper:
    """Tells by its cookie who visits. Visits end when the token changes."""

    def __init__(self, seal: Seal, *, token: str | None) -> None:
        self._seal = seal
        self._token = token
        self._lock = "" if token is None else hashlib.sha256(f"console:{token}".encode()).hexdigest()[:32]

    @property
    def guarded(self) -> bool:
        """Whether one has to sign in."""
        return self._token is not None

    def fits(self, token: str) -> bool:
        """Whether this is the token, compared in constant time."""
        return self._token is not None and hmac.compare_digest(token.strip().encode(), self._token.encode())

    def write(self, visit: Visit, moment: datetime) -> str:
        """The cookie of a visit, as of now. Raises Refused where there is no key."""
        said = {"proof": visit.proof, "since": visit.since.timestamp(), "seen": moment.timestamp(), "lock": self._lock}
        return self._seal.close(json.dumps(said))

    def read(self, cookie: str, moment: datetime) -> Visit | None:
        """The visit of a cookie; None for what is none of ours or is over. Raises Refused where there is no key."""
        opened = self._seal.open(cookie) if 0 < len(cookie) <= LONGEST_COOKIE else None
        visit = None if opened is None else self._visit(opened)
        return None if visit is None or visit.over(moment) else visit

    def renewed(self, visit: Visit, moment: datetime) -> Visit:
        """The same visit, seen now."""
        return replace(visit, seen=moment)

    def _visit(self, opened: str) -> Visit | None:
        # The seal closes other things too: tokens, and whatever is yet to come.
        try:
            said = json.loads(opened)
            if not hmac.compare_digest(str(said["lock"]), self._lock):
                return None
            return Visit(str(said["proof"]), _moment(said["since"]), _moment(said["seen"]))
        except (ValueError, TypeError, KeyError, OverflowError, OSError):
            return None


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(float(seconds), UTC)
