"""Words are compared by the vectors of their pieces, whatever stands around them."""

from types import SimpleNamespace

import numpy as np
import pytest

from core.backends.embedded.pieces import Pieces

WORDS = {"car": [7], "차량": [8], "tree": [9], "the": [10], "railcar": [7, 9]}
TABLE = np.zeros((12, 4), dtype=np.uint8)
TABLE[[7, 8, 9, 10]] = [[9, 1, 0, 0], [9, 3, 0, 0], [0, 0, 9, 0], [0, 200, 0, 0]]


class Cutter:
    def encode(self, text: str, *, out_type: type) -> list[int]:
        assert out_type is int
        return [1, *(piece for word in text.split() for piece in WORDS[word]), 2]


@pytest.fixture
def pieces() -> Pieces:
    backend = SimpleNamespace(table=TABLE, scale=np.ones(3, np.float32), lo=np.zeros(3, np.float32), sp=Cutter())
    return Pieces(SimpleNamespace(_model=backend))


def test_a_word_is_alike_to_the_likest_word_of_a_text(pieces: Pieces) -> None:
    alike = pieces.alike(["car", "tree"], ["tree 차량", "차량"])
    assert alike.shape == (2, 2)
    assert alike[0] == pytest.approx(0.98, abs=0.02)
    assert alike[1] == pytest.approx([1.0, 0.0])


def test_a_word_of_two_pieces_is_as_alike_as_they_are_together(pieces: Pieces) -> None:
    ((half,),) = pieces.alike(["railcar"], ["car"])
    assert 0.4 < half < 0.6


def test_what_stands_everywhere_is_not_compared(pieces: Pieces) -> None:
    assert pieces.alike(["the"], ["the car"])[0, 0] < 0.2
    assert pieces.alike(["the"], ["the"])[0, 0] == pytest.approx(1.0)


def test_nothing_is_alike_to_nothing(pieces: Pieces) -> None:
    assert pieces.alike([], ["car"]).shape == (0, 1)
    assert pieces.alike(["car"], []).shape == (1, 0)
    assert pieces.alike(["car"], [""])[0, 0] == 0.0
