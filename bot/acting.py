"""A role that one process of all plays at a time; another one takes over when it dies or is held up."""

import asyncio
from collections.abc import Callable
from typing import Protocol

from core.leases import Owner


class Acting(Protocol):
    """A role that knows whether it may act."""

    drain_seconds: float
    """For which it finishes what is under way when it is cancelled."""

    async def run(self) -> None:
        """Acts until it is cancelled."""
        ...


class OneOfMany:
    """Waits until this process is the owner, plays the role while it is, and waits again."""

    def __init__(self, name: str, owner: Owner, make: Callable[[], Acting]) -> None:
        self.name = name
        self._owner = owner
        self._make = make

    @property
    def acts(self) -> bool:
        """Whether this process is the one that plays it."""
        return self._owner.holds()

    async def run(self) -> None:
        """Stands by and acts, until it is cancelled."""
        while True:
            await self._owner.own()
            try:
                await self._act(self._make())
            finally:
                await self._owner.give_up()

    async def _act(self, role: Acting) -> None:
        """Returns when the lease is lost: then somebody else acts, and nothing that was begun is finished here."""
        keeping = asyncio.create_task(self._owner.keep())
        playing = asyncio.create_task(role.run(), name=self.name)
        try:
            await asyncio.wait({keeping, playing}, return_when=asyncio.FIRST_COMPLETED)
            if playing.done():
                playing.result()
                return
            role.drain_seconds = 0.0
        finally:
            playing.cancel()
            # What is finished at the end of the process is finished as the owner.
            await asyncio.gather(playing, return_exceptions=True)
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)
