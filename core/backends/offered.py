"""What was accepted without a holder or given back, for those who wait for it. The stores' inboxes share it."""

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

    def forget(self, prefix: str) -> None:
        """Names that begin so are not to be taken any more."""
        self._names = {name for name in self._names if not name.startswith(prefix)}

    async def wait(self, prefix: str) -> None:
        """Returns when there is a name that begins so."""
        while not any(name.startswith(prefix) for name in self._names):
            await self._news.wait()
