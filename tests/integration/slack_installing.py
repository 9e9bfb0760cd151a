"""A person who installs the app over OAuth, with a browser of their own, in the fake Slack."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from html import unescape
from types import TracebackType
from typing import Any, Self

import httpx

from adapters.http.api import create_app
from adapters.slack.adapter import SlackAdapter
from adapters.slack.installing import Arrivals
from adapters.slack.tokens import Permission
from tests.fakes.patience import PATIENCE
from tests.fakes.saseo import Core
from tests.fakes.slack import FakeSlack
from tests.fakes.slack.state import Channel, Workspace
from tests.integration.slack_running import running

BOT = "http://localhost"
BUTTON = re.compile(r'<a href="([^"]+)"')
SENTENCE = re.compile(r"<p>(.*?)</p>")


def permission(slack: FakeSlack, **more: Any) -> Permission:
    return replace(Permission(slack.world.app.client_id, slack.world.app.client_secret), **more)


class Browser:
    """Keeps cookies and follows redirects, between the bot and Slack."""

    def __init__(self, app: Any = None, *, language: str = "en", bot: str = BOT) -> None:
        self.bot = bot
        mounts = {f"all://{httpx.URL(bot).host}": httpx.ASGITransport(app=app)} if app is not None else None
        self.client = httpx.AsyncClient(mounts=mounts, follow_redirects=True, headers={"Accept-Language": language})

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.client.aclose()

    async def button(self) -> str:
        """Where the button of the page leads."""
        page = await self.client.get(f"{self.bot}/slack/install")
        assert page.status_code == 200, page.text
        return unescape(BUTTON.findall(page.text)[0])

    async def press(self, link: str, **query: str) -> httpx.Response:
        """Goes to Slack, agrees there (or not, with `deny`), and comes back."""
        return await self.client.get(httpx.URL(link).copy_merge_params(query))

    async def come_back(self, **query: str) -> httpx.Response:
        """As if Slack had sent the person back."""
        return await self.client.get(f"{self.bot}/slack/oauth_redirect", params=query)


def sentence(page: httpx.Response) -> str:
    """What a page says."""
    return unescape(SENTENCE.findall(page.text)[0])


def state_of(link: str) -> str:
    return str(httpx.URL(link).params["state"])


@dataclass(frozen=True, slots=True)
class Office:
    """A bot that may be installed, and the application that its pages are in."""

    slack: FakeSlack
    adapter: SlackAdapter
    app: Any

    @property
    def arrivals(self) -> Arrivals:
        assert self.adapter.arrivals is not None
        return self.adapter.arrivals

    def browser(self, **more: Any) -> Browser:
        return Browser(self.app, **more)

    async def install(self, name: str = "Second") -> Workspace:
        """Installs the app in a new workspace."""
        workspace = self.slack.new_workspace(name, installed=False)
        await self.install_in(workspace)
        return workspace

    async def install_in(self, workspace: Workspace) -> None:
        async with self.browser() as browser:
            page = await browser.press(await browser.button(), team=workspace.id)
        assert (page.status_code, workspace.name in page.text) == (200, True), page.text


async def two(office: Office) -> tuple[tuple[Workspace, Channel], tuple[Workspace, Channel]]:
    """Two workspaces with the app, and a channel in each."""
    first, second = await office.install("First"), await office.install("Second")
    return (
        (first, office.slack.new_channel("first-general", team=first.id)),
        (second, office.slack.new_channel("second-general", team=second.id)),
    )


def served(core: Core, adapter: SlackAdapter) -> Any:
    """The API with the adapter's routes and a token that they do not ask for."""
    return create_app(
        core.saseo, version="0", token="t-o-k-e-n", max_file_bytes=1_000_000, open_routes=[adapter.routes()]
    )


@asynccontextmanager
async def opened(slack: FakeSlack, core: Core, **more: Any) -> AsyncIterator[Office]:
    """The bot without a token of its own, connected over Socket Mode."""
    slack.world.app.redirect_urls.add(f"{BOT}/slack/oauth_redirect")
    given = {"bot_token": None, "permission": permission(slack), **more}
    async with running(slack, core, **given) as adapter:
        yield Office(slack, adapter, served(core, adapter))


async def becomes(look: Callable[[], bool], *, what: str, seconds: float = PATIENCE) -> None:
    """Waits until something holds of which nobody tells."""
    deadline = time.monotonic() + seconds
    for _ in iter(look, True):
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        await asyncio.sleep(0.02)
