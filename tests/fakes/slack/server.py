"""The fake itself: one process on loopback that is Slack for an app under test."""

from typing import Self

from aiohttp import web

from tests.fakes.slack.control import Control
from tests.fakes.slack.delivery import Errand
from tests.fakes.slack.filing import Filing
from tests.fakes.slack.identifying import Identifying
from tests.fakes.slack.installing import Installing
from tests.fakes.slack.interacting import Interacting
from tests.fakes.slack.methods import METHODS
from tests.fakes.slack.signed_http import SignedHttp
from tests.fakes.slack.state import Workspace
from tests.fakes.slack.watching import Watching
from tests.fakes.slack.web_api import WebApi


class FakeSlack(Filing, Interacting, Installing, Identifying, Watching):
    """`async with FakeSlack() as slack:` listens on a free port.

    It begins with a workspace (`team`) in which the app is installed, a channel (`general`) and two people: `mina`
    reads Korean, `sam` English. `bot_token`, `app_token`, `signing_secret` and `api_url` are what an app needs.
    """

    def __init__(self, *, port: int = 0, host: str = "127.0.0.1") -> None:
        super().__init__()
        self.port = port
        self.host = host
        self.web_api = WebApi(self, METHODS)
        self.limits = self.web_api.limits
        self.team: Workspace = self.world.new_workspace("Team of the fake")
        self.mina = self.world.new_user(self.team, "mina", locale="ko-KR")
        self.sam = self.world.new_user(self.team, "sam")
        self.general = self.new_channel("general")
        self.general.is_general = True
        self._runner: web.AppRunner | None = None
        self._http: SignedHttp | None = None

    @property
    def bot_token(self) -> str:
        return self.team.bot_token

    @property
    def app_token(self) -> str:
        return self.world.app.token

    @property
    def signing_secret(self) -> str:
        return self.world.app.signing_secret

    @property
    def api_url(self) -> str:
        return f"{self.base_url}/api/"

    @property
    def environment(self) -> dict[str, str]:
        """The variables that point a bot at this server, over Socket Mode."""
        return {
            "SLACK_BOT_TOKEN": self.bot_token,
            "SLACK_APP_TOKEN": self.app_token,
            "SLACK_API_URL": self.api_url,
        }

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=8 * 1024 * 1024)
        app.add_routes(
            [
                web.get("/api/{method}", self.web_api.handle),
                web.post("/api/{method}", self.web_api.handle),
                web.get("/link/", self.socket_mode.handle),
                web.get("/files-pri/{place}/{name:.+}", self.download),
                web.post("/response/{name}", self.handle_response),
                web.get("/oauth/v2/authorize", self.authorize),
                web.get("/openid/connect/authorize", self.identify),
                web.get("/openid/connect/keys", self.keys),
                *Control(self).routes(),
            ]
        )
        self._runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.2, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self.host, self.port, backlog=1024)
        await site.start()
        self.port = self._runner.addresses[0][1]
        self.base_url = f"http://{self.host}:{self.port}"
        return self

    async def deliver_over_http(self, *, events: str, commands: str = "", interactions: str = "") -> SignedHttp:
        """From now on events, commands and interactions are posted to these URLs (the events' one by default)."""
        await self._stop_http()
        urls: dict[Errand, str] = {
            "events_api": events,
            "slash_commands": commands or events,
            "interactive": interactions or events,
        }
        self._http = await SignedHttp(self.world.app, self.clock, urls).__aenter__()
        self.outbox.transport = self._http
        return self._http

    async def deliver_over_socket(self) -> None:
        """Back to Socket Mode."""
        await self._stop_http()
        self.outbox.transport = self.socket_mode

    async def _stop_http(self) -> None:
        if self._http is not None:
            await self._http.__aexit__(None, None, None)
        self._http = None

    async def __aexit__(self, *_: object) -> None:
        assert self._runner is not None
        await self.outbox.close()
        await self._stop_http()
        await self.socket_mode.close()
        await self._runner.cleanup()
