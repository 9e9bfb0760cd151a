"""Headings are linked to as their page names them, so that a source can be opened where it stands."""

import pytest

from core.backends.reading import markdown, webpage
from core.backends.reading.anchors import LONGEST
from core.backends.reading.file import File
from core.chunk import chunk
from core.types import Block, Reading

BODY = "<p>Fifteen days of leave, and five more after three years.</p>"


def anchors(html: str) -> list[str]:
    """The anchor of each block of a page."""
    return [block.anchor for block in webpage.read(File(html.encode(), "a.html")).blocks]


@pytest.mark.parametrize(
    "heading",
    [
        "<h2 id='leave'>Leave</h2>",
        "<h2><a id='leave'></a>Leave</h2>",
        "<h2><a name='leave'>Leave</a></h2>",
        "<h2>Leave <a class='headerlink' href='#leave'>¶</a></h2>",
        "<h2>Leave <a class='x Anchor' href='/docs/page#leave'>#</a></h2>",
        "<h2 id='user-content-leave'>Leave</h2>",
        "<section id='leave'><h2>Leave</h2></section>",
        "<div class='section' id='leave'>\n<h2>Leave</h2></div>",
        "<a id='leave'></a> <h2>Leave</h2>",
        "<a name='leave'></a><h2>Leave</h2>",
        "<div class='markdown-heading'><h2>Leave</h2><a class='anchor' id='user-content-x' href='#leave'></a></div>",
    ],
)
def test_a_heading_is_found_by_whatever_names_it(heading: str) -> None:
    assert set(anchors(f"<p>before</p>{heading}")) == {"", "leave"}


@pytest.mark.parametrize(
    "heading",
    [
        "<h2>Leave</h2>",
        "<h2 id=''>Leave</h2>",
        "<h2 id='two words'>Leave</h2>",
        f"<h2 id='{'x' * (LONGEST + 1)}'>Leave</h2>",
        "<h2 id='a\u200bb'>Leave</h2>",
        "<h2><a class='toc-backref' href='#contents'>Leave</a></h2>",
        "<div id='content'><h2>Leave</h2></div>",
        "<section id='all'><p>First.</p><h2>Leave</h2></section>",
        "<a id='top'>Up</a><h2>Leave</h2>",
        "<p id='x'></p>words<h2>Leave</h2>",
        "<!-- a --><h2>Leave</h2><a href='#x'>x</a>",
    ],
)
def test_a_heading_without_a_name_of_its_own_has_none(heading: str) -> None:
    assert set(anchors(heading)) == {""}


def test_what_stands_under_a_heading_has_its_anchor_and_one_without_has_that_of_the_heading_above() -> None:
    page = (
        "<p>Top</p><h1 id='a'>A</h1><p>one</p><h2>B</h2><ul><li>two</li></ul><h2 id='c'>C</h2>"
        "<table><tr><td>x</td><td>1</td></tr><tr><td>y</td><td>2</td></tr></table><h1>D</h1><p>three</p>"
    )
    assert anchors(page) == ["", "a", "a", "a", "a", "c", "c", "", ""]


def test_a_long_page_keeps_the_anchors_of_what_is_its_main_content() -> None:
    menu = "<div class='menu'>" + "<a href='/x'>Somewhere else</a> " * 60 + "</div>"
    parts = "".join(
        f"<h2 id='s{number}'>Rule {number}</h2><p>Whoever needs rule {number} asks the office for it in the morning "
        "and gets it in writing on the next day, signed by two people who know what it says.</p><h3 id='e"
        f"{number}'>Example</h3>{BODY}<p>That was example number {number}, and a long one it was indeed.</p>"
        for number in range(12)
    )
    html = f"<html><body>{menu}<article><h1 id='top'>Rules</h1>{parts}</article></body></html>"
    reading = webpage.read(File(html.encode(), "a.html"))
    assert "Somewhere else" not in reading.text
    found = {block.heading[-1]: block.anchor for block in reading.blocks if block.heading}
    assert (found["Rule 7"], found["Example"]) == ("s7", "e11")


def test_a_heading_that_the_main_content_has_less_often_is_not_guessed_at(monkeypatch: pytest.MonkeyPatch) -> None:
    import trafilatura

    text = "<p>Paragraph that says how leave is requested, who approves it and why it may be put off.</p>" * 30
    short = f"<html><body><p>Top.</p><h2>Leave</h2>{text}<h2>Example</h2>{text}<h2>New</h2><p>x</p></body></html>"
    monkeypatch.setattr(trafilatura, "extract", lambda *_, **__: short)
    page = f"<h2 id='l'>Leave ¶</h2>{text}<h2 id='e1'>Example</h2><p>x</p><h2 id='e2'>Example</h2>{text}"
    found = {block.heading: block.anchor for block in webpage.read(File(page.encode(), "a.html")).blocks}
    assert found == {(): "", ("Leave",): "l", ("Example",): "", ("New",): ""}


def test_markdown_headings_are_named_as_github_names_them() -> None:
    text = (
        "# Hand *book*: 1.2\n\none\n\n## `run()` [now](https://x.y)!\n\ntwo\n\n## 연차 휴가\n\nthree\n\n"
        "## snake_case & more\n\nfour\n\nExample\n-------\n\nfive\n\nExample\n-------\n\nsix\n\n## ---\n\n## !!!\n\n"
        "## Title {#custom}\n\nseven"
    )
    blocks = markdown.read(File(text.encode(), "a.md")).blocks
    named = {block.text: block.anchor for block in blocks}
    assert [named[word] for word in ("one", "two", "three", "four", "five", "six", "seven")] == [
        "hand-book-12",
        "run-now",
        "연차-휴가",
        "snake_case--more",
        "example",
        "example-1",
        "title-custom",
    ]


def test_anchors_change_neither_where_a_text_is_cut_nor_what_it_says() -> None:
    plain = tuple(Block(f"Sentence {number} is short.", ("A",)) for number in range(40))
    named = tuple(Block(block.text, block.heading, anchor=f"a{number}") for number, block in enumerate(plain))
    before, after = (chunk(Reading(blocks), document_id="d", version=1) for blocks in (plain, named))
    assert [(one.text, one.start, one.end) for one in before] == [(one.text, one.start, one.end) for one in after]
    assert len(after) > 1
    assert [one.anchor for one in after] == [f"a{one.text.split()[1]}" for one in after]
