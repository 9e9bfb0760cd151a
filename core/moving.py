"""Moves the vectors of a library from one index to another without computing them anew, and proves it."""

import random
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

import numpy as np

from core.catalogues import every_document
from core.indexing import entry
from core.ports import Catalogue, DenseIndex, Shelves, Vector
from core.types import Document, Passage, digest

BATCH = 256
"""Passages that are moved together: bounds the memory, however large the library or a document is."""
SAMPLE = 200
"""Texts whose vectors are compared afterwards."""


@dataclass(frozen=True, slots=True)
class Step:
    """How many passages were looked at, and how many of them have no vector in the source."""

    passages: int
    missing: int


class Moving:
    """The source is only read."""

    def __init__(
        self, *, catalogue: Catalogue, shelves: Shelves, source: DenseIndex, target: DenseIndex, seed: int = 0
    ) -> None:
        self._catalogue = catalogue
        self._shelves = shelves
        self._source = source
        self._target = target
        self._random = random.Random(seed)  # noqa: S311 - which texts are compared is no secret
        self._seen = 0
        self._sample: list[str] = []

    async def run(self) -> AsyncIterator[Step]:
        """Moves everything, some hundred passages a step. Raises as the indexes do; then start again from the
        beginning, with an empty target."""
        batch: list[tuple[Document, Passage]] = []
        async for one in self._shelved():
            batch.append(one)
            if len(batch) == BATCH:
                yield await self._move(batch)
                batch = []
        if batch:
            yield await self._move(batch)

    async def differing(self) -> int:
        """Of a sample of what was moved, how many texts have another vector in the target, or none."""
        here, there = await self._source.recall(self._sample), await self._target.recall(self._sample)
        return sum(name not in there or not _alike(here[name], there[name]) for name in here)

    async def _move(self, batch: Sequence[tuple[Document, Passage]]) -> Step:
        digests = [digest(passage.text) for _, passage in batch]
        vectors = await self._source.recall(set(digests))
        entries = [
            entry(document, passage, vector=vectors[name])
            for name, (document, passage) in zip(digests, batch, strict=True)
            if name in vectors
        ]
        await self._target.add(entries)
        for one in entries:
            self._remember(one.digest)
        return Step(len(batch), len(batch) - len(entries))

    def _remember(self, name: str) -> None:
        """Every text is as likely as any other to be in the sample, however many there are."""
        self._seen += 1
        if len(self._sample) < SAMPLE:
            self._sample.append(name)
            return
        place = self._random.randrange(self._seen)
        if place < SAMPLE:
            self._sample[place] = name

    async def _shelved(self) -> AsyncIterator[tuple[Document, Passage]]:
        async for document in every_document(self._catalogue):
            for first in range(0, document.passage_count, BATCH):
                for passage in await self._shelves.passages(document.id, first=first, count=BATCH):
                    yield document, passage


def _alike(one: Vector, other: Vector) -> bool:
    return one.shape == other.shape and bool(np.allclose(one, other, rtol=1e-5, atol=1e-6))
