"""Links to one page are one, and no page can make itself another."""

import pytest

from core.canonical import address_of, alike, claimed, name_of, respelled
from core.ports import Fetched
from core.types import Block, Reading

HOME = "https://example.com/docs/leave"


def page(head: str, *, url: str = HOME, media_type: str | None = "text/html") -> Fetched:
    return Fetched(url=url, data=f"<html><head>{head}</head><body>text</body></html>".encode(), media_type=media_type)


@pytest.mark.parametrize(
    ("url", "address"),
    [
        (HOME, HOME),
        (f" {HOME}#part-2 ", HOME),
        (f"{HOME}?utm_source=slack&utm_medium=chat", HOME),
        (f"{HOME}?page=2&UTM_Source=x&fbclid=1&tab=%ED%95%9C", f"{HOME}?page=2&tab=%ED%95%9C"),
        (f"{HOME}?utm", f"{HOME}?utm"),
        (f"{HOME}?", HOME),
        (f"{HOME}?a=1&&b", f"{HOME}?a=1&b"),
        ("HTTPS://Example.COM.:443/docs/leave", HOME),
        ("http://example.com:80", "http://example.com/"),
        ("http://example.com:8080/a", "http://example.com:8080/a"),
        ("http://[2001:DB8::1]:8080/a", "http://[2001:db8::1]:8080/a"),
        ("https://example.com/#/guide/leave", "https://example.com/#/guide/leave"),
        ("https://example.com/app#!leave", "https://example.com/app#!leave"),
        ("https://example.com/docs/index.html?a=1", "https://example.com/docs/index.html?a=1"),
        ("https://example.com/한글 길", "https://example.com/한글 길"),
        ("https://github.com/o/r/blob/main/a.md?plain=1#L4", "https://github.com/o/r/blob/main/a.md"),
        ("https://user:word@example.com/a#b", "https://user:word@example.com/a#b"),
        ("ftp://example.com/a#b", "ftp://example.com/a#b"),
        ("http://[broken#b", "http://[broken#b"),
        ("https://example.com:99999/#b", "https://example.com:99999/#b"),
        ("https://#b", "https://#b"),
        ("not a link", "not a link"),
    ],
)
def test_a_page_is_cited_without_where_its_link_was_found(url: str, address: str) -> None:
    assert address_of(url) == address
    assert address_of(address) == address


@pytest.mark.parametrize("index", ["", "index.html", "index.htm", "Index.HTML", "index.php", "default.aspx"])
def test_an_index_page_is_its_folder(index: str) -> None:
    assert name_of(f"https://example.com/docs/{index}?a=1#b") == "https://example.com/docs/?a=1"


@pytest.mark.parametrize("url", ["https://example.com/docs/my-index.html", "https://example.com/docs", "index.html"])
def test_every_other_page_is_its_own(url: str) -> None:
    assert name_of(url) == url


@pytest.mark.parametrize(
    ("final", "same"),
    [
        ("http://example.com/docs/leave", True),
        ("https://www.example.com/docs/leave/", True),
        ("https://m.example.com/docs/leave", True),
        ("https://example.com/docs/leave?v=2", False),
        ("https://example.com/docs/", False),
        ("https://example.com:8443/docs/leave", False),
        ("https://docs.example.com/docs/leave", False),
    ],
)
def test_a_redirect_may_change_how_an_address_is_spelled(final: str, *, same: bool) -> None:
    assert respelled(HOME, final) is same
    assert respelled(final, HOME) is same


@pytest.mark.parametrize(
    "head",
    [
        "<link rel='canonical' href='https://example.com/leave'>",
        "<link href=/leave rel=canonical>",
        '<LINK data-x="1"\n HREF="../leave" REL="Canonical"/>',
        "<link rel=stylesheet href=/a.css><link><link rel=canonical><link rel=canonical href=//example.com/leave#top>",
        "<link rel=canonical href='http://www.example.com/leave?utm_source=x'>".replace("www.", ""),
    ],
)
def test_a_page_may_say_which_address_it_has_on_its_own_site(head: str) -> None:
    assert claimed(page(head), HOME) == "https://example.com/leave"


def test_a_page_may_have_its_address_on_its_site_with_www_and_in_its_query() -> None:
    assert claimed(page("<link rel=canonical href='https://www.example.com/leave'>"), HOME) == (
        "https://www.example.com/leave"
    )
    assert claimed(page("<link rel=canonical href='/?p=7&amp;q=1'>"), HOME) == "https://example.com/?p=7&q=1"
    plain = page("<link rel=canonical href='/leave'>", url="http://example.com/x")
    assert claimed(plain, "http://example.com/x") == "http://example.com/leave"


@pytest.mark.parametrize(
    "head",
    [
        "",
        "<link rel=canonical href=''>",
        "<link rel='nofollow' href='https://example.com/leave'>",
        "<link rel=canonical href='https://example.com/docs/leave#a'>",
        "<link rel=canonical href='https://example.com'>",
        "<link rel=canonical href='/'>",
        "<link rel=canonical href='https://evil.example/leave'>",
        "<link rel=canonical href='https://docs.example.com/leave'>",
        "<link rel=canonical href='https://example.com.evil.example/leave'>",
        "<link rel=canonical href='https://example.com:8443/leave'>",
        "<link rel=canonical href='javascript:alert(1)'>",
        "<link rel=canonical href='http://[broken'>",
        "<link rel=alternate href='https://example.com/leave'>",
        "<link data-rel=canonicalised href='https://example.com/leave'>",
    ],
)
def test_a_page_may_speak_for_no_other_site_and_not_be_the_home_page(head: str) -> None:
    assert claimed(page(head), HOME) is None


def test_only_pages_are_asked_and_none_that_is_read_from_elsewhere() -> None:
    said = "<link rel=canonical href='/leave'>"
    assert claimed(page(said, media_type="text/plain"), HOME) is None
    assert claimed(page(said, media_type=None), HOME) is not None
    assert claimed(Fetched(url=HOME, data=None), HOME) is None
    assert claimed(page(said), "https://github.com/o/r/blob/main/a.html") is None


def reading(*texts: str) -> Reading:
    return Reading(tuple(Block(text) for text in texts))


async def test_pages_are_one_when_they_say_the_same() -> None:
    long = "Leave is 25 days a year, and the office knows of it a week before. " * 4
    assert await alike(reading(long, "Read by 7 people"), reading(long.replace(" ", "  "), "Read by 9 people"))
    assert not await alike(reading(long), reading("Leave is 25 days."))
    assert not await alike(reading(long), reading(long, f"And more: {long}"))
    assert not await alike(reading(), reading())


@pytest.mark.parametrize(
    "piece", ["<link ", "<link rel=canonical rel='", "<link rel=canonical>", "<link " + "rel='" * 190 + "canonical>"]
)
def test_a_hostile_head_is_looked_through_in_little_time(piece: str) -> None:
    assert claimed(page(piece * (600_000 // len(piece))), HOME) is None
