"""PDF: pages, paragraphs, headings and titles; reading order; damage and locks by name."""

import pytest

from core.backends.reading import pdf
from core.backends.reading.direction import Sign, reads_leftward, straightened
from core.backends.reading.file import File
from core.backends.reading.layout import HYPHEN, Bookmark, Line, blocks, heading_levels, largest
from core.errors import Refused
from core.types import Block, Reading
from tests.unit import pdfs


def read(data: bytes) -> Reading:
    return pdf.read(File(data, "a.pdf"))


def line(text: str, row: int = 0, *, size: float = 10, left: float = 50, right: float = 500) -> Line:
    top = 800 - row * 12
    return Line(text, left, right, top - size, top, size)


def found(*lines: Line, bookmarks: dict[int, list[Bookmark]] | None = None) -> list[Block]:
    return list(blocks([list(lines)], bookmarks or {}))


def texts(*lines: Line) -> list[str]:
    return [block.text for block in found(*lines)]


BODY = [line(f"Body text number {row} that goes on to the right edge of the page,", row + 10) for row in range(20)]


def test_pages_paragraphs_and_headings_of_a_pdf() -> None:
    first = pdfs.lines("Leave", size=24, top=750) + "\n" + pdfs.lines(
        "Every employee has fifteen days of leave in each year of work,", "which lapse in March of the next year.",
    )  # fmt: skip
    second = pdfs.lines("Interns have five days. " * 3)
    reading = read(pdfs.pdf([first, second], info="/Title(Microsoft Word - handbook.docx)"))

    assert reading.title == "Leave"
    assert reading.blocks == (
        Block("Leave", ("Leave",), 1),
        Block(
            "Every employee has fifteen days of leave in each year of work, which lapse in March of the next year.",
            ("Leave",), 1,
        ),
        Block(("Interns have five days. " * 3).strip(), ("Leave",), 2),
    )  # fmt: skip


def test_the_title_is_that_of_the_properties_where_a_person_gave_it() -> None:
    assert read(pdfs.pdf([pdfs.lines("text")], info="/Title(Handbook 2025)")).title == "Handbook 2025"
    assert read(pdfs.pdf([pdfs.lines("text")], info="/Title(untitled)")).title is None


def test_the_outline_of_the_document_gives_the_headings() -> None:
    extra = [
        b"<</Type/Outlines/First 4 0 R/Last 5 0 R>>",
        b"<</Title(Leave)/Parent 3 0 R/Next 5 0 R/Dest[7 0 R/Fit]>>",
        b"<</Title(Lost)/Parent 3 0 R/Prev 4 0 R>>",
    ]
    content = pdfs.lines("1 Leave") + pdfs.lines("Fifteen days.", top=600)
    reading = read(pdfs.pdf([content, content], extra=extra, catalog="/Outlines 3 0 R"))

    assert [(block.text, block.heading, block.page) for block in reading.blocks] == [
        ("1 Leave", ("1 Leave",), 1),
        ("Fifteen days.", ("1 Leave",), 1),
        ("1 Leave", ("1 Leave",), 2),
        ("Fifteen days.", ("1 Leave",), 2),
    ]


@pytest.mark.parametrize("order", ["visual", "logical"])
def test_hebrew_is_in_reading_order_however_it_was_drawn(order: str) -> None:
    said = "שלום עולם"
    codes = {sign: 65 + index for index, sign in enumerate(dict.fromkeys(said))}
    stream, font = pdfs.mapped({code: sign for sign, code in codes.items()})
    spelled = (
        enumerate(reversed(said)) if order == "visual" else ((len(said) - 1 - at, sign) for at, sign in enumerate(said))
    )
    content = "\n".join(f"BT /F 12 Tf {100 + 9 * place} 700 Td <{codes[sign]:02x}> Tj ET" for place, sign in spelled)

    assert read(pdfs.pdf([content], extra=[stream], font=font)).text == said


def test_a_glyph_for_a_whole_word_is_not_spelled_backwards() -> None:
    stream, font = pdfs.mapped({65: "حَبيبي"})

    assert read(pdfs.pdf([pdfs.lines("A")], extra=[stream], font=font)).text == "حَبيبي"


def test_characters_beyond_the_first_plane_do_not_shift_the_lines() -> None:
    stream, font = pdfs.mapped({65: "😀", 66: "א", 67: "x"})
    reading = read(pdfs.pdf([pdfs.lines("AAC", "BC")], extra=[stream], font=font))

    assert "x" in reading.text
    assert "א" in reading.text


def test_a_text_layer_that_means_nothing_counts_as_none() -> None:
    stream, font = pdfs.mapped({code: chr(0xE000 + code) for code in range(65, 91)})
    with pytest.raises(Refused) as error:
        read(pdfs.pdf([pdfs.lines("ABCDEFG")], extra=[stream], font=font))

    assert error.value.code == "read.no_text"


def test_a_damaged_page_does_not_cost_the_others() -> None:
    data = pdfs.pdf([pdfs.lines("first"), pdfs.lines("second")])
    damaged = data.replace(b"/Type/Page/Parent 2 0 R", b"/Type/Pogo/Parent 2 0 R", 1)

    assert "second" in read(damaged).text


def test_a_character_without_a_place_has_none() -> None:
    from pypdfium2 import PdfDocument

    with PdfDocument(pdfs.pdf([pdfs.lines("text")])) as document:
        assert pdf._box(document[0].get_textpage(), 1_000_000) == (0, 0, 0, 0)


def test_a_damaged_document_is_refused() -> None:
    with pytest.raises(Refused) as error:
        read(b"%PDF-1.7 and nothing else")

    assert error.value.code == "read.damaged"


def test_a_locked_document_is_refused() -> None:
    lock = (
        "<</Filter/Standard/V 1/R 2/O<" + "41" * 32 + ">/U<" + "42" * 32 + ">/P -4>>"
    )  # fmt: skip
    data = pdfs.pdf([pdfs.lines("text")]).replace(b"/Root 1 0 R", b"/Root 1 0 R/ID[<00><00>]/Encrypt " + lock.encode())
    with pytest.raises(Refused) as error:
        read(data)

    assert error.value.code == "read.encrypted"


def test_lines_of_a_paragraph_are_joined_and_a_gap_begins_another() -> None:
    assert texts(line("One goes on"), line("and on.", 1), line("Two.", 4)) == ["One goes on and on.", "Two."]


def test_a_line_that_ends_early_or_begins_with_a_bullet_keeps_its_line() -> None:
    assert texts(line("Address:", right=200), line("a long line to the edge", 1), line("• item", 2)) == [
        "Address:\na long line to the edge\n• item"
    ]


def test_an_indent_after_a_full_stop_begins_a_paragraph() -> None:
    assert texts(line("One."), line("Two", 1, left=80), line("more", 2)) == ["One.", "Two more"]
    assert texts(line("One"), line("two", 1, left=80)) == ["One two"]


def test_another_column_begins_a_paragraph_unless_the_sentence_goes_on() -> None:
    assert texts(line("the end", 40), line("Next column", 0)) == ["the end", "Next column"]
    assert texts(line("the sentence", 40), line("goes on", 0)) == ["the sentence goes on"]


def test_other_letters_begin_a_paragraph_but_a_raised_figure_does_not() -> None:
    assert texts(line("Small", size=8), line("Larger text", 1, size=11)) == ["Small", "Larger text"]
    raised = Line("1", 500, 505, 795, 800, 5)
    assert texts(line("A note"), raised) == ["A note 1"]


def test_a_parted_word_is_mended_as_the_document_spells_it() -> None:
    lines = [
        line("The library and a well-known twin."),
        line(f"In the lib{HYPHEN}", 1), line(f"rary a well{HYPHEN}", 2), line(f"known Saseo{HYPHEN}", 3),
        line(f"Bot infor{HYPHEN}", 4),
        line("mation", 5), line(f"trailing{HYPHEN}", 6),
    ]  # fmt: skip
    text = texts(*lines)[0]

    assert "In the library a well-known Saseo-Bot information trailing" in text


def test_korean_words_parted_at_the_edge_are_whole_where_the_page_keeps_its_spaces() -> None:
    kept = [line("연차는 매년 "), line("열다섯 날이며 다음 해 삼", 1), line("월에 없어집니다.", 2)]
    lost = [line("연차는 매년"), line("열다섯 날이며", 1)]

    assert texts(*kept) == ["연차는 매년 열다섯 날이며 다음 해 삼월에 없어집니다."]
    assert texts(*lost) == ["연차는 매년 열다섯 날이며"]


def test_large_letters_make_headings_of_up_to_four_levels() -> None:
    heads = [line(f"Head {size}", 4 * row - 20, size=size) for row, size in enumerate((30, 26, 22, 18, 15))]
    levels = heading_levels([*heads, *BODY])

    assert levels == {30: 1, 26: 2, 22: 3, 18: 4, 15: 4}
    assert found(*heads, *BODY)[-1].heading == ("Head 30", "Head 26", "Head 22", "Head 15")


def test_a_poster_and_an_empty_document_have_no_headings() -> None:
    assert (
        heading_levels([line("a poster in large type", size=30), line("and more in small ones of the body", 1)]) == {}
    )
    assert heading_levels([]) == {}


def test_numbers_and_long_lines_in_large_letters_are_no_headings() -> None:
    blocks_found = found(line("2025", size=20), *BODY * 3, line("long " * 40, 40, size=20))

    assert all(block.heading == () for block in blocks_found)


def test_bookmarks_match_printed_lines_without_their_numbers() -> None:
    marks = {1: [Bookmark(1, "Leave"), Bookmark(2, "Interns"), Bookmark(1, "Nowhere")]}
    result = found(
        line("Before"), line("1. Leave", 3), line("text", 5), line("1.1 Interns", 8), line("five", 10), bookmarks=marks
    )

    assert [block.heading for block in result] == [
        ("Nowhere",), ("1. Leave",), ("1. Leave",), ("1. Leave", "1.1 Interns"), ("1. Leave", "1.1 Interns"),
    ]  # fmt: skip


def test_the_largest_lines_of_the_first_pages_are_the_title() -> None:
    title = [line("A Title", 0, size=20), line("of two lines", 2, size=20)]

    assert largest([[line("small"), *title, *BODY]]) == "A Title of two lines"
    assert largest([BODY]) is None
    assert largest([[line("2025", size=20)], []]) is None
    assert largest([]) is None


def signs(text: str, places: list[float]) -> list[Sign]:
    return [Sign(sign, place) for sign, place in zip(text, places, strict=True)]


def test_arabic_and_hebrew_are_turned_only_where_they_stand_as_printed() -> None:
    assert reads_leftward("אב")
    assert not reads_leftward("abc 한글")
    assert straightened(signs("בא x", [1, 2, 3, 4])) == "אב x"
    assert straightened(signs("אב x", [2, 1, 3, 4])) == "אב x"
    assert straightened(signs("ד 12 אג", [1, 2, 3, 4, 5, 6, 7])) == "גא 12 ד"


def test_signs_without_a_meaning_and_loose_marks_are_dropped() -> None:
    assert straightened([Sign("א", 2), Sign("?", 3, mapped=False), Sign("\u02f4", 2)]) == "א"


def test_letters_are_those_that_people_type() -> None:
    assert straightened([Sign("\ufef7", 1)]) == "لأ"
