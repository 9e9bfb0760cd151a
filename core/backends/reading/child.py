"""One reading process as its parent sees it: started bare, fed through pipes, listened to with care."""

import asyncio
import contextlib
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Sequence
from pathlib import Path
from typing import Self

import core
from core.backends.reading.limits import FILES_PER_WORKER, RETIRE_MEMORY
from core.backends.reading.wire import PREFIX, READY, End, Refusal, Task, length, task_frame, unpack
from core.types import Block, Reading

SLICE = 256 * 1024
"""Bytes handed to the pipe at once: copying a whole file would hold the event loop."""
START_SECONDS = 30.0
GRACE_SECONDS = 1.0
COMMAND = (sys.executable, "-B", "-E", "-s", "-m", "core.backends.reading.worker")
KEPT = ("SYSTEMROOT", "TZ")
ENVIRONMENT = {
    "LANG": "C.UTF-8",
    "OMP_NUM_THREADS": "1",
    "RAYON_NUM_THREADS": "1",
    "TOKIO_WORKER_THREADS": "1",
}
"""All a child knows: none of the parent's keys and tokens, and one thread for each library."""


class ChildDied(Exception):
    """The process ended before its answer did, or never began."""


class Child:
    """A reading process, for one caller at a time. Made by `start`."""

    def __init__(self, process: Process) -> None:
        if process.stdin is None or process.stdout is None:
            raise ValueError("a child is started with pipes")
        self._process = process
        self._stdin = process.stdin
        self._stdout = process.stdout
        self._left = FILES_PER_WORKER
        self.peak = 0
        """The most memory in bytes that it says it ever held."""

    @classmethod
    async def start(cls, command: Sequence[str] = COMMAND) -> Self:
        """Starts a process that has nothing of this one but its code. Raises ChildDied."""
        kept = {name: os.environ[name] for name in KEPT if name in os.environ}
        try:
            process = await asyncio.create_subprocess_exec(
                *command,
                cwd=Path(core.__file__).parents[1],
                env={**ENVIRONMENT, **kept},
                stdin=PIPE,
                stdout=PIPE,
                stderr=DEVNULL,
                # Not a session of its own: Linux shares the processor among sessions, however patient one is.
                process_group=0,
            )
        except OSError as error:
            raise ChildDied(f"no process can be started: {error}") from error
        child = cls(process)
        try:
            async with asyncio.timeout(START_SECONDS):
                await child._stdout.readuntil(READY)
        except BaseException as error:
            await child.kill()
            if isinstance(error, asyncio.IncompleteReadError | asyncio.LimitOverrunError | TimeoutError):
                raise ChildDied(f"a reading process did not begin: {type(error).__name__}") from error
            raise
        return child

    @property
    def spent(self) -> bool:
        """Not to be used again: it has read its share of files, has grown large, or has ended."""
        return self._left <= 0 or self.peak > RETIRE_MEMORY or self._process.returncode is not None

    async def read(self, task: Task, data: bytes, *, most: int) -> Reading | Refusal:
        """The child's answer, at most `most` bytes of it. Raises ChildDied or BadFrame."""
        self._left -= 1
        try:
            await self._send(task, data)
            return await self._receive(most)
        except (OSError, asyncio.IncompleteReadError) as error:
            raise ChildDied(f"a reading process ended in the middle of a file: {type(error).__name__}") from error

    async def kill(self) -> None:
        """Ends it at once, whatever it is doing.

        One that is ending by itself is left a moment to do so: a signal would race with its collection.
        """
        if self._stdout.at_eof():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(GRACE_SECONDS):
                    await self._process.wait()
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
        await self.stop()

    async def stop(self) -> None:
        """Closes both pipes, at which an idle child ends, and waits for the end."""
        self._stdin.close()
        with contextlib.suppress(OSError):
            await self._stdin.wait_closed()
        while await self._stdout.read(SLICE):
            continue
        await self._process.wait()

    async def _send(self, task: Task, data: bytes) -> None:
        self._stdin.write(task_frame(task))
        view = memoryview(data)
        for start in range(0, len(view), SLICE):
            self._stdin.write(view[start : start + SLICE])
            await self._stdin.drain()

    async def _receive(self, most: int) -> Reading | Refusal:
        blocks: list[Block] = []
        while True:
            size = length(await self._stdout.readexactly(PREFIX))
            most -= size
            message = Refusal("too_long", {}, peak=RETIRE_MEMORY + 1) if most < 0 else await self._message(size)
            if isinstance(message, list):
                blocks.extend(message)
                continue
            self.peak = message.peak
            if isinstance(message, Refusal):
                return message
            return Reading(tuple(blocks), message.title, message.media_type)

    async def _message(self, size: int) -> list[Block] | End | Refusal:
        body = await self._stdout.readexactly(size)
        await asyncio.sleep(0)
        return unpack(body)
