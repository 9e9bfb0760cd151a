"""Runs the whole Discord adapter in this process, against the fake Discord and a core in memory."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from adapters.discord.adapter import DiscordAdapter
from adapters.discord.options import Options
from tests.fakes.discord import FakeDiscord
from tests.fakes.saseo import Core
from tests.integration.discord_connecting import READY_SECONDS
from tests.integration.discord_running import pointed_at


def options(fake: FakeDiscord, folder: Path, **more: Any) -> Options:
    own = Options(token=fake.token, data_dir=folder, api_url=fake.api_url, gateway_url=fake.gateway_url)
    return replace(own, **more)


@asynccontextmanager
async def adapted(
    fake: FakeDiscord, core: Core, folder: Path, *, lease_seconds: float = 15.0, wait: bool = True, **more: Any
) -> AsyncIterator[DiscordAdapter]:
    """The adapter while it runs, answering unless that is not waited for."""
    with pointed_at(fake):
        adapter = DiscordAdapter(
            core.saseo, options(fake, folder, **more), ready_seconds=READY_SECONDS, lease_seconds=lease_seconds
        )
        task = asyncio.create_task(adapter.run())
        ready = asyncio.create_task(adapter.ready.wait())
        try:
            if wait:
                await asyncio.wait({task, ready}, return_when=asyncio.FIRST_COMPLETED, timeout=20)
                if task.done():
                    task.result()
                assert ready.done(), "the adapter did not become ready"
            yield adapter
        finally:
            ready.cancel()
            task.cancel()
            await asyncio.gather(task, ready, return_exceptions=True)
