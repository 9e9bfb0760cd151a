"""Discord as a thing that runs: one process owns the gateway, stays connected, and answers."""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import discord

from adapters.discord.catch_up import SEEN_NOTE, CatchUp
from adapters.discord.checkup import invitation
from adapters.discord.client import Client, Duties, Reception, ShardedClient
from adapters.discord.desk import DRAIN_SECONDS, Desk, Habits
from adapters.discord.endpoint import connect_to
from adapters.discord.notes import Note
from adapters.discord.options import Options
from adapters.discord.patience import Budget
from adapters.discord.supervisor import Supervisor
from adapters.discord.sync import COMMANDS_NOTE, sync
from core.leases import LEASE_SECONDS, Owner
from core.saseo import Saseo
from core.types import identify, now

log = logging.getLogger(__name__)

READY_SECONDS = 2.0
"""A session has begun when no further server was told of for so long."""

CONTENT_ON = "message content is on: threads in which Saseo has answered need no mention"
CONTENT_OFF = "message content is off: commands, mentions, replies with a ping and direct messages are heard"


class DiscordAdapter:
    """Answers in every server that the bot is in."""

    name = "discord"

    def __init__(
        self,
        saseo: Saseo,
        options: Options,
        *,
        clock: Callable[[], datetime] = now,
        ready_seconds: float = READY_SECONDS,
        lease_seconds: float = LEASE_SECONDS,
    ) -> None:
        self._saseo = saseo
        self._options = options
        self._clock = clock
        self._ready_seconds = ready_seconds
        self._owner = Owner(saseo.leases, f"discord:{identify(options.token)}", seconds=lease_seconds)
        self._budget = Budget()
        self.drain_seconds = DRAIN_SECONDS
        self.ready = asyncio.Event()
        """Set while it answers."""

    @property
    def acts(self) -> bool:
        """Whether this process is the one that answers in Discord."""
        return self._owner.holds()

    async def run(self) -> None:
        """Answers until cancelled, then finishes what is under way. Raises Refused where Discord cannot be used."""
        connect_to(self._options.api_url, self._options.gateway_url)
        log.info(CONTENT_ON if self._options.message_content else CONTENT_OFF)
        while True:
            taken_over = await self._owner.own()
            try:
                await self._act(taken_over=taken_over)
            finally:
                await self._owner.give_up()

    async def _act(self, *, taken_over: bool) -> None:
        """Answers until cancelled, or until another process is the owner."""
        supervisor: Supervisor | None = None

        def client() -> discord.Client | None:
            return supervisor.client if supervisor is not None else None

        desk = Desk(self._saseo, client, self._habits(), clock=self._clock)
        keeping = asyncio.create_task(self._owner.keep())
        try:
            async with desk:
                catch_up = CatchUp(Note(self._options.data_dir / SEEN_NOTE), desk.reception.message, clock=self._clock)
                await catch_up.open(taken_over=taken_over)
                duties = Chores(self, desk, catch_up)
                supervisor = Supervisor(partial(self._client, desk.reception, duties), self._options.token)
                await self._watched(supervisor, desk, catch_up, keeping)
        finally:
            self.ready.clear()
            if supervisor is not None:
                await supervisor.close()
            # What is under way when the end comes is finished as the owner.
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)

    async def _watched(
        self, supervisor: Supervisor, desk: Desk, catch_up: CatchUp, keeping: "asyncio.Task[None]"
    ) -> None:
        """Takes in until cancelled, until the lease is lost, or until something fails that must not."""
        desk.drain_seconds = self.drain_seconds
        running = [asyncio.create_task(supervisor.run()), asyncio.create_task(catch_up.run())]
        try:
            done, _ = await asyncio.wait({*running, keeping, desk.work.failed}, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
        # Another process answers now.
        desk.drain_seconds = 0

    def _client(self, reception: Reception, duties: Duties) -> Client:
        kind = ShardedClient if self._options.sharded else Client
        return kind(
            reception,
            duties,
            message_content=self._options.message_content,
            recorder=self._saseo.recorder,
            guild_ready_timeout=self._ready_seconds,
        )

    def _habits(self) -> Habits:
        options = self._options
        return Habits(
            session_scope=options.session_scope,
            follow_up=timedelta(hours=options.follow_up_hours),
            rules=options.rules,
            most_bytes=options.most_bytes,
            api_url=options.api_url,
        )

    def begin(self) -> None:
        """A new session may be asked for. Raises Exhausted."""
        self._budget.take()

    def owns(self) -> bool:
        """Whether this process is the one that answers."""
        return self._owner.holds()

    def commands_note(self) -> Note:
        """Which commands Discord knows."""
        return Note(self._options.data_dir / COMMANDS_NOTE)


class Chores(Duties):
    """What goes on around a connection while this process is the owner."""

    def __init__(self, adapter: DiscordAdapter, desk: Desk, catch_up: CatchUp) -> None:
        self._adapter = adapter
        self._desk = desk
        self._catch_up = catch_up

    async def set_up(self, client: discord.Client) -> None:
        """Tells Discord of the commands, which nothing waits for."""

        async def synced() -> None:
            await sync(client, self._adapter.commands_note())

        self._desk.work.spawn(synced())

    async def ready(self, client: discord.Client) -> None:
        """Takes up what was left, now that it is known who may read what, and reads what was missed."""
        if client.user is not None:
            log.info("answering in Discord as %s, servers: %d", client.user.name, len(client.guilds))
        if not client.guilds and client.application_id is not None:
            log.info("the bot is in no server yet; this link adds it: %s", invitation(client.application_id))
        self._desk.take_up()
        self._catch_up.begun(client)
        self._adapter.ready.set()

    def identify(self) -> None:
        """Within what Discord allows."""
        self._adapter.begin()

    def received(self, message: discord.Message) -> None:
        """So far everything was received."""
        self._catch_up.received(message)

    def lost(self) -> None:
        """From here on something may be missing."""
        self._catch_up.lost()

    def resumed(self) -> None:
        """Nothing is missing."""
        self._catch_up.resumed()

    def owns(self) -> bool:
        """Whether this process is the one that answers."""
        return self._adapter.owns()
