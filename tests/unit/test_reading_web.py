"""Web pages: what a visitor reads, with headings, and none of the machinery around it."""

import pytest

from core.backends.reading import webpage
from core.backends.reading.file import File
from core.types import Block, Reading

NAVIGATION = "<nav><a href='/'>Home</a></nav><div class='menu'>" + "<a href='/x'>Somewhere else</a> " * 40 + "</div>"
ARTICLE = "".join(
    f"<p>Paragraph {number} of the article explains at some length how leave is requested, who approves it and why.</p>"
    for number in range(40)
)


def read(html: str | bytes, charset: str | None = None) -> Reading:
    return webpage.read(File(html if isinstance(html, bytes) else html.encode(), "a.html", charset))


def texts(reading: Reading) -> list[str]:
    return [block.text for block in reading.blocks]


def test_headings_make_a_path_and_noise_is_left_out() -> None:
    reading = read(
        "<html><head><title>Hand\n book</title><style>p {}</style></head><body><nav>Home</nav><script>run()</script>"
        "<h1>Leave</h1><p>Fifteen <b>days</b>.<br>Really.</p><!-- hidden --><h2>For <i>interns</i></h2>"
        "<p>Five days.</p>"
        "<h2></h2><p hidden>secret</p><p style='display: none'>secret</p><p style='visibility:hidden'>secret</p>"
        "<footer>Impressum</footer></body></html>"
    )

    assert reading.title == "Hand book"
    assert reading.blocks == (
        Block("Leave", ("Leave",)),
        Block("Fifteen days.\nReally.", ("Leave",)),
        Block("For interns", ("Leave", "For interns")),
        Block("Five days.", ("Leave", "For interns")),
    )


def test_lists_tables_and_code() -> None:
    reading = read(
        "<ul><li>one</li><li><p>two</p><p>more</p></li></ul><pre>a\n  b\n</pre>"
        "<table><tr><th>Team</th><th>City</th></tr><tr><td>Blues</td><td>Seoul</td></tr></table>after"
    )

    assert texts(reading) == ["- one", "- two", "more", "a\n  b", "| Team | City |\n| Blues | Seoul |", "after"]


def test_a_table_that_lays_out_the_page_is_read_like_the_page() -> None:
    long = "word " * 200
    reading = read(
        f"<table><tr><td><h2>Title</h2></td><td>x</td></tr><tr><td>{long}</td><td>y</td></tr></table><table></table>"
    )

    assert texts(reading) == ["Title", "x", long.strip(), "y"]


def test_the_main_content_of_a_long_page_is_found() -> None:
    reading = read(f"<html><body>{NAVIGATION}<article><h1>Leave</h1>{ARTICLE}</article></body></html>")

    assert "Paragraph 7 of the article" in reading.text
    assert "Somewhere else" not in reading.text


@pytest.mark.parametrize("found", [None, "<html><body><p>too little</p></body></html>"])
def test_all_that_is_seen_counts_where_the_main_content_comes_out_thin(
    monkeypatch: pytest.MonkeyPatch, found: str | None
) -> None:
    import trafilatura

    monkeypatch.setattr(trafilatura, "extract", lambda *_, **__: found)

    assert "Paragraph 7" in read(f"<body>{ARTICLE}</body>").text


def test_a_very_long_page_is_read_as_it_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webpage, "MOST_FOR_MAIN", 100)

    assert "Paragraph 7" in read(f"<body>{ARTICLE}</body>").text


def test_a_page_of_nothing_but_navigation_is_read_nevertheless() -> None:
    assert texts(read("<body><nav><p>Home</p></nav></body>")) == ["Home"]


def test_a_page_without_anything_gives_nothing() -> None:
    assert read("<html><head></head><frameset></frameset></html>").blocks == ()


@pytest.mark.parametrize(
    ("html", "charset"),
    [
        ("<html><head><meta charset='euc-kr'></head><body>한 글자</body></html>".encode("cp949"), None),
        ('<meta http-equiv="Content-Type" content="text/html; charset=ks_c_5601-1987">한 글자'.encode("cp949"), None),
        ('<?xml version="1.0" encoding="euc-kr"?><html><body>한 글자</body></html>'.encode("cp949"), None),
        ("<p>한 글자".encode("cp949"), "euc-kr"),
        ("<p>한 글자".encode("utf-16"), None),
    ],
)
def test_the_declared_encoding_is_used(html: bytes, charset: str | None) -> None:
    assert "한 글자" in read(html, charset).text


def test_the_title_is_the_first_heading_where_the_page_has_none() -> None:
    assert read("<h2>First</h2><p>text").title == "First"
    assert read("<p>text").title is None


def test_elements_that_nest_deeper_than_any_stack_are_read() -> None:
    assert texts(read("<div>" * 3000 + "deep")) == ["deep"]
