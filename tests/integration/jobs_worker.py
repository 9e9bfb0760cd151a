"""A worker as a process of its own, which takes a job and does it for ever; to be killed."""

import asyncio
import sys

from core.backends.streaq_jobs import StreaqJobs
from core.jobs import Job, Outcome


async def hold(job: Job) -> Outcome:
    """Says which job it has, and never ends it."""
    sys.stdout.write(f"{job.id}\n")
    sys.stdout.flush()
    await asyncio.Event().wait()
    return {}


if __name__ == "__main__":
    url, queue, idle = sys.argv[1:]
    asyncio.run(StreaqJobs(url, queue=queue, idle_seconds=float(idle)).work(hold, at_once=1))
