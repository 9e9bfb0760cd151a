"""The inbox in memory: a small, real twin of the durable one."""

import json
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from core.backends.offered import Offered
from core.backends.written import KEPT_FINISHED, micros
from core.inbox import Accepted
from core.types import now


@dataclass(slots=True)
class Entry:
    """An accepted item with its moments, in microseconds since 1970."""

    item: Accepted
    accepted_at: int
    finished_at: int | None = None
    holder: str | None = None


class MemoryInbox:
    """`Inbox` in memory."""

    def __init__(self, *, clock: Callable[[], datetime] = now) -> None:
        self._clock = clock
        self._entries: dict[str, Entry] = {}
        self._posted: dict[str, str] = {}
        self._offered = Offered()

    async def accept(self, item: Accepted, *, holder: str) -> bool:
        """True when it is new."""
        present = micros(self._clock())
        self._forget(before=present - KEPT_FINISHED)
        if item.id in self._entries:
            return False
        fresh = replace(item, body=_copy(item.body), messages=(), answer=None, posting="")
        self._entries[item.id] = Entry(fresh, present, holder=holder or None)
        if not holder:
            self._offered.add(item.id)
        return True

    async def take(self, prefix: str, *, holder: str, limit: int = 50) -> Sequence[Accepted]:
        """Unfinished ones that nobody holds, oldest first."""
        free = [entry for entry in self._entries.values() if entry.finished_at is None and entry.holder is None]
        taken = [entry for entry in free if entry.item.id.startswith(prefix)][: max(limit, 0)]
        self._offered.discard(entry.item.id for entry in taken)
        for entry in taken:
            entry.holder = holder
            entry.item = replace(entry.item, attempt=entry.item.attempt + 1)
        return [entry.item for entry in taken]

    async def waiting(self, prefix: str) -> None:
        """Returns when something was accepted without a holder."""
        await self._offered.wait(prefix)

    async def release(self, holder: str) -> None:
        """Gives back everything that this holder holds."""
        for entry in self._entries.values():
            if entry.holder == holder:
                entry.holder = None

    async def give_back(self, id: str) -> None:  # noqa: A002 - the word for it everywhere
        """Gives back one that this process holds."""
        entry = self._entries.get(id)
        if entry is not None and entry.holder is not None:
            entry.holder = None
            self._offered.add(id)

    async def posting(self, id: str, place: str) -> bool:  # noqa: A002
        """Notes that a message is about to be posted for it; False while one is for another, at this place."""
        entry = self._entries.get(id)
        others = (other for other in self._entries.values() if other is not entry)
        if entry is None or entry.finished_at is not None or any(other.item.posting == place for other in others):
            return False
        entry.item = replace(entry.item, posting=place)
        return True

    async def posted(self, id: str, message: str) -> bool:  # noqa: A002
        """Notes a message posted for it; False when it is another one's."""
        entry = self._entries.get(id)
        if entry is None or self._posted.setdefault(message, id) != id:
            return False
        messages = tuple(dict.fromkeys((*entry.item.messages, message)))
        entry.item = replace(entry.item, messages=messages, posting="")
        return True

    async def known(self, messages: Collection[str]) -> frozenset[str]:
        """Those of these messages that were posted for something in the inbox."""
        return frozenset(messages) & self._posted.keys()

    async def written(self, id: str, answer: Mapping[str, Any]) -> None:  # noqa: A002
        """Keeps what is to be shown in the end."""
        if entry := self._entries.get(id):
            entry.item = replace(entry.item, answer=_copy(answer))

    async def finish(self, id: str) -> None:  # noqa: A002
        """Its answer stands."""
        entry = self._entries.get(id)
        self._offered.discard([id])
        if entry is not None and entry.finished_at is None:
            entry.finished_at = micros(self._clock())
            entry.holder = None
            entry.item = replace(entry.item, body={}, answer=None, posting="")

    async def talked(self, thread: str, *, since: datetime) -> bool:
        """Whether something of this thread was accepted since then."""
        first = micros(since)
        return any(entry.item.thread == thread and entry.accepted_at >= first for entry in self._entries.values())

    async def unfinished(self) -> Mapping[str, int]:
        """How many there are, by platform."""
        return Counter(name.partition(":")[0] for name, entry in self._entries.items() if entry.finished_at is None)

    async def forget(self, prefix: str) -> None:
        """Forgets everything whose id begins with `prefix`."""
        self._drop({name for name in self._entries if name.startswith(prefix)})
        self._offered.forget(prefix)

    def kept(self) -> Collection[Entry]:
        """Everything that is known, in the order in which it was accepted."""
        return self._entries.values()

    def _forget(self, *, before: int) -> None:
        self._drop({name for name, entry in self._entries.items() if (entry.finished_at or before + 1) <= before})

    def _drop(self, gone: Collection[str]) -> None:
        if gone:
            self._entries = {name: entry for name, entry in self._entries.items() if name not in gone}
            self._posted = {message: name for message, name in self._posted.items() if name not in gone}


def _copy(value: Mapping[str, Any]) -> Mapping[str, Any]:
    """The value as a durable store gives it back."""
    copied: Mapping[str, Any] = json.loads(json.dumps(value))
    return copied
