"""Remembers vectors of sentences: the passages that people ask about are the same ones again and again."""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence

import numpy as np

from core.evidence import SentenceEmbedder
from core.ports import Vectors

KEPT = 8000
"""Vectors; of 512 numbers they are 16 MB."""


class RememberingEmbedder:
    """A SentenceEmbedder that asks another one for each text once, also when many ask at the same moment."""

    def __init__(self, embedder: SentenceEmbedder, *, kept: int = KEPT) -> None:
        self._embedder = embedder
        self._kept = kept
        self._known: OrderedDict[str, tuple[asyncio.Future[Vectors], int]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._known)

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """One row a text, in order. Raises what the other embedder raises, and then remembers nothing of it."""
        missing = [text for text in dict.fromkeys(texts) if text not in self._known]
        if missing:
            # A task of its own: whoever asked first may be cancelled while others wait for the same vectors.
            asking = asyncio.ensure_future(self._embedder.embed(missing))
            asking.add_done_callback(self._forget_failure)
            self._known.update((text, (asking, row)) for row, text in enumerate(missing))
        places = []
        for text in texts:
            self._known.move_to_end(text)
            places.append(self._known[text])
        while len(self._known) > self._kept:
            self._known.popitem(last=False)
        return np.stack([(await asyncio.shield(asked))[row] for asked, row in places])

    def _forget_failure(self, asked: asyncio.Future[Vectors]) -> None:
        if asked.cancelled() or asked.exception() is not None:
            for text in [text for text, (known, _) in self._known.items() if known is asked]:
                del self._known[text]
