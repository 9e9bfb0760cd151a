"""What a process does together with others that work over the same library, each thing by one of them at a time."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from bot.settings import Settings
from core.errors import Unavailable
from core.jobs import Jobs
from core.leases import Leases

if TYPE_CHECKING:
    from bot.parts import Parts

RECOVERY_SECONDS = 60.0
"""So long one process sweeps at most before another one may."""

log = logging.getLogger(__name__)


def jobs_of(settings: Settings) -> Jobs | None:
    """The queue of jobs; None where this process is alone."""
    if settings.redis_url is None or not settings.shares_stores:
        return None
    from core.backends.streaq_jobs import StreaqJobs

    return StreaqJobs(settings.redis_url.get_secret_value())


def leases_of(parts: "Parts") -> Leases:
    """Who acts where only one may: known to all who share a Redis, or to this process alone."""
    from core.backends.memory_leases import MemoryLeases

    return parts.redis.leases if parts.redis else MemoryLeases()


async def recover(leases: Leases | None, sweeps: Sequence[Callable[[], Awaitable[int]]]) -> None:
    """Sweeps what dead processes left half-way, unless another process is just doing so. Without leases there is no
    other process."""
    from core.backends.memory_leases import MemoryLeases

    leases, token = leases or MemoryLeases(), None
    try:
        token = await leases.acquire("recovery", seconds=RECOVERY_SECONDS)
    except Unavailable as error:
        log.warning("what a crash may have left is swept later: %s", error.code)
    if token is None:
        return
    try:
        for sweep in sweeps:
            await sweep()
    finally:
        await _released(leases, token)


async def _released(leases: Leases, token: int) -> None:
    try:
        await leases.release("recovery", token)
    except Unavailable as error:
        log.debug("the lease ends by itself: %s", error.code)
