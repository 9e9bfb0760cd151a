"""Where sentences of Korean and English text begin and end."""

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.sentences import LONGEST, sentences


def parts(text: str) -> list[str]:
    return [text[span.start : span.end] for span in sentences(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two! Three? Four", ["One.", "Two!", "Three?", "Four"]),
        (
            "환불은 30일 이내입니다. 영수증이 필요해요! 왜죠?",
            ["환불은 30일 이내입니다.", "영수증이 필요해요!", "왜죠?"],
        ),
        ("신청해야 합니다.그리고 기다립니다.", ["신청해야 합니다.", "그리고 기다립니다."]),
        ("全角です。次です。", ["全角です。", "次です。"]),
        ("Really?! Yes... maybe. Well… then", ["Really?!", "Yes... maybe.", "Well… then"]),
    ],
)
def test_sentences_end_at_their_stops(text: str, expected: list[str]) -> None:
    assert parts(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Dr. Kim and Mrs. Lee paid 3.5 million won, i.e. a lot, to J. Smith.",
        "See https://example.com/a.b/c.html?x=1.5 or mail a.b@example.com today",
        "Version v2.3.1 of Inc. Magazine was read by the U.S. Senate at 10.30 on Jan. 5",
        "The meeting ends at 5 p.m. sharp, etc. and so on",
        "Rule no. 5 and fig. 3 apply",
        '그는 "안 됩니다."라고 말했다',
        '그는 "좋아요." 라고 했다',
        "그렇게 했다.고 전했다",
        "가. 첫째 항목",
        "1. Open the lid",
        "Take 3. 5 is too many",
    ],
)
def test_a_full_stop_inside_a_sentence_does_not_end_it(text: str) -> None:
    assert parts(text) == [text]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("We have tea, coffee, etc. Then we go.", ["We have tea, coffee, etc.", "Then we go."]),
        ("She works at Acme Inc. She likes it.", ["She works at Acme Inc.", "She likes it."]),
        ("It was in 1999. Then it ended.", ["It was in 1999.", "Then it ended."]),
        ("So do I. They left.", ["So do I.", "They left."]),
        ('He said "stop." Then he left.', ['He said "stop."', "Then he left."]),
    ],
)
def test_an_abbreviation_may_end_a_sentence(text: str, expected: list[str]) -> None:
    assert parts(text) == expected


def test_items_rows_headings_and_code_stand_for_themselves() -> None:
    text = (
        "# Refunds\n- The first item goes on\n  in the next line\n- Second\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"
        "```py\nx = 1. + 2\nprint(x)\n```\nAfter it. Done"
    )
    assert parts(text) == [
        "# Refunds",
        "- The first item goes on\n  in the next line",
        "- Second",
        "| a | b |",
        "| 1 | 2 |",
        "x = 1. + 2",
        "print(x)",
        "After it.",
        "Done",
    ]


def test_a_line_broken_by_the_width_of_the_page_goes_on() -> None:
    wide = "This is a long line that was broken by the width of the page and\nContinues here."
    korean = "이것은 종이의 너비 때문에 줄이 바뀐 긴 문장이고 아직 끝나지 않았으며\n여기에서 끝납니다."
    assert parts(wide) == [wide]
    assert parts(korean) == [korean]
    assert parts("Refund policy\nRefunds are given.") == ["Refund policy", "Refunds are given."]
    assert parts("a short line\nwith more") == ["a short line\nwith more"]


def test_nothing_to_read_has_no_sentences() -> None:
    assert parts("") == parts(" \n ") == parts("--- *** | |") == []


def test_a_very_long_sentence_is_cut_after_a_clause_or_a_space() -> None:
    for text in ("word " * 500, "many words, " * 200, "x" * 200 + "-" + "y" * 2000):
        pieces = parts(text)
        assert all(len(piece) <= LONGEST for piece in pieces)
        assert len(pieces) > 1
    assert all(piece.endswith("word") for piece in parts("word " * 500))
    assert all(piece.rstrip().endswith("many words,") for piece in parts("many words, " * 200))


def test_a_stretch_without_a_space_is_cut_between_signs() -> None:
    first, *_ = parts("x" * 400 + "-" + "y" * 300)
    assert first == "x" * 400 + "-"


@pytest.mark.parametrize(
    "text",
    [
        "a" * 100_000,
        "가." * 50_000,
        "." * 100_000,
        "\n" * 100_000,
        "1. " * 33_000,
        "Dr. " * 25_000,
        "-\n" * 50_000,
        "\"'" * 50_000,
    ],
)
def test_hostile_text_takes_linear_time(text: str) -> None:
    begin = time.process_time()
    sentences(text)
    assert time.process_time() - begin < 3


@given(st.text(alphabet=st.sampled_from(list("ab가다.!?\n -|#`1 \"'")), max_size=200))
def test_spans_are_in_order_trimmed_and_hold_every_letter(text: str) -> None:
    spans = sentences(text)
    assert all(a.end <= b.start for a, b in pairwise(spans))
    assert all(piece == piece.strip() and piece for piece in parts(text))
    if "`" not in text:
        assert sum(map(str.isalnum, "".join(parts(text)))) == sum(map(str.isalnum, text))
