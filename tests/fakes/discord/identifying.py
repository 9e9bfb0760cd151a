"""Signing in with Discord: the page where people agree, and the tokens that stand for them."""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from aiohttp import web

from tests.fakes.discord.stage import Stage
from tests.fakes.discord.state import User

CODE_SECONDS = 600.0
TOKEN_SECONDS = 604_800
SCOPES = {"identify", "guilds", "email", "openid"}
CLIENT_SECRET = "client-secret-of-the-fake"


@dataclass(slots=True)
class Agreed:
    """A person agreed; the code is good for one exchange."""

    user: User
    scopes: frozenset[str]
    redirect_uri: str
    challenge: str
    at: float
    used: bool = False


@dataclass(slots=True)
class Bearer:
    """A token that stands for a person."""

    user: User
    scopes: frozenset[str]


@dataclass(slots=True)
class OAuth:
    """The app as people sign in with it."""

    client_secret: str = CLIENT_SECRET
    redirect_urls: set[str] = field(default_factory=set)
    withheld: frozenset[str] = frozenset()
    """Scopes that people take out of what they agree to."""


class Refusal(Exception):
    """What the token URL refuses with, as OAuth has it."""


class Identifying(Stage):
    """Who signs in. `visitor` is whoever sits at the browser; None: they do not agree."""

    visitor: User | None = None

    def __init__(self) -> None:
        super().__init__()
        self.oauth = OAuth()
        self.agreed: dict[str, Agreed] = {}
        self.bearers: dict[str, Bearer] = {}

    async def identify(self, request: web.Request) -> web.StreamResponse:
        """The page where a person agrees: they do at once, or not where there is no visitor."""
        query, urls = request.query, self.oauth.redirect_urls
        asked = frozenset(query.get("scope", "").split())
        faults = {
            "response_type": query.get("response_type") != "code",
            "client_id": query.get("client_id") != self.world.application_id,
            "scope": not asked or not asked <= SCOPES,
            "redirect_uri": not query.get("redirect_uri") or (bool(urls) and query["redirect_uri"] not in urls),
            "state": not query.get("state"),
            "code_challenge": len(query.get("code_challenge", "")) != 43,
            "code_challenge_method": query.get("code_challenge_method") != "S256",
        }
        if wrong := [name for name, is_wrong in faults.items() if is_wrong]:
            return web.Response(status=400, text=f"Invalid parameters: {', '.join(wrong)}")
        answer = {"state": query["state"]}
        if self.visitor is None:
            answer |= {"error": "access_denied", "error_description": "The resource owner denied the request"}
        else:
            answer["code"] = f"code-{self.world.new_id()}"
            told = (query["redirect_uri"], query["code_challenge"], self.clock.now())
            self.agreed[answer["code"]] = Agreed(self.visitor, asked - self.oauth.withheld, *told)
        return web.Response(status=302, headers={"Location": f"{query['redirect_uri']}?{urlencode(answer)}"})

    def exchange(self, form: Mapping[str, str]) -> tuple[str, Bearer]:
        """A token for a code. Raises Refusal as Discord does."""
        self.check_client(form)
        if form.get("grant_type") != "authorization_code":
            raise Refusal("unsupported_grant_type")
        agreed = self.agreed.get(form.get("code", ""))
        hashed = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if (
            agreed is None
            or agreed.used
            or self.clock.now() - agreed.at > CODE_SECONDS
            or form.get("redirect_uri") != agreed.redirect_uri
            or base64.urlsafe_b64encode(hashed).rstrip(b"=").decode() != agreed.challenge
        ):
            raise Refusal("invalid_grant")
        agreed.used = True
        token = f"bearer-{self.world.new_id()}"
        self.bearers[token] = Bearer(agreed.user, agreed.scopes)
        return token, self.bearers[token]

    def check_client(self, form: Mapping[str, str]) -> None:
        if (form.get("client_id"), form.get("client_secret")) != (self.world.application_id, self.oauth.client_secret):
            raise Refusal("invalid_client")
