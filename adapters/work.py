"""The work under way: bounded, watched, and finished before the end."""

import asyncio
import logging
import time
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

import structlog

from core.errors import Refused
from core.inbox import Accepted
from core.measuring import SILENT, Recorder
from core.types import digest

log = logging.getLogger(__name__)

AT_ONCE = 128
WAITING = 2000
THREADS_KEPT = 5000
REQUEST_ID = 16
"""Digits of the name that the log has for a question."""
KEPT_FIRST = 1.5
"""Seconds that an acknowledgement waits for what must be kept or done: then no crash can lose what somebody saw taken
in. A slow disk must not make it late, though: Slack and Discord give up after three seconds."""

Result = TypeVar("Result")


class Work:
    """Tasks that run beside each other. The first that fails with what it must not fail with ends everything."""

    def __init__(
        self,
        answer: Callable[[Accepted], Awaitable[None]],
        *,
        platform: str,
        aside: Callable[[Accepted], bool] = lambda _: False,
        recorder: Recorder = SILENT,
    ) -> None:
        """What is `aside` is no question, has bounds of its own and takes no question's place."""
        self._answer = answer
        self._aside = aside
        self._platform = platform
        self._recorder = recorder
        self._room = asyncio.Semaphore(AT_ONCE)
        self._tasks: set[asyncio.Task[None]] = set()
        self.failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def full(self) -> bool:
        """Whether nothing more is taken in for now."""
        return len(self._tasks) >= WAITING

    def start(self, item: Accepted) -> asyncio.Task[None]:
        """Begins with a question."""
        return self._begin(self._worked(item))

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Begins with something else."""
        # What is ended before it has begun is closed, since nobody would await it.
        self._begin(self._guarded(work)).add_done_callback(lambda _: work.close())

    def _begin(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    async def drain(self, *, seconds: float) -> None:
        """Lets what is under way finish, and ends what does not."""
        if self._tasks:
            log.info("finishing %d answers in %s", len(self._tasks), self._platform)
            await asyncio.wait(self._tasks, timeout=seconds)
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _worked(self, item: Accepted) -> None:
        if self._aside(item):
            await self._answer(item)
            return
        # Every line of the log that belongs to it says so.
        request = structlog.contextvars.bound_contextvars(request_id=digest(item.id)[:REQUEST_ID])
        async with self._room:
            with request, self._recorder.span("answer", platform=self._platform.lower()):
                await self._answer(item)

    async def _guarded(self, work: Coroutine[Any, Any, None]) -> None:
        """A bug beside the answers must not end them. Refused still does: it means that a token is dead."""
        try:
            await work
        except Refused:
            raise
        except Exception:
            log.exception("something beside the answers failed in %s", self._platform)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None and not self.failed.done():
            self.failed.set_exception(error)


async def kept_first(work: Coroutine[Any, Any, Result]) -> asyncio.Task[Result]:
    """Begins with what is to be kept or done before it is acknowledged, and waits for it as long as that may wait."""
    task = asyncio.create_task(work)
    await asyncio.wait({task}, timeout=KEPT_FIRST)
    return task


class Bound:
    """At most so many of something in a thread and a stretch of time, a minute unless it is given."""

    def __init__(self, most: int, *, seconds: float = 60.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._seconds = seconds
        self._clock = clock
        self._threads: OrderedDict[str, deque[float]] = OrderedDict()

    def allows(self, thread: str) -> bool:
        """Counts one for this thread, unless there were too many."""
        present = self._clock()
        recent = self._threads.pop(thread, None) or deque()
        while recent and recent[0] <= present - self._seconds:
            recent.popleft()
        self._threads[thread] = recent
        if len(self._threads) > THREADS_KEPT:
            self._threads.popitem(last=False)
        if len(recent) >= self._most:
            return False
        recent.append(present)
        return True
