"""Gives the places of a result to what was found: one text once, neighbours joined, both languages heard."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from core.chunk import known_as
from core.ranking import Ranked
from core.types import Passage, PassageKey

CONTEXT = 1000
"""Characters of a source at most, unless one passage is longer: a passage is joined with its neighbours up to here."""
REACH = 2
"""Passages on either side that may be joined."""
_SHORT = 4
"""Passages; a document with no more has one place."""
_AGAIN = 0.95
"""What each further place of a document counts against the one before."""

_CERTAIN, _CLEAR, _EVEN = -0.55, -0.15, 0.0
"""How much better the other language must be for one, two and four places in five."""
_WORDS, _SCORE = 0.4, 0.7
"""How much the question's words in its best passage count for the own language, and each best score for its one."""
_PATTERNS = {0: ".....", 1: "....o", 2: "..o.o", 4: "oo.oo"}
"""Places of five: `o` goes to the other language."""


_known_as = lru_cache(maxsize=4096)(known_as)


@dataclass(frozen=True, slots=True)
class Placed:
    """A place of the result: the passage with its joined neighbours, and what it was ranked as."""

    ranked: Ranked
    passage: Passage
    score: float


def reach(ranked: Sequence[Ranked]) -> set[PassageKey]:
    """The keys of all passages that may be joined to these; ordinals count from 0 to the passages of the document."""
    return {
        PassageKey(key.document_id, key.version, ordinal)
        for key, document in ((one.candidate.key, one.candidate.document) for one in ranked)
        for ordinal in range(max(0, key.ordinal - REACH), min(key.ordinal + REACH + 1, document.passage_count))
    }


def placed(ranked: Sequence[Ranked], passages: Mapping[PassageKey, Passage], *, limit: int) -> list[Placed]:
    """The best places. A passage that was joined to a better one, or whose text has a place, gets none."""
    scores = {one.candidate.key: one.score for one in ranked}
    left = list(ranked)
    used: set[PassageKey] = set()
    texts: set[str] = set()
    times: Counter[str] = Counter()
    places: list[Placed] = []
    while left and len(places) < limit:
        best = left.pop(_best(left, times))
        passage, document = best.candidate.passage, best.candidate.document
        known = _known_as(passage.text)
        if best.candidate.key in used or known in texts or (times[document.id] and document.passage_count <= _SHORT):
            continue
        run = _run(passage, passages, scores=scores, used=used)
        used.update(one.key for one in run)
        texts.update(_known_as(one.text) for one in run)
        places.append(Placed(best, _joined(passage, run), best.score * _AGAIN ** times[document.id]))
        times[document.id] += 1
    return places


def _best(ranked: Sequence[Ranked], times: Mapping[str, int]) -> int:
    """The place in the list of the one with the best score after what its document's places cost it."""
    place, best = 0, -1.0
    for other, one in enumerate(ranked):
        if one.score <= best:
            break
        score = one.score * _AGAIN ** times.get(one.candidate.document.id, 0)
        if score > best:
            place, best = other, score
    return place


def other_places(own: Sequence[Ranked], other: Sequence[Ranked], *, stands_out: float) -> int:
    """How many places in five the other language gets: none when the question's own language surely has the answer,
    four when it seems to have none. `stands_out` is how much more the other's best hit stands out, -1 to 1."""
    words = own[0].coverage if own else 0.0
    margin = stands_out + _SCORE * (_best_score(other) - _best_score(own)) - _WORDS * words
    if margin > _EVEN:
        return 4
    if margin > _CLEAR:
        return 2
    return 1 if margin > _CERTAIN else 0


def _best_score(ranked: Sequence[Ranked]) -> float:
    return ranked[0].score if ranked else 0.0


def merged(own: Sequence[Placed], other: Sequence[Placed], *, others: int, limit: int) -> list[Placed]:
    """Both lists in one; where one ends the other goes on."""
    mine, theirs = iter(own), iter(other)
    result: list[Placed] = []
    for place in range(len(own) + len(other)):
        first, second = (theirs, mine) if _PATTERNS[others][place % 5] == "o" else (mine, theirs)
        result.append(next(first, None) or next(second))
    return result[:limit]


def _run(
    passage: Passage,
    passages: Mapping[PassageKey, Passage],
    *,
    scores: Mapping[PassageKey, float],
    used: Collection[PassageKey],
) -> list[Passage]:
    """The passage with those neighbours that follow on directly and fit, the better one first."""
    run = [passage]
    while True:
        size = run[-1].end - run[0].start
        around = [
            (scores.get(key, 0.0), -key.ordinal, one)
            for key, one in _around(run, passages)
            if key not in used and size + len(one.text) <= CONTEXT
        ]
        if not around:
            return run
        *_, best = max(around, key=lambda option: option[:2])
        run = [best, *run] if best.ordinal < run[0].ordinal else [*run, best]


def _around(run: Sequence[Passage], passages: Mapping[PassageKey, Passage]) -> Iterator[tuple[PassageKey, Passage]]:
    first, last = run[0], run[-1]
    key = PassageKey(first.document_id, first.version, first.ordinal - 1)
    before = passages.get(key)
    if before is not None and before.end == first.start and before.heading == first.heading:
        yield key, before
    key = PassageKey(last.document_id, last.version, last.ordinal + 1)
    after = passages.get(key)
    if after is not None and last.end == after.start and after.heading == last.heading:
        yield key, after


def _joined(passage: Passage, run: Sequence[Passage]) -> Passage:
    """One stretch of the document, with number, page and heading of the passage that was found."""
    text = "".join(one.text for one in run)
    start = run[0].start + len(text) - len(text.lstrip())
    return replace(passage, text=text.strip(), start=start, end=start + len(text.strip()), profile=b"")
