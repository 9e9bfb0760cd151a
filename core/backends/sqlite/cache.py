"""Keeps documents and passages that were read, so that most questions need no query. Bounded, and never stale.

Only documents can go stale: what a key names never changes. A read that began before a change was committed must not
be kept after it, so each change raises `generation`, and what was read in an earlier generation is not kept.
"""

from collections.abc import Collection
from threading import Lock

from core.backends.used_last import PASSAGES, UsedLast
from core.types import Document, Passage, PassageKey

DOCUMENTS = 16_384
STRETCH = 256

Found = dict[PassageKey, tuple[Passage, Document]]


class ReadCache:
    """Documents by id and passages by key. The writer's thread drops, the event loop reads and keeps."""

    def __init__(self, *, documents: int = DOCUMENTS, passages: int = PASSAGES) -> None:
        self.generation = 0
        self._lock = Lock()
        self._documents: UsedLast[str, Document] = UsedLast(documents)
        self._passages: UsedLast[PassageKey, Passage] = UsedLast(passages)

    def resolve(self, keys: Collection[PassageKey]) -> tuple[Found, dict[PassageKey, Document | None]]:
        """What is kept and current, and the keys that need a query, with the document where that is known."""
        with self._lock:
            documents = self._documents.some({key.document_id for key in keys})
            passages = self._passages.some(keys)
        found: Found = {}
        unknown: dict[PassageKey, Document | None] = {}
        for key in keys:
            document, passage = documents.get(key.document_id), passages.get(key)
            if document is not None and document.version != key.version:
                continue
            if document is None or passage is None:
                unknown[key] = document
            else:
                found[key] = (passage, document)
        return found, unknown

    def keep(self, found: Found, *, generation: int) -> None:
        """Keeps what was read, unless something changed since `generation`."""
        with self._lock:
            if generation != self.generation:
                return
            self._documents.keep({document.id: document for _, document in found.values()})
            self._passages.keep({key: passage for key, (passage, _) in found.items()})

    def drop(self, document_ids: Collection[str]) -> None:
        """These documents have changed."""
        with self._lock:
            self.generation += 1
            dropped = [document for document in map(self._documents.drop, document_ids) if document]
        for document in dropped:
            self._drop_passages(document)

    def _drop_passages(self, document: Document) -> None:
        """A stretch at a time, so that the event loop never waits long for the lock."""
        for start in range(0, document.passage_count, STRETCH):
            with self._lock:
                for ordinal in range(start, start + STRETCH):
                    self._passages.drop(PassageKey(document.id, document.version, ordinal))
