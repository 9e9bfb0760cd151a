"""The text of a block keeps its links, its dates and what it mentions."""

from typing import Any

import pytest

from core.errors import Refused
from core.notion.wording import MOST_TEXT
from tests.fakes.notion import block, uuid
from tests.unit.noting import HOST, address, html_of


@pytest.mark.parametrize(
    ("segments", "text"),
    [
        ([["Apply "], ["here", [["b"], ["a", "https://apply.example/?a=1"]]], ["."]], "Apply here (https://apply.example/?a=1)."),
        ([["here ", [["a", "/p/x"]]], ["now"]], f"here (https://{HOST}/p/x) now"),
        ([["https://a.example/", [["a", "https://a.example/"]]]], "https://a.example/"),
        ([[" ", [["a", "https://a.example/"]]], ["x"]], "https://a.example/x"),
        ([["write", [["a", "mailto:hr@example.com"]]]], "write"),
        ([["run", [["a", "javascript:alert(1)"]]]], "run"),
        ([["odd", [["a", "//elsewhere.example/"]]]], "odd"),
        ([["odd", [["a", "https://[broken"]]]], "odd"),
        ([["odd", [["a", "https://a.example/ b"]]]], "odd"),
        ([["odd", [["a", "https:///b"]]]], "odd"),
        ([["odd", [["a", 7]], "x"]], "odd"),
        ([["file", [["a", "https://file.notion.so/f/f/x?signature=1"]]]], "file"),
        ([["‣", [["p", uuid(2), "space"]]]], f"Child ({address(2)})"),
        ([["‣", [["p", uuid(98)]]]], address(98)),
        ([["‣", [["u", uuid(97)]]], ["and"]], "and"),
        ([["‣", [["d", {"type": "date", "start_date": "2026-01-02"}]]]], "2026-01-02"),
        ([["‣", [["d", {"start_date": "2026-01-02", "start_time": "09:00", "end_date": "2026-01-03"}]]]],
         "2026-01-02 09:00 – 2026-01-03"),
        ([["‣", [["lm", {"href": "https://a.example/", "title": "A page"}]]]], "A page (https://a.example/)"),
        ([["‣", [["eoi", uuid(3)]]]], "o/r (https://github.example/o/r)"),
        ([["‣", [["eoi", uuid(4)]]]], "https://github.example/o"),
        ([["‣", [["eoi", uuid(96)]]]], ""),
        ([["‣", [["?", 1], ["e", 1], ["p", "no id"]]], ["⁍"], [7], [], "x", None], ""),
        ({"not": "a list"}, ""),
    ],
)  # fmt: skip
def test_a_text_keeps_its_links_and_what_it_mentions(segments: Any, text: str) -> None:
    repository = {
        "attributes": [{"id": "x"}, {"id": "title", "values": []}, {"id": "title", "values": ["o/r"]}],
        "original_url": "https://github.example/o/r",
    }
    shown = html_of(
        block(5, "text", segments),
        block(2, "page", "Child"),
        block(3, "external_object_instance", None, format_=repository),
        block(4, "external_object_instance", None, format_={"uri": "https://github.example/o"}),
    )
    child = f"<p>Child ({address(2)})</p>"
    rest = f"{child}<p>o/r (https://github.example/o/r)</p><p>https://github.example/o</p>"
    assert shown == (f"<p>{text}</p>" if text else "") + rest


def test_a_page_that_mentions_more_than_can_be_read_is_refused() -> None:
    long = block(3, "external_object_instance", None, format_={"uri": f"https://a.example/{'x' * 1900}"})
    many = [["‣", [["eoi", uuid(3)]]]] * (MOST_TEXT // 1900)
    with pytest.raises(Refused) as refused:
        html_of(block(2, "text", many), long)
    assert refused.value.code == "links.notion_long"
