"""The fake itself: one server on loopback that is Discord for an app under test."""

import asyncio
from typing import Self

from aiohttp import web

from tests.fakes.discord.cdn import Cdn
from tests.fakes.discord.control import Control
from tests.fakes.discord.openapi import description
from tests.fakes.discord.rest import Rest
from tests.fakes.discord.routes import ROUTES
from tests.fakes.discord.stage import PREFIX
from tests.fakes.discord.watching import Watching

MOST_BYTES = 32 * 1024 * 1024


class FakeDiscord(Watching, Cdn):
    """`async with FakeDiscord() as discord:` listens on a free port.

    It begins with a guild (`guild`) that the bot is in, a channel (`general`) and two people: `mina` reads Korean,
    `sam` English. `token`, `api_url` and `gateway_url` are what a bot needs.
    """

    def __init__(self, *, port: int = 0, host: str = "127.0.0.1", validate: bool = True) -> None:
        super().__init__()
        self.port = port
        self.host = host
        self.description = description() if validate else None
        self.guild = self.world.new_guild("Guild of the fake")
        self.mina = self.world.new_user("mina", locale="ko")
        self.sam = self.world.new_user("sam")
        for user in (self.bot, self.mina, self.sam):
            self.world.join(self.guild, user)
        self.general = self.new_channel("general")
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=MOST_BYTES)
        app.add_routes(
            [
                web.get("/", self.gateway.handle),
                web.get("/resume/", self.gateway.handle),
                web.get("/{folder:attachments|ephemeral-attachments}/{channel}/{attachment}/{name}", self.download),
                web.get(f"{PREFIX}/oauth2/authorize", self.identify),
                *Rest(self, ROUTES).table(),
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

    async def __aexit__(self, *_: object) -> None:
        assert self._runner is not None
        for task in list(self.tasks):
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        await self.gateway.close()
        await self._runner.cleanup()
