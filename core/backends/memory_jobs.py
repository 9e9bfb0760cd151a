"""Jobs in memory, for one process: a small, real twin of the queue that several processes share."""

import asyncio
import logging

from core.errors import Unavailable
from core.jobs import TRIES, WAITED, Do, Job, Outcome

log = logging.getLogger(__name__)


class MemoryJobs:
    """`Jobs` in memory."""

    def __init__(self) -> None:
        self._waiting: asyncio.Queue[Job] = asyncio.Queue()
        self._asked: dict[str, asyncio.Future[Outcome]] = {}
        self._tries: dict[str, int] = {}

    async def done(self, job: Job, *, seconds: float = WAITED) -> Outcome:
        """What it came to. Raises Unavailable."""
        if job.id not in self._asked:
            self._asked[job.id] = asyncio.get_running_loop().create_future()
            self._waiting.put_nowait(job)
        try:
            async with asyncio.timeout(seconds):
                return await asyncio.shield(self._asked[job.id])
        except TimeoutError as error:
            raise Unavailable("jobs.waiting") from error

    async def work(self, do: Do, *, at_once: int) -> None:
        """Does jobs until it is cancelled."""
        async with asyncio.TaskGroup() as group:
            for _ in range(at_once):
                group.create_task(self._work(do))

    async def _work(self, do: Do) -> None:
        while True:
            job = await self._waiting.get()
            try:
                outcome = await self._tried(job, do)
            except asyncio.CancelledError:
                self._waiting.put_nowait(job)
                raise
            except Exception:
                log.exception("a job was set aside: %s", job.id)
                self._asked.pop(job.id).set_exception(Unavailable("jobs.set_aside"))
            else:
                self._asked.pop(job.id).set_result(outcome)

    async def _tried(self, job: Job, do: Do) -> Outcome:
        tries = self._tries[job.id] = self._tries.get(job.id, 0) + 1
        if tries > TRIES:
            raise Unavailable("jobs.set_aside")
        outcome = await do(job)
        del self._tries[job.id]
        return outcome
