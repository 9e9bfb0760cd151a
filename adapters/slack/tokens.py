"""The tokens of installed workspaces: renewed before they expire, and looked at when Slack takes one no more."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

from adapters.slack.api import Api, Declined, Unclear
from adapters.slack.inbound import word
from adapters.slack.workspaces import Workspace
from core.errors import Refused, SaseoError
from core.installations import Installations

log = logging.getLogger(__name__)

AHEAD = timedelta(hours=2)
"""So long before it expires, a token is renewed."""
UNINSTALLED = frozenset({"account_inactive", "token_revoked"})
"""Slack's words for a token whose app is not in the workspace any more."""
State = Literal["alive", "gone", "dead", "unknown"]


@dataclass(frozen=True, slots=True)
class Permission:
    """Lets people install the app in workspaces of theirs."""

    client_id: str
    client_secret: str = field(repr=False)
    redirect_url: str | None = None
    """Where Slack sends people back; None: the first redirect URL of the app."""
    workspaces: frozenset[str] = frozenset()
    """The only ones that are let in; none: all are."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """Keeps the tokens of workspaces alive."""

    api: Api
    """Without a token of its own."""
    installations: Installations
    permission: Permission | None
    clock: Callable[[], datetime]

    def expires_soon(self, workspace: Workspace) -> bool:
        """Whether its token must be renewed."""
        kept = workspace.installation
        return kept is not None and kept.expires_at is not None and kept.expires_at - self.clock() < AHEAD

    async def renew(self, workspace: Workspace) -> None:
        """Renews a token that expires soon; what cannot be renewed now is tried again with the next use."""
        if self.permission is None or not self.expires_soon(workspace):
            return
        async with workspace.renewing:
            kept = workspace.installation
            if kept is None or not kept.refresh_token or not self.expires_soon(workspace):
                return
            try:
                told = await self.api.call(
                    "oauth.v2.access",
                    client_id=self.permission.client_id,
                    client_secret=self.permission.client_secret,
                    grant_type="refresh_token",
                    refresh_token=kept.refresh_token,
                )
            except (Declined, Unclear, Refused) as error:
                log.warning("the token of the workspace %s could not be renewed: %s", kept.workspace, error)
                return
            fresh = replace(
                kept,
                token=word(told, "access_token"),
                refresh_token=word(told, "refresh_token") or kept.refresh_token,
                expires_at=expiry(told.get("expires_in"), at=self.clock()),
            )
            if workspace.installation is not kept:
                # The app was installed anew meanwhile.
                return
            workspace.installation, workspace.client.token = fresh, fresh.token
            try:
                await self.installations.save(fresh)
            except SaseoError as error:
                log.error("the new token of the workspace %s could not be kept: %s", kept.workspace, error)  # noqa: TRY400
            else:
                log.info("renewed the token of the workspace %s", kept.workspace)


async def state(api: Api) -> State:
    """What has become of a token. `gone`: the app was removed; `dead`: Slack does not know the token."""
    try:
        await api.call("auth.test", patience=2.0)
    except Refused as error:
        return "gone" if error.details.get("error") in UNINSTALLED else "dead"
    except (Declined, Unclear):
        return "unknown"
    return "alive"


def expiry(seconds: object, *, at: datetime) -> datetime | None:
    """When a token expires of which Slack says that it lives so long; None: never."""
    return at + timedelta(seconds=seconds) if isinstance(seconds, int) and seconds > 0 else None
