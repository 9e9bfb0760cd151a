"""The worker role: does the jobs that other processes have decided on."""

from core.jobs import Do, Jobs

AT_ONCE = 4


class Worker:
    """Does jobs, a few at a time. Any number of workers share the work."""

    name = "worker"

    def __init__(self, jobs: Jobs, do: Do, *, at_once: int = AT_ONCE) -> None:
        self._jobs = jobs
        self._do = do
        self._at_once = at_once

    async def run(self) -> None:
        """Works until it is cancelled, then finishes what is under way or leaves it to another worker."""
        await self._jobs.work(self._do, at_once=self._at_once)
