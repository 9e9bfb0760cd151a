"""Visits, the audit log and the checks of documents in memory: small, real twins of the durable ones."""

from collections import deque
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta

from core.audit import Deed, Noted
from core.looks import KEPT, REASON_KEPT, Look

Visit = tuple[str, str, datetime]
"""Its family, its body and when it ends."""


class MemoryVisits:
    """`Visits` in memory."""

    def __init__(self, *, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self.visits: dict[str, Visit] = {}

    async def begin(self, name: str, body: str, *, family: str, seconds: float) -> None:
        """Somebody is signed in for so long."""
        present = self._clock()
        self.visits = {known: visit for known, visit in self.visits.items() if visit[2] > present}
        self.visits[name] = (family, body, present + timedelta(seconds=seconds))

    async def find(self, name: str) -> str | None:
        """What was kept with a visit that lives."""
        visit = self.visits.get(name)
        return visit[1] if visit is not None and visit[2] > self._clock() else None

    async def rename(self, name: str, fresh: str, *, seconds: float, grace: float) -> bool:
        """From now on the visit is called otherwise."""
        visit, soon = self.visits.get(name), self._clock() + timedelta(seconds=grace)
        if visit is None or visit[2] <= soon:
            return False
        family, body, _ = visit
        self.visits[name] = (family, body, soon)
        await self.begin(fresh, body, family=family, seconds=seconds)
        return True

    async def end(self, family: str) -> None:
        """Somebody has signed out."""
        self.visits = {name: visit for name, visit in self.visits.items() if visit[0] != family}


class MemoryDeeds:
    """`Deeds` in memory."""

    def __init__(self) -> None:
        self.noted: list[Noted] = []
        self._numbers = 0

    async def add(self, deed: Deed, *, at: datetime, oldest: datetime) -> None:
        """Adds a deed; what was added before `oldest` goes."""
        self._numbers += 1
        self.noted = [noted for noted in self.noted if noted.at >= oldest]
        self.noted.append(Noted(self._numbers, at, deed))

    async def page(
        self, *, workspaces: Sequence[str] | None = None, before: int | None = None, limit: int = 100
    ) -> Sequence[Noted]:
        """The latest deeds, newest first."""
        found = [
            noted
            for noted in reversed(self.noted)
            if (workspaces is None or noted.deed.workspace in workspaces) and (before is None or noted.number < before)
        ]
        return found[: max(limit, 0)]

    async def erase(self, workspace: str) -> None:
        """Forgets what was done in a workspace."""
        self.noted = [noted for noted in self.noted if noted.deed.workspace != workspace]


class MemoryLooks:
    """`Looks` in memory; `known` tells whether a document is there."""

    def __init__(self, known: Callable[[str], bool]) -> None:
        self._known = known
        self._looks: dict[str, deque[Look]] = {}

    async def note(self, document_id: str, look: Look) -> None:
        """A document was checked."""
        if self._known(document_id):
            kept = self._looks.setdefault(document_id, deque(maxlen=KEPT))
            kept.appendleft(Look(look.at, look.result, look.reason[:REASON_KEPT]))

    async def of(self, document_id: str) -> Sequence[Look]:
        """Its checks, newest first."""
        return list(self._looks.get(document_id, ()))

    def move(self, document_id: str, fresh: str) -> None:
        """The document has another name now."""
        if (kept := self._looks.pop(document_id, None)) is not None:
            self._looks[fresh] = kept

    def forget(self, document_ids: Collection[str]) -> None:
        """These documents are forgotten."""
        self._looks = {name: kept for name, kept in self._looks.items() if name not in document_ids}
