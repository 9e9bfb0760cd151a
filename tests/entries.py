"""Builds passages, questions and vectors for tests of the indexes."""

from collections.abc import Collection, Sequence

import numpy as np

from core.ports import Entry, Hit, Query, Vector
from core.types import PUBLIC, Audience, Language, Passage, Scope, digest

DIMENSION = 8
ANYBODY = Audience.of(PUBLIC)


def axis(*numbers: int) -> Vector:
    """A vector with a one at these places, e.g. of norm sqrt(2) for two."""
    vector = np.zeros(DIMENSION, dtype=np.float32)
    vector[list(numbers)] = 1.0
    return vector


def entry(
    document_id: str,
    text: str = "text",
    *,
    vector: Vector | None = None,
    version: int = 1,
    ordinal: int = 0,
    scope: Scope = PUBLIC,
    language: Language = "en",
    title: str = "",
    heading: str = "",
) -> Entry:
    """A passage on its way into an index."""
    passage = Passage(document_id, version, ordinal, text, heading=heading, end=len(text))
    return Entry(
        passage=passage,
        scope=scope,
        title=title,
        language=language,
        digest=digest(text),
        vector=axis(0) if vector is None else vector,
    )


def query(
    text: str = "",
    *,
    vector: Vector | None = None,
    audience: Audience = ANYBODY,
    documents: Collection[str] | None = None,
    language: Language | None = None,
) -> Query:
    """A question to an index."""
    return Query(
        text=text,
        vector=axis(0) if vector is None else vector,
        audience=audience,
        documents=None if documents is None else frozenset(documents),
        language=language,
    )


def clusters(count: int, dimension: int, *, seed: int = 0) -> Sequence[Vector]:
    """Unit vectors that lie in clusters, as those of texts do."""
    random = np.random.default_rng(seed)
    centres = random.standard_normal((max(1, count // 50), dimension), dtype=np.float32)
    chosen = centres[random.integers(0, len(centres), count)]
    vectors = chosen + 0.7 * random.standard_normal((count, dimension), dtype=np.float32)
    return list(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))


def found(hits: Sequence[Hit]) -> list[str]:
    """The documents of hits, best first."""
    return [hit.key.document_id for hit in hits]
