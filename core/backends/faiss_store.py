"""Vectors in a flat FAISS index: exact, and filtered while it searches. One thread at a time."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.backends.alone import alone
from core.backends.faiss_files import Change, FaissFiles, Removal
from core.backends.index_errors import translated
from core.backends.matrix import Row
from core.errors import Refused
from core.ports import Hit, Query, Vector
from core.types import Language

GONE = -1
WASTE = 1000
"""So many rows may be in the journal or gone before everything is written anew."""
LANGUAGES: tuple[Language, ...] = ("ko", "en", "other")


class FaissStore:
    """Rows keep their place until the next snapshot; those that went are filtered out.

    Opening raises Refused when another embedder filled the index, or when its files are damaged or cannot be used.
    """

    def __init__(self, path: Path, *, identity: str, dimension: int) -> None:
        self._place = str(path)
        self._dimension = dimension
        with translated(self._place), ExitStack() as resources:
            _one_thread()
            resources.enter_context(alone(path))
            self._files = FaissFiles(path, dimension=dimension)
            resources.callback(self._files.close)
            self._index, rows = self._files.load()
            self._fill(rows)
            self._behind = 0
            for change in self._files.changes():
                self._take(change)
            self._claim({"embedder": identity, "dimension": dimension})
            self._resources = resources.pop_all()

    def __len__(self) -> int:
        return len(self._places)

    def write(self, changes: Sequence[Change]) -> None:
        """Durable and searchable when it returns."""
        with translated(self._place):
            self._files.append(changes)
            for change in changes:
                self._take(change)
            if self._behind + len(self._rows) - len(self) > max(WASTE, len(self) // 2):
                self._compact()

    def search(self, query: Query, limit: int) -> list[Hit]:
        """The greatest inner products among the rows that pass every filter, best first."""
        import faiss

        passing = self._passing(query)
        count = min(limit, int(passing.sum()))
        if count < 1:
            return []
        with translated(self._place):
            # What FAISS says of its types knows nothing of what it adds for Python.
            chosen = faiss.SearchParameters(  # type: ignore[call-arg]
                sel=faiss.IDSelectorBitmap(np.packbits(passing, bitorder="little"))  # type: ignore[call-arg, arg-type]
            )
            asked = np.ascontiguousarray(query.vector, dtype=np.float32)[None, :]
            scores, places = self._index.search(asked, count, params=chosen)
        hits = [
            Hit(self._rows[place].key, float(score))
            for score, place in zip(scores[0].tolist(), places[0].tolist(), strict=True)
        ]
        return sorted(hits, key=lambda hit: (-hit.score, hit.key))

    def recall(self, digests: Collection[str]) -> Mapping[str, Vector]:
        """Vectors by the digest of their text."""
        wanted = {digest: min(self._digests[digest]) for digest in digests if digest in self._digests}
        if not wanted:
            return {}
        with translated(self._place):
            vectors = self._index.reconstruct_batch(np.array(list(wanted.values()), dtype=np.int64))
        return dict(zip(wanted, vectors, strict=True))

    def close(self) -> None:
        """Lets go of the files."""
        self._resources.close()

    def _claim(self, label: Mapping[str, Any]) -> None:
        known = self._files.label()
        if known == label:
            return
        if known is not None and len(self):
            raise Refused("index.other_embedder", found=known.get("embedder"), wanted=label["embedder"])
        self._files.mark(label)

    def _fill(self, rows: Sequence[Row]) -> None:
        self._rows: list[Row] = []
        self._places: dict[str, int] = {}
        self._versions: dict[tuple[str, int], set[int]] = {}
        self._digests: dict[str, set[int]] = {}
        self._shelves: dict[tuple[str, str], int] = {}
        self._documents: dict[str, int] = {}
        self._shelf_of = np.full(1024, GONE, dtype=np.int64)
        self._document_of = np.full(1024, GONE, dtype=np.int64)
        for one in rows:
            self._put(one)

    def _take(self, change: Change) -> None:
        if isinstance(change, Removal):
            for place in list(self._versions.get((change.document_id, change.version), ())):
                self._drop(place)
            self._behind += 1
            return
        self._index.add(np.ascontiguousarray(change.vectors, dtype=np.float32))
        for one in change.rows:
            known = self._places.get(str(one.key))
            if known is not None:
                self._drop(known)
            self._put(one)
        self._behind += len(change.rows)

    def _put(self, one: Row) -> None:
        place = len(self._rows)
        if place == len(self._shelf_of):
            self._shelf_of = np.concatenate([self._shelf_of, np.full(place, GONE, dtype=np.int64)])
            self._document_of = np.concatenate([self._document_of, np.full(place, GONE, dtype=np.int64)])
        self._rows.append(one)
        self._places[str(one.key)] = place
        self._versions.setdefault((one.key.document_id, one.key.version), set()).add(place)
        self._digests.setdefault(one.digest, set()).add(place)
        self._shelf_of[place] = self._shelves.setdefault((one.scope, one.language), len(self._shelves))
        self._document_of[place] = self._documents.setdefault(one.key.document_id, len(self._documents))

    def _drop(self, place: int) -> None:
        one = self._rows[place]
        self._shelf_of[place] = GONE
        del self._places[str(one.key)]
        _discard(self._versions, (one.key.document_id, one.key.version), place)
        _discard(self._digests, one.digest, place)

    def _passing(self, query: Query) -> NDArray[np.bool_]:
        """Which rows pass every filter, shape (rows,)."""
        languages = LANGUAGES if query.language is None else (query.language,)
        names = ((scope.name, language) for scope in query.audience.scopes for language in languages)
        shelves = [self._shelves[name] for name in names if name in self._shelves]
        passing = np.isin(self._shelf_of[: len(self._rows)], shelves)
        if query.documents is not None:
            documents = [self._documents[name] for name in query.documents if name in self._documents]
            passing &= np.isin(self._document_of[: len(self._rows)], documents)
        return passing

    def _compact(self) -> None:
        import faiss

        kept = np.flatnonzero(self._shelf_of[: len(self._rows)] != GONE)
        rows = [self._rows[place] for place in kept]
        index = faiss.IndexFlatIP(self._dimension)
        if len(kept):
            index.add(self._index.reconstruct_batch(kept))
        self._files.snapshot(index, rows)
        self._index, self._behind = index, 0
        self._fill(rows)


def _discard(places: dict[Any, set[int]], name: Any, place: int) -> None:
    places[name].discard(place)
    if not places[name]:
        del places[name]


def _one_thread() -> None:
    """Loads FAISS, with one thread for each search: they would only wait for each other. Raises Refused without it."""
    try:
        import faiss
    except ImportError as error:
        raise Refused("index.not_installed", package="faiss-cpu", store="faiss") from error
    faiss.omp_set_num_threads(1)
