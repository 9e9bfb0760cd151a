"""An exact search over vectors in memory. One thread at a time; whoever owns it sees to that."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from core.backends.parsed import parsed
from core.backends.shard import Shard
from core.ports import Entry, Hit, Query, Vector, Vectors
from core.types import Language, PassageKey

_Name: TypeAlias = tuple[str, Language]


@dataclass(frozen=True, slots=True)
class Row:
    """What a search needs to know of a passage apart from its vector."""

    key: PassageKey
    scope: str
    language: Language
    digest: str
    """Of its text; empty where nobody will ask for its vector by it."""


@dataclass(frozen=True, slots=True, eq=False)
class Ask:
    """A query and how many hits it wants."""

    query: Query
    limit: int


def rows_of(entries: Iterable[Entry]) -> list[Row]:
    """The rows of entries."""
    return [
        Row(key=entry.passage.key, scope=entry.scope.name, language=entry.language, digest=entry.digest)
        for entry in entries
    ]


def vectors_of(entries: Sequence[Entry], dimension: int) -> Vectors:
    """The vectors of entries, shape (entries, dimension). ValueError when one has another shape."""
    if any(entry.vector.shape != (dimension,) for entry in entries):
        raise ValueError(f"this index holds vectors of shape ({dimension},)")
    return np.array([entry.vector for entry in entries], dtype=np.float32).reshape(-1, dimension)


def fits(query: Query, dimension: int) -> Query:
    """The query itself. ValueError when its vector has another shape than (dimension,)."""
    if query.vector.shape != (dimension,):
        raise ValueError(f"this index holds vectors of shape ({dimension},)")
    return query


class Matrix:
    """Vectors by scope and language: a question reads only the rows that it may see.

    Keys are kept as text and places as plain tuples, which the garbage collector does not walk through: with a
    hundred thousand objects of our own it would hold the interpreter for a tenth of a second every now and then.
    """

    def __init__(self, dimension: int) -> None:
        self._dimension = dimension
        self._shards: dict[_Name, Shard] = {}
        self._places: dict[str, tuple[str, Language, int]] = {}
        self._digest_of: dict[str, str] = {}
        self._digests: dict[str, tuple[str, ...]] = {}
        self._versions: dict[tuple[str, int], dict[str, None]] = {}
        """Their keys, in dictionaries since the garbage collector walks through sets."""
        self._codes: dict[str, int] = {}
        self._rows_of: dict[str, int] = {}
        self._next_code = 0

    def __len__(self) -> int:
        return len(self._places)

    @property
    def reserved(self) -> int:
        """Bytes reserved for vectors."""
        return sum(shard.reserved for shard in self._shards.values())

    def add(self, rows: Sequence[Row], vectors: Vectors) -> None:
        """Adds rows with their vectors, shape (rows, dimension); a known key is replaced."""
        for row, vector in zip(rows, vectors, strict=True):
            self._drop(str(row.key))
            self._put(row, vector)

    def remove(self, document_id: str, version: int) -> None:
        """Removes the rows of a document's version, if there are any."""
        for key in list(self._versions.get((document_id, version), ())):
            self._drop(key)

    def recall(self, digests: Collection[str]) -> dict[str, Vector]:
        """Copies of the vectors of these texts, as far as there are any."""
        found = {}
        for digest in digests:
            if digest in self._digests:
                scope, language, row = self._places[self._digests[digest][0]]
                found[digest] = self._shards[scope, language].vector(row).copy()
        return found

    def search(self, asks: Sequence[Ask]) -> list[list[Hit]]:
        """The best hits of each ask. Asks that share a scope share the reading of its rows."""
        parts: list[list[tuple[Shard, NDArray[np.float32]]]] = [[] for _ in asks]
        for shard, numbers in self._wanted(asks).items():
            # A question that is asked in any language and in the other one is the same vector twice.
            vectors = {id(asks[number].query.vector): asks[number].query.vector for number in numbers}
            scores = dict(zip(vectors, shard.scores(np.stack(list(vectors.values()))), strict=True))
            for number in numbers:
                query = asks[number].query
                parts[number].append((shard, self._masked(shard, scores[id(query.vector)], query.documents)))
        return [_best(part, ask.limit) for part, ask in zip(parts, asks, strict=True)]

    def _wanted(self, asks: Sequence[Ask]) -> Mapping[Shard, list[int]]:
        wanted: dict[Shard, list[int]] = {}
        for number, ask in enumerate(asks):
            for shard in self._seen_by(ask.query):
                wanted.setdefault(shard, []).append(number)
        return wanted

    def _seen_by(self, query: Query) -> Iterable[Shard]:
        languages: tuple[Language, ...] = ("ko", "en", "other") if query.language is None else (query.language,)
        names = ((scope.name, language) for scope in query.audience.scopes for language in languages)
        return (self._shards[name] for name in names if name in self._shards)

    def _masked(
        self, shard: Shard, scores: NDArray[np.float32], documents: Collection[str] | None
    ) -> NDArray[np.float32]:
        if documents is None:
            return scores
        codes = [self._codes[document] for document in documents if document in self._codes]
        return np.where(shard.among(np.array(codes, dtype=np.int64)), scores, -np.inf)

    def _put(self, row: Row, vector: Vector) -> None:
        key = str(row.key)
        shard = self._shards.setdefault((row.scope, row.language), Shard(self._dimension))
        number = shard.append(key, self._code(row.key.document_id), vector)
        self._places[key] = (row.scope, row.language, number)
        if row.digest:
            self._digest_of[key] = row.digest
            self._digests[row.digest] = (*self._digests.get(row.digest, ()), key)
        self._versions.setdefault((row.key.document_id, row.key.version), {})[key] = None

    def _drop(self, text: str) -> None:
        if text not in self._places:
            return
        scope, language, row = self._places.pop(text)
        shard = self._shards[scope, language]
        moved = shard.drop(row)
        if moved is not None:
            self._places[moved] = (scope, language, row)
        if not len(shard):
            del self._shards[scope, language]
        self._forget(text)

    def _forget(self, text: str) -> None:
        digest = self._digest_of.pop(text, "")
        others = tuple(key for key in self._digests.pop(digest, ()) if key != text)
        if others:
            self._digests[digest] = others
        key = PassageKey.parse(text)
        version = self._versions[key.document_id, key.version]
        del version[text]
        if not version:
            del self._versions[key.document_id, key.version]
        self._rows_of[key.document_id] -= 1
        if not self._rows_of[key.document_id]:
            del self._rows_of[key.document_id]
            del self._codes[key.document_id]

    def _code(self, document_id: str) -> int:
        self._rows_of[document_id] = self._rows_of.get(document_id, 0) + 1
        if document_id not in self._codes:
            self._codes[document_id] = self._next_code
            self._next_code += 1
        return self._codes[document_id]


def _best(parts: Sequence[tuple[Shard, NDArray[np.float32]]], limit: int) -> list[Hit]:
    if not parts or limit < 1:
        return []
    scores = np.concatenate([part for _, part in parts])
    ends = np.cumsum([len(part) for _, part in parts])
    count = min(limit, len(scores))
    best = np.argpartition(scores, len(scores) - count)[len(scores) - count :]
    best = best[np.isfinite(scores[best])]
    numbers = ends.searchsorted(best, side="right").tolist()
    begins = [0, *ends.tolist()]
    hits = [
        Hit(parsed(parts[number][0].keys[index - begins[number]]), score)
        for index, number, score in zip(best.tolist(), numbers, scores[best].tolist(), strict=True)
    ]
    return sorted(hits, key=lambda hit: (-hit.score, hit.key))
