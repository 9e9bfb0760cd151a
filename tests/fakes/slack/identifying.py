"""Sign in with Slack: the page where people agree, the keys, and the token that says who somebody is."""

import base64
import hashlib
import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.fakes.slack.errors import ApiError
from tests.fakes.slack.installing import CODE_SECONDS
from tests.fakes.slack.stage import Stage
from tests.fakes.slack.state import Json, User, Workspace

ISSUER = "https://slack.com"
KEY = "key-of-the-fake"
SCOPES = {"openid", "profile", "email"}
TOKEN_SECONDS = 300


@dataclass(slots=True)
class Agreed:
    """A person said who they are; the code is good for one exchange within ten minutes."""

    user: User
    team_id: str
    redirect_uri: str
    nonce: str
    challenge: str
    at: float
    used: bool = False


@dataclass(slots=True)
class Forgery:
    """What a token says otherwise than it should; `key` signs it."""

    claims: Json = field(default_factory=dict)
    key: Any = None
    name: str = KEY
    algorithm: str = "RS256"


def fits(back: str, registered: set[str]) -> bool:
    """Whether people may be sent back there: to a registered URL, or below one."""
    return bool(back) and (not registered or any(back.startswith(one) for one in registered))


class Identifying(Stage):
    """Who signs in. `visitor` is whoever sits at the browser; None: they do not agree."""

    team: Workspace
    visitor: User | None = None

    def __init__(self) -> None:
        super().__init__()
        self.agreed: dict[str, Agreed] = {}
        self.forgery = Forgery()

    @cached_property
    def private_key(self) -> rsa.RSAPrivateKey:
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)

    async def identify(self, request: web.Request) -> web.StreamResponse:
        """The page where a person agrees: they do at once, or not where there is no visitor."""
        query, app = request.query, self.world.app
        faults = {
            "response_type": query.get("response_type") != "code",
            "client_id": query.get("client_id") != app.client_id,
            "scope": "openid" not in query.get("scope", "").split() or not set(query["scope"].split()) <= SCOPES,
            "redirect_uri": not fits(query.get("redirect_uri", ""), app.redirect_urls),
            "state": not query.get("state"),
            "nonce": not query.get("nonce"),
            "code_challenge": len(query.get("code_challenge", "")) != 43,
            "code_challenge_method": query.get("code_challenge_method") != "S256",
        }
        if wrong := [name for name, is_wrong in faults.items() if is_wrong]:
            return web.Response(status=400, text=f"Invalid parameters: {', '.join(wrong)}")
        answer = {"state": query["state"]}
        if self.visitor is None:
            answer["error"] = "access_denied"
        else:
            answer["code"] = f"openid-{self.world.new_id('')}"
            team = next(one.id for one in self.world.workspaces.values() if self.visitor.id in one.users)
            told = (query["redirect_uri"], query["nonce"], query["code_challenge"], self.clock.now())
            self.agreed[answer["code"]] = Agreed(self.visitor, team, *told)
        return web.Response(status=302, headers={"Location": f"{query['redirect_uri']}?{urlencode(answer)}"})

    async def keys(self, request: web.Request) -> web.StreamResponse:
        """The keys that tokens are signed with."""
        shown = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.private_key.public_key()))
        return web.json_response({"keys": [shown | {"kid": KEY, "use": "sig", "alg": "RS256"}]})

    def identity(self, code: str, *, redirect_uri: str, verifier: str) -> str:
        """Exchanges a code for the token that says who somebody is. Raises ApiError as Slack does."""
        agreed = self.agreed.get(code)
        if agreed is None or self.clock.now() - agreed.at > CODE_SECONDS:
            raise ApiError("invalid_code")
        if agreed.used:
            raise ApiError("code_already_used")
        if redirect_uri != agreed.redirect_uri:
            raise ApiError("bad_redirect_uri")
        hashed = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        if hashed != agreed.challenge:
            raise ApiError("invalid_grant")
        agreed.used = True
        return self._signed(agreed)

    def _signed(self, agreed: Agreed) -> str:
        forged, now = self.forgery, int(self.clock.now())
        claims = {
            "iss": ISSUER,
            "sub": agreed.user.id,
            "aud": self.world.app.client_id,
            "exp": now + TOKEN_SECONDS,
            "iat": now,
            "auth_time": now,
            "nonce": agreed.nonce,
            "at_hash": "abc",
            "https://slack.com/team_id": agreed.team_id,
            "https://slack.com/user_id": agreed.user.id,
            "name": agreed.user.name,
            "locale": agreed.user.locale,
        } | forged.claims
        told = {name: value for name, value in claims.items() if value is not None}
        key = forged.key or self.private_key
        return jwt.encode(told, key, algorithm=forged.algorithm, headers={"kid": forged.name})
