"""Decides whether the documents hold evidence for an answer, and quotes the sentences that most likely hold it."""

import asyncio
import logging
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import Protocol

import numpy as np

from core.clues import Fit, Page, clues, fit, held, page
from core.errors import Unavailable
from core.evidence_weights import ACROSS, ALONGSIDE, WORDS_ALONE, Weights
from core.extract import pick, tells
from core.ports import Vectors
from core.question_words import Asked, Numbers, ask
from core.types import Document, Passage
from core.words import content_terms, language, subject

log = logging.getLogger(__name__)

MOST_PASSAGES = 8
MOST_SENTENCES = 48
"""Of all passages together: what is embedded for one question."""
MOST_OF_ONE = 16
"""Sentences of one passage; of a long table the rows with most of the question's words are looked at."""
LONGEST_TEXT = 8000
"""Characters of a passage and of a question that are looked at."""
PAGES_KEPT = 2000
"""Passages that stay taken apart: people ask about the same ones again and again."""
SHORT = 10_000
FEW = 1000
"""Characters, and words times sentences: up to here a thread of its own costs more than the millisecond it saves."""
_EMBEDDED = 300
"""Characters of a sentence that are embedded."""
_SAID = 0.4
"""How much of what is asked now has to stand in the passage, by the rarity of its words."""


class SentenceEmbedder(Protocol):
    """Turns sentences of any language into vectors that can be compared; quick enough to run on every question."""

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """One row a text, in order. Raises Unavailable."""
        ...


class Likeness(Protocol):
    """Compares words of any language; quick enough to run on every question."""

    async def alike(self, words: Sequence[str], texts: Sequence[str]) -> Numbers:
        """How alike each word is to the likest of each text, at most 1, shape (words, texts). Raises Unavailable."""
        ...


@dataclass(frozen=True, slots=True)
class Frequencies:
    """In how many of `total` passages each term stands; a term that is not named stands in none."""

    total: int
    counts: Mapping[str, int]


class Background(Protocol):
    """What is common in the whole index and so says little."""

    async def frequencies(self, terms: Collection[str]) -> Frequencies:
        """Passage frequencies of these lexical terms. Raises Unavailable."""
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
    """What the passages are worth to a question. `score` (0 to 1) is at least a half when there is `enough`."""

    score: float
    enough: bool
    quotes: tuple[Quote, ...] = ()


NOTHING = Verdict(0.0, enough=False)


@dataclass(frozen=True, slots=True, eq=False)
class _Group:
    """Passages read in the same way: in the question's language, or in another one."""

    weights: Weights
    places: tuple[int, ...]
    pages: tuple[Page, ...]


class Evidence:
    """Weighs what was found. Without an embedder it goes by the words alone, which misses paraphrases and
    everything that is said in another language."""

    def __init__(
        self,
        embedder: SentenceEmbedder | None = None,
        *,
        likeness: Likeness | None = None,
        background: Background | None = None,
    ) -> None:
        self._embedder = embedder
        self._likeness = likeness
        self._background = background

    async def weigh(self, question: str, found: Sequence[Candidate], *, new: str = "") -> Verdict:
        """Looks at the best eight. Give at least five where there are as many: neighbours show what is usual.

        `new` is the part of the question that was not asked before: without its words there is not enough.
        """
        asked_text = question[:LONGEST_TEXT]
        length = sum(len(one.passage.text[:LONGEST_TEXT]) for one in found[:MOST_PASSAGES])
        pages = _pages(found) if length <= SHORT else await asyncio.to_thread(_pages, found)
        if not any(page.sentences for page in pages):
            return NOTHING
        frequencies = await self._frequencies(asked_text, pages)
        asked = ask(asked_text, counts=frequencies.counts, total=frequencies.total)
        if not asked.words:
            return NOTHING
        pages = _bounded(asked, pages)
        alike = await self._alike(asked, pages)
        sentences = (sentence.text[:_EMBEDDED] for page in pages for sentence in page.sentences)
        vectors = await self._vectors([subject(asked_text), *sentences])
        quick = len(asked.words) * sum(len(page.sentences) for page in pages) <= FEW
        lately = ask(new[:LONGEST_TEXT], counts=frequencies.counts, total=frequencies.total)
        judged = partial(_judge, asked_text, asked, pages, vectors, alike, lately)
        verdict = judged() if quick else await asyncio.to_thread(judged)
        return replace(verdict, quotes=_in_order(found, verdict.quotes))

    async def _frequencies(self, question: str, pages: Sequence[Page]) -> Frequencies:
        if self._background is not None:
            try:
                return await self._background.frequencies(frozenset(content_terms(question)))
            except Unavailable as error:
                log.warning("weighing without the index's term frequencies: %s", error.code)
        counts = Counter(term for page in pages for term in page.inside.terms)
        return Frequencies(len(pages), counts)

    async def _alike(self, asked: Asked, pages: Sequence[Page]) -> Numbers | None:
        """None where there is nothing to compare words by or it fails."""
        if self._likeness is None:
            return None
        try:
            return await self._likeness.alike([word.text for word in asked.words], [one.inside.lower for one in pages])
        except Unavailable as error:
            log.warning("weighing without words that are alike: %s", error.code)
            return None

    async def _vectors(self, texts: Sequence[str]) -> Vectors | None:
        """Vectors of length one; None where there is no embedder or it fails."""
        if self._embedder is None:
            return None
        try:
            vectors = await self._embedder.embed(texts)
        except Unavailable as error:
            log.warning("weighing by the words alone: %s", error.code)
            return None
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        unit: Vectors = vectors / np.maximum(lengths, 1e-9)
        return unit


def _pages(found: Sequence[Candidate]) -> tuple[Page, ...]:
    return tuple(
        _page(candidate.passage.text[:LONGEST_TEXT], f"{candidate.document.title}\n{candidate.passage.heading}")
        for candidate in found[:MOST_PASSAGES]
    )


@lru_cache(maxsize=PAGES_KEPT)
def _page(text: str, heading: str) -> Page:
    return page(text, heading=heading)


def _bounded(asked: Asked, pages: Sequence[Page]) -> tuple[Page, ...]:
    """The pages with no more sentences than can be embedded in time."""
    left = MOST_SENTENCES
    bounded = []
    for one in pages:
        taken = one.sentences
        room = min(MOST_OF_ONE, left)
        if len(taken) > room:
            order = sorted(taken, key=lambda s: -sum(asked.terms.get(term, 0.0) for term in s.inside.terms))
            taken = tuple(sorted(order[:room], key=lambda s: s.span))
            one = replace(one, sentences=taken)
        left -= len(taken)
        bounded.append(one)
    return tuple(bounded)


def _judge(
    question: str, asked: Asked, pages: Sequence[Page], vectors: Vectors | None, alike: Numbers | None, new: Asked
) -> Verdict:
    """On passages in the question's language where they hold enough, else the better of that and the others."""
    cosines = _cosines(pages, vectors)
    words = [None] * len(pages) if alike is None else list(alike.T)
    verdicts = []
    for group in _groups(question, pages, embedded=vectors is not None):
        verdict = _verdict(asked, group, [(cosines[place], words[place]) for place in group.places], new=new)
        if verdict.enough:
            return verdict
        verdicts.append(verdict)
    return max(verdicts, key=lambda verdict: verdict.score, default=NOTHING)


def _cosines(pages: Sequence[Page], vectors: Vectors | None) -> list[Numbers | None]:
    """Those of every page's sentences with the question, which comes first among the vectors."""
    if vectors is None:
        return [None] * len(pages)
    alike = (vectors[1:] @ vectors[0]).astype(np.float64)
    ends = np.cumsum([len(page.sentences) for page in pages])
    return list(np.split(alike, ends[:-1]))


def _groups(question: str, pages: Sequence[Page], *, embedded: bool) -> list[_Group]:
    asked_in = language(question)
    alongside: list[int] = []
    across: list[int] = []
    for place, one in enumerate(pages):
        if not one.sentences:
            continue
        foreign = asked_in != one.language and "other" not in (asked_in, one.language)
        (across if foreign else alongside).append(place)
    kinds = ((ALONGSIDE if embedded else WORDS_ALONE, alongside), (ACROSS if embedded else WORDS_ALONE, across))
    return [_Group(w, tuple(places), tuple(pages[place] for place in places)) for w, places in kinds if places]


def _verdict(asked: Asked, group: _Group, meant: Sequence[Sequence[Numbers | None]], *, new: Asked) -> Verdict:
    fits = [fit(asked, one, cosines, alike=alike) for one, (cosines, alike) in zip(group.pages, meant, strict=True)]
    score = float(_chance(group.weights.enough(clues(asked, group.pages, fits))))
    quotes = _quotes(asked, group, fits)
    return Verdict(score, enough=score >= 0.5 and bool(quotes) and _says(new, group, quotes), quotes=quotes)


def _says(new: Asked, group: _Group, quotes: Sequence[Quote]) -> bool:
    """Whether the passage of the likeliest quote says something about what is asked now. In another language its
    words cannot tell."""
    if not new.words or group.weights is ACROSS:
        return True
    best = max(quotes, key=lambda quote: quote.score)
    inside = group.pages[group.places.index(best.passage)].inside
    return float(np.array([held(word, inside) for word in new.words]) @ new.weights) >= _SAID


def _quotes(asked: Asked, group: _Group, fits: Sequence[Fit]) -> tuple[Quote, ...]:
    chances = _chance(group.weights.quoted(tells(asked, fits))).tolist()
    quotes = []
    for run in pick(group.pages, chances):
        start, end = run[0].sentence.span.start, run[-1].sentence.span.end
        text = group.pages[run[0].passage].body[start:end]
        quotes.append(Quote(group.places[run[0].passage], text, start, end, max(one.chance for one in run)))
    return tuple(quotes)


def _in_order(found: Sequence[Candidate], quotes: Sequence[Quote]) -> tuple[Quote, ...]:
    """Document by document, the best document first, in the order in which it is written."""
    ranks: dict[str, int] = {}
    for candidate in found:
        ranks.setdefault(candidate.passage.document_id, len(ranks))

    def place(quote: Quote) -> tuple[int, int]:
        passage = found[quote.passage].passage
        return ranks[passage.document_id], passage.start + quote.start

    return tuple(sorted(quotes, key=place))


def _chance(logit: float | Numbers) -> Numbers:
    return np.asarray(1 / (1 + np.exp(-np.clip(logit, -30, 30))))
