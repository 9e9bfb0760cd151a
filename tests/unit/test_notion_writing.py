"""A Notion page becomes text that reads like the page: every kind of block, in order, once."""

import random

import pytest

from core.errors import Refused
from core.notion.writing import DEEPEST, written
from tests.fakes.notion import Json, bare, block, record, uuid
from tests.unit.noting import PAGE, ROOT, address, html_of, records_of


def test_the_title_is_the_pages() -> None:
    whole = written(records_of(block(ROOT, "page", [["Leave "], ["& rest", [["b"]]]])), PAGE)
    assert "<title>Leave &amp; rest</title>" in whole
    assert "<h1>Leave &amp; rest</h1></article>" in whole


def test_a_page_without_a_title_has_none() -> None:
    assert "<h1>" not in written(records_of(block(ROOT, "page")), PAGE)


@pytest.mark.parametrize(
    ("kind", "tag"), [("header", "h2"), ("sub_header", "h3"), ("sub_sub_header", "h4"), ("header_4", "h5")]
)
def test_a_heading_carries_what_notion_links_to(kind: str, tag: str) -> None:
    assert html_of(block(2, kind, "Leave")) == f"<{tag} id='{bare(2)}'>Leave</{tag}>"


def test_a_heading_that_opens_holds_what_is_in_it() -> None:
    shown = html_of(block(2, "header", "Leave", 3), block(3, "text", "25 days"), block(4, "header", ""))
    assert shown == f"<h2 id='{bare(2)}'>Leave</h2><p>25 days</p>"


def test_paragraphs_keep_their_lines_and_empty_ones_go() -> None:
    shown = html_of(block(2, "text", "one\ntwo <b>"), block(3, "text"), block(4, "text", " "), block(5, "divider"))
    assert shown == "<p>one<br>two &lt;b&gt;</p>"


def test_lists_are_nested_and_numbered_anew_after_something_else() -> None:
    shown = html_of(
        block(2, "bulleted_list", "a", 3, 4),
        block(3, "bulleted_list", "b"),
        block(4, "text", "c"),
        block(5, "numbered_list", "one"),
        block(6, "numbered_list", "two"),
        block(7, "text", "between"),
        block(8, "numbered_list", "one again"),
    )
    assert shown == (
        "<ul><li>a<ul><li>b</li></ul><p>c</p></li><li>1. one</li><li>2. two</li></ul>"
        "<p>between</p><ul><li>1. one again</li></ul>"
    )


def test_a_task_says_whether_it_is_done() -> None:
    shown = html_of(block(2, "to_do", "ask", checked=[["Yes"]]), block(3, "to_do", "answer"))
    assert shown == "<ul><li>☑ ask</li><li>☐ answer</li></ul>"


def test_what_is_folded_quoted_called_out_or_in_columns_is_text_like_other_text() -> None:
    shown = html_of(
        block(2, "toggle", "More", 3),
        block(3, "text", "inside"),
        block(4, "quote", "said", 5),
        block(5, "text", "further"),
        block(6, "callout", "mind", format_={"page_icon": "💡"}),
        block(7, "column_list", None, 8, 9),
        block(8, "column", None, 10),
        block(9, "column", None, 11),
        block(10, "text", "left"),
        block(11, "text", "right"),
        block(12, "quote"),
        block(13, "table_of_contents"),
        block(14, "something_new", "text of a new kind", 15),
        block(15, "text", "and what is in it"),
        block(16, "button", "press", 17),
        block(17, "text", "what the button writes"),
    )
    assert shown == (
        "<p>More</p><p>inside</p><blockquote>said</blockquote><p>further</p><p>mind</p><p>left</p><p>right</p>"
        "<p>text of a new kind</p><p>and what is in it</p>"
    )


def test_code_keeps_its_lines_and_its_language() -> None:
    shown = html_of(
        block(2, "code", "if a < b:\n    go()", language=[["Python"]], caption=[["how to go"]]),
        block(3, "code", "plain", language=[["Plain Text"]]),
    )
    assert shown == "<pre>```python\nif a &lt; b:\n    go()\n```</pre><p>how to go</p><pre>```\nplain\n```</pre>"


def test_equations_are_their_formula() -> None:
    shown = html_of(block(2, "equation", "E = mc^2"), block(3, "text", [["area "], ["⁍", [["e", "\\pi r^2"]]]]))
    assert shown == "<p>E = mc^2</p><p>area \\pi r^2</p>"


def test_a_table_has_its_columns_in_order() -> None:
    rows = (block(3, "table_row", x=[["Days"]], y=[["Team"]]), block(4, "table_row", x=[["25"]], y=[["Blues"]]))
    order = {"table_block_column_order": ["y", "x", "y", 7]}
    headed = html_of(block(2, "table", None, 3, 4, format_={**order, "table_block_column_header": True}), *rows)
    assert headed == "<table><tr><th>Team</th><th>Days</th></tr><tr><td>Blues</td><td>25</td></tr></table>"
    bald = html_of(block(2, "table", None, 3, 4, format_=order), *rows)
    assert bald == "<table><tr><td>Team</td><td>Days</td></tr><tr><td>Blues</td><td>25</td></tr></table>"
    assert html_of(block(2, "table", None, format_=order)) == ""


def test_what_is_synced_stands_where_it_is_shown_but_once() -> None:
    pointer = {"transclusion_reference_pointer": {"id": uuid(3), "table": "block"}}
    shown = html_of(
        block(2, "transclusion_reference", None, format_=pointer),
        block(3, "transclusion_container", None, 4),
        block(4, "text", "for all"),
        block(5, "transclusion_reference", None, format_=pointer),
        block(6, "transclusion_reference"),
    )
    assert shown == "<p>for all</p>"


def test_pages_and_databases_within_are_links_alone() -> None:
    shown = html_of(
        block(2, "page", "Child", 3),
        block(3, "text", "not here"),
        block(4, "alias", None, format_={"alias_pointer": {"id": uuid(2)}}),
        block(5, "alias", None, format_={"alias_pointer": {"id": uuid(99)}}),
        block(6, "alias"),
        block(7, "collection_view_page", None, collection_id_=uuid(70), view_ids_=[uuid(71)]),
        block(8, "page"),
        collection={uuid(70): record({"name": [["Teams"]], "schema": {}})},
    )
    assert shown == (
        f"<p>Child ({address(2)})</p><p>Child ({address(2)})</p><p>{address(99)}</p><p>Teams ({address(7)})</p>"
        f"<p>{address(8)}</p>"
    )


def test_bookmarks_embeds_and_files_are_told_with_what_people_wrote_to_them() -> None:
    kept = "https://prod-files-secure.s3.us-west-2.amazonaws.com/a/plan.pdf?X-Amz-Signature=1"
    shown = html_of(
        block(2, "bookmark", "Law", link=[["https://law.example/leave"]], description=[["The act"]]),
        block(3, "bookmark", None, link=[["https://law.example/"]]),
        block(4, "video", None, source=[["https://video.example/1"]], caption=[["How to"]]),
        block(5, "embed", None, format_={"display_source": "https://map.example/office"}),
        block(6, "pdf", "plan.pdf", source=[[kept]]),
        block(7, "file", "notes.txt", source=[["attachment:3f92:notes.txt"]]),
        block(8, "image", None, source=[["https://pictures.example/1.png"]], caption=[["The office"]]),
        block(9, "image", None, source=[["https://pictures.example/2.png"]]),
    )
    assert shown == (
        "<p>Law (https://law.example/leave): The act</p><p>https://law.example/</p>"
        "<p>https://video.example/1: How to</p><p>https://map.example/office</p><p>plan.pdf</p><p>notes.txt</p>"
        "<p>The office</p>"
    )


DATABASE = block(2, "collection_view", None, collection_id_=uuid(70), view_ids_=[uuid(71)])
SCHEMA = {
    "title": {"name": "Team", "type": "title"},
    "b]": {"name": "Leave", "type": "number"},
    "a[": {"name": "City", "type": "select"},
    "c{": {"name": "Unused", "type": "text"},
}


def database_of(*rows: Json) -> str:
    root = block(ROOT, "page", "Handbook", 2)
    records = records_of(root, DATABASE, *rows, collection={uuid(70): record({"name": [["Teams"]], "schema": SCHEMA})})
    records.rows[bare(2)] = tuple(one["id"].replace("-", "") for one in rows)
    return written(records, PAGE).partition("</h1>")[2].partition("</article>")[0]


def test_a_small_database_is_a_table_with_its_title_first_and_the_rest_by_name() -> None:
    blues = block(80, "page", "Blues", **{"b]": [["25"]], "a[": [["Seoul"]], "?": [["no column"]]})
    reds = block(81, "page", "Reds", **{"b]": [["27"]]})
    gone = block(82, "page", "Gone", alive_=False)
    assert database_of(blues, reds, gone) == (
        f"<p>Teams ({address(2)})</p><table><tr><th>Team</th><th>City</th><th>Leave</th></tr>"
        "<tr><td>Blues</td><td>Seoul</td><td>25</td></tr><tr><td>Reds</td><td></td><td>27</td></tr></table>"
    )


def test_a_database_whose_rows_are_not_there_is_a_link() -> None:
    assert database_of() == f"<p>Teams ({address(2)})</p>"


def test_the_order_of_an_answer_and_what_changes_without_the_page_do_not_matter() -> None:
    blocks = [block(number, "text", f"line {number}") for number in range(2, 40)]
    root = block(ROOT, "page", "Handbook", *range(2, 40))
    first = written(records_of(root, *blocks), PAGE)
    random.Random(7).shuffle(blocks)
    later = [one | {"version": 99, "last_edited_time": 1, "last_edited_by_id": "somebody"} for one in (*blocks, root)]
    assert written(records_of(*later), PAGE) == first


def test_a_page_that_is_nested_too_deep_is_refused() -> None:
    deep = [block(number, "toggle", "x", number + 1) for number in range(2, DEEPEST + 3)]
    assert html_of(*deep[:-1]).count("<p>") == DEEPEST
    with pytest.raises(Refused) as refused:
        html_of(*deep)
    assert refused.value.code == "links.notion_long"


def test_a_page_within_itself_ends() -> None:
    root = block(ROOT, "page", "Handbook", 2, ROOT)
    records = records_of(root, block(2, "toggle", "a", 3), block(3, "toggle", "b", 2, ROOT))
    assert "</h1><p>a</p><p>b</p></article>" in written(records, PAGE)
    assert records.missing() == []
