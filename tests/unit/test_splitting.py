"""Pieces of text below a limit that is counted as a platform counts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.splitting import Measure, split, utf16

WHOLE = {
    "a family": "👨‍👩‍👧‍👦",
    "a skin tone": "👍🏽",
    "a flag": "🇰🇷",
    "a flag of tags": "🏴󠁧󠁢󠁥󠁮󠁧󠁿",
    "an accent": "e\u0301",
    "a decomposed syllable": "\u1112\u1161\u11ab",
    "a keycap": "1\ufe0f\u20e3",
    "an emoji": "🙂",
}


@pytest.mark.parametrize("character", WHOLE.values(), ids=list(WHOLE))
@pytest.mark.parametrize("before", range(8))
def test_what_is_read_as_one_character_is_not_cut(character: str, before: int) -> None:
    text = "x" * before + character * 300
    pieces = split(text, limit=200, measure=utf16)
    assert "".join(pieces) == text
    for piece in pieces:
        assert utf16(piece) <= 200
        assert piece.lstrip("x") == character * (len(piece.lstrip("x")) // len(character))


@given(st.text(alphabet="a 가🙂\u0301\u200d🇰\n", max_size=1500), st.sampled_from([len, utf16]))
def test_pieces_are_short_by_their_measure(text: str, measure: Measure) -> None:
    pieces = split(text, limit=200, measure=measure)
    assert all(measure(piece) <= 200 for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())


def test_a_character_without_end_is_cut() -> None:
    text = "e" + "\u0301" * 1000
    pieces = split(text, limit=200)
    assert "".join(pieces) == text
    assert max(map(len, pieces)) <= 200


def test_text_is_measured_as_discord_may_count_it() -> None:
    assert [utf16(text) for text in ("", "a", "가", "🙂", "\ud800", "a🙂")] == [0, 1, 1, 2, 1, 3]


def test_a_code_span_that_fills_a_line_opens_no_block() -> None:
    text = "```one```\n" + "word " * 100
    assert all("```" not in piece for piece in split(text, limit=200)[1:])
