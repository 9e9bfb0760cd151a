"""Picks the sentences that most likely hold the answer, as quotes of at most two neighbouring sentences."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from core.clues import Fit, Page, Sentence
from core.question_words import Asked, Numbers

SURE = 2
"""Sentences that are always quoted, where there are as many."""
NEAR = 0.2
"""How likely, beside the best one, a further sentence must be."""

_SAYS_NOTHING = re.compile(r"\s*#{1,6}\s[^\n]*\Z|.*[?？][\s\"'”’)*_]*\Z", re.DOTALL)
"""A Markdown heading says what follows and a question asks: neither answers anything."""
_CODE = re.compile(r".*(?:[{};]\s*\Z|=>|</|/>)", re.DOTALL)
"""Code answers only where no sentence does."""

TELLS = (
    "meaning",
    "cover",
    "rare",
    "passage",
    "first",
    "opening",
    "cover_before",
    "cover_after",
    "score_before",
    "score_after",
)
"""Names of the numbers that `tells` gives for a sentence, in order."""


def tells(asked: Asked, fits: Sequence[Fit]) -> Numbers:
    """The numbers named in `TELLS` for every sentence of every passage, shape (sentences, len(TELLS))."""
    top = max(fit.total for fit in fits)
    rows = []
    for index, fit in enumerate(fits):
        # Plain numbers: a passage has a handful of sentences, for which an array costs more than a list.
        cosines, rares = fit.cosines.tolist(), (fit.held @ asked.squares).tolist()
        covers, scores = [0.0, *fit.cover.tolist(), 0.0], [0.0, *fit.scores.tolist(), 0.0]
        first, behind = float(index == 0), fit.total - top
        rows += [
            (
                cosine,
                covers[row + 1],
                rare,
                behind,
                first,
                float(row == 0),
                covers[row],
                covers[row + 2],
                scores[row],
                scores[row + 2],
            )
            for row, (cosine, rare) in enumerate(zip(cosines, rares, strict=True))
        ]
    return np.array(rows, dtype=float)


@dataclass(frozen=True, slots=True)
class Pick:
    """A sentence with the place of its passage and how likely it holds the answer."""

    passage: int
    sentence: Sentence
    chance: float


def pick(pages: Sequence[Page], chances: Sequence[float]) -> list[tuple[Pick, ...]]:
    """The two best sentences, and a third that is not far behind, in the order of the passages; neighbours
    together, never more than two; none where nothing is said. `chances` has one number a sentence, in order."""
    places = [(place, sentence) for place, page in enumerate(pages) for sentence in page.sentences]
    likeliest = sorted(zip(places, chances, strict=True), key=lambda one: -one[1])
    best = list(islice((one for one in _saying(likeliest) if not _CODE.match(one.sentence.text)), SURE + 1))
    best = best or list(islice(_saying(likeliest), SURE + 1))
    kept = [one for rank, one in enumerate(best) if rank < SURE or one.chance >= NEAR * best[0].chance]
    return _runs(sorted(kept, key=lambda pick: (pick.passage, pick.sentence.place)))


def _saying(sentences: Iterable[tuple[tuple[int, Sentence], float]]) -> Iterator[Pick]:
    """Those that say something: only the first few are ever looked at."""
    for (place, sentence), chance in sentences:
        if not _SAYS_NOTHING.match(sentence.text):
            yield Pick(place, sentence, chance)


def _runs(picks: Sequence[Pick]) -> list[tuple[Pick, ...]]:
    found: list[tuple[Pick, ...]] = []
    for one in picks:
        before = found[-1] if found else ()
        if len(before) == 1 and _neighbours(before[0], one):
            found[-1] = (*before, one)
        else:
            found.append((one,))
    return found


def _neighbours(before: Pick, after: Pick) -> bool:
    return before.passage == after.passage and before.sentence.place + 1 == after.sentence.place
