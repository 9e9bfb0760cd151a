"""Measures of a search on questions with known answers: recall, reciprocal rank, gain, excerpt coverage."""

import math
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

CUTOFFS = (1, 5, 10)
DEPTH = 10
SHINGLE = 12
CONTEXT = 5
"""How many texts a model is given, as far as the measure of the context's length goes."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One result of a search: the document it was cut from and its text."""

    document_id: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Expected:
    """What a question should find. `gains` holds how relevant each document is, above 0."""

    gains: Mapping[str, float]
    answers: tuple[str, ...] = ()
    """Texts that answer it; one of them should stand in what was found. Empty where no text can."""
    excerpts: tuple[str, ...] = ()
    """Stretches of documents that should be among what was found."""


def measure(expected: Expected, hits: Sequence[Hit]) -> dict[str, float]:
    """Every measure that this question allows, by name; each between 0 and 1 but `ctx_chars@5`, in characters."""
    measures: dict[str, float] = {}
    for cutoff in CUTOFFS:
        top = hits[:cutoff]
        found = {hit.document_id for hit in top} & expected.gains.keys()
        text = normalise(" ".join(hit.text for hit in top))
        measures[f"recall@{cutoff}"] = len(found) / len(expected.gains)
        measures[f"hit@{cutoff}"] = float(bool(found))
        if expected.answers:
            measures[f"contain@{cutoff}"] = float(_contains(text, expected.answers))
        if expected.excerpts:
            measures[f"cover@{cutoff}"] = _coverage(text, expected.excerpts)
    gains = _gains(expected.gains, hits[:DEPTH])
    best = sorted(expected.gains.values(), reverse=True)[:DEPTH]
    measures["mrr@10"] = next((1 / rank for rank, gain in enumerate(gains, start=1) if gain), 0.0)
    measures["ndcg@10"] = _discounted(gains) / _discounted(best)
    measures[f"ctx_chars@{CONTEXT}"] = float(sum(len(hit.text) for hit in hits[:CONTEXT]))
    return measures


def averages(rows: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """The mean of every measure over the questions that have it, to four digits."""
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: round(fmean(row[name] for row in rows if name in row), 4) for name in names}


def percentile(values: Sequence[float], percent: float) -> float:
    """The value at this percentage of the sorted values, by nearest rank; nan without values."""
    if not values:
        return math.nan
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, round(percent / 100 * (len(ranked) - 1)))]


def normalise(text: str) -> str:
    """Letters and digits alone, in lower case: what is left when spelling and layout do not count."""
    return "".join(char for char in unicodedata.normalize("NFKC", text).lower() if char.isalnum())


def _contains(text: str, answers: Sequence[str]) -> bool:
    return any(normalise(answer) in text for answer in answers if normalise(answer))


def _coverage(text: str, excerpts: Sequence[str]) -> float:
    found = _shingles(text)
    wanted = [_shingles(normalise(excerpt)) for excerpt in excerpts]
    return fmean(len(shingles & found) / len(shingles) for shingles in wanted)


def _shingles(text: str) -> set[str]:
    return {text[at : at + SHINGLE] for at in range(max(1, len(text) - SHINGLE + 1))}


def _gains(relevant: Mapping[str, float], hits: Sequence[Hit]) -> list[float]:
    # A second passage of the same document takes a place and earns nothing.
    seen: set[str | None] = set()
    gains = []
    for hit in hits:
        gains.append(0.0 if hit.document_id in seen else relevant.get(hit.document_id or "", 0.0))
        seen.add(hit.document_id)
    return gains


def _discounted(gains: Sequence[float]) -> float:
    return sum(gain / math.log2(rank + 1) for rank, gain in enumerate(gains, start=1))
