"""An object that lives in a child process, because its calls hold the interpreter for whole seconds."""

import asyncio
import logging
import os
import subprocess
import sys
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import core
from core.backends.background import step_back
from core.errors import SaseoError, Unavailable

_ENTRANCE = "import sys; from core.backends.child import main; main(int(sys.argv[1]))"
PATIENCE = 30.0
"""Seconds that the child may take to finish what it is doing when it is asked to end."""

logger = logging.getLogger(__name__)


class Child:
    """Calls the methods of `make(**details)` one after the other in a process of its own.

    The process starts with the first call, ends when this one does or when nothing was asked for a while, and is
    started anew after a crash. Errors of ours come back as they are, anything else as RuntimeError with its traceback.
    """

    def __init__(self, make: Callable[..., object], *, idle_seconds: float = 60.0, **details: object) -> None:
        self._make = make
        self._details = details
        self._idle_seconds = idle_seconds
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="child")
        self._process: subprocess.Popen[bytes] | None = None
        self._connection: Connection | None = None
        self._rest: asyncio.TimerHandle | None = None
        self._over = False

    @property
    def awake(self) -> bool:
        """Whether the process is there and a call needs not wait for its start."""
        return self._connection is not None

    async def call(self, method: str, *arguments: object) -> Any:
        """What the method returns. Raises Unavailable when the process dies over it."""
        loop = asyncio.get_running_loop()
        self._wake()
        try:
            return await loop.run_in_executor(self._thread, self._call, method, arguments)
        finally:
            self._wake()
            self._rest = loop.call_later(self._idle_seconds, self._thread.submit, self._end)

    async def close(self, *, patience: float = PATIENCE) -> None:
        """Lets the process finish what it is doing and ends it; one that takes longer than `patience` seconds is
        killed, and what waits behind that is not begun."""
        ending = asyncio.get_running_loop().run_in_executor(self._thread, self._end)
        done, _ = await asyncio.wait([ending], timeout=patience)
        self._over = not done
        process = self._process
        if self._over and process is not None:
            process.kill()
        await ending
        self._wake()
        self._thread.shutdown()

    def _wake(self) -> None:
        if self._rest is not None:
            self._rest.cancel()

    def _call(self, method: str, arguments: tuple[object, ...]) -> object:
        if self._over:
            raise Unavailable("index.stopped")
        try:
            connection = self._connection or self._start()
            return _exchange(connection, (method, arguments))
        except (EOFError, OSError) as error:
            if not self._over:
                logger.warning("the process of %s died and is started anew with the next call", self._make.__name__)
            self._end()
            raise Unavailable("index.stopped") from error

    def _start(self) -> Connection:
        ours, theirs = Pipe()
        place = str(Path(core.__file__).parents[1])
        paths = os.pathsep.join(filter(None, [place, os.environ.get("PYTHONPATH")]))
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter with our own words
                [sys.executable, "-P", "-c", _ENTRANCE, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                env={**os.environ, "PYTHONPATH": paths},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                process_group=0,
            )
        self._connection = ours
        try:
            _exchange(ours, (self._make, self._details))
        except Exception:
            self._end()
            raise
        return ours

    def _end(self) -> None:
        connection, self._connection = self._connection, None
        process, self._process = self._process, None
        if connection is None or process is None:
            return
        connection.close()
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _exchange(connection: Connection, frame: tuple[object, object]) -> object:
    connection.send(frame)
    answer, error = connection.recv()
    if error is not None:
        raise error
    return answer


def main(descriptor: int) -> None:
    """The child's side: makes the object, then answers calls until the other end closes."""
    step_back()
    with Connection(descriptor) as connection, suppress(EOFError, OSError):
        make, details = connection.recv()
        made: list[object] = []
        _answer(connection, lambda: made.append(make(**details)))
        while made:
            method, arguments = connection.recv()
            _answer(connection, partial(getattr(made[0], method), *arguments))


def _answer(connection: Connection, work: Callable[[], object]) -> None:
    try:
        answer = work()
    except SaseoError as error:
        connection.send((None, error))
    except Exception:  # noqa: BLE001 - told to the caller, whose bug it is
        connection.send((None, RuntimeError(traceback.format_exc())))
    else:
        connection.send((answer, None))
