"""The default embedder: one multilingual model for everything, and an English one beside it where both are English.

A vector is two vectors on end: 512 numbers of the multilingual model and 384 of the English one, which are zero where
the text is not English. The question's side carries the weights, so that a plain inner product compares English with
English by both and everything else by the multilingual model alone; no index has to know.
"""

import asyncio
import hashlib
import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from core.backends.child import Child
from core.backends.embedded import graph, minilm, passages, questions, use
from core.backends.gather import Gathered
from core.errors import Unavailable
from core.ports import Vector, Vectors
from core.types import Language
from core.words import essence, language, normalise, subject

log = logging.getLogger(__name__)

REVISION = 1
"""Of how vectors are made here; a change makes other vectors."""

MULTILINGUAL_SHARE = 0.3
"""Of the multilingual model where question and passage are English."""
COMMON_SHARE = 0.5
"""How much of what all questions have in common is taken off a question."""

_BATCH = 32
"""Passages that are embedded in one go, from however many documents."""
_FEW = 32
"""Passages that are not worth a process of their own, which takes a second to start."""
_WAITING = 100_000
_LATELY = 2.0
"""Seconds after a question in which a further one is likely."""
_QUESTION_THREADS = 2
_LONGEST_QUESTION = 2000
"""Characters; the rest of a longer question is not looked at."""

Result = TypeVar("Result")


class EmbeddedEmbedder:
    """Passages are embedded in a process that gives way to this one, so that questions never wait behind them."""

    dimension = passages.DIMENSION

    def __init__(self) -> None:
        self._multilingual = use.UniversalEncoder()
        self._english = minilm.MiniLM()
        self._quick = ThreadPoolExecutor(_QUESTION_THREADS, thread_name_prefix="embed-question")
        self._slow = ThreadPoolExecutor(1, thread_name_prefix="embed-passages")
        self._here = passages.PassageModels(multilingual=self._multilingual, english=self._english)
        self._elsewhere = Child(passages.PassageProcess)
        # While a batch is worked on, the next one is at the process already.
        self._gathered: Gathered[str, Vector] = Gathered(self._batch, at_once=_BATCH, waiting=_WAITING, side_by_side=2)
        self._owed = 0
        self._asked_at = -_LATELY
        self._closed = False

    @cached_property
    def identity(self) -> str:
        """Changes with the weights and with everything else that changes a vector."""
        digests = hashlib.sha256(f"{REVISION} {graph.REVISION} {minilm.LONGEST}".encode())
        for path in (*use.weights(), *minilm.weights()):
            with path.open("rb") as file:
                digests.update(hashlib.file_digest(file, "sha256").digest())
        return f"embedded:use-m3+minilm-l6:{digests.hexdigest()[:16]}"

    async def warm(self) -> None:
        """Loads both models. Raises Unavailable."""
        await asyncio.gather(
            self._run(self._quick, self._question, "준비됐나요?"),
            self._run(self._quick, self._english.encode, ["ready"]),
        )

    async def passages(self, texts: Sequence[str]) -> Vectors:
        """Rows of length one, shape (texts, 896). Raises Unavailable."""
        self._owed += len(texts)
        try:
            rows = await asyncio.gather(*map(self._gathered, texts))
        finally:
            self._owed -= len(texts)
        return np.array(rows, dtype=np.float32).reshape(-1, self.dimension)

    async def question(self, text: str) -> Vector:
        """A vector of any length; its inner product with a passage's is the likeness. Raises Unavailable."""
        self._asked_at = time.monotonic()
        return await self._run(self._quick, self._question, text)

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """Rows of length one of the multilingual model alone, shape (texts, 512), for comparing any two sentences."""
        self._asked_at = time.monotonic()
        return await self._run(self._quick, self._sentences, texts)

    async def alike(self, words: Sequence[str], texts: Sequence[str]) -> NDArray[np.float64]:
        """How alike each word is to the likest one of each text, in whatever language, shape (words, texts)."""
        return await self._run(self._quick, self._multilingual.alike, words, texts)

    async def close(self) -> None:
        """Ends the process and the threads."""
        self._closed = True
        self._slow.shutdown(wait=False, cancel_futures=True)
        # Nothing is lost with it.
        await self._elsewhere.close(patience=0.0)
        self._quick.shutdown(wait=False, cancel_futures=True)

    async def _batch(self, texts: Sequence[str]) -> Sequence[Vector]:
        if self._owed > _FEW or self._elsewhere.awake:
            lately = time.monotonic() - self._asked_at < _LATELY
            threads = passages.BESIDE_QUESTIONS if lately else passages.THREADS
            try:
                return list(await self._elsewhere.call("encode", texts, threads))
            except Unavailable as error:
                if self._closed:
                    raise
                log.warning("embedding here what a process of its own could not: %s", error.code)
            except RuntimeError as error:
                raise Unavailable("embedded.failed", reason=type(error).__name__) from error
        return list(await self._run(self._slow, self._here.encode, texts))

    def _sentences(self, texts: Sequence[str]) -> Vectors:
        return self._multilingual.encode([normalise(text) for text in texts])

    def _question(self, text: str) -> Vector:
        asked = text[:_LONGEST_QUESTION]
        tongue = language(asked)
        row = np.zeros(self.dimension, dtype=np.float32)
        whole, bare = self._multilingual.encode([subject(asked), essence(asked)])
        meaning = (whole + bare) / max(float(np.linalg.norm(whole + bare)), 1e-9)
        row[: use.DIMENSION] = meaning - COMMON_SHARE * self._common[tongue]
        if tongue == "en":
            # Passages in English were divided by the square root of two.
            row[: use.DIMENSION] *= MULTILINGUAL_SHARE * np.sqrt(2)
            row[use.DIMENSION :] = self._english.encode([subject(asked)])[0] * (1 - MULTILINGUAL_SHARE) * np.sqrt(2)
        return row

    @cached_property
    def _common(self) -> dict[Language, Vector]:
        """What questions in a language have in common."""
        return {
            "ko": self._multilingual.encode(questions.KOREAN).mean(axis=0),
            "en": self._multilingual.encode(questions.ENGLISH).mean(axis=0),
            "other": np.zeros(use.DIMENSION, dtype=np.float32),
        }

    async def _run(self, threads: ThreadPoolExecutor, work: Callable[..., Result], *details: object) -> Result:
        try:
            return await asyncio.get_running_loop().run_in_executor(threads, work, *details)
        except Exception as error:
            raise Unavailable("embedded.failed", reason=type(error).__name__) from error
