"""Word, PowerPoint, Excel and Hangul documents: headings, pages, tables; damage is named."""

import io
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime, time
from typing import Any

import pytest
from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches
from xlsxwriter import Workbook  # type: ignore[import-untyped]

from core.backends.reading import docx, pptx, xlsx
from core.backends.reading.file import File
from core.errors import Refused
from core.types import Block, Reading

CHART_DATA: Any = CategoryChartData
WORD = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
WORD_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument'
    '.wordprocessingml.document.main+xml"/></Types>'
)
RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
    'Target="word/document.xml"/></Relationships>'
)


def zipped(parts: Mapping[str, str | bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return packed.getvalue()


def places(reading: Reading) -> dict[str, tuple[tuple[str, ...], int | None]]:
    return {block.text: (block.heading, block.page) for block in reading.blocks}


def refusal(read: object, data: bytes, name: str) -> str:
    with pytest.raises(Refused) as error:
        read.read(File(data, name))  # type: ignore[attr-defined]
    return error.value.code


def paragraph(text: str, style: str = "") -> str:
    look = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f"<w:p>{look}<w:r><w:t>{text}</w:t></w:r></w:p>"


def word(body: str, **parts: str) -> bytes:
    document = f'<?xml version="1.0"?><w:document {WORD}><w:body>{body}</w:body></w:document>'
    return zipped({"[Content_Types].xml": WORD_TYPES, "_rels/.rels": RELATIONS, "word/document.xml": document, **parts})


def test_word_headings_by_style_tables_and_lists() -> None:
    row = "<w:tr>{}</w:tr>"
    cells = [[paragraph(text) for text in texts] for texts in (("Team", "City"), ("Blues", "Seoul"))]
    table = "".join(row.format("".join(f"<w:tc>{cell}</w:tc>" for cell in line)) for line in cells)
    number = '<w:pPr><w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr></w:pPr>'
    numbered = f"<w:p>{number}<w:r><w:t>point</w:t></w:r></w:p>"
    body = (
        paragraph("휴가", "Heading1") + paragraph("연차", "Heading2") + paragraph("15일입니다.")
        + f"<w:tbl>{table}</w:tbl>" + numbered + paragraph("급여", "Heading1") + paragraph("") + paragraph("25일")
    )  # fmt: skip
    reading = docx.read(File(word(body), "a.docx"))
    found = places(reading)

    assert reading.title == "휴가"
    assert found["15일입니다."] == (("휴가", "연차"), None)
    assert found["| Team | City |\n| Blues | Seoul |"] == (("휴가", "연차"), None)
    assert found["- point"] == (("휴가", "연차"), None)
    assert found["25일"] == (("급여",), None)


def test_word_takes_its_title_from_the_properties() -> None:
    core = (
        '<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>Handbook</dc:title></cp:coreProperties>'
    )
    relations = RELATIONS.replace(
        "</Relationships>",
        '<Relationship Id="c" Target="docProps/core.xml" Type="http://schemas.openxmlformats.org/package/2006'
        '/relationships/metadata/core-properties"/></Relationships>',
    )
    data = word(paragraph("One", "Heading1"), **{"docProps/core.xml": core, "_rels/.rels": relations})

    assert docx.read(File(data, "a.docx")).title == "Handbook"


def test_what_the_structure_of_a_word_file_lacks_is_added_at_the_end() -> None:
    blocks = [Block("One two", ("A",)), Block("| three |")]

    assert list(docx._left_out("two One\n\nthree [a note](https://example.com/b)", blocks)) == [Block("three a note")]


def test_links_in_word_cells_are_plain_text_and_nodes_of_every_kind_count() -> None:
    grid = {"rows": 1, "cells": [{"row": 0, "content": "see [the rules](https://example.com/a) here"}]}
    nodes: list[dict[str, Any]] = [
        {"content": {"node_type": "title", "text": "Top"}},
        {"content": {"node_type": "group"}},
        {"content": {"node_type": "image", "description": "a map"}},
        {"content": {"node_type": "table", "grid": grid}},
    ]

    assert list(docx._blocks(nodes)) == [
        Block("Top", ("Top",)),
        Block("a map", ("Top",)),
        Block("see the rules here", ("Top",)),
    ]


def test_damaged_or_empty_word_files() -> None:
    assert refusal(docx, zipped({"[Content_Types].xml": WORD_TYPES}), "a.docx") == "read.damaged"
    assert docx.read(File(word(""), "a.docx")).blocks == ()


def presentation() -> bytes:
    made = Presentation()
    made.core_properties.title = "Quarter"
    first = made.slides.add_slide(made.slide_layouts[5])
    first.shapes.title.text = "Results"
    first.shapes.add_textbox(0, 0, Inches(1), Inches(1)).text_frame.text = "Sales rose.\vAgain."
    first.notes_slide.notes_text_frame.text = "Say thanks."
    group = first.shapes.add_group_shape()
    group.shapes.add_textbox(0, 0, Inches(1), Inches(1)).text_frame.text = "inside a group"
    table = first.shapes.add_table(2, 2, 0, 0, Inches(2), Inches(1)).table
    for index, text in enumerate(("Team", "City", "Blues", "Seoul")):
        table.cell(index // 2, index % 2).text = text
    data: Any = CHART_DATA()
    data.categories = ["Q1", "Q2", "Q3"]
    data.add_series("East", (1.5, None))
    chart = first.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, 0, 0, Inches(2), Inches(2), data).chart
    chart.has_title = True
    chart.chart_title.text_frame.text = "Ducks"
    line = first.shapes.add_connector(1, 0, 0, 5, 5)
    line._element.nvCxnSpPr.cNvPr.set("descr", "an arrow to the right")
    first.shapes.add_connector(1, 0, 0, 5, 5)
    second = made.slides.add_slide(made.slide_layouts[6])
    second.shapes.add_textbox(0, 0, Inches(1), Inches(1)).text_frame.text = "no title here"
    bare = second.shapes.add_chart(XL_CHART_TYPE.PIE, 0, 0, Inches(2), Inches(2), data).chart
    bare.has_title = False
    packed = io.BytesIO()
    made.save(packed)
    return packed.getvalue()


def rewritten(data: bytes, change: Mapping[str, tuple[bytes, bytes]], **added: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    for name, (old, new) in change.items():
        assert old in parts[name]
        parts[name] = parts[name].replace(old, new)
    return zipped({**parts, **added})


def test_slides_are_pages_with_titles_tables_charts_groups_and_notes() -> None:
    reading = pptx.read(File(presentation(), "a.pptx"))
    found = places(reading)

    assert reading.title == "Quarter"
    for text in ("Results", "Sales rose.\nAgain.", "Say thanks.", "inside a group", "Ducks", "an arrow to the right"):
        assert found[text] == (("Results",), 1)
    assert found["| Team | City |\n| Blues | Seoul |"] == (("Results",), 1)
    assert "|  | East |\n| Q1 | 1.5 |\n| Q2 |  |\n| Q3 |  |" in found
    assert found["no title here"] == ((), 2)


def test_a_title_that_the_program_made_up_gives_way_to_the_first_slides() -> None:
    change = {"docProps/core.xml": (b">Quarter<", b">PowerPoint Presentation<")}

    assert pptx.read(File(rewritten(presentation(), change), "a.pptx")).title == "Results"


def test_a_diagram_is_read() -> None:
    diagram = (
        b'<d:m xmlns:d="urn:d" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main">'
        b"<a:p><a:r><a:t>Plan</a:t></a:r></a:p><a:p/><a:p><a:r><a:t>Do</a:t></a:r></a:p></d:m>"
    )
    relation = (
        b'<Relationship Id="rId99" Target="../diagrams/data1.xml" '
        b'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/diagramData"/></Relationships>'
    )
    change = {"ppt/slides/_rels/slide1.xml.rels": (b"</Relationships>", relation)}
    data = rewritten(presentation(), change, **{"ppt/diagrams/data1.xml": diagram})

    assert places(pptx.read(File(data, "a.pptx")))["Plan\nDo"] == (("Results",), 1)


def test_one_bad_shape_does_not_cost_the_slide() -> None:
    change = {"ppt/slides/slide1.xml": (b'type="title"', b'type="unheard-of"')}
    found = places(pptx.read(File(rewritten(presentation(), change), "a.pptx")))

    assert any("Results" in text and "inside a group" in text for text in found)
    assert found["no title here"] == ((), 2)


def test_a_presentation_without_its_parts_is_damaged() -> None:
    assert refusal(pptx, zipped({"[Content_Types].xml": WORD_TYPES}), "a.pptx") == "read.damaged"


def workbook(*, chart_sheet: bool = False) -> bytes:
    packed = io.BytesIO()
    book = Workbook(packed, {"in_memory": True})
    sheet = book.add_worksheet("직원")
    sheet.write_row(0, 0, ["직원"])
    sheet.write_row(1, 0, ["2025 명단"])
    sheet.write_row(2, 0, ["이름", "입사일", "연차", "재직", "점수"])
    sheet.write_row(3, 0, ["김철수"])
    sheet.write_datetime(3, 1, datetime(2024, 3, 2), book.add_format({"num_format": "yyyy-mm-dd"}))  # noqa: DTZ001
    sheet.write_row(3, 2, [15, True, 3.25])
    sheet.write_row(6, 0, ["다른 표"])
    book.add_worksheet("빈 시트")
    if chart_sheet:
        book.add_chartsheet("그림")
    book.add_worksheet("마지막").write(0, 0, "끝")
    book.close()
    return packed.getvalue()


def test_sheets_are_pages_with_their_name_as_heading() -> None:
    reading = xlsx.read(File(workbook(chart_sheet=True), "a.xlsx"))

    assert [(block.text, block.page) for block in reading.blocks] == [
        ("직원", 1),
        ("2025 명단", 1),
        ("| 이름 | 입사일 | 연차 | 재직 | 점수 |\n| 김철수 | 2024-03-02 | 15 | TRUE | 3.25 |", 1),
        ("다른 표", 1),
        ("마지막", reading.blocks[-1].page),
        ("끝", reading.blocks[-1].page),
    ]
    assert reading.blocks[0].heading == ("직원",)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (False, "FALSE"),
        (3.0, "3"),
        (0.1 + 0.2, "0.3"),
        (1e20, "1e+20"),
        (datetime(2024, 3, 2, 9, 30, tzinfo=UTC).replace(tzinfo=None), "2024-03-02 09:30"),
        (datetime(2024, 3, 2, tzinfo=UTC).replace(tzinfo=None), "2024-03-02"),
        (time(9, 30), "09:30:00"),
        ("a\n b", "a b"),
    ],
)
def test_cells_are_as_a_person_would_read_them(value: object, text: str) -> None:
    assert xlsx._text(value) == text


def test_a_sheet_that_spans_billions_of_cells_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx, "MOST_CELLS", 3)

    assert refusal(xlsx, workbook(), "a.xlsx") == "read.too_complex"


def test_a_workbook_without_its_parts_is_damaged() -> None:
    assert refusal(xlsx, zipped({"[Content_Types].xml": WORD_TYPES}), "a.xlsx") == "read.damaged"
