"""How the app is installed in a workspace, over OAuth or by hand, and how it is thrown out."""

from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from aiohttp import web

from tests.fakes.slack.errors import ApiError
from tests.fakes.slack.stage import Stage
from tests.fakes.slack.state import Workspace

CODE_SECONDS = 600.0
TOKEN_SECONDS = 43_200


@dataclass(slots=True)
class Grant:
    """A person said yes; the code is good for one exchange within ten minutes."""

    team_id: str
    user_id: str
    scopes: frozenset[str]
    redirect_uri: str
    at: float
    used: bool = False


class Installing(Stage):
    """Installation and its end."""

    team: Workspace

    def __init__(self) -> None:
        super().__init__()
        self.grants: dict[str, Grant] = {}

    def new_workspace(self, name: str, *, installed: bool = True) -> Workspace:
        """Another workspace with one person, `admin`; not installed, it waits for an OAuth installation."""
        workspace = self.world.new_workspace(name)
        workspace.installed = installed
        self.world.new_user(workspace, "admin")
        return workspace

    async def authorize(self, request: web.Request) -> web.StreamResponse:
        """The page where a person adds the app: they say yes at once, or no where `deny` is asked for.

        `team` chooses the workspace; otherwise it is the first one where the app is not installed, or a new one.
        """
        query = request.query
        if query.get("client_id") != self.world.app.client_id:
            return web.Response(status=400, text="Invalid client_id parameter")
        redirect_uri = query.get("redirect_uri") or next(iter(sorted(self.world.app.redirect_urls)), "")
        allowed = self.world.app.redirect_urls
        if not redirect_uri or (allowed and not any(redirect_uri.startswith(one) for one in allowed)):
            return web.Response(status=400, text="redirect_uri did not match any configured URIs")
        answer = {"state": query.get("state", "")}
        if "deny" in query:
            answer["error"] = "access_denied"
        else:
            answer["code"] = self.grant(query.get("team", ""), query.get("scope", ""), redirect_uri)
        joint = "&" if urlsplit(redirect_uri).query else "?"
        return web.Response(status=302, headers={"Location": f"{redirect_uri}{joint}{urlencode(answer)}"})

    def grant(self, team_id: str, scope: str, redirect_uri: str) -> str:
        """The code for an installation that somebody agreed to."""
        waiting = [one for one in self.world.workspaces.values() if not one.installed]
        workspace = self.world.workspaces.get(team_id) or next(iter(waiting), None)
        workspace = workspace or self.new_workspace(self.world.new_id("Team"), installed=False)
        person = next(user for user in workspace.users.values() if not user.is_bot)
        code = f"code-{self.world.new_id('')}"
        scopes = frozenset(one for one in scope.replace(" ", ",").split(",") if one)
        self.grants[code] = Grant(workspace.id, person.id, scopes, redirect_uri, self.clock.now())
        return code

    def redeem(self, code: str, *, redirect_uri: str) -> Grant:
        """Uses a code. Raises ApiError as Slack does."""
        grant = self.grants.get(code)
        if grant is None or self.clock.now() - grant.at > CODE_SECONDS:
            raise ApiError("invalid_code")
        if grant.used:
            raise ApiError("code_already_used")
        if redirect_uri != grant.redirect_uri and (redirect_uri or not self.world.app.redirect_urls):
            raise ApiError("bad_redirect_uri")
        if not grant.scopes:
            raise ApiError("no_scopes")
        grant.used = True
        return grant

    def install(self, workspace: Workspace, *, scopes: Collection[str]) -> None:
        """From now on the app has a new token there."""
        workspace.installed = True
        workspace.scopes = set(scopes)
        self.give_token(workspace)
        self.changed()

    def refresh(self, token: str) -> Workspace:
        """Gives the workspace of a refresh token the next token. Raises ApiError for one that is unknown or used."""
        for workspace in self.world.workspaces.values():
            if token and workspace.refresh_token == token and workspace.installed:
                self.give_token(workspace)
                return workspace
        raise ApiError("invalid_refresh_token")

    def give_token(self, workspace: Workspace) -> None:
        """A new token, which expires where the app's tokens are rotated; the one before is of no use any more."""
        rotates, name = self.world.app.rotates, f"{workspace.id[1:]}-{self.world.new_id('')}"
        workspace.bot_token = f"xoxe.xoxb-{name}" if rotates else f"xoxb-{name}"
        workspace.refresh_token = f"xoxe-{name}" if rotates else ""
        workspace.expires_at = self.clock.now() + TOKEN_SECONDS if rotates else None

    def uninstall(self, workspace: Workspace | str | None = None) -> None:
        """The app is removed: its token dies, and it is told so."""
        gone = self._workspace(workspace)
        self.revoke(gone)
        gone.installed = True
        self.emit(gone, {"type": "app_uninstalled", "event_ts": self.clock.stamp()})
        gone.installed = False

    def revoke(self, workspace: Workspace | str | None = None) -> None:
        """Its token dies."""
        gone = self._workspace(workspace)
        tokens = {"oauth": [], "bot": [gone.bot_user.id]}
        self.emit(gone, {"type": "tokens_revoked", "tokens": tokens, "event_ts": self.clock.stamp()})
        gone.installed = False
        self.changed()

    def _workspace(self, workspace: Workspace | str | None) -> Workspace:
        return self.world.workspaces[workspace] if isinstance(workspace, str) else workspace or self.team
