"""A model and an embedder behind a circuit breaker: while they are down, questions do not wait for them."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from core.breaker import Breaker
from core.ports import Embedder, Message, Model, Vector, Vectors
from core.types import Usage


class GuardedModel:
    """`Model` that is left alone while it fails again and again."""

    def __init__(self, model: Model, breaker: Breaker) -> None:
        self._model = model
        self._breaker = breaker

    @property
    def name(self) -> str:
        """The model's own name."""
        return self._model.name

    async def stream(self, messages: Sequence[Message]) -> AsyncGenerator[str | Usage, None]:
        """What the model streams. Raises Unavailable at once while it is left alone."""
        with self._breaker.asking():
            async with aclosing(self._model.stream(messages)) as parts:
                async for part in parts:
                    yield part


class GuardedEmbedder:
    """`Embedder` that is left alone while it fails again and again."""

    def __init__(self, embedder: Embedder, breaker: Breaker) -> None:
        self._embedder = embedder
        self._breaker = breaker

    @property
    def identity(self) -> str:
        """Names model and weights."""
        return self._embedder.identity

    @property
    def dimension(self) -> int:
        """Length of every vector."""
        return self._embedder.dimension

    async def passages(self, texts: Sequence[str]) -> Vectors:
        """One row a text. Raises Unavailable at once while it is left alone."""
        with self._breaker.asking():
            return await self._embedder.passages(texts)

    async def question(self, text: str) -> Vector:
        """The vector to search with. Raises like `passages`."""
        with self._breaker.asking():
            return await self._embedder.question(text)
