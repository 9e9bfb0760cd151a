"""Signing in with a platform: what the console asks of it, and what no platform may leave out."""

import base64
import hashlib
from dataclasses import dataclass
from typing import Protocol

from core.people import Arrival


@dataclass(frozen=True, slots=True)
class Errand:
    """Somebody who was sent to a platform, as it is known here alone until they are back."""

    state: str
    nonce: str
    verifier: str
    back: str
    """Where the platform sends them back to."""

    @property
    def challenge(self) -> str:
        """What the platform is told of the verifier beforehand (PKCE, S256)."""
        hashed = hashlib.sha256(self.verifier.encode()).digest()
        return base64.urlsafe_b64encode(hashed).rstrip(b"=").decode()


class Way(Protocol):
    """One way to sign in."""

    def leads_to(self, errand: Errand) -> str:
        """The page of the platform where somebody says who they are."""
        ...

    async def arrived(self, errand: Errand, code: str) -> Arrival:
        """Who it is, from the code that they brought back. Raises Refused for strangers and for whatever does not
        hold, and Unavailable."""
        ...
