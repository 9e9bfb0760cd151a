"""Links of pages, and which of them belong to the part of a site that is followed."""

import time

import pytest

from core.hyperlinks import MOST_CHARACTERS, MOST_LINKS, Area, links, pages

HOME = "https://a.example.com/docs/"


def test_links_are_found_in_every_spelling() -> None:
    data = """<p>HREF="no"<A HREF='one'>1</A> <a class="x" href=two>2</a>
    <a title="a" href=" /three?a=1&amp;b=2#part ">3</a><a href="one#again">1</a>
    <map><area href="https://other.example.com/"></map>
    <a name="x">no</a><a href="">no</a><a href="#here">here</a><a href="mailto:a@b">no</a>
    <a href="javascript:x()">no</a>
    <a rel="external nofollow" href="secret">no</a><a href="http://[broken">no</a><abbr href="no">no</abbr>"""
    assert links(data.encode(), address=HOME) == (
        "https://a.example.com/docs/one",
        "https://a.example.com/docs/two",
        "https://a.example.com/three?a=1&b=2",
        "https://other.example.com/",
        "https://a.example.com/docs/",
    )


def test_a_page_says_where_its_links_begin() -> None:
    assert links(b'<base href="/v2/"><a href="one">', address=HOME) == ("https://a.example.com/v2/one",)
    assert links(b'<base href="data:x"><a href="one">', address=HOME) == ("https://a.example.com/docs/one",)


def test_only_so_much_is_looked_at() -> None:
    assert (
        len(links(b"".join(b"<a href=%d>" % number for number in range(MOST_LINKS + 10)), address=HOME)) == MOST_LINKS
    )
    assert links(b" " * MOST_CHARACTERS + b"<a href=x>", address=HOME) == ()


@pytest.mark.parametrize("piece", ["<a ", "<a href=", "<a href='", '<a href="x" href ', "<a" + " " * 1000, "&amp;<"])
def test_a_hostile_page_takes_time_in_proportion(piece: str) -> None:
    def spent(characters: int) -> float:
        data = (piece * (characters // len(piece))).encode()
        began = time.process_time()
        links(data, address=HOME)
        return time.process_time() - began

    spent(1000)
    small, large = spent(200_000), spent(1_600_000)
    assert large < 60 * max(small, 0.001)


@pytest.mark.parametrize(
    ("url", "area"),
    [
        ("https://a.example.com", "https://a.example.com/"),
        ("https://a.example.com/docs/", "https://a.example.com/docs/"),
        ("https://a.example.com/docs", "https://a.example.com/docs/"),
        ("https://a.example.com/docs/index.html?x=1", "https://a.example.com/docs/"),
        ("https://A.example.com:443/docs/v1.2/", "https://a.example.com/docs/v1.2/"),
        ("http://[::1]:8080/docs/", "http://[::1]:8080/docs/"),
    ],
)
def test_an_area_is_what_lies_below_a_page(url: str, area: str) -> None:
    assert str(Area.below(url)) == area
    assert Area.parse(area) == Area.below(url)
    assert str(Area.site(url)).count("/") == 3


@pytest.mark.parametrize("url", ["ftp://a.example.com/", "https:///docs", "docs", ""])
def test_what_is_no_address_has_no_area(url: str) -> None:
    with pytest.raises(ValueError, match="not an address"):
        Area.site(url)


@pytest.mark.parametrize(
    ("url", "spelled"),
    [
        ("https://a.example.com/docs/one", "https://a.example.com/docs/one"),
        ("HTTPS://A.EXAMPLE.COM:443/docs/one?q=1#part", "https://a.example.com/docs/one?q=1"),
        ("http://a.example.com/docs/one", "https://a.example.com/docs/one"),
        ("https://a.example.com/docs", "https://a.example.com/docs"),
        ("https://a.example.com/docsother", None),
        ("https://a.example.com/", None),
        ("https://a.example.com", None),
        ("https://a.example.com/docs/../admin", None),
        ("https://a.example.com:8443/docs/one", None),
        ("https://b.example.com/docs/one", None),
        ("https://a.example.com.evil.com/docs/", None),
        ("https://a.example.com@evil.com/docs/", None),
        ("https://user@a.example.com/docs/", None),
        ("ftp://a.example.com/docs/", None),
        ("https://a.example.com:port/docs/", None),
        ("/docs/one", None),
    ],
)
def test_an_area_holds_its_own_pages_in_one_spelling(url: str, spelled: str | None) -> None:
    assert Area.below(HOME).spelled(url) == spelled


def test_a_site_without_tls_may_have_pages_with_it() -> None:
    area = Area.below("http://a.example.com/docs/")
    assert area.spelled("https://a.example.com/docs/one") == "https://a.example.com/docs/one"
    assert area.spelled("http://a.example.com/docs/one") == "http://a.example.com/docs/one"


def test_pages_are_told_from_views_and_files() -> None:
    hrefs = ("one.html", "two", "two#x", "?page=2", "p.PNG", "x.zip", "a.pdf", "/")
    data = "".join(f'<a href="{href}">x</a>' for href in hrefs).encode()
    assert pages(data, address=HOME, area=Area.below(HOME)) == (
        "https://a.example.com/docs/one.html",
        "https://a.example.com/docs/two",
        "https://a.example.com/docs/a.pdf",
    )
