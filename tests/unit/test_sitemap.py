"""Sitemaps are read in every form, and hostile ones within bounds."""

import gzip
import tracemalloc
from datetime import UTC, datetime, timedelta

import pytest

from core import sitemap as module
from core.errors import Refused
from core.sitemap import (
    DEEPEST,
    LONGEST_URL,
    MOST_BYTES,
    MOST_ENTRIES,
    Entry,
    named_in_robots,
    read_sitemap,
    trustworthy,
)

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
HEAD = '<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'


def urlset(*urls: str) -> bytes:
    return (HEAD + "".join(f"<url><loc>{url}</loc></url>" for url in urls) + "</urlset>").encode()


def listed(data: bytes) -> list[str]:
    found = read_sitemap(data)
    assert found is not None
    return [entry.url for entry in found.entries]


def refusal(data: bytes) -> str:
    with pytest.raises(Refused) as refused:
        read_sitemap(data)
    assert refused.value.text("en") != refused.value.text("ko")
    return refused.value.code


def test_pages_are_listed_with_their_dates_and_pictures_are_not() -> None:
    data = f"""{HEAD}
      <url><loc> https://a.example.com/1?a=1&amp;b=2 </loc><lastmod>2026-11-01T10:00:00+09:00</lastmod></url>
      <url><lastmod>2026-11-01</lastmod><loc><![CDATA[https://a.example.com/2]]></loc>
        <image:image xmlns:image="i"><image:loc>https://a.example.com/p.png</image:loc></image:image></url>
      <url><loc>https://a.example.com/<b>bold</b>3</loc><lastmod>lately</lastmod><priority>1</priority></url>
      <url><loc/></url><url/><other><loc>https://a.example.com/no</loc></other>
    </urlset>"""
    found = read_sitemap(data.encode())
    assert found is not None
    assert not found.is_index
    assert found.entries == (
        Entry("https://a.example.com/1?a=1&b=2", datetime(2026, 11, 1, 1, tzinfo=UTC)),
        Entry("https://a.example.com/2", datetime(2026, 11, 2, tzinfo=UTC)),
        Entry("https://a.example.com/3"),
    )


def test_an_index_is_told_from_pages() -> None:
    found = read_sitemap(
        b"<s:sitemapindex xmlns:s='x'><s:sitemap><s:loc>https://a/1.xml</s:loc></s:sitemap></s:sitemapindex>"
    )
    assert found is not None
    assert found.is_index
    assert found.entries == (Entry("https://a/1.xml"),)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_packed_and_in_other_encodings(encoding: str) -> None:
    data = urlset("https://a/위키").decode().replace("UTF-8", "UTF-16" if encoding == "utf-16" else "UTF-8")
    assert listed(data.encode(encoding)) == ["https://a/위키"]
    assert listed(gzip.compress(data.encode(encoding))) == ["https://a/위키"]


def test_a_text_with_a_link_in_each_line() -> None:
    text = b"\xef\xbb\xbfhttps://a/1\r\n\r\n  http://a/2\nhttps://a/3"
    assert listed(text) == ["https://a/1", "http://a/2", "https://a/3"]
    assert listed(gzip.compress(text)) == ["https://a/1", "http://a/2", "https://a/3"]
    many = b"".join(b"https://a/%d\n" % number for number in range(20_000))
    assert len(listed(many)) == 20_000


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n\n",
        b"Read https://a/1\nhttps://a/2",
        b"<!doctype html><html><body><a href='/'>x</a></body></html>",
        b"<html><p>never closed",
        b"<rss><channel><link>https://a/</link></channel></rss>",
        b"< not xml",
        b"%PDF-1.7",
        b"x" * 100_000,
        gzip.compress(b"hello"),
    ],
)
def test_what_is_no_sitemap_is_told_apart(data: bytes) -> None:
    assert read_sitemap(data) is None


@pytest.mark.parametrize(
    "data",
    [
        HEAD.encode() + b"<url><loc>https://a/1</loc></url>",
        HEAD.encode() + b"<url></loc></url></urlset>",
        HEAD.encode() + b"\x00</urlset>",
        HEAD.encode() + b"<url>" + b"<a>" * (DEEPEST + 1),
        gzip.compress(urlset("https://a/1"))[:2] + b"broken",
    ],
)
def test_a_damaged_one_is_refused(data: bytes) -> None:
    assert refusal(data) == "sitemap.damaged"


@pytest.mark.parametrize(
    "declared",
    [
        '<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">',
        '<!ENTITY a SYSTEM "file:///etc/passwd">',
        '<!ENTITY % a SYSTEM "http://169.254.169.254/"> %a;',
    ],
)
def test_entities_are_refused(declared: str) -> None:
    data = f'<?xml version="1.0"?><!DOCTYPE urlset [{declared}]><urlset><url><loc>https://a/&b;</loc></url></urlset>'
    assert refusal(data.encode()) == "sitemap.entities"


@pytest.mark.parametrize("filling", [b" ", b"\n", b"<a/>", b"x"])
def test_a_bomb_of_a_gigabyte_costs_no_more_than_a_sitemap(filling: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_BYTES", MOST_BYTES // 10)
    monkeypatch.setattr(module, "MOST_ELEMENTS", 10_000)
    whole = 1024**3 // 100
    bomb = gzip.compress(HEAD.encode() + filling * (whole // len(filling)), 1)
    tracemalloc.start()
    try:
        if filling == b"<a/>":
            assert listed(bomb) == []
        else:
            assert refusal(bomb) == "sitemap.too_large"
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


def test_ten_million_pages_are_not_collected() -> None:
    data = gzip.compress(HEAD.encode() + b"<url><loc>https://a/1</loc></url>" * (MOST_ENTRIES + 10_000), 1)
    assert len(listed(data)) == MOST_ENTRIES
    assert len(listed(b"https://a/1\n" * (MOST_ENTRIES + 10_000))) == MOST_ENTRIES


def test_an_address_without_end_is_left_out() -> None:
    long = "https://a/" + "x" * LONGEST_URL
    assert listed(urlset(long, "https://a/1")) == ["https://a/1"]
    assert read_sitemap(long.encode()) is None


def test_robots_txt_names_sitemaps() -> None:
    data = b"User-agent: *\nDisallow: /\nSitemap: https://a/1.xml\n sitemap :https://a/2.xml\r\n#Sitemap: https://a/no.xml\n"
    assert named_in_robots(data) == ("https://a/1.xml", "https://a/2.xml")
    assert len(named_in_robots(b"".join(b"Sitemap: https://a/%d\n" % number for number in range(1000)))) == 20


@pytest.mark.parametrize(
    ("dates", "believed"),
    [
        ((), False),
        ((None,), False),
        ((NOW,), True),
        ((NOW, NOW - timedelta(days=1)), True),
        ((NOW, NOW), False),
        ((NOW, None, NOW - timedelta(days=1)), False),
        ((NOW + timedelta(days=3), NOW), False),
    ],
)
def test_dates_are_believed_where_they_can_be_right(dates: tuple[datetime | None, ...], believed: bool) -> None:
    assert trustworthy([Entry("https://a/", date) for date in dates], now=NOW) is believed


@pytest.mark.parametrize("date", ["9999-12-31", "0001-01-01T00:00:00+14:00", "2026-13-40", "x" * 10_000])
def test_an_impossible_date_is_none(date: str) -> None:
    data = HEAD + f"<url><loc>https://a/1</loc><lastmod>{date}</lastmod></url></urlset>"
    found = read_sitemap(data.encode())
    assert found is not None
    assert found.entries == (Entry("https://a/1"),)
