"""Sentences are embedded once, however many ask for them."""

import asyncio
from collections.abc import Sequence

import numpy as np
import pytest

from core.errors import Unavailable
from core.ports import Vectors
from core.remembered import RememberingEmbedder


class Lengths:
    """The vector of a text is its length; says what it was asked, and waits or fails when told to."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []
        self.go_on = asyncio.Event()
        self.go_on.set()
        self.away = False

    async def embed(self, texts: Sequence[str]) -> Vectors:
        self.asked.append(list(texts))
        await self.go_on.wait()
        if self.away:
            raise Unavailable("chat.busy")
        return np.array([[len(text)] for text in texts], dtype=np.float32)


async def test_each_text_is_embedded_once_and_rows_keep_their_order() -> None:
    lengths = Lengths()
    remembering = RememberingEmbedder(lengths)
    assert (await remembering.embed(["a", "bbb", "a"])).tolist() == [[1], [3], [1]]
    assert (await remembering.embed(["cc", "bbb"])).tolist() == [[2], [3]]
    assert lengths.asked == [["a", "bbb"], ["cc"]]


async def test_those_who_ask_at_the_same_moment_share_the_work() -> None:
    lengths = Lengths()
    lengths.go_on.clear()
    remembering = RememberingEmbedder(lengths)
    asking = [asyncio.create_task(remembering.embed(["a"])) for _ in range(5)]
    await asyncio.sleep(0)
    asking[0].cancel()
    lengths.go_on.set()
    rest = await asyncio.gather(*asking[1:])
    assert all(vectors.tolist() == [[1]] for vectors in rest)
    assert lengths.asked == [["a"]]


async def test_a_failure_is_not_remembered() -> None:
    lengths = Lengths()
    remembering = RememberingEmbedder(lengths)
    await remembering.embed(["kept"])
    lengths.away = True
    with pytest.raises(Unavailable):
        await remembering.embed(["kept", "a"])
    lengths.away = False
    assert (await remembering.embed(["a"])).tolist() == [[1]]
    assert len(remembering) == 2


async def test_what_was_not_asked_for_longest_is_forgotten() -> None:
    lengths = Lengths()
    remembering = RememberingEmbedder(lengths, kept=2)
    for text in ("a", "b", "a", "c"):
        await remembering.embed([text])
    assert len(remembering) == 2
    await remembering.embed(["a"])
    assert lengths.asked == [["a"], ["b"], ["c"]]
