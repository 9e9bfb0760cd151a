"""The small real in-memory twins of the dense and the lexical index."""

import asyncio
import math
import threading
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from core.backends.fields import TITLE_BOOST, asked_terms, texts
from core.backends.gather import Gathered
from core.backends.matrix import Ask, Matrix, Row, fits, rows_of, vectors_of
from core.ports import Entry, Hit, Query, Vector, Vectors
from core.types import PassageKey
from core.words import terms

AT_ONCE = 32
"""Questions answered by one pass over the rows: a pass costs for 20 hardly more than for one."""
K1, B = 1.2, 0.75

Result = TypeVar("Result")


class MemoryDenseIndex:
    """An exact search that lives in one thread, so that neither the event loop nor a reader waits for a lock."""

    def __init__(self, dimension: int) -> None:
        self.dimension = dimension
        self._matrix = Matrix(dimension)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="dense")
        self._asked: Gathered[Ask, list[Hit]] = Gathered(self._answer, at_once=AT_ONCE)

    async def search(self, query: Query, *, limit: int) -> Sequence[Hit]:
        """The passages with the greatest inner products, best first. ValueError for a vector of another shape."""
        return await self._asked(Ask(query=fits(query, self.dimension), limit=limit))

    async def add(self, entries: Sequence[Entry]) -> None:
        """ValueError for a vector of another shape."""
        await self.put(rows_of(entries), vectors_of(entries, self.dimension))

    async def put(self, rows: Sequence[Row], values: Vectors) -> None:
        """Adds rows with their vectors, shape (rows, dimension)."""
        await self._run(self._matrix.add, rows, values)

    async def remove(self, document_id: str, version: int) -> None:
        """Removes a document's version; nothing there is no error."""
        await self._run(self._matrix.remove, document_id, version)

    async def recall(self, digests: Collection[str]) -> Mapping[str, Vector]:
        """Vectors by the digest of their text, as far as they are here."""
        return await self._run(self._matrix.recall, digests)

    async def count(self) -> int:
        """How many passages are here."""
        return await self._run(self._matrix.__len__)

    async def close(self) -> None:
        """Finishes what was asked."""
        await self._asked.settled()
        self._thread.shutdown()

    async def _answer(self, asks: Sequence[Ask]) -> Sequence[list[Hit]]:
        return await self._run(self._matrix.search, asks)

    async def _run(self, work: Callable[..., Result], *details: object) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work, *details)


class MemoryLexicalIndex:
    """BM25 over the terms of passages and, more lightly, of their titles and headings."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: dict[PassageKey, Entry] = {}
        self._fields = (_Field(1.0), _Field(TITLE_BOOST))

    async def search(self, query: Query, *, limit: int) -> Sequence[Hit]:
        """The passages with the best BM25 score, best first."""
        return await asyncio.to_thread(self._search, query, limit)

    async def add(self, entries: Sequence[Entry]) -> None:
        """Adding a key again replaces it."""
        await asyncio.to_thread(self._add, entries)

    async def remove(self, document_id: str, version: int) -> None:
        """Removes a document's version; nothing there is no error."""
        await asyncio.to_thread(self._remove, document_id, version)

    async def count(self) -> int:
        """How many passages are here."""
        return len(self._entries)

    async def close(self) -> None:
        """There is nothing to close."""

    def _search(self, query: Query, limit: int) -> list[Hit]:
        asked = asked_terms(query.text)
        with self._lock:
            scores: dict[PassageKey, float] = {}
            for field in self._fields:
                field.score(asked, scores)
            hits = [Hit(key=key, score=score) for key, score in scores.items() if self._passes(query, key)]
        return sorted(hits, key=lambda hit: (-hit.score, hit.key))[: max(0, limit)]

    def _passes(self, query: Query, key: PassageKey) -> bool:
        entry = self._entries[key]
        return (
            entry.scope in query.audience
            and query.language in (None, entry.language)
            and (query.documents is None or key.document_id in query.documents)
        )

    def _add(self, entries: Sequence[Entry]) -> None:
        with self._lock:
            for entry in entries:
                self._drop(entry.passage.key)
                self._entries[entry.passage.key] = entry
                for field, text in zip(self._fields, texts(entry), strict=True):
                    field.add(entry.passage.key, terms(text))

    def _remove(self, document_id: str, version: int) -> None:
        with self._lock:
            for key in [key for key in self._entries if (key.document_id, key.version) == (document_id, version)]:
                self._drop(key)

    def _drop(self, key: PassageKey) -> None:
        entry = self._entries.pop(key, None)
        if entry is None:
            return
        for field, text in zip(self._fields, texts(entry), strict=True):
            field.drop(key, terms(text))


class _Field:
    """The postings of one field."""

    def __init__(self, boost: float) -> None:
        self._boost = boost
        self._postings: dict[str, dict[PassageKey, int]] = {}
        self._lengths: dict[PassageKey, int] = {}

    def add(self, key: PassageKey, words: Sequence[str]) -> None:
        self._lengths[key] = len(words)
        for word, count in Counter(words).items():
            self._postings.setdefault(word, {})[key] = count

    def drop(self, key: PassageKey, words: Sequence[str]) -> None:
        del self._lengths[key]
        for word in set(words):
            del self._postings[word][key]
            if not self._postings[word]:
                del self._postings[word]

    def score(self, words: Collection[str], scores: dict[PassageKey, float]) -> None:
        average = sum(self._lengths.values()) / max(1, len(self._lengths))
        for word in words:
            found = self._postings.get(word, {})
            rarity = math.log(1 + (len(self._lengths) - len(found) + 0.5) / (len(found) + 0.5))
            for key, count in found.items():
                length = 1 - B + B * self._lengths[key] / average
                gain = self._boost * rarity * count * (K1 + 1) / (count + K1 * length)
                scores[key] = scores.get(key, 0.0) + gain
