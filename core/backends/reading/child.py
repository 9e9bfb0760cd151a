"""One reading process as its parent sees it: started bare, fed through pipes, listened to with care."""

import asyncio
import contextlib
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from pathlib import Path
from typing import Self

import core
from core.backends.reading.limits import FILES_PER_WORKER
from core.backends.reading.wire import PREFIX, End, Refusal, Task, length, task_frame, unpack
from core.types import Block, Reading

SLICE = 256 * 1024
"""Bytes handed to the pipe at once: copying a whole file would hold the event loop."""
INHERITED = ("SYSTEMROOT", "TZ")
ENVIRONMENT = {
    "LANG": "C.UTF-8",
    "PYTHONUTF8": "1",
    "OMP_NUM_THREADS": "1",
    "RAYON_NUM_THREADS": "1",
    "TOKIO_WORKER_THREADS": "1",
}
"""All a child knows: none of the parent's keys and tokens, and one thread for each library."""


class ChildDied(Exception):
    """The process ended before its answer did."""


class Child:
    """A reading process. Make one with `start`; not for several callers at once."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._left = FILES_PER_WORKER

    @classmethod
    async def start(cls) -> Self:
        """Starts a process that has nothing of this one but its code. OSError when none can be started."""
        kept = {name: os.environ[name] for name in INHERITED if name in os.environ}
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-B", "-E", "-s", "-m", "core.backends.reading.worker",
            cwd=Path(core.__file__).parents[1],
            env={**ENVIRONMENT, **kept},
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,
            start_new_session=True,
        )  # fmt: skip
        return cls(process)

    @property
    def spent(self) -> bool:
        """It has read its share of files, or it has ended: not to be used again."""
        return self._left <= 0 or self._process.returncode is not None

    async def read(self, task: Task, data: bytes, *, most: int) -> Reading | Refusal:
        """The child's answer, at most `most` bytes of it. Raises ChildDied or BadFrame."""
        self._left -= 1
        try:
            await self._send(task, data)
            return await self._receive(most)
        except (OSError, asyncio.IncompleteReadError) as error:
            raise ChildDied(f"a reading process ended in the middle of a file: {type(error).__name__}") from error

    async def kill(self) -> None:
        """Ends it at once, whatever it is doing."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._reap()

    async def stop(self) -> None:
        """Lets an idle child end by itself."""
        await self._reap()

    async def _reap(self) -> None:
        """Closes both pipes and waits for the end, so that nothing is left behind."""
        stdin = self._process.stdin
        assert stdin is not None  # noqa: S101 it was started with a pipe
        stdin.close()
        with contextlib.suppress(OSError):
            await stdin.wait_closed()
        await self._process.wait()

    async def _send(self, task: Task, data: bytes) -> None:
        stdin = self._process.stdin
        assert stdin is not None  # noqa: S101 it was started with a pipe
        stdin.write(task_frame(task))
        view = memoryview(data)
        for start in range(0, len(view), SLICE):
            stdin.write(view[start : start + SLICE])
            await stdin.drain()

    async def _receive(self, most: int) -> Reading | Refusal:
        stdout = self._process.stdout
        assert stdout is not None  # noqa: S101 it was started with a pipe
        blocks: list[Block] = []
        while True:
            size = length(await stdout.readexactly(PREFIX))
            most -= size
            if most < 0:
                return Refusal("too_long", {})
            message = unpack(await stdout.readexactly(size))
            if isinstance(message, Refusal):
                return message
            if isinstance(message, End):
                return Reading(tuple(blocks), message.title, message.media_type)
            blocks.extend(message)
            await asyncio.sleep(0)
