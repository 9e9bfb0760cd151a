"""Text, Markdown, CSV, JSON and mail: verbatim, with headings, each part understandable alone."""

from email.message import EmailMessage

import pytest

from core.backends.reading import mail, markdown, plain, separated, structured
from core.backends.reading.file import HEADING_CHARACTERS, File, Outline, table_blocks
from core.types import Block, Reading


def texts(reading: Reading) -> list[str]:
    return [block.text for block in reading.blocks]


def test_paragraphs_of_a_text_stand_between_blank_lines() -> None:
    reading = plain.read(File(b"one\r\ntwo\r\n \r\n\r\n  three\rfour\fnew page\n", "a.txt"))

    assert texts(reading) == ["one\ntwo", "  three\nfour", "new page"]


def test_the_declared_encoding_of_a_text_is_used() -> None:
    assert texts(plain.read(File("가".encode("cp949"), "a.txt", "euc-kr"))) == ["가"]


MARKDOWN = """---
title: "Handbook"
---
Intro.

# Leave {#leave}

## Annual leave ##
Fifteen days.

```python
# no heading

## none either
```

Setext one
==========
Text.

Setext two
---

| a |
|---|

- item
---

###

Last.
"""


def test_markdown_keeps_its_text_and_knows_its_headings() -> None:
    reading = markdown.read(File(MARKDOWN.encode(), "a.md"))
    places = {block.text.split("\n")[0]: block.heading for block in reading.blocks}

    assert reading.title == "Handbook"
    assert places["Intro."] == ()
    assert places["# Leave {#leave}"] == ("Leave",)
    assert places["## Annual leave ##"] == ("Leave", "Annual leave")
    assert places["```python"] == ("Leave", "Annual leave")
    assert places["Setext one"] == ("Setext one",)
    assert places["Setext two"] == ("Setext one", "Setext two")
    assert places["| a |"] == ("Setext one", "Setext two")
    assert places["Last."] == ("Setext one", "Setext two")
    for block in reading.blocks:
        assert block.text in MARKDOWN


def test_a_fenced_block_stays_whole() -> None:
    reading = markdown.read(File(b"~~~~\na\n\n~~~\nb\n~~~~\nafter", "a.md"))

    assert texts(reading) == ["~~~~\na\n\n~~~\nb\n~~~~\nafter"]


@pytest.mark.parametrize(
    ("text", "title"),
    [("# One\n\ntext", "One"), ("---\nauthor: me\n---\n# Two", "Two"), ("no heading", None), ("---\n\nrule", None)],
)
def test_the_title_of_markdown_is_its_first_heading(text: str, title: str | None) -> None:
    assert markdown.read(File(text.encode(), "a.md")).title == title


def test_a_comment_anchor_is_no_part_of_a_heading() -> None:
    assert markdown.read(File("# 상태 {/*state*/}".encode(), "a.md")).blocks[0].heading == ("상태",)


def test_an_outline_closes_deeper_headings_and_ignores_empty_ones() -> None:
    outline = Outline()

    assert outline.enter(1, "A") == ("A",)
    assert outline.enter(3, " C\n c ") == ("A", "C c")
    assert outline.enter(2, "B") == ("A", "B")
    assert outline.enter(2, "  ") == ("A",)
    assert outline.enter(1, "x" * 1000) == ("x" * HEADING_CHARACTERS,)


def test_csv_rows_are_verbatim_under_a_repeated_header() -> None:
    rows = [f'{number},"Seoul, Korea",{number * 7}' for number in range(100)]
    reading = separated.read(File("\n".join(["id,city,value", *rows, ""]).encode(), "a.csv"))

    assert len(reading.blocks) > 5
    for block in reading.blocks:
        first, *others = block.text.split("\n")
        assert first == "id,city,value"
        assert others
        assert set(others) <= set(rows)
        assert len(block.text) <= separated.MOST + 40
    assert sum(len(block.text.split("\n")) - 1 for block in reading.blocks) == 100


def test_a_wide_csv_names_every_value() -> None:
    names = [f"a rather long column name {number}" for number in range(8)]
    data = ";".join(names) + '\n1;"two; and\nmore";;4\n1;2;3;4;5;6;7;8;9\n'
    reading = separated.read(File(data.encode(), "a.csv"))

    assert texts(reading)[0] == ";".join(names)
    assert texts(reading)[1] == (
        '1;"two; and\nmore";;4\n'
        f"{names[0]}: 1; {names[1]}: two; and more; {names[3]}: 4"
    )  # fmt: skip
    assert texts(reading)[2].endswith(f"{names[7]}: 8; 9")


def test_csv_with_an_open_quote_or_none_of_the_delimiters_is_read_too() -> None:
    assert texts(separated.read(File(b'name\n"open\nend', "a.csv"))) == ['name\n"open\nend']
    assert texts(separated.read(File(b"\n\n", "a.csv"))) == [""]
    header, value = "h" * 200, "v" * 200
    assert texts(separated.read(File(f"{header}\n{value}".encode(), "a.csv")))[1] == f"{value}\n{header}: {value}"


def test_a_cell_too_long_for_the_csv_module_is_split_plainly() -> None:
    header = ",".join(f"column number {number}" for number in range(12))
    reading = separated.read(File(f"{header}\n{'x' * 200_000},b".encode(), "a.csv"))

    assert texts(reading)[1].endswith("column number 1: b")


def test_tables_repeat_a_short_header_and_name_the_values_under_a_wide_one() -> None:
    narrow = list(table_blocks([["Team", "City"], ["", ""], *([f"Team {n}", "Seoul"] for n in range(40))], page=2))
    wide_header = [f"a rather long column name {number}" for number in range(8)]
    wide = list(table_blocks([wide_header, *([str(n)] * 9 for n in range(10))], heading=("Sheet",)))

    assert len(narrow) > 1
    assert all(block.text.startswith("| Team | City |\n| Team ") and block.page == 2 for block in narrow)
    assert wide[0].text.startswith("| a rather long")
    assert wide[1].text.startswith("a rather long column name 0: 0; ")
    assert wide[1].text.endswith("; 0")
    assert wide[1].heading == ("Sheet",)


def test_a_table_of_one_column_is_a_list_and_an_empty_one_is_nothing() -> None:
    assert list(table_blocks([["a"], ["b\nc"]])) == [Block("a\nb c")]
    assert list(table_blocks([[""], []])) == []


def test_json_is_lines_of_path_and_value() -> None:
    offices = b'[{"city": "Seoul", "floor": 3, "open": true}, {"city": "Busan", "x": null}]'
    data = b'{"title": "Offices", "list": ' + offices + b', "e": {}}'
    reading = structured.read(File(data, "a.json"))

    assert reading.title == "Offices"
    assert reading.text.split("\n") == [
        "title: Offices",
        "list[1].city: Seoul",
        "list[1].floor: 3",
        "list[1].open: true",
        "list[2].city: Busan",
        "list[2].x: null",
    ]


def test_entries_of_a_long_list_stay_whole() -> None:
    entries = ", ".join(f'{{"name": "{"n" * 150}", "place": "{"p" * 150}"}}' for _ in range(20))
    reading = structured.read(File(f"[{entries}]".encode(), "a.json"))

    assert len(reading.blocks) > 5
    assert all(block.text.split("\n")[0].endswith("n") for block in reading.blocks)


def test_json_lines_and_what_is_no_json_are_read() -> None:
    assert texts(structured.read(File(b'{"a": 1}\n\n{"a": 2}\n', "a.jsonl"))) == ["a: 1", "a: 2"]
    assert texts(structured.read(File(b"{not json}\n\nat all", "a.json"))) == ["{not json}", "at all"]
    assert texts(structured.read(File(b"\n", "a.json"))) == []
    assert texts(structured.read(File(b'"text"', "a.json"))) == ["text"]
    assert texts(structured.read(File(b'{"title": 5}', "a.json"))) == ["title: 5"]
    assert texts(structured.read(File(b"[]", "a.json"))) == []


def test_a_notebook_gives_the_sources_of_its_cells() -> None:
    cells = b'[{"source": ["# Title\\n", "text"]}, {"source": "x = 1"}, {"source": 5}, "odd"]'
    reading = structured.read(File(b'{"nbformat": 4, "cells": ' + cells + b"}", "a.ipynb"))

    assert texts(reading) == ["# Title\ntext", "x = 1"]


def test_json_that_nests_without_end_is_read_as_text() -> None:
    assert structured.read(File(b"[" * 200_000, "a.json")).text.startswith("[[[")


def message(**fields: str) -> EmailMessage:
    made = EmailMessage()
    for name, value in fields.items():
        made[name] = value
    return made


def test_mail_gives_who_when_and_its_text_rather_than_html() -> None:
    mailed = message(
        From="Kim <kim@example.com>", To="lee@example.com", Subject="연차 안내", Date="Mon, 5 May 2025 09:00:00 +0900"
    )
    mailed.set_content("첫 문단.\n\n둘째 문단.")
    mailed.add_alternative("<p>HTML</p>", subtype="html")
    mailed.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="leave.pdf")
    reading = mail.read(File(bytes(mailed), "a.eml"))

    assert reading.title == "연차 안내"
    assert texts(reading) == [
        "From: Kim <kim@example.com>\nTo: lee@example.com\nDate: Mon, 05 May 2025 09:00:00 +0900\nSubject: 연차 안내",
        "첫 문단.",
        "둘째 문단.",
        "Attachment: leave.pdf",
    ]


def test_mail_with_html_alone_is_read_from_it() -> None:
    mailed = message(Subject="a")
    mailed.set_content("<h1>Title</h1><p>Body.</p>", subtype="html")

    assert texts(mail.read(File(bytes(mailed), "a.eml")))[1:] == ["Title", "Body."]


def test_korean_mail_in_an_old_encoding_is_read() -> None:
    data = b"Subject: =?euc-kr?B?v6zC9w==?=\nContent-Type: text/plain; charset=ks_c_5601-1987\n\n" + "연차 안내".encode(
        "cp949"
    )
    reading = mail.read(File(data, "a.eml"))

    assert reading.title == "연차"
    assert texts(reading)[-1] == "연차 안내"


@pytest.mark.parametrize(
    "data",
    [
        b"Subject: only\n\n",
        b"Subject: only\nContent-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: image/png\n\nabc\n--x--\n",
        b"Subject: only\nContent-Type: text/plain\nContent-Transfer-Encoding: base64\n\n\n",
    ],
)
def test_mail_without_text_still_has_its_fields(data: bytes) -> None:
    assert texts(mail.read(File(data, "a.eml"))) == ["Subject: only"]


def test_a_malformed_field_is_kept_as_it_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise IndexError

    monkeypatch.setattr(EmailMessage, "__getitem__", fails)
    reading = mail.read(File(b"Subject: odd\n field\nFrom: a\n\ntext", "a.eml"))

    assert "Subject: odd field" in texts(reading)[0]
    assert "To:" not in texts(reading)[0]
