"""Decides whether the documents hold evidence for an answer, and quotes the sentences that most likely hold it."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from core.ports import Vectors
from core.sentences import Span, sentences
from core.types import Document, Passage
from core.words import content_terms, terms


class SentenceEmbedder(Protocol):
    """Turns sentences of any language into vectors that can be compared; quick enough to run on every question."""

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """One row a text, in order. Raises Unavailable."""
        ...


@dataclass(frozen=True, slots=True)
class Frequencies:
    """In how many of `total` passages each term stands; a term that is not named stands in none."""

    total: int
    counts: Mapping[str, int]


class Background(Protocol):
    """What is common in the whole index and so says little."""

    async def frequencies(self, terms: Collection[str]) -> Frequencies:
        """Passage frequencies of these lexical terms."""
        ...


class Candidate(Protocol):
    """A passage that the search found, with its document; `core.retrieval.Found` is one."""

    @property
    def passage(self) -> Passage:
        """What was found."""
        ...

    @property
    def document(self) -> Document:
        """Where it stands."""
        ...


@dataclass(frozen=True, slots=True)
class Quote:
    """One or two neighbouring sentences: `found[passage].passage.text[start:end] == text`."""

    passage: int
    text: str
    start: int
    end: int
    score: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the passages are worth to a question. `score` (0 to 1) is the chance that they hold the answer."""

    score: float
    enough: bool
    quotes: tuple[Quote, ...] = ()


class Evidence:
    """Weighs what was found. Without an embedder it goes by the words alone, which misses paraphrases and
    everything across languages."""

    def __init__(self, embedder: SentenceEmbedder | None = None, *, background: Background | None = None) -> None:
        self._embedder = embedder
        self._background = background

    async def weigh(self, question: str, found: Sequence[Candidate]) -> Verdict:
        """Best ten passages at the most; the more neighbours there are, the better it tells apart."""
        texts = [candidate.passage.text for candidate in found[:10]]
        spans: list[tuple[int, Span]] = [(i, span) for i, text in enumerate(texts) for span in sentences(text)][:60]
        if not spans:
            return Verdict(0.0, enough=False)
        asked = set(content_terms(question))
        bodies = [texts[i][span.start : span.end] for i, span in spans]
        held = [asked & set(terms(body)) for body in bodies]
        weight = {term: math.log(1 + len(texts) / (1 + sum(term in h for h in held))) for term in asked}
        total = sum(weight.values()) or 1.0
        scores = np.array([sum(weight[term] for term in h) / total for h in held])
        if self._embedder is not None:
            vectors = await self._embedder.embed([question, *bodies])
            vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
            scores = 0.5 * scores + 0.5 * (vectors[1:] @ vectors[0])
        best = sorted(np.argsort(-scores)[:2].tolist())
        quotes = tuple(
            Quote(spans[j][0], bodies[j], spans[j][1].start, spans[j][1].end, float(scores[j])) for j in best
        )
        score = float(np.clip(scores.max(), 0.0, 1.0))
        return Verdict(score, enough=score >= 0.4, quotes=quotes)
