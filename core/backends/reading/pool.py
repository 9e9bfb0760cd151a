"""Reads files in warm child processes with limits on time, memory and output."""

import asyncio
import logging
from collections import deque
from types import TracebackType
from typing import Self

from core.backends.reading.child import Child, ChildDied
from core.backends.reading.limits import MIB, Limits
from core.backends.reading.wire import BadFrame, Refusal, Task
from core.errors import Refused, Unavailable
from core.types import Reading

log = logging.getLogger(__name__)
NAME_CHARACTERS = 120


class GuardedReader:
    """A `Reader` whose libraries run in child processes, so that a hostile file cannot harm this one.

    An async context manager. Children start when they are first needed, are reused, and are replaced
    when they die or run out of time. Callers wait their turn; past `waiting` of them, Unavailable.
    """

    def __init__(self, *, max_file_mb: int = 50, workers: int = 2, waiting: int = 64, seconds: float = 60.0) -> None:
        """`max_file_mb` in MiB; `workers` children at most; `seconds` for the largest file."""
        self._limits = Limits(file_bytes=max_file_mb * MIB, seconds=seconds)
        self._workers = workers
        self._capacity = workers + waiting
        self._places = asyncio.Semaphore(workers)
        self._idle: deque[Child] = deque()
        self._callers = 0
        self._closed = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def read(self, data: bytes, *, name: str, media_type: str | None = None) -> Reading:
        """Raises Refused with the reason when there is nothing to read, Unavailable when overloaded."""
        shown = display(name)
        if not data:
            raise Refused("read.empty", name=shown)
        if len(data) > self._limits.file_bytes:
            size, limit = -(-len(data) // MIB), self._limits.file_bytes // MIB
            raise Refused("read.too_large", name=shown, size=size, limit=limit)
        if self._closed or self._callers >= self._capacity:
            raise Unavailable("read.busy", name=shown)
        self._callers += 1
        try:
            async with self._places:
                return await self._guarded(data, name=name, shown=shown, media_type=media_type)
        finally:
            self._callers -= 1

    async def close(self) -> None:
        """Refuses further files, waits for those that were taken and ends the children."""
        self._closed = True
        for _ in range(self._workers):
            await self._places.acquire()
        while self._idle:
            await self._idle.pop().stop()

    async def _guarded(self, data: bytes, *, name: str, shown: str, media_type: str | None) -> Reading:
        """Reads in a child of the pool, or in a fresh one; one that failed never comes back to the pool."""
        child = await self._child(shown)
        seconds = self._limits.seconds_for(len(data))
        task = Task(name, media_type, len(data), seconds, self._limits.memory_for(len(data)))
        result: Reading | Refusal | None = None
        try:
            async with asyncio.timeout(seconds):
                result = await child.read(task, data, most=self._limits.output_bytes)
        except TimeoutError:
            raise Refused("read.too_slow", name=shown, seconds=round(seconds)) from None
        except (ChildDied, BadFrame) as error:
            log.warning("a reading process failed: %s", error)
            raise Refused("read.too_complex", name=shown) from error
        finally:
            if result is None or child.spent:
                await child.kill()
            else:
                self._idle.append(child)
        if isinstance(result, Refusal):
            log.info("a file was refused: %s %s", result.reason, result.cause)
            raise Refused(f"read.{result.reason}", **{**result.details, "name": shown})
        return result

    async def _child(self, shown: str) -> Child:
        while self._idle:
            child = self._idle.pop()
            if not child.spent:
                return child
            await child.kill()
        try:
            return await Child.start()
        except ChildDied as error:
            log.error("%s", error)  # noqa: TRY400 the cause is in its text; a traceback would say no more
            raise Unavailable("read.broken", name=shown) from error


def display(name: str) -> str:
    """A file name fit for a sentence: one line, no control characters, not endless."""
    line = " ".join("".join(sign if sign.isprintable() else " " for sign in name[: 4 * NAME_CHARACTERS]).split())
    if not line:
        return "file"
    return line if len(line) <= NAME_CHARACTERS else f"{line[: NAME_CHARACTERS - 1]}…"
