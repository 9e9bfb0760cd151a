"""Runs the Slack adapter in this process, against the fake Slack and a core in memory."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import Any

from adapters.slack.adapter import Options, SlackAdapter
from core.backends.memory_world import ScriptedModel
from tests.fakes.saseo import Core
from tests.fakes.slack import FakeSlack

LEAVE = "Every employee has 15 days of paid leave a year. Leave is asked for in the portal."
QUESTION = "How many days of paid leave do employees have?"
ANSWER = ("Employees have ", "15 days ", "of paid leave [1].")


def options(slack: FakeSlack, **more: Any) -> Options:
    return replace(Options(bot_token=slack.bot_token, app_token=slack.app_token, api_url=slack.api_url), **more)


async def knowing(*pieces: Any, text: str = LEAVE, **details: Any) -> Core:
    """A core that knows about leave and whose model says these pieces."""
    core = Core(model=ScriptedModel(*(pieces or ANSWER)), **details)
    await core.library.add_text(text, title="Handbook", url="https://docs.example.com/handbook")
    return core


@asynccontextmanager
async def running(slack: FakeSlack, core: Core, **more: Any) -> AsyncIterator[SlackAdapter]:
    """The adapter while it runs and is connected."""
    connections = len(slack.socket_mode.connections)
    adapter = SlackAdapter(core.saseo, options(slack, **more), clock=lambda: core.now)
    task = asyncio.create_task(adapter.run())
    try:
        if more.get("app_token", "") is not None:
            connecting = asyncio.create_task(slack.socket_mode.connected(connections + 1))
            await asyncio.wait({task, connecting}, return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                connecting.cancel()
                task.result()
        yield adapter
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
