"""Jobs: work that one process decides on and another one does."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

TRIES = 3
"""Processes that may die over a job before it is set aside."""
WAITED = 600.0
"""Seconds that whoever asked for a job waits for it at most."""

Outcome = Mapping[str, Any]
"""What a job came to, as JSON holds it."""


@dataclass(frozen=True, slots=True)
class Job:
    """Something to do. It names what it is about and carries nothing else: whoever does it looks it up."""

    kind: str
    key: str
    turn: str = ""
    """Tells the same work from what is to be done again later."""

    @property
    def id(self) -> str:
        """Its name: what is asked for twice under one name, while it waits or is done, is done once."""
        return f"{self.kind}:{self.key}:{self.turn}"


Do = Callable[[Job], Awaitable[Outcome]]
"""Does a job. Doing it again must do no harm: a process may die when it was done and before that is known."""


class Jobs(Protocol):
    """A queue between processes."""

    async def done(self, job: Job, *, seconds: float = WAITED) -> Outcome:
        """Has it done and returns what it came to. Raises Unavailable: `jobs.set_aside` where it failed or was the end
        of too many processes, `jobs.waiting` where nobody came to it in time, and then it still waits."""
        ...

    async def work(self, do: Do, *, at_once: int) -> None:
        """Does jobs, a few at once, until it is cancelled; what is under way is finished or given to another."""
        ...
