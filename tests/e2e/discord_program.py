"""The program as a process beside a fake Discord and a fake model in this one."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from tests.e2e import slack_program
from tests.e2e.program import PATIENCE, Place
from tests.e2e.slack_program import ASKED
from tests.fakes.discord import FakeDiscord
from tests.fakes.openai import FakeOpenAI

__all__ = ["ASKED", "Bot", "prepared"]


async def prepared(folder: Path, discord: FakeDiscord, model: FakeOpenAI | None = None, **variables: str) -> Place:
    """A place whose library knows about leave, and whose settings point at the fakes."""
    # Of a platform nothing but the variables that point at it is needed.
    return await slack_program.prepared(folder, cast("Any", discord), model, **variables)


class Bot(slack_program.Bot):
    """`python -m bot run --only discord` that does not hold up this process; killed at the end at the latest."""

    def __init__(self, place: Place, *arguments: str, number: int = 0) -> None:
        super().__init__(place, *(arguments or ("--only", "discord")), number=number)

    async def answering(self, discord: FakeDiscord) -> None:
        """Waits until it has a session of its own and Discord knows its commands."""
        before = set(discord.gateway.sessions)
        await self._until(discord, lambda: bool(set(discord.gateway.sessions) - before and discord.world.commands))

    async def _until(self, discord: FakeDiscord, look: Callable[[], bool]) -> None:
        """Waits until this holds; tells what the program said when it ended before."""
        ended = asyncio.create_task(self.process.wait())
        waiting = asyncio.create_task(discord.until(look, what="the program", timeout=PATIENCE))
        await asyncio.wait({ended, waiting}, return_when=asyncio.FIRST_COMPLETED)
        ended.cancel()
        if not waiting.done():
            waiting.cancel()
            raise AssertionError(self.logged)
        await waiting
