"""Checks what Slack says of somebody who signed in: a token with a signature, for this app and this errand alone."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx

from core.errors import Refused, Unavailable

if TYPE_CHECKING:
    from jwt import PyJWKSet

ISSUER = "https://slack.com"
ALGORITHMS = ("RS256",)
CLAIMS = ("iss", "aud", "exp", "iat", "sub", "nonce", "https://slack.com/team_id", "https://slack.com/user_id")
"""Without any of these, a token says too little."""
LEEWAY = 30.0
"""Seconds that two clocks may differ."""
KEYS_KEPT = 3600.0
AGAIN_AFTER = 60.0
"""A key that is not known may be new: so long after the last look, the keys are looked at again."""
LARGEST = 100_000
"""Bytes of the keys."""
SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Identity:
    """Somebody in a workspace of Slack."""

    team: str
    user: str
    name: str


@dataclass(slots=True)
class Keys:
    """The keys that Slack signs with, as it shows them at `url`."""

    url: str
    clock: Callable[[], float] = time.monotonic
    _known: "PyJWKSet | None" = None
    _read_at: float = field(default=float("-inf"))

    async def find(self, name: str) -> Any:
        """The key with this name. Raises Refused where there is none, and Unavailable."""
        age = self.clock() - self._read_at
        if self._known is None or age > KEYS_KEPT or (not self._has(name) and age > AGAIN_AFTER):
            self._known, self._read_at = await self._read(), self.clock()
        if not self._has(name):
            raise Refused("signing.failed", reason="unknown key")
        return self._known[name]

    def _has(self, name: str) -> bool:
        return self._known is not None and any(key.key_id == name for key in self._known.keys)

    async def _read(self) -> "PyJWKSet":
        from jwt import PyJWKSet
        from jwt.exceptions import PyJWTError

        try:
            async with httpx.AsyncClient(timeout=SECONDS, trust_env=False) as client:
                response = await client.get(self.url)
                response.raise_for_status()
            if len(response.content) > LARGEST:
                raise Unavailable("signing.away")
            return PyJWKSet.from_dict(response.json())
        except (httpx.HTTPError, ValueError, AttributeError, PyJWTError) as error:
            raise Unavailable("signing.away") from error


async def checked(token: str, *, keys: Keys, client_id: str, nonce: str) -> Identity:
    """Whom a token names. Raises Refused for one that is not for us, not from Slack or not of this errand."""
    import jwt

    try:
        name = str(jwt.get_unverified_header(token).get("kid", ""))
        key = await keys.find(name)
        claims = jwt.decode(
            token,
            key,
            algorithms=list(ALGORITHMS),
            audience=client_id,
            issuer=ISSUER,
            leeway=LEEWAY,
            options={"require": list(CLAIMS)},
        )
    except jwt.PyJWTError as error:
        raise Refused("signing.failed", reason=type(error).__name__) from error
    if claims["nonce"] != nonce:
        raise Refused("signing.failed", reason="nonce")
    team, user = claims["https://slack.com/team_id"], claims["https://slack.com/user_id"]
    return Identity(str(team), str(user), str(claims.get("name", "")))
