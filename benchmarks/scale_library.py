"""A made-up library for `benchmarks.scale`, filled through the program's own stores, always the same documents."""

import asyncio
import time
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import accumulate

import numpy as np

from benchmarks.corpus import PASSAGES_A_DOCUMENT, Words
from core.backends.chroma import AnyChroma
from core.backends.postgres import PostgresStore
from core.indexing import entry
from core.ports import DocumentFilter, Vector, Vectors
from core.types import PUBLIC, Audience, Document, Language, Passage, Scope, Session

ORIGIN = "scale:"
WORDS: dict[Language, int] = {"en": 70, "ko": 40}
"""Of a passage."""
ASKED_WORDS = 9
PUBLIC_EVERY = 100
"""Of so many documents one is for everybody; the others belong to one channel each, in turn."""
TOGETHER = 25
"""Documents that are filled in at once."""
WORDS_KEPT = 1 << 17


class WordVectors:
    """An embedder that is none: a text is as near to another as they have words in common, the rarer the nearer."""

    identity = "scale"

    def __init__(self, words: Words, dimension: int) -> None:
        self.dimension = dimension
        self.words = words
        self._ranks = words.ranks()
        self._word = lru_cache(maxsize=WORDS_KEPT)(self._made)

    async def passages(self, texts: Sequence[str]) -> Vectors:
        return np.stack([self.vector(text) for text in texts])

    async def question(self, text: str) -> Vector:
        return self.vector(text)

    def vector(self, text: str) -> Vector:
        summed = np.sum([self._word(word) for word in text.split()], axis=0)
        unit: Vector = (summed / np.linalg.norm(summed)).astype(np.float32)
        return unit

    def _made(self, word: str) -> Vector:
        chance = np.random.default_rng(zlib.crc32(word.encode()))
        made: Vector = chance.standard_normal(self.dimension, dtype=np.float32)
        return made * np.float32(np.log(2 + self._ranks.get(word, 0)))


@dataclass(frozen=True, slots=True)
class Shelf:
    """The documents by number, and who may read them."""

    words: Words
    channels: int

    def scope(self, number: int) -> Scope:
        return Scope.channel(self.channel(number)) if number % PUBLIC_EVERY else PUBLIC

    def channel(self, number: int) -> Session:
        """The channel that a document, or a question, belongs to. Every channel has documents of both languages."""
        return Session("slack", "T1", f"C{(number - number // PUBLIC_EVERY) % self.channels}")

    def audience(self, channel: Session) -> Audience:
        return Audience.of(PUBLIC, Scope.channel(channel))

    def texts(self, number: int) -> list[str]:
        """Of a document's passages."""
        chance = np.random.default_rng((7, number))
        language: Language = "ko" if chance.random() < 0.5 else "en"
        return [self.words.drawn(chance, language, WORDS[language]) for _ in range(PASSAGES_A_DOCUMENT)]

    def question(self, number: int, passage: int) -> str:
        """The first words of a passage of a document."""
        return " ".join(self.texts(number)[passage].split()[:ASKED_WORDS])

    def document(self, number: int, version: int) -> tuple[Document, list[Passage]]:
        texts = self.texts(number)
        name = f"d{number}"
        ends = list(accumulate(len(text) + 1 for text in texts))
        passages = [
            Passage(name, version, ordinal, text, start=end - len(text) - 1, end=end - 1)
            for ordinal, (text, end) in enumerate(zip(texts, ends, strict=True))
        ]
        title = " ".join(texts[0].split()[-3:])
        known = Document(name, title, f"{ORIGIN}{number}", self.scope(number), version=version)
        return replace(known, passage_count=len(passages)), passages


@dataclass(frozen=True, slots=True)
class Filled:
    """What was added to reach a size."""

    passages: int
    seconds: float


async def fill(
    store: PostgresStore,
    dense: AnyChroma,
    shelf: Shelf,
    embedder: WordVectors,
    *,
    passages: int,
) -> Filled:
    """Brings the library to so many passages; what is there already stays. While some documents are written to the
    catalogue, the vectors of the next ones are."""
    known = (await store.catalogue.page(DocumentFilter(origin_prefix=ORIGIN), limit=1)).total
    # The last ones may have been cut off midway.
    first = known // TOGETHER * TOGETHER
    wanted = passages // PASSAGES_A_DOCUMENT
    started, added = time.perf_counter(), 0
    saving: asyncio.Task[None] | None = None
    for start in range(first, wanted, TOGETHER):
        numbers = range(start, min(start + TOGETHER, wanted))
        versions = await asyncio.gather(*(store.journal.begin(f"d{number}") for number in numbers))
        made = await asyncio.to_thread(_made, shelf, list(zip(numbers, versions, strict=True)))
        vectors = [await embedder.passages([one.text for one in passages]) for _, passages in made]
        await dense.add(
            [
                entry(document, passage, vector=vector)
                for (document, passages), rows in zip(made, vectors, strict=True)
                for passage, vector in zip(passages, rows, strict=True)
            ]
        )
        if saving is not None:
            await saving
        saving = asyncio.create_task(_save(store, made))
        added += sum(len(passages) for _, passages in made)
    if saving is not None:
        await saving
    return Filled(added, time.perf_counter() - started)


def _made(shelf: Shelf, numbered: Sequence[tuple[int, int]]) -> list[tuple[Document, list[Passage]]]:
    return [shelf.document(number, version) for number, version in numbered]


async def _save(store: PostgresStore, made: Sequence[tuple[Document, list[Passage]]]) -> None:
    await asyncio.gather(*(store.catalogue.save(document, passages) for document, passages in made))
