"""Finds passages: asks both arms within the audience, checks again, ranks, and joins neighbours."""

import asyncio
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import cast

import numpy as np

from core.allowed import Allowed
from core.errors import Unavailable
from core.measuring import SILENT, Recorder, measured
from core.places import Placed, merged, other_places, placed, reach
from core.ports import DenseIndex, Embedder, Index, Query, Shelves, Vector, Vectors
from core.profile import Asked, Profile, terms_of
from core.ranking import DEPTH, OTHER_LANGUAGE, SAME_LANGUAGE, Candidate, distinction, ranked
from core.remembered import RememberingEmbedder
from core.together import Together
from core.types import Audience, Document, Language, Metadata, Passage, PassageKey

MOST = 50
"""Places of a result."""
_KEPT = 20_000
"""Titles, and passages that came without a profile, that are kept taken apart: a kilobyte each at most."""
_QUESTIONS_KEPT = 1000
"""Vectors of questions."""
_SPARE = 2
"""How many times as many passages are looked at as there are places, since some are joined."""

_OTHER: Mapping[Language, Language] = {"ko": "en", "en": "ko"}

Scores = dict[PassageKey, float]
"""What an arm gave each passage that it found."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Found:
    """A source: a verbatim stretch of a document around the passage that was found.

    `passage` has the number, page and heading of that passage; text, start and end are of the stretch. `score`, 0 to
    1, compares the sources of one question; `dense` is the likeness that the dense arm gave, None where it gave none.
    """

    passage: Passage
    document: Document
    score: float
    dense: float | None = None


class Retrieval:
    """Searches with one arm where the other is unavailable; raises Unavailable when both are."""

    def __init__(
        self,
        *,
        dense: DenseIndex,
        lexical: Index,
        shelves: Shelves,
        embedder: Embedder,
        recorder: Recorder = SILENT,
    ) -> None:
        self._dense = dense
        self._lexical = lexical
        self._shelves = shelves
        self._recorder = recorder
        self._embedder = RememberingEmbedder(_Questions(embedder), kept=_QUESTIONS_KEPT)
        self._profile = lru_cache(maxsize=_KEPT)(Profile.of)
        self._title = lru_cache(maxsize=_KEPT)(_terms_of_title)
        self._together: Together[_Search, tuple[Found, ...]] = Together(self._searched)

    async def search(
        self,
        text: str,
        *,
        audience: Audience,
        limit: int,
        filters: Metadata | None = None,
        allowed: Allowed | None = None,
    ) -> tuple[Found, ...]:
        """The best sources, best first: at most `limit`, which is 1 to 50, and only of documents that are allowed."""
        if not text.strip() or not audience.scopes:
            return ()
        vector = await self._vector(text)
        wanted = max(1, min(limit, MOST))
        return await self._together(_Search(text, audience, wanted, _named(filters), vector, allowed))

    async def _searched(self, search: "_Search") -> tuple[Found, ...]:
        asked, audience = Asked(search.text), search.audience
        if search.allowed is not None and search.allowed.by_readers_alone:
            audience = search.allowed.narrowed(audience)
        documents = await self._documents(search)
        if not audience.scopes or (documents is not None and not documents):
            return ()
        dense, lexical = await self._hits(asked, search.vector, audience, documents)
        candidates = await self._candidates(dense, lexical, audience)
        places = await self._places(asked, candidates, audience, limit=search.limit)
        return tuple(_found(places))

    async def _documents(self, search: "_Search") -> frozenset[str] | None:
        """The documents that may be found where these must be named; None: those of the audience."""
        filters = {name: value for name, _, value in search.filters}
        named = [await self._shelves.matching(filters, search.audience)] if filters else []
        if search.allowed is not None and not search.allowed.by_readers_alone:
            named.append(await self._shelves.among(search.allowed, search.audience))
        return frozenset.intersection(*named) if named else None

    async def _hits(
        self, asked: Asked, vector: Vector | None, audience: Audience, documents: frozenset[str] | None
    ) -> tuple[Scores, Scores]:
        """What the dense and what the lexical arm found, in any language and in the other one."""
        query = Query(asked.text, np.zeros(0, np.float32) if vector is None else vector, audience, documents)
        queries = [query]
        if asked.language in _OTHER:
            queries.append(replace(query, language=_OTHER[asked.language]))
        arms: list[tuple[str, Index]] = [("search_words", self._lexical)]
        if vector is not None:
            arms.append(("search_vectors", self._dense))
        results = await asyncio.gather(*(self._scores(*arm, queries) for arm in arms), return_exceptions=True)
        scores = [result for result in results if not isinstance(result, BaseException)]
        for result in results:
            if isinstance(result, Unavailable) and scores:
                log.warning("searching without an arm: %s", result.code)
            elif isinstance(result, BaseException):
                raise result
        lexical, dense = (*(result if isinstance(result, dict) else {} for result in results), {})[:2]
        return dense, lexical

    async def _scores(self, stage: str, arm: Index, queries: Iterable[Query]) -> Scores:
        with measured(self._recorder, stage):
            hits = await asyncio.gather(*(arm.search(query, limit=DEPTH) for query in queries))
        return {hit.key: hit.score for each in hits for hit in each}

    async def _vector(self, text: str) -> Vector | None:
        try:
            with measured(self._recorder, "embed"):
                (vector,) = await self._embedder.embed([text])
        except Unavailable as error:
            log.warning("searching by words alone: %s", error.code)
            return None
        return cast("Vector", vector)

    async def _candidates(self, dense: Scores, lexical: Scores, audience: Audience) -> list[Candidate]:
        known = await self._shelves.resolve(dense.keys() | lexical.keys(), audience)
        # By position: for hundreds of them names would take as long as all the rest.
        return [
            Candidate(
                key,
                passage,
                document,
                Profile.unpacked(passage.profile) if passage.profile else self._profile(passage.text),
                self._title(document.title, passage.heading),
                dense.get(key),
                lexical.get(key),
            )
            for key, (passage, document) in known.items()
        ]

    async def _places(
        self, asked: Asked, candidates: Sequence[Candidate], audience: Audience, *, limit: int
    ) -> list[Placed]:
        foreign = _OTHER.get(asked.language)
        own = [one for one in candidates if one.profile.language != foreign]
        other = [one for one in candidates if one.profile.language == foreign]
        own_ranked = ranked(asked, own, SAME_LANGUAGE[asked.language])
        other_ranked = ranked(asked, other, OTHER_LANGUAGE)
        around = {one.key: one.passage for one in candidates}
        best = [*own_ranked[: limit * _SPARE], *other_ranked[: limit * _SPARE]]
        more = await self._shelves.resolve(reach(best) - around.keys(), audience)
        around |= {key: passage for key, (passage, _) in more.items()}
        own_placed, other_placed = (placed(each, around, limit=limit) for each in (own_ranked, other_ranked))
        others = other_places(own_ranked, other_ranked, stands_out=_distinction(other) - _distinction(own))
        return merged(own_placed, other_placed, others=others, limit=limit)


@dataclass(frozen=True, slots=True)
class _Search:
    """What is asked for. Equal ones have the same result; the vector is the text's."""

    text: str
    audience: Audience
    limit: int
    filters: tuple[tuple[str, type, str | int | float | bool | None], ...]
    vector: Vector | None = field(compare=False)
    allowed: Allowed | None = None


def _named(filters: Metadata | None) -> tuple[tuple[str, type, str | int | float | bool | None], ...]:
    """Filters with their types: 1 and true are equal to Python, and no filter takes one for the other."""
    return tuple((name, type(value), value) for name, value in (filters or {}).items())


class _Questions:
    """Embeds questions, one at a time, as sentences are embedded."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder

    async def embed(self, texts: Sequence[str]) -> Vectors:
        return np.stack([await self._embedder.question(text) for text in texts])


def _terms_of_title(title: str, heading: str) -> bytes:
    return terms_of(f"{title} {heading}")


def _distinction(candidates: Iterable[Candidate]) -> float:
    return distinction([one.dense for one in candidates if one.dense is not None])


def _found(places: Iterable[Placed]) -> Iterator[Found]:
    """Scores never rise from one place to the next, although the two languages were ranked apart."""
    score = 1.0
    for place in places:
        score = min(score, place.score)
        candidate = place.ranked.candidate
        yield Found(passage=place.passage, document=candidate.document, score=score, dense=candidate.dense)
