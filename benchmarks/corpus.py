"""Made-up passages that behave like real ones: clustered vectors, Zipf's words, Korean and English."""

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.ports import Entry, Query, Vector, Vectors
from core.types import Audience, Language, Passage, Scope, digest

PASSAGES_A_DOCUMENT = 20
VOCABULARY = 30_000
LETTERS = ("bcdfghklmnprstvz", "aeiou")
PARTICLES = ("은", "는", "이", "가", "을", "를", "에", "에서", "으로", "")


@dataclass(frozen=True)
class Corpus:
    """Passages by number; documents belong to the scopes in turn and are Korean or English in turn."""

    passages: int
    dimension: int
    scopes: int
    seed: int = 0

    def scope(self, number: int) -> Scope:
        return Scope(f"channel:slack:T1:C{number % self.scopes}")

    def language(self, number: int) -> Language:
        return "ko" if number // PASSAGES_A_DOCUMENT // self.scopes % 2 else "en"

    def batches(self, size: int) -> Iterator[list[Entry]]:
        """All entries, `size` at a time, the same ones every time."""
        words = Words(self.seed)
        for first in range(0, self.passages, size):
            count = min(size, self.passages - first)
            vectors = self.vectors(first, count)
            yield [self._entry(first + row, words, vector) for row, vector in enumerate(vectors)]

    def vectors(self, first: int, count: int) -> Vectors:
        """Unit vectors around a few hundred centres."""
        centres = np.random.default_rng(self.seed).standard_normal((400, self.dimension), dtype=np.float32)
        random = np.random.default_rng((self.seed, first))
        near = centres[random.integers(0, len(centres), count)]
        found = near + 0.8 * random.standard_normal((count, self.dimension), dtype=np.float32)
        unit: Vectors = found / np.linalg.norm(found, axis=1, keepdims=True)
        return unit

    def questions(self, count: int, scopes: int) -> Iterator[Query]:
        """Questions with the words of some passage and a vector near some others, each asked in some scopes."""
        random, words = np.random.default_rng((self.seed, 1)), Words(self.seed + 1)
        for vector in self.vectors(2**31, count):
            number = int(random.integers(0, self.passages))
            asked = [self.scope(int(scope)) for scope in random.choice(self.scopes, scopes, replace=False)]
            yield Query(words.text(self.language(number), 9), vector, Audience.of(*asked))

    def _entry(self, number: int, words: "Words", vector: Vector) -> Entry:
        language = self.language(number)
        text = words.text(language, 75 if language == "ko" else 130)
        document, ordinal = divmod(number, PASSAGES_A_DOCUMENT)
        return Entry(
            passage=Passage(f"document{document}", 1, ordinal, text, heading=words.text(language, 3), end=len(text)),
            scope=self.scope(document),
            title=words.text(language, 4),
            language=language,
            digest=digest(text),
            vector=vector,
        )


async def no_entries() -> AsyncIterator[Sequence[Entry]]:
    """Nothing to build an index from."""
    for nothing in list[Sequence[Entry]]():
        yield nothing


class Words:
    """Texts of invented words that are as unevenly frequent as real ones."""

    def __init__(self, seed: int) -> None:
        self._random = np.random.default_rng((seed, 2))
        invented = np.random.default_rng(0)
        self._vocabulary: dict[Language, Sequence[str]] = {
            "en": [_english(invented) for _ in range(VOCABULARY)],
            "ko": [_korean(invented) for _ in range(VOCABULARY)],
        }
        frequency = 1.0 / np.arange(3, VOCABULARY + 3) ** 1.05
        self._up_to: NDArray[np.float64] = np.cumsum(frequency / frequency.sum())

    def text(self, language: Language, count: int) -> str:
        """So many words."""
        return self.drawn(self._random, language, count)

    def drawn(self, random: np.random.Generator, language: Language, count: int) -> str:
        """So many words, as chance has it."""
        known = self._vocabulary[language]
        return " ".join(known[int(place)] for place in np.searchsorted(self._up_to, random.random(count)))

    def ranks(self) -> dict[str, int]:
        """How seldom each word is: the most frequent one of a language has 0."""
        return {word: rank for words in self._vocabulary.values() for rank, word in enumerate(words)}


def _english(random: np.random.Generator) -> str:
    syllables = int(random.integers(1, 5))
    return "".join(LETTERS[place % 2][int(random.integers(len(LETTERS[place % 2])))] for place in range(2 * syllables))


def _korean(random: np.random.Generator) -> str:
    # Some hundred syllables make up nearly all of real Korean.
    syllables = random.integers(0, 400, int(random.integers(1, 4))) * 28 % 11_172
    return "".join(chr(0xAC00 + int(each)) for each in syllables) + PARTICLES[int(random.integers(len(PARTICLES)))]
