"""A supervised client against the fake Discord, with a reception that only writes down what it is given."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import discord

from adapters.discord.changes import Change
from adapters.discord.client import Client, Duties, Interaction, ShardedClient
from adapters.discord.patience import Backoff
from adapters.discord.supervisor import Supervisor
from tests.fakes.discord import FakeDiscord
from tests.fakes.patience import PATIENCE

READY_SECONDS = 0.05
QUICK = 0.02


@dataclass(slots=True)
class Noticing:
    """A reception that answers nothing."""

    clients: list[discord.Client] = field(default_factory=list)
    messages: list[discord.Message] = field(default_factory=list)
    interactions: list[Interaction] = field(default_factory=list)
    typed: list[Interaction] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def setup(self, client: discord.Client) -> None:
        self._keep(self.clients, client)

    async def message(self, message: discord.Message) -> None:
        self._keep(self.messages, message)

    async def interaction(self, interaction: Interaction) -> None:
        self._keep(self.interactions, interaction)

    async def autocomplete(self, interaction: Interaction) -> None:
        self._keep(self.typed, interaction)

    async def noted(self, change: Change) -> None:
        self._keep(self.changes, change)

    @property
    def texts(self) -> list[str]:
        return [message.content for message in self.messages]

    async def until(self, look: Callable[[], Any]) -> None:
        """Waits until something holds."""
        async with asyncio.timeout(PATIENCE):
            while not look():
                self.changed.clear()
                await self.changed.wait()

    def _keep(self, kept: list[Any], new: Any) -> None:
        kept.append(new)
        self.changed.set()


class Watching(Duties):
    """Duties that count."""

    def __init__(self) -> None:
        self.readies = 0
        self.losses = 0
        self.resumes = 0
        self.identified = 0
        self.owner = True
        self.changed = asyncio.Event()

    async def ready(self, client: discord.Client) -> None:
        self.readies += 1
        self.changed.set()

    def lost(self) -> None:
        self.losses += 1
        self.changed.set()

    def resumed(self) -> None:
        self.resumes += 1
        self.changed.set()

    def identify(self) -> None:
        self.identified += 1

    def owns(self) -> bool:
        return self.owner

    async def until(self, look: Callable[[], bool]) -> None:
        """Waits until something holds."""
        async with asyncio.timeout(PATIENCE):
            while not look():
                self.changed.clear()
                await self.changed.wait()


@dataclass(slots=True)
class Supervised:
    """What runs."""

    supervisor: Supervisor
    seen: Noticing
    duties: Watching
    task: "asyncio.Task[None]"

    @property
    def client(self) -> Client:
        assert self.supervisor.client is not None
        return self.supervisor.client


@asynccontextmanager
async def supervised(
    fake: FakeDiscord,
    *,
    token: str = "",
    message_content: bool = False,
    sharded: bool = False,
    wait: bool = True,
    **options: Any,
) -> AsyncIterator[Supervised]:
    """A supervisor while it runs, ready unless that is not waited for."""
    seen, duties = Noticing(), Watching()

    def make() -> Client:
        kind = ShardedClient if sharded else Client
        return kind(seen, duties, message_content=message_content, guild_ready_timeout=READY_SECONDS)

    backoff = Backoff(shortest=QUICK, longest=QUICK)
    supervisor = Supervisor(make, token or fake.token, backoff=backoff, **options)
    task = asyncio.create_task(supervisor.run())
    try:
        if wait:
            ready = asyncio.create_task(duties.until(lambda: duties.readies > 0))
            await asyncio.wait({task, ready}, return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                ready.cancel()
                task.result()
            await ready
        yield Supervised(supervisor, seen, duties, task)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await supervisor.close()
