"""Passages: verbatim, whole sentences, no text twice, neighbours that can be joined."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import chunk as chunks
from core.chunk import LARGE, SMALL, WHOLE, chunk, known_as
from core.types import Block, Passage, Reading

SENTENCES = [
    f"Sentence number {number} says that rule {number} holds for everybody in team {number}." for number in range(60)
]


def passages(*blocks: Block) -> tuple[Passage, ...]:
    return chunk(Reading(blocks), document_id="d", version=3)


def test_a_short_document_is_one_passage() -> None:
    (passage,) = passages(Block("Leave is 25 days.", heading=("Handbook", "Leave"), page=4))
    assert passage == Passage("d", 3, 0, "Leave is 25 days.", "Handbook > Leave", 4, 0, 17)


@pytest.mark.parametrize("blocks", [(), (Block(""),), (Block(" \n\n\t "),)])
def test_nothing_has_no_passages(blocks: tuple[Block, ...]) -> None:
    assert passages(*blocks) == ()


def test_long_prose_ends_on_sentences() -> None:
    found = passages(Block(" ".join(SENTENCES)))
    assert len(found) > 5
    assert all(passage.text.rstrip().endswith(".") for passage in found)
    assert all(len(passage.text) <= LARGE + 1 for passage in found)


def test_korean_sentences_are_not_cut() -> None:
    text = " ".join(f"{number}번 규정은 모든 직원에게 적용됩니다." for number in range(80))
    assert all(passage.text.rstrip().endswith("적용됩니다.") for passage in passages(Block(text)))


def test_neighbours_touch_so_that_they_can_be_joined() -> None:
    text = " ".join(SENTENCES[:30]) + "\n\n" + "\n".join(SENTENCES[30:])
    found = passages(Block(text))
    assert "".join(passage.text for passage in found) == text


def test_small_paragraphs_share_a_passage_within_a_heading_and_page() -> None:
    blocks = [Block(f"Paragraph {number}.", heading=("A",), page=1) for number in range(5)]
    assert len(passages(*blocks)) == 1
    assert len(passages(*blocks, Block("Elsewhere.", heading=("B",), page=1))) == 2
    assert len(passages(*blocks, Block("Elsewhere.", heading=("A",), page=2))) == 2


def test_what_has_no_end_of_a_sentence_is_cut_between_words() -> None:
    found = passages(Block("word " * 500))
    assert all(passage.text.strip("word ") == "" and passage.text.startswith("word") for passage in found)


def test_what_has_no_words_is_cut_all_the_same() -> None:
    found = passages(Block("".join(chr(0x4E00 + number) for number in range(3000))))
    assert [len(passage.text) for passage in found] == [LARGE] * 5


def test_a_table_is_not_cut() -> None:
    table = "\n".join(f"| row {number} | {number * number} |" for number in range(35))
    assert SMALL < len(table) < WHOLE
    assert [passage.text for passage in passages(Block(table))] == [table]


def test_a_long_table_is_cut_between_rows() -> None:
    table = "\n".join(f"| row {number} | {number * number} |" for number in range(300))
    assert all(
        passage.text.startswith("| row") and passage.text.rstrip().endswith("|") for passage in passages(Block(table))
    )


def test_code_keeps_its_blank_lines_together() -> None:
    code = "```python\n" + "\n\n".join(f"value_{number} = {number}" for number in range(30)) + "\n```"
    assert SMALL < len(code) < WHOLE
    assert any(code in passage.text for passage in passages(Block(f"Before.\n\n{code}\n\nAfter.")))


def test_a_repeated_paragraph_is_indexed_once() -> None:
    menu = "Home | Products | Prices | Support | Contact | Imprint"
    found = passages(Block(f"{menu}\n\nFirst page."), Block(f"{menu}\n\nSecond page."))
    assert "".join(passage.text for passage in found).count("Imprint") == 1


def test_a_short_answer_may_be_given_twice() -> None:
    (passage,) = passages(Block("Is it free?\n\nYes.\n\nIs it safe?\n\nYes."))
    assert passage.text.count("Yes.") == 2


def test_a_repeated_passage_is_indexed_once() -> None:
    found = passages(Block("See page 2.", heading=("A",)), Block("See page 2.", heading=("B",)))
    assert [passage.heading for passage in found] == ["A"]


def test_headers_and_footers_of_pages_are_indexed_once() -> None:
    bodies = ["Leave is 25 days.", "Sick days are paid.", "Remote work is fine.", "Travel is booked early.", "Bye."]
    pages = [
        Block(f"Acme Handbook\n\n{body}\nConfidential\nPage {number} of 5", page=number)
        for number, body in enumerate(bodies, start=1)
    ]
    found = passages(*pages)
    assert [passage.page for passage in found] == [1, 2, 3, 4, 5]
    assert [passage.text.strip() for passage in found][1:] == bodies[1:]
    assert "Acme Handbook" in found[0].text
    assert "Confidential" in found[0].text


def test_a_page_of_nothing_but_its_header_is_dropped() -> None:
    pages = [Block("Acme Handbook\nConfidential", page=number) for number in range(1, 6)]
    assert len(passages(*pages)) == 1


def test_pages_without_headers_stay_whole() -> None:
    pages = [Block(text, page=number) for number, text in enumerate(SENTENCES[:5])]
    assert [passage.text.strip() for passage in passages(*pages)] == SENTENCES[:5]


def test_a_document_has_a_bounded_number_of_passages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunks, "MOST_PASSAGES", 3)
    assert len(passages(Block(" ".join(SENTENCES)))) == 3


def test_texts_that_differ_in_spacing_are_the_same() -> None:
    assert known_as(" a\n b ") == known_as("a b")


blocks = st.builds(
    Block,
    text=st.text(alphabet="ab. \n|\t`가나다!#1", max_size=900),
    heading=st.sampled_from([(), ("A",), ("A", "", "B")]),
    page=st.sampled_from([None, 1, 2, 3, 4]),
)


@given(st.lists(blocks, max_size=8).map(tuple))
def test_passages_are_verbatim_in_order_and_never_empty(taken: tuple[Block, ...]) -> None:
    reading = Reading(taken)
    end = 0
    for ordinal, passage in enumerate(chunk(reading, document_id="d", version=1)):
        assert passage.text == reading.text[passage.start : passage.end]
        assert passage.text.strip()
        assert passage.ordinal == ordinal
        assert passage.start >= end
        end = passage.end
