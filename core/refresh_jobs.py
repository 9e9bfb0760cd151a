"""Looks at links as jobs: the scheduler decides and waits, a worker looks."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from core.errors import Refused, SaseoError, Unavailable
from core.jobs import Job, Jobs, Outcome
from core.library import Added
from core.ports import Catalogue
from core.refresh import Rhythm, after_failure
from core.types import Document, now

REFRESH = "refresh"


class Refresher(Protocol):
    """Looks at a link again."""

    async def refresh(self, document: Document) -> Added:
        """Checks a link again and writes the outcome, also a failure, on the document."""
        ...


@dataclass(frozen=True, slots=True)
class QueuedRefresher:
    """Has workers look at links. Asked twice for one look, also by two schedulers, it is looked at once."""

    jobs: Jobs
    catalogue: Catalogue
    rhythm: Rhythm
    clock: Callable[[], datetime] = now

    async def refresh(self, document: Document) -> Added:
        """Returns when a worker has looked. A look that nobody survives is written on the document as a failure."""
        due = document.next_check_at
        try:
            outcome = await self.jobs.done(Job(REFRESH, document.id, due.isoformat() if due is not None else ""))
        except Unavailable as error:
            if error.code != "jobs.set_aside":
                raise
            failed = after_failure(document, error, now=self.clock(), rhythm=self.rhythm)
            await self.catalogue.save(failed)
            return Added(failed, changed=False, reason=error)
        trouble = _read(outcome.get("trouble"))
        if trouble is not None:
            raise trouble
        known = await self.catalogue.find(document.id)
        return Added(known or document, changed=bool(outcome["changed"]), reason=_read(outcome.get("reason")))


@dataclass(frozen=True, slots=True)
class RefreshWork:
    """Looks at the links that jobs name, each that is still there and due."""

    refresher: Refresher
    catalogue: Catalogue
    clock: Callable[[], datetime] = now

    async def __call__(self, job: Job) -> Outcome:
        """Whether the link had changed, and why it could not be read."""
        if job.kind != REFRESH:
            raise Refused("jobs.unknown", kind=job.kind)
        try:
            document = await self.catalogue.find(job.key)
            if document is None or document.next_check_at is None or document.next_check_at > self.clock():
                return {"changed": False}
            added = await self.refresher.refresh(document)
        except SaseoError as error:
            return {"changed": False, "trouble": _written(error)}
        return {"changed": added.changed, "reason": None if added.reason is None else _written(added.reason)}


def _written(error: SaseoError) -> dict[str, Any]:
    plain = {name: value for name, value in error.details.items() if isinstance(value, str | int | float)}
    return {"refused": isinstance(error, Refused), "code": error.code, "details": plain}


def _read(written: Mapping[str, Any] | None) -> SaseoError | None:
    if written is None:
        return None
    kind = Refused if written["refused"] else Unavailable
    return kind(written["code"], **written["details"])
