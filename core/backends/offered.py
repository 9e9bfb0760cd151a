"""What was accepted without a holder, for those who wait for it. The stores' inboxes share it."""

import asyncio
from collections.abc import Iterable


class Offered:
    """Names that nobody has taken yet."""

    def __init__(self) -> None:
        self._names: set[str] = set()
        self._news = asyncio.Event()

    def add(self, name: str) -> None:
        """Wakes whoever waits for such a name."""
        self._names.add(name)
        self._news.set()
        self._news = asyncio.Event()

    def discard(self, names: Iterable[str]) -> None:
        """They were taken, or are finished."""
        self._names.difference_update(names)

    async def wait(self, prefix: str) -> None:
        """Returns when there is a name that begins so."""
        while not any(name.startswith(prefix) for name in self._names):
            await self._news.wait()
