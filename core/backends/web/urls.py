"""Which URLs are opened, and their one spelling. Pure rules, no network."""

import re
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

import idna

from core.backends.web.addresses import Allowed, read_address
from core.errors import Refused

LONGEST = 8_192
LONGEST_HOST = 253
PORTS = {"http": 80, "https": 443}

# The ports from 1024 on that browsers keep shut because other protocols live there (fetch.spec.whatwg.org).
SHUT_PORTS = frozenset(
    (1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080)
)
# Names that never mean a machine on the internet (RFC 6761, 6762, 8375, 7686 and ICANN's reservation of .internal).
LOCAL_NAMES = ("localhost", "local", "internal", "home.arpa", "onion", "test", "invalid")

_HOST_AND_PORT = re.compile(r"(?:\[([^\[\]]*)\]|([^\[\]:]+))(?::([0-9]{0,5}))?")
_HIDDEN = re.compile(r"[\x00-\x1f\x7f\\]")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_PATH = "/%:@!$&'()*+,;=~-._[]"


@dataclass(frozen=True, slots=True)
class Target:
    """A URL that passed the rules, in the one spelling that is resolved, connected to and sent."""

    scheme: str
    host: str
    """Lower-case ASCII name or canonical address, without brackets and without a final dot."""
    port: int
    path: str
    """Path and query, percent-encoded."""

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        return f"{self.scheme}://{self.authority}"

    @property
    def authority(self) -> str:
        """The Host header: the port only where it is not the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """The whole, without a fragment."""
        return f"{self.origin}{self.path}"


def check(url: str, allowed: Allowed) -> Target:
    """The target of a link. Raises Refused where the link could lead anywhere but to the web."""
    text = url.strip(" \t\r\n")
    if len(text) > LONGEST or _HIDDEN.search(text):
        raise bad(text)
    try:
        parts = urlsplit(text)
    except ValueError as error:
        raise bad(text) from error
    if parts.scheme not in PORTS:
        raise Refused("fetch.scheme")
    if "@" in parts.netloc:
        raise Refused("fetch.credentials")
    found = _HOST_AND_PORT.fullmatch(parts.netloc)
    if found is None:
        raise bad(text)
    port = int(found[3] or PORTS[parts.scheme])
    host = _address(found[1], text) if found[1] is not None else _host(found[2], text)
    _check_place(host, port, allowed=allowed)
    query = f"?{quote(parts.query, safe=_PATH + '?')}" if parts.query else ""
    return Target(parts.scheme, host, port, (quote(parts.path, safe=_PATH) or "/") + query)


def bad(url: str) -> Refused:
    """The refusal of a link that cannot be read; shows no more than a line of it."""
    return Refused("fetch.bad_url", url=url[:200])


def _check_place(host: str, port: int, *, allowed: Allowed) -> None:
    """What can be said before asking for the address."""
    if allowed.names_port(host, port):
        return
    if port not in PORTS.values() and (port < 1024 or port > 65535 or port in SHUT_PORTS):
        raise Refused("fetch.port", port=port)
    try:
        address = read_address(host)
    except ValueError:
        if _is_local(host) and not allowed.networks and not allowed.names(host, port):
            raise Refused("fetch.private", host=host) from None
        return
    if not allowed.permits(address, host=host, port=port):
        raise Refused("fetch.private", host=host)


def _is_local(host: str) -> bool:
    return "." not in host or any(host.endswith(f".{name}") for name in LOCAL_NAMES)


def _host(text: str, url: str) -> str:
    """A name in ASCII, or an IPv4 address in its one plain spelling; other spellings of numbers are refused."""
    if len(text) > LONGEST_HOST:
        raise bad(url)
    try:
        host = (text if text.isascii() else idna.encode(text, uts46=True).decode("ascii")).lower().removesuffix(".")
    except UnicodeError as error:
        raise bad(url) from error
    labels = host.split(".")
    if len(host) > LONGEST_HOST or not all(_LABEL.fullmatch(label) for label in labels):
        raise bad(url)
    return _address(host, url) if _NUMBER.fullmatch(labels[-1]) else host


def _address(text: str, url: str) -> str:
    try:
        return str(read_address(text))
    except ValueError as error:
        raise bad(url) from error
