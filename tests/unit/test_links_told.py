"""Where a link has no text, people learn what to do; and every page has a title that says something."""

import pytest

from core.errors import Refused
from core.links import title_of
from core.ports import Fetched
from core.types import PUBLIC, Reading
from tests.fakes.saseo import Core
from tests.unit.knowing import documents, known
from tests.unit.linking import PAGE, TEXT, Every, Walled, core_of, web_of

DOC = "https://docs.google.com/document/d/1BxiMVs0XRA5nFMdKvBdBZjgmUUqptlbs74OgvE2upms"
NOTION = "https://example.notion.site/Leave-0123"


@pytest.mark.parametrize(
    ("url", "reason", "said"),
    [
        (f"{DOC}/edit", "fetch.login", "links.google"),
        (f"{DOC}/edit", "fetch.forbidden", "links.google"),
        (f"{DOC}/edit", "fetch.gone", "fetch.gone"),
        (f"{DOC.replace('docs', 'drive').replace('document', 'file')}/view", "fetch.login", "links.google"),
        (NOTION, "fetch.forbidden", "links.notion"),
        (PAGE, "fetch.login", "fetch.login"),
    ],
)
async def test_what_keeps_a_page_from_being_fetched_is_told_in_the_words_of_its_service(
    url: str, reason: str, said: str
) -> None:
    links = Core(fetcher=Every(Refused(reason))).library
    with pytest.raises(Refused) as refused:
        await links.add_link(url)
    assert refused.value.code == said
    assert refused.value.text("en") != refused.value.text("ko")


@pytest.mark.parametrize(
    ("url", "reason", "said"),
    [
        (NOTION, "read.script", "links.notion"),
        ("https://www.notion.so/Leave-0123", "read.no_text", "links.notion"),
        (PAGE, "read.script", "read.script"),
        (PAGE, "read.missing", "fetch.gone"),
    ],
)
async def test_what_keeps_a_page_from_being_read_is_told_in_the_words_of_its_service(
    url: str, reason: str, said: str
) -> None:
    core = Core(fetcher=Every(b"shell"), reader=Walled(reason))
    with pytest.raises(Refused) as refused:
        await core.library.add_link(url)
    assert refused.value.code == said
    assert await documents(core) == []


async def test_a_page_that_says_by_and_by_that_there_is_none_is_dead_like_one_that_is_gone() -> None:
    reader = Walled("")
    core = core_of({PAGE: TEXT.encode()})
    document = (await core.library.add_link(PAGE)).document
    core.library.links._reader = reader
    reader.reason = "read.missing"
    web = web_of(core)
    for number in range(5):
        web.pages[PAGE] = f"Not found {number}".encode()
        document = (await core.library.refresh(document)).document
    assert document.state == "dead"
    assert await known(core, PUBLIC)


@pytest.mark.parametrize(
    ("title", "name", "url", "shown"),
    [
        ("Leave", "a.html", PAGE, "Leave"),
        (None, "a.html", PAGE, "a.html"),
        (None, "leave", PAGE, "leave"),
        ("\u200b", "", f"{PAGE}?q=1#a", PAGE),
        (" – ", "…", PAGE, PAGE),
        (None, "export", f"{DOC}/edit", f"{DOC}/edit"),
        (None, "Leave.xlsx", f"{DOC}/edit", "Leave.xlsx"),
    ],
)
def test_a_page_has_a_title_that_says_something(title: str | None, name: str, url: str, shown: str) -> None:
    page = Fetched(url="https://elsewhere.example/x", data=b"", name=name)
    assert title_of(Reading((), title=title), page, url=url) == shown
