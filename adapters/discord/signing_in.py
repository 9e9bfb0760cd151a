"""Signing in to the console with Discord (OAuth2): who somebody is, and in which of the bot's servers they are."""

import logging
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import httpx

from adapters.discord.endpoint import api_address
from adapters.signing_in import Errand
from core.errors import Refused, Unavailable
from core.people import Arrival

log = logging.getLogger(__name__)

PLATFORM = "discord"
SCOPES = "identify guilds"
AUTHORIZE = "https://discord.com/oauth2/authorize"
ADMINISTRATOR = 1 << 3
"""The permission that has somebody administer a server."""
SECONDS = 10.0
PAGE = 200
MOST_PAGES = 500
"""Of the servers that the bot is in."""
LARGEST = 1_000_000
"""Bytes of an answer."""
SERVER_FAULT, TOO_MANY = 500, 429


@dataclass(frozen=True, slots=True)
class DiscordSignIn:
    """Sign in with Discord. Members of servers where the bot is are let in, and strangers are not."""

    client_id: str
    client_secret: str = field(repr=False)
    bot_token: str = field(repr=False)
    api_url: str | None = None
    """None: Discord's own."""

    def leads_to(self, errand: Errand) -> str:
        """The page of Discord where somebody agrees."""
        told = {
            "response_type": "code",
            "client_id": self.client_id,
            "scope": SCOPES,
            "redirect_uri": errand.back,
            "state": errand.state,
            "prompt": "none",
            "code_challenge": errand.challenge,
            "code_challenge_method": "S256",
        }
        page = AUTHORIZE if self.api_url is None else f"{api_address(self.api_url)}/oauth2/authorize"
        return f"{page}?{urlencode(told)}"

    async def arrived(self, errand: Errand, code: str) -> Arrival:
        """Who it is, from the code that they brought back. Raises Refused for strangers, and Unavailable."""
        async with httpx.AsyncClient(timeout=SECONDS, trust_env=False) as client:
            token = await self._exchanged(client, errand, code=code)
            theirs = {"Authorization": f"Bearer {token}"}
            me = _fields(await self._asked(client, "GET", "/users/@me", headers=theirs))
            guilds = _list(await self._asked(client, "GET", "/users/@me/guilds", headers=theirs))
            with suppress(Refused, Unavailable):
                # It was needed for this, and is of no use any more.
                await self._given(client, "/oauth2/token/revoke", token=token)
            known = await self._own_guilds(client)
        common = [guild for guild in guilds if guild.get("id") in known]
        if not common or me.get("bot") is True:
            raise Refused("signing.stranger")
        return Arrival(
            id=f"{PLATFORM}:{_text(me, 'id')}",
            name=_text(me, "global_name") or _text(me, "username"),
            workspaces=tuple(f"{PLATFORM}:{guild['id']}" for guild in common),
            governed=tuple(f"{PLATFORM}:{guild['id']}" for guild in common if _governs(guild)),
        )

    async def _exchanged(self, client: httpx.AsyncClient, errand: Errand, *, code: str) -> str:
        told = await self._given(
            client,
            "/oauth2/token",
            grant_type="authorization_code",
            code=code,
            redirect_uri=errand.back,
            code_verifier=errand.verifier,
        )
        granted = _text(_fields(told), "scope").split()
        if not set(SCOPES.split()) <= set(granted):
            raise Refused("signing.failed", reason="scope")
        return _text(_fields(told), "access_token")

    async def _own_guilds(self, client: httpx.AsyncClient) -> frozenset[str]:
        """The servers that the bot is in."""
        own, known, after = {"Authorization": f"Bot {self.bot_token}"}, set[str](), "0"
        for _ in range(MOST_PAGES):
            path = f"/users/@me/guilds?{urlencode({'limit': PAGE, 'after': after})}"
            page = [_text(guild, "id") for guild in _list(await self._asked(client, "GET", path, headers=own))]
            known.update(page)
            if len(page) < PAGE:
                break
            after = max(page, key=int)
        return frozenset(known)

    async def _given(self, client: httpx.AsyncClient, path: str, **form: str) -> Any:
        """A form, with the app's own secret."""
        whole = {**form, "client_id": self.client_id, "client_secret": self.client_secret}
        return await self._asked(client, "POST", path, data=whole)

    async def _asked(self, client: httpx.AsyncClient, method: str, path: str, **more: Any) -> Any:
        try:
            response = await client.request(method, f"{api_address(self.api_url)}{path}", **more)
            told = response.json() if 0 < len(response.content) <= LARGEST else {}
        except (httpx.HTTPError, ValueError) as error:
            raise Unavailable("signing.away") from error
        if response.status_code >= SERVER_FAULT or response.status_code == TOO_MANY:
            raise Unavailable("signing.away")
        if not response.is_success:
            reason = _text(told, "error") or _text(told, "message") if isinstance(told, Mapping) else ""
            raise Refused("signing.failed", reason=reason[:100] or str(response.status_code))
        return told


def _governs(guild: Mapping[str, Any]) -> bool:
    """Whether somebody owns a server or administers it, as its permissions say, which are a number in decimal."""
    granted = _text(guild, "permissions")
    return guild.get("owner") is True or bool(granted.isdecimal() and int(granted) & ADMINISTRATOR)


def _fields(told: Any) -> Mapping[str, Any]:
    return told if isinstance(told, Mapping) else {}


def _list(told: Any) -> list[Mapping[str, Any]]:
    return [one for one in told if isinstance(one, Mapping)] if isinstance(told, list) else []


def _text(told: Mapping[str, Any], name: str) -> str:
    value = told.get(name)
    return value if isinstance(value, str) else ""
