"""Which host is asked with which headers, and which headers are refused."""

from collections.abc import Mapping

import pytest

from core.backends.web.addresses import Allowed
from core.backends.web.link_headers import LONGEST_VALUE, MOST_HEADERS, MOST_HOSTS, LinkHeaders
from core.backends.web.urls import check
from core.errors import Refused

ALLOWED = Allowed.parse(["wiki.corp", "old.example.com:8080", "10.0.0.0/8", "127.0.0.1"])
SECRET = "Bearer s3cr3t-value"


def parsed(tables: Mapping[str, object]) -> LinkHeaders:
    return LinkHeaders.parse(tables, ALLOWED, file="headers.toml")


def sent(headers: LinkHeaders, url: str) -> str | None:
    """The value that this URL is asked with."""
    return dict(headers.of(check(url, Allowed.parse(["0.0.0.0/0", *ALLOWED.hosts])), ALLOWED)).get("X-Which")


@pytest.mark.parametrize(
    ("url", "which"),
    [
        ("https://wiki.example.com/a", "exact"),
        ("https://WIKI.example.com./a", "exact"),
        ("https://wiki.example.com:443/a", "exact"),
        ("https://wiki.example.com:8443/a", "port"),
        ("https://wiki.example.com:9443/a", None),
        ("http://wiki.example.com/a", None),
        ("https://deep.wiki.example.com/a", "below"),
        ("https://a.docs.example.com/", "nearer"),
        ("https://docs.example.com/", "below"),
        ("https://example.com/", None),
        ("https://badexample.com/", None),
        ("https://wiki.example.com.evil.com/", None),
        ("https://evil.com/wiki.example.com", None),
        ("http://old.example.com:8080/", "old"),
        ("http://old.example.com/", None),
        ("http://wiki.corp/", "corp"),
        ("http://wiki.corp:8080/", None),
        ("https://wiki.corp/", "corp"),
        ("http://127.0.0.1:8000/", "loopback"),
        ("http://127.0.0.1:8001/", None),
        ("http://10.1.2.3/", "network"),
        ("http://93.184.216.34/", None),
        ("https://93.184.216.34/", "address"),
        ("https://xn--9q5b29o.example.com/", "idn"),
        ("https://위키.example.com/", "idn"),
    ],
)
def test_headers_go_to_their_host_and_port_alone(url: str, which: str | None) -> None:
    hosts = {
        "Wiki.example.com": "exact",
        "wiki.example.com:8443": "port",
        "*.example.com": "below",
        "*.docs.example.com": "nearer",
        "old.example.com:8080": "old",
        "wiki.corp": "corp",
        "127.0.0.1:8000": "loopback",
        "10.1.2.3": "network",
        "93.184.216.34": "address",
        "위키.example.com": "idn",
    }
    assert sent(parsed({host: {"X-Which": which} for host, which in hosts.items()}), url) == which


@pytest.mark.parametrize(
    "host",
    [
        "*",
        "*.",
        "*.com",
        "wiki.*.com",
        "*.*.example.com",
        "*wiki.example.com",
        "*.10.1.2.3",
        "https://wiki.example.com",
        "wiki.example.com/docs",
        "wiki.example.com/",
        "wiki.example.com?",
        "wiki.example.com ",
        "user@wiki.example.com",
        "wiki.example.com:22",
        "wi ki",
        "169.254.169.254",
        "",
    ],
)
def test_what_is_no_host_is_refused_by_its_name(host: str) -> None:
    with pytest.raises(Refused) as refused:
        parsed({host: {"Authorization": SECRET}})
    assert refused.value.code == "link_headers.host"
    assert "headers.toml" in refused.value.text()
    assert "s3cr3t" not in refused.value.text() + repr(refused.value) + repr(refused.value.details)


@pytest.mark.parametrize(
    ("table", "code"),
    [
        ({"Host": SECRET}, "ours"),
        ({"content-length": SECRET}, "ours"),
        ({"CONNECTION": SECRET}, "ours"),
        ({"Transfer-Encoding": SECRET}, "ours"),
        ({"Accept-Encoding": SECRET}, "ours"),
        ({"If-None-Match": SECRET}, "ours"),
        ({"X-A": f"{SECRET}\r\nX-B: 1"}, "value"),
        ({"X-A": f"{SECRET}\n"}, "value"),
        ({"X-A": f" {SECRET}"}, "value"),
        ({"X-A": f"{SECRET}\0"}, "value"),
        ({"X-A": f"{SECRET}열쇠"}, "value"),
        ({"X-A": SECRET * LONGEST_VALUE}, "value"),
        ({"X-A": ""}, "value"),
        ({"X-A": 7}, "value"),
        ({"X-A": [SECRET]}, "value"),
        ({SECRET: "Authorization"}, "name"),
        ({"X-A\r\nX-B": SECRET}, "name"),
        ({"": SECRET}, "name"),
        ({"X-A": SECRET, "x-a": SECRET}, "twice"),
        ({f"X-{number}": SECRET for number in range(MOST_HEADERS + 1)}, "table"),
        ({}, "table"),
        ({"example": {"com": {"X-A": SECRET}}}, "host"),
        (SECRET, "table"),
    ],
)
def test_what_would_break_the_request_is_refused_without_its_value(table: object, code: str) -> None:
    with pytest.raises(Refused) as refused:
        parsed({"wiki.example.com": table})
    error = refused.value
    assert error.code == f"link_headers.{code}"
    for text in (error.text("en"), error.text("ko")):
        assert "headers.toml" in text
        assert "wiki.example.com" in text
        assert "s3cr3t" not in text
    assert "s3cr3t" not in repr(error) + repr(error.details)


def test_a_host_stands_there_once_and_not_endlessly_many() -> None:
    for tables, code in (
        ({"a.example.com": {"X": "1"}, "A.example.com": {"X": "2"}}, "link_headers.twice"),
        ({f"h{number}.example.com": {"X": "1"} for number in range(MOST_HOSTS + 1)}, "link_headers.too_many"),
    ):
        with pytest.raises(Refused) as refused:
            parsed(tables)
        assert refused.value.code == code


def test_names_are_shown_and_values_never() -> None:
    headers = parsed({"wiki.example.com": {"Authorization": SECRET, "Cookie": "session=s3cr3t"}})
    assert headers.hosts == {"wiki.example.com": ("Authorization", "Cookie")}
    assert "s3cr3t" not in repr(headers) + str(headers)
