"""Both models on passages: here, or where there are many in a process of their own."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from core.backends.background import step_back
from core.backends.embedded import minilm, use
from core.ports import Vectors
from core.words import language, normalise

DIMENSION = use.DIMENSION + minilm.DIMENSION
THREADS = 2
BESIDE_QUESTIONS = max(1, min(THREADS, (os.cpu_count() or 1) - 1))
"""Threads while people ask: a processor stays free, since even the most patient process slows its neighbours."""
PIECE = 4
"""Passages that a thread takes at once: more are no quicker, and the threads would not end at the same moment."""


class PassageModels:
    """Turns passages into vectors, in any thread."""

    def __init__(self, *, multilingual: use.UniversalEncoder, english: minilm.MiniLM) -> None:
        self._multilingual = multilingual
        self._english = english

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Rows of length one, shape (texts, DIMENSION)."""
        plain = [normalise(text) for text in texts]
        rows = np.zeros((len(plain), DIMENSION), dtype=np.float32)
        rows[:, : use.DIMENSION] = self._multilingual.encode(plain)
        english = [place for place, text in enumerate(plain) if language(text) == "en"]
        rows[english, use.DIMENSION :] = self._english.encode([plain[place] for place in english])
        rows[english] /= np.sqrt(2)
        return rows


class PassageProcess:
    """The same with models of its own: what lives in a process that does nothing else."""

    def __init__(self) -> None:
        from threadpoolctl import threadpool_limits

        # Behind what stores and reads, too: that is soon done, and the next passages come of it.
        step_back()
        threadpool_limits(1, user_api="blas")
        self._models = PassageModels(multilingual=use.UniversalEncoder(), english=minilm.MiniLM())

    def encode(self, texts: Sequence[str], threads: int) -> Vectors:
        """Rows of length one, shape (texts, DIMENSION), of at least one text."""
        pieces = [texts[first : first + PIECE] for first in range(0, len(texts), PIECE)]
        with ThreadPoolExecutor(threads) as pool:
            return np.concatenate(list(pool.map(self._models.encode, pieces)))
