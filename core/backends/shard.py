"""The vectors of one scope and language, in contiguous chunks that BLAS can search without copying."""

import numpy as np
from numpy.typing import NDArray

from core.ports import Vector, Vectors

GEMM_FROM = 8
"""Fewer questions than these are answered row by row: BLAS then has no threads of its own to wait for."""
CHUNK_BYTES = 4 * 2**20
"""Memory is reserved by the chunk; the system commits only the pages that are written to."""


class Shard:
    """Rows that grow by the chunk and close the hole when one is dropped, so that nothing is ever gathered."""

    def __init__(self, dimension: int) -> None:
        self._dimension = dimension
        self._height = max(64, CHUNK_BYTES // (4 * dimension))
        self._chunks: list[Vectors] = []
        self._codes = np.empty(64, dtype=np.int64)
        self.keys: list[str] = []

    def __len__(self) -> int:
        return len(self.keys)

    @property
    def reserved(self) -> int:
        """Bytes reserved for vectors."""
        return sum(chunk.nbytes for chunk in self._chunks)

    def append(self, key: str, code: int, vector: Vector) -> int:
        """Adds a row; `code` stands for its document. Returns the row's number."""
        row = len(self.keys)
        if row == len(self._chunks) * self._height:
            self._chunks.append(np.empty((self._height, self._dimension), dtype=np.float32))
        if row == len(self._codes):
            self._codes = np.resize(self._codes, 2 * row)
        self._chunks[row // self._height][row % self._height] = vector
        self._codes[row] = code
        self.keys.append(key)
        return row

    def drop(self, row: int) -> str | None:
        """Removes a row; the last one takes its place and its key is returned, None when it was the last itself."""
        last = len(self.keys) - 1
        moved = self.keys.pop()
        if row != last:
            self.vector(row)[:] = self.vector(last)
            self._codes[row] = self._codes[last]
            self.keys[row] = moved
        if last == (len(self._chunks) - 1) * self._height:
            self._chunks.pop()
        return moved if row != last else None

    def vector(self, row: int) -> Vector:
        """A view of a row."""
        vector: Vector = self._chunks[row // self._height][row % self._height]
        return vector

    def scores(self, questions: Vectors) -> NDArray[np.float32]:
        """Inner products, shape (questions, rows). Columns where every question is zero are not read."""
        asked = np.flatnonzero(questions.any(axis=0))
        columns = slice(asked[0], asked[-1] + 1) if len(asked) else slice(0, 1)
        questions = np.ascontiguousarray(questions[:, columns])
        scores = np.empty((len(questions), len(self.keys)), dtype=np.float32)
        for number, chunk in enumerate(self._chunks):
            first = number * self._height
            used = chunk[: len(self.keys) - first, columns]
            part = scores[:, first : first + len(used)]
            if len(questions) >= GEMM_FROM:
                part[:] = questions @ used.T
                continue
            for question, row in zip(questions, part, strict=True):
                np.dot(used, question, out=row)
        return scores

    def among(self, codes: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which rows belong to these documents, shape (rows,)."""
        return np.isin(self._codes[: len(self.keys)], codes)
