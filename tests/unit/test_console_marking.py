"""Answers as HTML: whatever a document or a model writes stays text."""

import pytest

from adapters.http.console.marking import answer_html, marked, web


def test_markdown_is_shown_and_citations_lead_to_their_sources() -> None:
    shown = answer_html("You get **25** days [1].\n\n| a | b |\n| - | - |\n| 1 | 2 |", name="source-x")
    assert "<strong>25</strong>" in shown
    assert '<a class="cite" href="#source-x-1">1</a>' in shown
    assert "<td>2</td>" in shown


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "![x](https://evil.example/p.png)",
        "[x](javascript:alert(1))",
        "[x](data:text/html,hello)",
        '<https://a.example/"onmouseover=alert(1)>',
        "```html\n<script>alert(1)</script>\n```",
        "&lt;script&gt;",
    ],
)
def test_nothing_in_an_answer_becomes_markup(text: str) -> None:
    shown = answer_html(text, name="s")
    for bad in ("<script", "<img", "javascript:alert", 'href="data', '"onmouseover'):
        assert bad not in shown.replace("(javascript:alert(1))", "")


def test_links_open_elsewhere_and_tell_nothing() -> None:
    shown = answer_html("[page](https://a.example/x?a=1&b=2)", name="s")
    assert '<a href="https://a.example/x?a=1&amp;b=2" target="_blank" rel="noopener noreferrer">' in shown


def test_the_excerpt_is_marked_where_it_stands() -> None:
    assert marked("a <b> c", "<b>") == "a <mark>&lt;b&gt;</mark> c"
    assert marked("a <b>", "") == "a &lt;b&gt;"
    assert marked("a", "z") == "a"


def test_only_addresses_of_the_web_are_links() -> None:
    assert web("https://a.example") == "https://a.example"
    assert [web(url) for url in (None, "", "javascript:x", "file:///etc", "https://[")] == [None] * 5
