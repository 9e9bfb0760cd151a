"""Vectors from any server that speaks OpenAI's language."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from core.backends.model_statistics import ModelStatistics
from core.backends.openai_connection import Connection, attempt, printable
from core.backends.openai_parameters import NONE, embedding_parameters, newly_refused
from core.errors import SaseoError, Unavailable
from core.ports import Vector, Vectors
from core.pricing import estimate_tokens
from core.types import Usage

if TYPE_CHECKING:
    from langchain_openai import OpenAIEmbeddings

BATCH_COUNT = 32
BATCH_BYTES = 128 * 1024
"""One request takes at most so many texts and bytes; a longer text goes alone. Unpacking more vectors at once would
hold up the event loop for longer than the first word of a reply may wait (20 ms)."""


class VendorEmbedder:
    """Asks a vendor for vectors of unit length. `timeout` is in seconds for each batch, retries included."""

    def __init__(
        self, *, api_key: str, base_url: str | None, model: str, dimension: int, timeout: float, retries: int
    ) -> None:
        self.statistics = ModelStatistics()
        self._model = model
        self._dimension = dimension
        self._timeout = timeout
        self._retries = retries
        self._refused = NONE
        self._connection = Connection(self._build, api_key=api_key, base_url=base_url, timeout=timeout)

    @property
    def identity(self) -> str:
        """Names model and dimension, e.g. `openai:text-embedding-3-small:1536`."""
        return f"openai:{self._model}:{self._dimension}"

    @property
    def dimension(self) -> int:
        """Length of every vector."""
        return self._dimension

    async def warm(self) -> None:
        """Imports and builds the vendor's client (3 to 4 s) in a thread, so that no question waits for it."""
        await self._connection.client()

    async def close(self) -> None:
        """Closes every connection. The embedder can be asked again and then connects anew."""
        await self._connection.close()

    async def passages(self, texts: Sequence[str]) -> Vectors:
        """One row a text, in order. Raises Unavailable, or Refused where the operator can mend it."""
        rows = [await self._batch(batch) for batch in batches(texts)]
        return np.concatenate(rows) if rows else np.empty((0, self._dimension), dtype=np.float32)

    async def question(self, text: str) -> Vector:
        """The vector to search with. Raises like `passages`."""
        vector: Vector = (await self.passages([text]))[0]
        return vector

    async def _batch(self, texts: list[str]) -> Vectors:
        self.statistics.asked()
        try:
            client = await self._connection.client()
            rows = await attempt(
                lambda: self._embed(client, texts),
                model=self._model,
                retries=self._retries,
                deadline=asyncio.get_running_loop().time() + self._timeout,
            )
            vectors = unit_vectors(rows, count=len(texts), dimension=self._dimension)
        except SaseoError as error:
            self.statistics.failed(error.code)
            raise
        self.statistics.estimated(Usage(estimate_tokens(*texts), 0))
        return vectors

    async def _embed(self, client: "OpenAIEmbeddings", texts: list[str]) -> list[list[float]]:
        refused = self._refused
        while True:
            sent = embedding_parameters(refused, dimension=self._dimension)
            try:
                rows = await client.aembed_documents(texts, **arguments(sent))
            except Exception as error:
                name = newly_refused(error, sent, refused)
                if name is None:
                    raise
                refused |= {name}
            else:
                self._refused |= refused
                return rows

    def _build(self, settings: dict[str, Any]) -> "OpenAIEmbeddings":
        from langchain_openai import OpenAIEmbeddings

        return OpenAIEmbeddings(
            model=self._model,
            chunk_size=BATCH_COUNT,
            check_embedding_ctx_length=False,  # counting would fetch tiktoken's tables from the network
            **settings,
        )


def batches(texts: Sequence[str]) -> Iterator[list[str]]:
    """The texts in order, fit to be sent, in lists of bounded count and size."""
    batch: list[str] = []
    size = 0
    for text in map(printable, texts):
        length = len(text.encode())
        if batch and (len(batch) == BATCH_COUNT or size + length > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(text)
        size += length
    if batch:
        yield batch


def unit_vectors(rows: Sequence[Sequence[float]], *, count: int, dimension: int) -> Vectors:
    """The rows as an array (count, dimension), each of length one. Raises Unavailable when they cannot be that."""
    try:
        vectors: Vectors = np.asarray(rows, dtype=np.float32)
    except (TypeError, ValueError):
        raise Unavailable("model.vectors") from None
    if vectors.ndim != 2 or len(vectors) != count:
        raise Unavailable("model.vectors")
    if vectors.shape[1] != dimension:
        raise Unavailable("model.dimension", found=vectors.shape[1], expected=dimension)
    lengths: Vectors = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not (np.isfinite(lengths).all() and lengths.all()):
        raise Unavailable("model.vectors")
    vectors /= lengths
    return vectors


def arguments(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters as the client takes them: it asks for base64 by itself, and then unpacks it too."""
    return {name: value for name, value in parameters.items() if value != "base64"}
