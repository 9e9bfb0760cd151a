"""Jobs on a Redis server through streaq, for more than one process. JSON only."""

import asyncio
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from core.errors import Unavailable
from core.jobs import TRIES, WAITED, Do, Job, Outcome

if TYPE_CHECKING:
    from streaq import Worker

QUEUE = "saseo"
TASK = "job"
IDLE_SECONDS = 20.0
"""So long after the last sign of life of its worker a job is given to another one."""
JOB_SECONDS = 180
KEPT_SECONDS = 300
"""How long it is known what a job came to."""
LOOK_SECONDS = 0.2
"""Between two looks for what a job came to. Looking costs less than listening, and needs no mending after a restart."""
ASKED_AGAIN = 25
"""Looks after which a job is put there again, if it is there no more: a server may lose what it was told last."""
DRAIN_SECONDS = 10.0
"""For which jobs under way may end by themselves when their worker ends."""
PATIENCE = 3.0

log = logging.getLogger(__name__)


class StreaqJobs:
    """`Jobs` on Redis. Each wait has a connection of its own, so that no trouble of one is that of another."""

    def __init__(self, url: str, *, queue: str = QUEUE, idle_seconds: float = IDLE_SECONDS) -> None:
        self._url = url
        self._queue = queue
        self._idle = idle_seconds
        self._running: set[asyncio.Task[Outcome]] = set()

    async def done(self, job: Job, *, seconds: float = WAITED) -> Outcome:
        """What it came to. Raises Unavailable."""
        try:
            async with asyncio.timeout(seconds):
                with translating():
                    outcome = await self._asked(job)
        except TimeoutError as error:
            raise Unavailable("jobs.waiting") from error
        if outcome is None:
            raise Unavailable("jobs.set_aside")
        return outcome

    async def work(self, do: Do, *, at_once: int) -> None:
        """Does jobs until it is cancelled. A server that is away is waited for."""
        while True:
            try:
                with translating():
                    await self._worked(do, at_once)
            except Unavailable as error:
                log.warning("no jobs for a while: %s", error.code)
            await asyncio.sleep(PATIENCE)

    async def _asked(self, job: Job) -> Outcome | None:
        """What it came to; None where it came to nothing."""
        async with self._worker() as client:
            look = 0
            while True:
                known = await client.redis.get(client.results_key + job.id)
                if known is not None:
                    result = json.loads(known)
                    return result["r"] if result["s"] else None
                if look % ASKED_AGAIN == 0:
                    task = client.enqueue_unsafe(TASK, job.kind, job.key, job.turn)
                    task.id = job.id
                    # Where it waits already it is left as it is.
                    await task
                look += 1
                await asyncio.sleep(LOOK_SECONDS)

    async def _worked(self, do: Do, at_once: int) -> None:
        worker = self._worker(at_once)
        limit = timedelta(seconds=JOB_SECONDS)
        worker.task(name=TASK, max_tries=TRIES, timeout=limit, retry_timeouts=True, ttl=KEPT_SECONDS, silent=True)(
            self._doing(do)
        )
        running = asyncio.create_task(worker.run_async())
        try:
            await asyncio.shield(running)
        finally:
            running.cancel()
            await asyncio.wait({running}, timeout=DRAIN_SECONDS)
            for task in self._running:
                task.cancel()
            await asyncio.gather(running, return_exceptions=True)

    def _doing(self, do: Do) -> Any:
        from streaq.types import StreaqRetry

        async def job(kind: str, key: str, turn: str) -> Outcome:
            task = asyncio.ensure_future(do(Job(kind, key, turn)))
            self._running.add(task)
            try:
                return await task
            except asyncio.CancelledError:
                task.cancel()
                # Nobody did it to the end: another one begins anew, at once.
                raise StreaqRetry("the worker ended", delay=0) from None
            except Exception:
                log.exception("a job was set aside: %s", Job(kind, key, turn).id)
                raise
            finally:
                self._running.discard(task)

        return job

    def _worker(self, at_once: int = 1) -> "Worker[None]":
        from anyio import CancelScope, sleep_forever
        from streaq import Worker

        class Quiet(Worker[None]):
            """Leaves the signals of the process to the process."""

            async def signal_handler(self, _scope: CancelScope) -> None:
                await sleep_forever()

            async def run_consumers(self, receive: Any, *scopes: Any, **status: Any) -> None:
                # Else it is left open.
                with receive:
                    await super().run_consumers(receive, *scopes, **status)

        return Quiet(
            redis_url=self._url,
            queue_name=self._queue,
            concurrency=at_once,
            prefetch=1,
            idle_timeout=self._idle,
            serializer=_dumped,
            deserializer=json.loads,
        )


def _dumped(value: Any) -> str:
    # An exception as what a job came to is told by its name alone.
    return json.dumps(value, default=lambda other: type(other).__name__)


@contextmanager
def translating() -> Iterator[None]:
    """Tells every error of the client and of the network as Unavailable, also in groups."""
    from coredis.exceptions import RedisError
    from streaq.types import StreaqError

    vendors = (RedisError, StreaqError, OSError)
    try:
        yield
    except vendors as error:
        raise Unavailable("store.redis") from error
    except ExceptionGroup as group:
        known, unknown = group.split(vendors)
        if unknown is not None or known is None:
            raise
        raise Unavailable("store.redis") from group
