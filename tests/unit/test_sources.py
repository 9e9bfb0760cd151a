"""Sources lead to where a passage stands: the document, and on a page of the web its heading."""

import pytest

from core.retrieval import Found
from core.sources import as_source, numbered
from core.types import PUBLIC, Document, Passage

PAGE = "https://example.com/handbook"


def found(*, origin: str = f"link:{PAGE}", url: str | None = PAGE, anchor: str = "leave") -> Found:
    document = Document("d", "Handbook", origin, PUBLIC, url=url, media_type="text/html")
    return Found(Passage("d", 1, 0, "Leave is 25 days.", "Leave", anchor=anchor), document, 0.5)


@pytest.mark.parametrize(
    ("one", "url"),
    [
        (found(), f"{PAGE}#leave"),
        (found(origin=f"slack:T1:link:{PAGE}"), f"{PAGE}#leave"),
        (found(anchor=""), PAGE),
        (found(origin="slack:T1:file:F1", url="https://slack.com/files/F1"), "https://slack.com/files/F1"),
        (found(origin="upload:handbook.html", url=None), None),
    ],
)
def test_a_source_is_opened_at_its_heading_where_it_is_a_page_of_the_web(one: Found, url: str | None) -> None:
    assert as_source(1, one).url == url


def test_cited_passages_come_first_and_the_best_others_after_them() -> None:
    several = [found(anchor=name) for name in ("a", "b", "c", "d")]
    cited, further = numbered(several, cited=[2], limit=3)
    assert [(source.number, source.url) for source in (*cited, *further)] == [
        (1, f"{PAGE}#c"),
        (2, f"{PAGE}#a"),
        (3, f"{PAGE}#b"),
    ]
