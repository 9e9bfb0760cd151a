"""Ranks what both arms found. Pure: the same candidates give the same order."""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.profile import Asked, Profile, held
from core.types import Document, Language, Passage, PassageKey

Numbers = NDArray[np.float64]

DEPTH = 50
"""Hits that each arm is asked for."""
_TWO_RARE = 2
"""So many rare words that sound alike are as good as any more."""


class Weights(NamedTuple):
    """What each clue counts."""

    dense: float
    lexical: float
    coverage: float
    beside: float
    title: float
    sound: float


_EVEN = Weights(dense=0.5, lexical=0.5, coverage=0.6, beside=0.3, title=0.2, sound=0.0)
SAME_LANGUAGE: Mapping[Language, Weights] = {
    "ko": _EVEN,
    "en": _EVEN._replace(dense=0.6, lexical=0.4, coverage=0.8),
    "other": _EVEN,
}
"""By the language. In English embedders are the better arm, in Korean words are."""
OTHER_LANGUAGE = Weights(dense=0.7, lexical=0.3, coverage=0.3, beside=0.2, title=0.0, sound=0.3)
"""Few words are spelled alike in two languages, so meaning counts for more."""


class Candidate(NamedTuple):
    """A passage that was found; scores are the arms' own, and None where an arm did not find it.

    A tuple, because a question makes hundreds.
    """

    key: PassageKey
    """The passage's; it makes a new one whenever it is asked."""
    passage: Passage
    document: Document
    profile: Profile
    title: bytes
    """The marks of the terms of the document's title and the passage's heading."""
    dense: float | None = None
    lexical: float | None = None


class Ranked(NamedTuple):
    """A candidate, its score in 0 to 1, and how much of the question's words stands in it, 0 to 1."""

    candidate: Candidate
    score: float
    coverage: float


def ranked(asked: Asked, candidates: Sequence[Candidate], weights: Weights) -> list[Ranked]:
    """Candidates in one language, best first."""
    if not candidates:
        return []
    dense = _scaled([candidate.dense for candidate in candidates])
    lexical = _scaled([candidate.lexical for candidate in candidates], rest=0.0)
    coverage, title = _coverage(asked, candidates)
    sound = _sound(asked, candidates) if weights.sound else np.zeros(len(candidates))
    clues = np.stack([dense, lexical, coverage, _beside(candidates, (dense + lexical) / 2), title, sound])
    counts = np.array(weights)
    scores = counts @ clues / counts.sum()
    found = map(Ranked, candidates, scores.tolist(), coverage.tolist())
    # No two keys are alike, so that what is ranked is never compared itself.
    return [one for *_, one in sorted(zip((-scores).tolist(), [one.key for one in candidates], found, strict=True))]


def distinction(scores: Sequence[float], *, among: int = 10) -> float:
    """How far the best score stands out from the tenth, 0 to 1: an answer does, the first of the vaguely like does
    not. Of less than ten the last one is taken, so that a passage alone stands out from nothing."""
    best = sorted(scores, reverse=True)[:among]
    if not best or best[0] <= 0:
        return 0.0
    return min(1.0, (best[0] - best[-1]) / best[0])


def _scaled(scores: Sequence[float | None], *, rest: float | None = None) -> Numbers:
    """From 0 for the last one found to 1 for the best. An arm with less than `DEPTH` hits found all there are, and
    `rest` is the score of all others."""
    found = [score for score in scores if score is not None]
    if not found:
        return np.zeros(len(scores))
    lowest = rest if rest is not None and len(found) < DEPTH else min(found)
    span = max(max(found) - lowest, 1e-9)
    return np.array([0.0 if score is None else (score - lowest) / span for score in scores])


def _coverage(asked: Asked, candidates: Sequence[Candidate]) -> tuple[Numbers, Numbers]:
    """The share of the question's terms in passage or title, and in the title alone; rare terms count for more."""
    titles = held(asked.marks, [candidate.title for candidate in candidates])
    anywhere = held(asked.marks, [candidate.profile.terms for candidate in candidates]) | titles
    rarity = _rarity(anywhere)
    total = max(float(rarity.sum()), 1e-9)
    return anywhere @ rarity / total, titles @ rarity / total


def _rarity(held: NDArray[np.bool_]) -> Numbers:
    """Of each column, as BM25 weighs it."""
    count, total = held.sum(axis=0), len(held)
    rarity: Numbers = np.log(1 + (total - count + 0.5) / (count + 0.5))
    return rarity


def _beside(candidates: Sequence[Candidate], scores: Numbers) -> Numbers:
    """The better score of the two neighbours in the document."""
    places = [(candidate.document.id, candidate.passage.ordinal) for candidate in candidates]
    score = dict(zip(places, scores.tolist(), strict=True)).get
    return np.array([max(score((of, at - 1), 0.0), score((of, at + 1), 0.0)) for of, at in places])


def _sound(asked: Asked, candidates: Sequence[Candidate]) -> Numbers:
    """How many words sound like one of the question's; rare ones count for more."""
    if not asked.sounds.size:
        return np.zeros(len(candidates))
    alike = held(asked.sounds, [candidate.profile.sounds for candidate in candidates]) @ asked.may_sound
    count = alike.sum(axis=0)
    rarity = np.where(count > 0, np.log(1 + len(candidates) / (count + 0.5)), 0.0)
    full = _TWO_RARE * math.log(1 + len(candidates) / 1.5)
    return np.asarray(np.minimum(alike @ rarity / full, 1.0), dtype=np.float64)
