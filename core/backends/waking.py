"""Wakes whoever waits for something new, however often it is told."""

import asyncio


class Waking:
    """A bell for one sleeper. It rings at first, for what an earlier process has left."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()
        self._rung.set()

    def ring(self) -> None:
        """There is something new."""
        self._rung.set()

    async def wait(self) -> None:
        """Returns when it has rung since the last time."""
        await self._rung.wait()
        self._rung.clear()
