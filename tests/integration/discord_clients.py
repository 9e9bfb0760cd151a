"""Clients of the fake Discord: a small bot on discord.py, and a bare one that sees every frame and every answer."""

import asyncio
import json
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import discord
import zstandard
from discord import app_commands

from tests.fakes.discord import FakeDiscord
from tests.fakes.patience import PATIENCE

Shown = discord.Interaction[discord.Client]
INTENTS = 1 << 0 | 1 << 9 | 1 << 10 | 1 << 12 | 1 << 15
"""Guilds, messages in guilds and directly, reactions, and their content."""


class Bot(discord.Client):
    """Answers mentions with a reply that it edits, and `/ask` with a deferral that it edits."""

    def __init__(self, *, content: bool = True, **details: Any) -> None:
        intents = discord.Intents.default()
        intents.message_content = content
        allowed = discord.AllowedMentions.none()
        super().__init__(intents=intents, guild_ready_timeout=0.05, allowed_mentions=allowed, **details)
        self.tree = app_commands.CommandTree(self)
        self.tree.command(name="ask", description="Asks")(ask)
        self.seen: list[discord.Message] = []
        self.readies = 0
        self.news = asyncio.Condition()

    async def setup_hook(self) -> None:
        await self.tree.sync()

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """It would wait five seconds before a second time."""

    async def on_ready(self) -> None:
        async with self.news:
            self.readies += 1
            self.news.notify_all()

    async def on_message(self, message: discord.Message) -> None:
        async with self.news:
            self.seen.append(message)
            self.news.notify_all()
        if message.author != self.user and self.user in message.mentions:
            reply = await message.reply("one moment", mention_author=False)
            await reply.edit(content=f"you said {message.clean_content}")

    async def ready_again(self, count: int) -> None:
        """Waits until it became ready so often."""
        async with self.news:
            await asyncio.wait_for(self.news.wait_for(lambda: self.readies >= count), PATIENCE)

    async def sees(self, count: int) -> list[discord.Message]:
        """Waits until so many messages of others have come."""
        async with self.news:
            await asyncio.wait_for(self.news.wait_for(lambda: len(self.others) >= count), PATIENCE)
        return self.others

    @property
    def others(self) -> list[discord.Message]:
        return [one for one in self.seen if one.author != self.user]


async def ask(interaction: Shown, question: str, private: bool = False) -> None:
    await interaction.response.defer(ephemeral=private, thinking=True)
    await interaction.edit_original_response(content=f"{interaction.locale}: {question}")


class Bare:
    """A WebSocket of the gateway without a library."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, unpack: Callable[[Any], str]) -> None:
        self.socket = socket
        self.unpack = unpack

    async def send(self, op: int, data: Any = None) -> None:
        await self.socket.send_json({"op": op, "d": data})

    async def receive(self) -> dict[str, Any]:
        """The next frame; a close is `{"close": code}`."""
        message = await self.socket.receive(timeout=10)
        if message.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED):
            return {"close": self.socket.close_code}
        frame: dict[str, Any] = json.loads(self.unpack(message.data))
        return frame

    async def until(self, op: int, name: str | None = None) -> dict[str, Any]:
        """The next frame of this kind."""
        while True:
            frame = await self.receive()
            assert "close" not in frame, frame
            if frame["op"] == op and frame["t"] == name:
                return frame

    async def identify(self, fake: FakeDiscord, *, intents: int = INTENTS, **more: Any) -> None:
        properties = {"os": "linux", "browser": "bare", "device": "bare"}
        await self.send(2, {"token": fake.token, "intents": intents, "properties": properties} | more)


def unpacking(compress: str) -> Callable[[Any], str]:
    """What turns frames of this compression into text."""
    if compress == "zlib-stream":
        inflate = zlib.decompressobj()
        return lambda data: inflate.decompress(data).decode()
    if compress == "zstd-stream":
        stream = zstandard.ZstdDecompressor().decompressobj()
        return lambda data: stream.decompress(data).decode()
    return str


@asynccontextmanager
async def bare(fake: FakeDiscord, compress: str = "") -> AsyncIterator[Bare]:
    """A connection that has not identified yet."""
    query = {"v": "10", "encoding": "json"} | ({"compress": compress} if compress else {})
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(fake.gateway_url, params=query, compress=0) as socket,
    ):
        yield Bare(socket, unpacking(compress))


class Caller:
    """REST without a library: what is sent is what is meant, and refusals are answers."""

    def __init__(self, fake: FakeDiscord, session: aiohttp.ClientSession) -> None:
        self.fake = fake
        self.session = session
        self.headers: dict[str, str] = {}
        """Those of the last answer."""

    async def __call__(self, method: str, path: str, *, json: Any = None, **details: Any) -> tuple[int, Any]:
        """The status and the body."""
        headers = {"Authorization": f"Bot {self.fake.token}"}
        url = f"{self.fake.api_url}{path}"
        async with self.session.request(method, url, json=json, headers=headers, **details) as answer:
            self.headers = dict(answer.headers)
            if answer.content_type == "application/json":
                return answer.status, await answer.json()
            return answer.status, await answer.text()

    async def code(self, method: str, path: str, **details: Any) -> tuple[int, int]:
        """The status and Discord's own code of a refusal."""
        status, body = await self(method, path, **details)
        return status, body["code"]


@asynccontextmanager
async def calling(fake: FakeDiscord) -> AsyncIterator[Caller]:
    async with aiohttp.ClientSession() as session:
        yield Caller(fake, session)
