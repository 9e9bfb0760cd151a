"""Which addresses and URLs a link may lead to."""

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.backends.web.addresses import Allowed, is_public, read_address
from core.backends.web.urls import check
from core.errors import Refused
from tests.corpus import shared_data

NOTHING = Allowed()

PRIVATE = """
0.0.0.0 0.1.2.3 10.0.0.1 100.64.0.1 100.100.100.200 100.127.255.255 127.0.0.1 127.127.127.127 168.63.129.16
169.254.169.254 169.254.170.2 172.16.0.1 172.31.255.255 192.0.0.192 192.0.2.1 192.88.99.1 192.168.0.1 198.18.0.1
198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255
:: ::1 ::127.0.0.1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:a9fe:a9fe 64:ff9b::7f00:1 64:ff9b::a9fe:a9fe 64:ff9b:1::1
100::1 2001::1 2001:0:4136:e378:8000:63bf:3fff:fdd2 2001:db8::1 2002:7f00:1:: 2002:808:808:: 3fff::1 5f00::1 fc00::1
fd00:ec2::254 fd20:ce::254 fe80::1 fec0::1 ff02::1 4000::1
""".split()
PUBLIC = "1.1.1.1 93.184.216.34 100.63.255.255 100.128.0.1 172.32.0.1 2606:4700::1111 64:ff9b::808:808".split()


@pytest.mark.parametrize("address", PRIVATE)
def test_a_special_address_is_not_public(address: str) -> None:
    assert not is_public(ip_address(address))
    assert not is_public(read_address(address))


@pytest.mark.parametrize("address", PUBLIC)
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(read_address(address))


@given(st.ip_addresses(v=4) | st.ip_addresses(v=6))
def test_nothing_that_the_standard_library_calls_special_is_public(address: IPv4Address | IPv6Address) -> None:
    if is_public(address) and not str(address).startswith("64:ff9b::"):
        assert address.is_global
        assert not address.is_multicast


@pytest.mark.parametrize("text", ["fe80::1%eth0", "127.1", "0177.0.0.1", "1.2.3.4.5", "host", ""])
def test_what_is_no_plain_address_is_not_read_as_one(text: str) -> None:
    with pytest.raises(ValueError, match=r"link-local|does not appear"):
        read_address(text)


@pytest.mark.parametrize(
    ("link", "url"),
    [
        ("https://Example.COM", "https://example.com/"),
        ("  http://example.com:80/a  ", "http://example.com/a"),
        ("https://example.com:443/a?b=c#d", "https://example.com/a?b=c"),
        ("https://example.com:8443/a", "https://example.com:8443/a"),
        ("http://example.com./a", "http://example.com/a"),
        ("http://example.com:/a", "http://example.com/a"),
        ("http://한국.example.com/문서 1?질문=휴가", None),
        ("http://ⓔⓧⓐⓜⓟⓛⓔ.ⓒⓞⓜ", "http://example.com/"),
        ("http://example.com/%61?q=%20&r=[1]", "http://example.com/%61?q=%20&r=[1]"),
        ("http://example.com/a?next=http://127.0.0.1/", "http://example.com/a?next=http://127.0.0.1/"),
        ("http://my_bucket.example.com/", "http://my_bucket.example.com/"),
        ("http://1.1.1.1/", "http://1.1.1.1/"),
        ("http://１.１.１.１/", "http://1.1.1.1/"),
        ("http://[2606:4700:0:0:0:0:0:1111]:8080/", "http://[2606:4700::1111]:8080/"),
        ("http://[::ffff:1.1.1.1]/", "http://1.1.1.1/"),
    ],
)
def test_a_link_gets_its_one_spelling(link: str, url: str | None) -> None:
    target = check(link, NOTHING)
    expected = url or ("http://xn--3e0b707e.example.com/%EB%AC%B8%EC%84%9C%201?%EC%A7%88%EB%AC%B8=%ED%9C%B4%EA%B0%80")
    assert target.url == expected


@pytest.mark.parametrize(
    ("link", "code"),
    [
        ("", "fetch.scheme"),
        ("example.com/a", "fetch.scheme"),
        ("ftp://example.com/", "fetch.scheme"),
        ("file:///etc/passwd", "fetch.scheme"),
        ("javascript:alert(1)", "fetch.scheme"),
        ("http:///a", "fetch.bad_url"),
        ("http://", "fetch.bad_url"),
        ("http://user@example.com/", "fetch.credentials"),
        ("http://user:word@example.com/", "fetch.credentials"),
        ("http://127.0.0.1#@example.com/", "fetch.private"),
        ("http://example.com@127.0.0.1/", "fetch.credentials"),
        ("http://example.com\\@127.0.0.1/", "fetch.bad_url"),
        ("http://exam\tple.com/", "fetch.bad_url"),
        ("http://exam\nple.com/", "fetch.bad_url"),
        ("http://exa mple.com/", "fetch.bad_url"),
        ("http://example.com\x00.evil.com/", "fetch.bad_url"),
        ("http://%31%32%37.0.0.1/", "fetch.bad_url"),
        ("http://example.com:80:80/", "fetch.bad_url"),
        ("http://example.com:８０/", "fetch.bad_url"),
        ("http://example.com:1234567/", "fetch.bad_url"),
        ("http://exa℀mple.com/", "fetch.bad_url"),
        ("http://[::1/", "fetch.bad_url"),
        ("http://[v1.x]/", "fetch.bad_url"),
        ("http://[fe80::1%25eth0]/", "fetch.bad_url"),
        ("http://-example.com/", "fetch.bad_url"),
        ("http://a..b/", "fetch.bad_url"),
        ("http://" + "ü" * 300 + ".com/", "fetch.bad_url"),
        ("http://" + "a." * 200 + "com/", "fetch.bad_url"),
        ("http://ü\u0300\u200d.com/", "fetch.bad_url"),
        ("http://example.com/" + "a" * 8192, "fetch.bad_url"),
        ("http://127.1/", "fetch.bad_url"),
        ("http://0x7f000001/", "fetch.bad_url"),
        ("http://0x/", "fetch.bad_url"),
        ("http://2130706433/", "fetch.bad_url"),
        ("http://0177.0.0.1/", "fetch.bad_url"),
        ("http://１２７.１/", "fetch.bad_url"),
        ("http://127。0。0。1/", "fetch.private"),
        ("http://①②⑦.0.0.1/", "fetch.private"),
        ("http://127.0.0.1./", "fetch.private"),
        ("http://[::ffff:7f00:1]/", "fetch.private"),
        ("http://localhost/", "fetch.private"),
        ("http://LOCALHOST./", "fetch.private"),
        ("http://a.localhost/", "fetch.private"),
        ("http://printer.local/", "fetch.private"),
        ("http://metadata.google.internal/", "fetch.private"),
        ("http://wiki/", "fetch.private"),
        ("http://example.com:22/", "fetch.port"),
        ("http://example.com:0/", "fetch.port"),
        ("http://example.com:65536/", "fetch.port"),
        ("http://example.com:6667/", "fetch.port"),
    ],
)
def test_a_link_that_leads_off_the_web_is_refused_with_the_reason(link: str, code: str) -> None:
    with pytest.raises(Refused) as refusal:
        check(link, NOTHING)
    assert refusal.value.code == code
    assert refusal.value.text("ko") != refusal.value.text("en")


@given(st.text(max_size=60))
def test_any_text_is_a_target_or_a_refusal(text: str) -> None:
    for link in (text, f"http://{text}", f"http://{text}/", f"http://[{text}]:80/", f"https://example.com/{text}"):
        try:
            target = check(link, NOTHING)
        except Refused:
            continue
        assert target.url.isascii()
        assert check(target.url, NOTHING) == target


def test_a_refusal_shows_no_more_than_a_line_of_a_bad_link() -> None:
    with pytest.raises(Refused) as refusal:
        check("http://" + "!" * 5000, NOTHING)
    assert len(refusal.value.text()) < 400


class TestWhatAnOperatorAllows:
    allowed = Allowed.parse(["wiki", "Docs.Corp.", "127.0.0.1:8080", "files.corp:22", "[::1]:9000", "10.1.0.0/16", " "])

    def permits(self, address: str, host: str, port: int = 80) -> bool:
        return self.allowed.permits(read_address(address), host=host, port=port)

    def test_a_host_may_be_private(self) -> None:
        assert check("http://wiki/", self.allowed).host == "wiki"
        assert self.permits("192.168.1.5", "wiki")
        assert self.permits("fd12::1", "docs.corp")

    def test_a_host_never_opens_metadata_or_multicast(self) -> None:
        for address in ("169.254.169.254", "100.100.100.200", "fd00:ec2::254", "168.63.129.16", "224.0.0.1", "0.0.0.0"):
            assert not self.permits(address, "wiki")

    def test_another_host_stays_private(self) -> None:
        assert not self.permits("192.168.1.5", "example.com")

    def test_a_port_is_opened_alone(self) -> None:
        assert check("http://127.0.0.1:8080/", self.allowed).port == 8080
        assert check("http://[::1]:9000/", self.allowed).port == 9000
        assert check("http://files.corp:22/", self.allowed).port == 22
        with pytest.raises(Refused, match="private network"):
            check("http://127.0.0.1:8081/", self.allowed)

    def test_a_network_is_opened_to_every_host(self) -> None:
        assert self.permits("10.1.2.3", "example.com")
        assert self.permits("::ffff:10.1.2.3", "example.com")
        assert not self.permits("10.2.2.3", "example.com")
        assert check("http://intranet/", self.allowed).host == "intranet"

    def test_a_metadata_address_is_opened_only_by_itself(self) -> None:
        assert Allowed.parse(["169.254.169.254"]).permits(read_address("169.254.169.254"), host="x.com", port=80)
        assert Allowed.parse(["169.254.169.254:80"]).permits(
            read_address("169.254.169.254"), host="169.254.169.254", port=80
        )

    def test_nothing_allowed_leaves_public_addresses_open(self) -> None:
        assert NOTHING.permits(read_address("1.1.1.1"), host="one.one.one.one", port=443)


@pytest.mark.corpus
def test_no_known_spelling_passes_as_a_private_literal() -> None:
    passed = []
    for line in shared_data("ssrf_urls.txt").read_text(encoding="utf-8").splitlines():
        try:
            passed.append(check(line, NOTHING).host)
        except Refused:
            continue
    assert sorted(set(passed)) == [
        "1.1.1.1",
        "169.254.169.254.nip.io",
        "307.r3dir.me",
        "4d0cf09b9b2d761a7d87be99d17507bce8b86f3b.flaws.cloud",
        "62epax5fhvj3zzmzigyoe5ipkbn7fysllvges3a.302.r3dir.me",
        "example.com",
        "help.redacted.com",
        "metadata.packet.net",
        "nicob.net",
    ]
