"""Runs the roles of the process: all die with one, and a signal lets them finish what they are doing."""

import asyncio
import logging
import os
import signal
from collections.abc import Callable, Sequence
from typing import NoReturn

from adapters.contract import Role
from core.errors import SaseoError

log = logging.getLogger(__name__)

DRAIN_SECONDS = 20.0
SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Ended(Exception):
    """A role came to an end that nobody asked for."""


def end_at_once() -> NoReturn:
    """Ends the process without tidying up, which every store survives."""
    logging.shutdown()
    os._exit(1)


class Stop:
    """The wish to end, from a signal. A second one, or a drain that takes too long, ends the process at once."""

    def __init__(self, *, drain: float = DRAIN_SECONDS, at_once: Callable[[], object] = end_at_once) -> None:
        self._drain = drain
        self._at_once = at_once
        self._asked = asyncio.Event()

    def listen(self) -> None:
        """Has the signals of this process end it in order."""
        loop = asyncio.get_running_loop()
        for number in SIGNALS:
            loop.add_signal_handler(number, self.ask)

    def ask(self) -> None:
        """Asks for the end; asked twice, there is no waiting."""
        if self._asked.is_set():
            log.warning("a second signal: ending at once")
            self._at_once()
            return
        log.info("ending: finishing what is under way, at most %.0f s", self._drain)
        self.begin()

    def begin(self) -> None:
        """From now on the end may take as long as a drain."""
        if not self._asked.is_set():
            self._asked.set()
            asyncio.get_running_loop().call_later(self._drain, self._too_long)

    async def wait(self) -> None:
        """Returns once the end was asked for."""
        await self._asked.wait()

    def _too_long(self) -> None:
        log.error("the roles did not end within %.0f s: ending at once", self._drain)
        self._at_once()


async def run_roles(roles: Sequence[Role], stop: Stop) -> None:
    """Runs these roles until the end is asked for. Raises the group of what went wrong when one dies."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_run(role, stop), name=role.name) for role in roles]
        await stop.wait()
        for task in tasks:
            task.cancel()


async def _run(role: Role, stop: Stop) -> None:
    try:
        await role.run()
    except asyncio.CancelledError:
        log.debug("%s ended", role.name)
        raise
    except SaseoError as error:
        log.error("%s cannot go on: %s", role.name, error)  # noqa: TRY400 - it says all there is to say
        stop.begin()
        raise
    except Exception:
        log.exception("%s died", role.name)
        stop.begin()
        raise
    # A role that is cancelled may also return quietly once it has drained.
    task = asyncio.current_task()
    if task is None or not task.cancelling():
        raise Ended(f"{role.name} ended by itself")
