"""The trail in memory, for one process: a small, real twin of the one that several processes share."""

from itertools import islice

from core.backends.waking import Waking
from core.trail import Step, Stretch

STEPS_AT_ONCE = 1000


class MemoryTrail:
    """`Trail` in memory. Each document has one step, its latest."""

    def __init__(self) -> None:
        self._waking = Waking()
        self._marks: dict[str, int] = {}
        self._last = 0

    def note(self, *document_ids: str) -> None:
        """These documents have changed."""
        for document_id in document_ids:
            self._marks.pop(document_id, None)
            self._last += 1
            self._marks[document_id] = self._last
        self._waking.ring()

    async def here(self) -> str:
        """The last mark."""
        return str(self._last)

    async def after(self, place: str) -> Stretch | None:
        """The oldest steps behind a place."""
        if not place.isdecimal() or int(place) > self._last:
            return None
        later = (Step(name, mark) for name, mark in self._marks.items() if mark > int(place))
        steps = tuple(islice(later, STEPS_AT_ONCE))
        more = len(steps) == STEPS_AT_ONCE
        return Stretch(steps, str(steps[-1].mark) if more else str(self._last), more=more)

    async def waiting(self) -> None:
        """Returns when something was noted."""
        await self._waking.wait()
