"""Runs calls that arrive at the same time as one: while a batch is worked on, the next one gathers."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from core.errors import Unavailable

LOOKS = 5
"""In one pause, whether more has come."""

Item = TypeVar("Item")
Result = TypeVar("Result")


class Gathered(Generic[Item, Result]):
    """Hands waiting items to `work` in the order of the calls, one batch at a time unless more may run side by side.

    `work` gives one result an item; when it raises, every caller of that batch gets the exception.
    """

    def __init__(
        self,
        work: Callable[[Sequence[Item]], Awaitable[Sequence[Result]]],
        *,
        at_once: int,
        waiting: int = 1024,
        pause: float = 0.0,
        side_by_side: int = 1,
    ) -> None:
        """After a batch of several items at most `pause` seconds go by before the next one, for as long as more
        gathers."""
        self._work = work
        self._at_once = at_once
        self._most = waiting
        self._pause = pause
        self._waiting: deque[tuple[Item, asyncio.Future[Result]]] = deque()
        self._side_by_side = side_by_side
        self._running: set[asyncio.Task[None]] = set()

    async def __call__(self, item: Item) -> Result:
        """The result of this item. Raises Unavailable when too many are waiting already."""
        if len(self._waiting) >= self._most:
            raise Unavailable("index.busy")
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if len(self._running) < self._side_by_side:
            self._running.add(asyncio.create_task(self._run()))
        return await future

    async def settled(self) -> None:
        """Returns when nothing is waiting or being worked on."""
        while self._running:
            await asyncio.wait(self._running)

    async def _run(self) -> None:
        try:
            while self._waiting:
                batch = [self._waiting.popleft() for _ in range(min(self._at_once, len(self._waiting)))]
                await self._answer([(item, future) for item, future in batch if not future.done()])
                if len(batch) > 1:
                    await self._gather()
        finally:
            # At once, not in a callback of the task: what arrives in between would wait for ever.
            self._running = {task for task in self._running if task is not asyncio.current_task()}

    async def _gather(self) -> None:
        for _ in range(LOOKS):
            before = len(self._waiting)
            await asyncio.sleep(self._pause / LOOKS)
            if len(self._waiting) == before:
                return

    async def _answer(self, batch: Sequence[tuple[Item, asyncio.Future[Result]]]) -> None:
        if not batch:
            return
        try:
            results = await self._work([item for item, _ in batch])
        except Exception as error:  # noqa: BLE001 - handed to the callers, who wait for it
            for _, future in batch:
                if not future.done():
                    future.set_exception(error)
            return
        for (_, future), result in zip(batch, results, strict=True):
            if not future.done():
                future.set_result(result)
