"""Somebody who signs in to the console with the fakes of Slack and Discord."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from html import unescape
from typing import Any, Self

import httpx

from adapters.discord.signing_in import DiscordSignIn
from adapters.http.console.house import House
from adapters.signing_in import Errand, Way
from adapters.slack.signing_in import SlackSignIn
from core.people import Arrival, Roster
from tests.fakes.discord import FakeDiscord
from tests.fakes.saseo import Core
from tests.fakes.slack import FakeSlack
from tests.integration.http_asking import client_of

TOKEN = "secret"
BOT = "http://test"
REFUSAL = re.compile(r'class="refusal" role="alert">([^<]+)<')


@dataclass(slots=True)
class Visitor:
    """A browser with the cookies of one person."""

    client: httpx.AsyncClient
    headers: dict[str, str] = field(default_factory=lambda: {"Accept": "text/html"})

    async def get(self, path: str, **more: Any) -> httpx.Response:
        return await self.client.get(f"/console{path}", headers=self.headers, **more)

    async def post(self, path: str, **more: Any) -> httpx.Response:
        """A change that a page of ours asks for."""
        shown = (await self.get("/")).text
        proof = re.search(r'data-proof="([^"]+)"', shown)
        given = {"X-Saseo-Proof": proof[1]} if proof else {}
        return await self.client.post(f"/console{path}", headers={**self.headers, **given}, **more)

    async def sign_in(self, way: str, **changed: str) -> httpx.Response:
        """Goes to the platform and comes back; `changed` are parts of what it sends back."""
        left = await self.get(f"/sign-in/{way}")
        assert left.status_code == 303, left.text
        back = httpx.URL(await self.agree(left.headers["location"]))
        return await self.client.get(f"{back.path}", params={**back.params, **changed}, headers=self.headers)

    async def agree(self, link: str) -> str:
        """Where the platform sends somebody back to."""
        async with httpx.AsyncClient() as elsewhere:
            answer = await elsewhere.get(link)
        assert answer.status_code == 302, answer.text
        return answer.headers["location"]

    async def with_token(self) -> Self:
        assert (await self.client.post("/console/sign-in", data={"token": TOKEN})).status_code == 303
        return self


@dataclass(slots=True)
class Introducing:
    """A platform that introduces whoever comes as this person."""

    arrival: Arrival
    errand: Errand | None = None

    def leads_to(self, errand: Errand) -> str:
        self.errand = errand
        return "https://platform.example/authorize"

    async def arrived(self, errand: Errand, code: str) -> Arrival:
        assert (errand, code) == (self.errand, "code")
        return self.arrival


@asynccontextmanager
async def entered(core: Core, arrival: Arrival, *, roster: Roster | None = None) -> AsyncIterator[Visitor]:
    """Somebody who is signed in."""
    way = Introducing(arrival)
    async with visitor(core, roster=roster, **{arrival.platform: way}) as guest:
        await guest.get(f"/sign-in/{arrival.platform}")
        assert way.errand is not None
        back = await guest.get(f"/sign-in/{arrival.platform}/back", params={"code": "code", "state": way.errand.state})
        assert back.status_code == 200, back.text
        yield guest


def refusal(page: httpx.Response) -> str:
    """The sentence that turns somebody away."""
    found = REFUSAL.search(page.text)
    return unescape(found[1]) if found else ""


def slack_way(slack: FakeSlack, core: Core, **more: Any) -> SlackSignIn:
    app = slack.world.app
    app.redirect_urls = {f"{BOT}/console/sign-in/slack/back"}
    given = {"bot_token": slack.bot_token, **more}
    return SlackSignIn(app.client_id, app.client_secret, slack.api_url, core.store.installations, **given)


def discord_way(discord: FakeDiscord, **more: Any) -> DiscordSignIn:
    discord.oauth.redirect_urls = {f"{BOT}/console/sign-in/discord/back"}
    given = {"client_secret": discord.oauth.client_secret, "api_url": discord.api_url, **more}
    return DiscordSignIn(discord.world.application_id, bot_token=discord.token, **given)


@asynccontextmanager
async def visitor(core: Core, *, roster: Roster | None = None, **ways: Way) -> AsyncIterator[Visitor]:
    house = House(token=TOKEN, ways=ways, roster=roster or Roster())
    async with client_of(core, token=TOKEN, house=house) as client:
        yield Visitor(client)
