"""Does the same work once for all who ask for it at the same moment."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Hashable
from typing import Any, Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Result = TypeVar("Result")


class Together(Generic[Key, Result]):
    """Whoever asks while the work is being done waits for the next time, which begins when this one has ended: no
    result was begun before it was asked for, so that nobody misses what was changed before."""

    def __init__(self, work: Callable[[Key], Awaitable[Result]]) -> None:
        self._work = work
        self._running: dict[Key, asyncio.Task[Result]] = {}
        self._next: dict[Key, asyncio.Task[Result]] = {}

    def __len__(self) -> int:
        return len(self._running) + len(self._next)

    async def __call__(self, key: Key) -> Result:
        """What the work gives for this key. Raises what the work raises."""
        if key in self._next:
            task = self._next[key]
        elif key in self._running:
            task = self._next[key] = _task(self._after(self._running[key], key))
        else:
            task = self._running[key] = _task(self._do(key))
        return await asyncio.shield(task)

    async def _after(self, running: "asyncio.Task[Result]", key: Key) -> Result:
        await asyncio.wait([running])
        self._running[key] = self._next.pop(key)
        return await self._do(key)

    async def _do(self, key: Key) -> Result:
        try:
            return await self._work(key)
        finally:
            del self._running[key]


def _task(work: Coroutine[Any, Any, Result]) -> "asyncio.Task[Result]":
    """A task of its own: whoever asked first may be cancelled while others wait for the same result."""
    task = asyncio.create_task(work)
    task.add_done_callback(_looked_at)
    return task


def _looked_at(task: "asyncio.Task[Any]") -> None:
    """Nobody may be left to be told of a failure."""
    if not task.cancelled():
        task.exception()
