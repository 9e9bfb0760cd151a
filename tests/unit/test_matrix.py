"""The exact search in memory: whatever is added and removed, it agrees with the plain formula."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.backends.matrix import Ask, Matrix, Row, rows_of, vectors_of
from core.backends.shard import CHUNK_BYTES, Shard
from core.ports import Entry, Query
from core.types import Audience, Language, PassageKey, Scope
from tests.entries import DIMENSION, axis, entry, query

SCOPES = (Scope("public"), Scope("workspace:slack:T1"), Scope("channel:slack:T1:C1"))
LANGUAGES: tuple[Language, ...] = ("ko", "en", "other")


def added(matrix: Matrix, entries: Sequence[Entry]) -> None:
    matrix.add(rows_of(entries), vectors_of(entries, DIMENSION))


def expected(entries: Sequence[Entry], asked: Query, limit: int) -> list[tuple[PassageKey, float]]:
    """The search as one would explain it."""
    seen = [
        each
        for each in entries
        if each.scope in asked.audience
        and asked.language in (None, each.language)
        and (asked.documents is None or each.passage.document_id in asked.documents)
    ]
    scored = [(each.passage.key, float(each.vector @ asked.vector)) for each in seen]
    return sorted(scored, key=lambda hit: (-hit[1], hit[0]))[:limit]


vectors = st.lists(st.integers(-3, 3), min_size=DIMENSION, max_size=DIMENSION).map(
    lambda numbers: np.array(numbers, dtype=np.float32)
)
entries = st.builds(
    entry,
    st.sampled_from(["a", "b", "c"]),
    st.sampled_from(["one", "two", "three"]),
    vector=vectors,
    version=st.integers(1, 2),
    ordinal=st.integers(0, 5),
    scope=st.sampled_from(SCOPES),
    language=st.sampled_from(LANGUAGES),
)
removals = st.tuples(st.sampled_from(["a", "b", "c"]), st.integers(1, 2))
queries = st.builds(
    query,
    vector=vectors,
    audience=st.frozensets(st.sampled_from(SCOPES)).map(Audience),
    documents=st.none() | st.frozensets(st.sampled_from(["a", "b", "z"])),
    language=st.none() | st.sampled_from(LANGUAGES),
)


@settings(deadline=None)
@given(st.lists(entries | removals, max_size=60), st.lists(queries, min_size=1, max_size=4), st.integers(1, 8))
def test_it_finds_what_the_plain_formula_finds(
    changes: Sequence[Entry | tuple[str, int]], asked: Sequence[Query], limit: int
) -> None:
    matrix, left = Matrix(DIMENSION), dict[PassageKey, Entry]()
    for change in changes:
        if isinstance(change, Entry):
            added(matrix, [change])
            left[change.passage.key] = change
        else:
            matrix.remove(*change)
            left = {key: each for key, each in left.items() if (key.document_id, key.version) != change}
    found = matrix.search([Ask(each, limit) for each in asked])
    for each, hits in zip(asked, found, strict=True):
        wanted = expected(list(left.values()), each, limit)
        assert [hit.score for hit in hits] == [score for _, score in wanted]
        assert len({hit.key for hit in hits}) == len(hits)
        assert all(left[hit.key].vector @ each.vector == hit.score for hit in hits)
    assert len(matrix) == len(left)
    texts = {each.digest: each.vector for each in left.values()}
    assert set(matrix.recall([entry("x", text).digest for text in ("one", "two", "three")])) == set(texts)


def test_hits_of_equal_score_come_in_the_order_of_their_keys() -> None:
    matrix = Matrix(DIMENSION)
    added(matrix, [entry(name, scope=scope) for name, scope in zip("cab", SCOPES, strict=True)])
    (hits,) = matrix.search([Ask(query(audience=Audience.of(*SCOPES)), 3)])
    assert [hit.key.document_id for hit in hits] == ["a", "b", "c"]


def test_a_vector_that_is_no_number_is_never_a_hit() -> None:
    matrix = Matrix(DIMENSION)
    added(matrix, [entry("broken", vector=axis(0) * np.float32(np.nan)), entry("whole")])
    (hits,) = matrix.search([Ask(query(), 5)])
    assert [hit.key.document_id for hit in hits] == ["whole"]


def test_removed_rows_give_their_memory_back() -> None:
    wide = 1024
    matrix = Matrix(wide)
    rows = 3 * CHUNK_BYTES // (4 * wide)
    keys = [Row(PassageKey(str(number % 3), 1, number), "public", "en", str(number)) for number in range(rows)]
    matrix.add(keys, np.ones((rows, wide), dtype=np.float32))
    full = matrix.reserved
    matrix.remove("0", 1)
    matrix.remove("1", 1)
    assert matrix.reserved <= full // 2
    matrix.remove("2", 1)
    assert (matrix.reserved, len(matrix)) == (0, 0)


def test_a_recalled_vector_is_a_copy() -> None:
    matrix = Matrix(DIMENSION)
    added(matrix, [entry("a", "one")])
    digest = entry("a", "one").digest
    matrix.recall([digest])[digest][:] = 0
    assert np.array_equal(matrix.recall([digest])[digest], axis(0))


def test_a_shard_closes_its_holes_across_chunks() -> None:
    shard = Shard(CHUNK_BYTES // (4 * 64))
    vectors = np.arange(130, dtype=np.float32)
    for number, value in enumerate(vectors):
        shard.append(str(number), number, np.full(CHUNK_BYTES // (4 * 64), value, dtype=np.float32))
    assert shard.drop(5) == "129"
    assert shard.drop(128) is None
    assert shard.vector(5)[0] == 129
    assert len(shard) == len(shard.keys) == 128
    assert list(np.flatnonzero(shard.among(np.array([129, 7])))) == [5, 7]


@pytest.mark.parametrize("shape", [(DIMENSION + 1,), (1, DIMENSION), ()])
def test_vectors_of_another_shape_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="shape"):
        vectors_of([entry("a", vector=np.ones(shape, dtype=np.float32))], DIMENSION)


def test_one_vector_asked_in_several_ways_finds_what_each_of_them_may_see() -> None:
    matrix = Matrix(DIMENSION)
    known = [entry("a", "one", vector=axis(0), language="ko"), entry("b", "two", vector=axis(0), language="en")]
    added(matrix, known)
    anything = query(vector=axis(0), audience=Audience(frozenset(each.scope for each in known)))
    asked = [anything, replace(anything, language="en"), replace(anything, documents=frozenset(["a"]))]
    found = matrix.search([Ask(query=each, limit=5) for each in asked])
    assert [[hit.key.document_id for hit in hits] for hits in found] == [["a", "b"], ["b"], ["a"]]
