"""Signing in to the console with Slack (OpenID Connect): who somebody is, and what they are in their workspace."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urljoin

import aiohttp

from adapters.signing_in import Errand
from adapters.slack.api import Api, Declined, Unclear
from adapters.slack.identity import Identity, Keys, checked
from adapters.slack.inbound import word
from core.errors import Refused, Unavailable
from core.installations import Installations
from core.people import Arrival

log = logging.getLogger(__name__)

PLATFORM = "slack"
SCOPES = "openid profile"
PATIENCE = 5.0
"""Seconds that somebody waits where Slack says that there were too many calls."""
OUTSIDE = ("is_restricted", "is_ultra_restricted", "is_stranger")
"""What makes somebody a guest, who is no full member."""
GOVERNS = ("is_admin", "is_owner", "is_primary_owner")


@dataclass(slots=True)
class SlackSignIn:
    """Sign in with Slack. Members of workspaces where the app is are let in, and strangers are not."""

    client_id: str
    client_secret: str = field(repr=False)
    api_url: str
    installations: Installations
    bot_token: str | None = field(default=None, repr=False)
    """The token of the workspace that stands in the settings."""
    _own_team: str = ""
    _keys: Keys = field(init=False)

    def __post_init__(self) -> None:
        self._keys = Keys(urljoin(self.api_url, "../openid/connect/keys"))

    def leads_to(self, errand: Errand) -> str:
        """The page of Slack where somebody agrees."""
        told = {
            "response_type": "code",
            "scope": SCOPES,
            "client_id": self.client_id,
            "redirect_uri": errand.back,
            "state": errand.state,
            "nonce": errand.nonce,
            "code_challenge": errand.challenge,
            "code_challenge_method": "S256",
        }
        return f"{urljoin(self.api_url, '../openid/connect/authorize')}?{urlencode(told)}"

    async def arrived(self, errand: Errand, code: str) -> Arrival:
        """Who it is, from the code that they brought back. Raises Refused for strangers, and Unavailable."""
        try:
            told = await self._exchanged(errand, code)
            token = word(told, "id_token")
            identity = await checked(token, keys=self._keys, client_id=self.client_id, nonce=errand.nonce)
            about = await self._asked_about(identity)
        except Declined as error:
            raise Refused("signing.failed", reason=error.error) from error
        except Unclear as error:
            raise Unavailable("signing.away") from error
        except Refused as error:
            if error.code != "slack.token":
                raise
            log.error("Slack does not accept the token of the workspace that somebody is in")  # noqa: TRY400
            raise Unavailable("signing.away") from error
        return _arrival(identity, about)

    async def _exchanged(self, errand: Errand, code: str) -> Mapping[str, Any]:
        return await self._call(
            "openid.connect.token",
            client_id=self.client_id,
            client_secret=self.client_secret,
            code=code,
            code_verifier=errand.verifier,
            grant_type="authorization_code",
            redirect_uri=errand.back,
        )

    async def _asked_about(self, identity: Identity) -> Mapping[str, Any]:
        """What Slack says of somebody to the app in their workspace. Raises Refused for strangers."""
        token = await self._token(identity.team)
        if token is None:
            raise Refused("signing.stranger")
        about = (await self._call("users.info", token=token, user=identity.user)).get("user")
        if not isinstance(about, Mapping) or about.get("is_bot") is True:
            raise Refused("signing.stranger")
        if about.get("deleted") is True:
            raise Refused("signing.gone")
        return about

    async def _token(self, team: str) -> str | None:
        """The app's token in a workspace; None where the app is not."""
        if self.bot_token is not None and team == await self._own():
            return self.bot_token
        installation = await self.installations.find(PLATFORM, team)
        return None if installation is None else installation.token

    async def _own(self) -> str:
        """The workspace of the token in the settings."""
        if not self._own_team:
            self._own_team = word(await self._call("auth.test", token=self.bot_token), "team_id")
        return self._own_team

    async def _call(self, method: str, *, token: str | None = None, **arguments: Any) -> Mapping[str, Any]:
        from adapters.slack.app_client import AppClient

        async with aiohttp.ClientSession() as session:
            client = AppClient(token=token, base_url=self.api_url, session=session, retry_handlers=[])
            return await Api(client).call(method, patience=PATIENCE, **arguments)


def _arrival(identity: Identity, about: Mapping[str, Any]) -> Arrival:
    """Guests and people of another workspace belong to none: they read what is public."""
    team = f"{PLATFORM}:{identity.team}"
    outside = any(about.get(name) is True for name in OUTSIDE) or word(about, "team_id") not in ("", identity.team)
    governs = not outside and any(about.get(name) is True for name in GOVERNS)
    return Arrival(
        id=f"{team}:{identity.user}",
        name=identity.name or word(about, "real_name") or word(about, "name"),
        workspaces=() if outside else (team,),
        governed=(team,) if governs else (),
    )
