"""Headers that the team's own hosts are asked with, such as the token of its wiki. Pure rules; values are secrets."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Self

from core.backends.web.addresses import Allowed, is_public, read_address
from core.backends.web.urls import PORTS, Target, check
from core.errors import Refused

MOST_HOSTS = 500
MOST_HEADERS = 20
LONGEST_VALUE = 8_192
FEWEST_LABELS = 2
"""Of what stands behind `*.`: one label would be everybody's."""

Headers = tuple[tuple[str, str], ...]
"""Names and values as they are sent."""

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")
_VALUE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?")
_PORT = re.compile(r":[0-9]+$")
_OURS = frozenset(
    "host connection content-length transfer-encoding te trailer upgrade expect keep-alive proxy-authorization "
    "proxy-connection http2-settings accept-encoding range if-range if-match if-none-match if-modified-since "
    "if-unmodified-since".split()
)
"""Of the connection, or of what is asked for: with another value the answer could not be read."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where headers go; without a port to the scheme's own."""

    host: str
    port: int | None = None


@dataclass(frozen=True, slots=True)
class LinkHeaders:
    """Which host is asked with which headers. Its `repr` and errors never show a value."""

    hosts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The names of the headers by the host as it was written."""
    _exact: Mapping[_Place, Headers] = field(default_factory=dict, repr=False)
    _below: Mapping[_Place, Headers] = field(default_factory=dict, repr=False)

    @classmethod
    def parse(cls, tables: Mapping[str, object], allowed: Allowed, *, file: str) -> Self:
        """The tables of a file: for each host, such as `wiki.example.com`, `wiki.example.com:8443` or
        `*.example.com`, headers by their names. Raises Refused, naming file and host."""
        if len(tables) > MOST_HOSTS:
            raise Refused("link_headers.too_many", file=file, limit=MOST_HOSTS)
        exact: dict[_Place, Headers] = {}
        below: dict[_Place, Headers] = {}
        for host, table in tables.items():
            place = _place(host, allowed, file=file)
            chosen = below if host.startswith("*.") else exact
            if place in chosen:
                raise Refused("link_headers.twice", file=file, host=host)
            chosen[place] = _headers(table, file=file, host=host)
        names = {host: tuple(table) for host, table in tables.items() if isinstance(table, Mapping)}
        return cls(names, exact, below)

    def of(self, target: Target, allowed: Allowed) -> Headers:
        """What this host, at this port, is asked with. Without TLS only a host of the operator's own network is."""
        if target.scheme != "https" and not _is_own(target, allowed):
            return ()
        ports = (target.port, None) if target.port == PORTS[target.scheme] else (target.port,)
        for host, places in ((target.host, self._exact), *((parent, self._below) for parent in _parents(target.host))):
            for port in ports:
                if (found := places.get(_Place(host, port))) is not None:
                    return found
        return ()


def _place(host: str, allowed: Allowed, *, file: str) -> _Place:
    name = host.removeprefix("*.")
    try:
        target = check(f"https://{name}", allowed)
    except Refused:
        raise _no_host(host, file) from None
    if target.path != "/" or name != name.strip() or name.endswith(("/", "?", "#")):
        raise _no_host(host, file)
    if name != host and (_is_address(target.host) or target.host.count(".") + 1 < FEWEST_LABELS):
        raise _no_host(host, file)
    return _Place(target.host, target.port if _PORT.search(name) else None)


def _no_host(host: str, file: str) -> Refused:
    return Refused("link_headers.host", file=file, host=host[:200])


def _headers(table: object, *, file: str, host: str) -> Headers:
    if not isinstance(table, Mapping) or not 0 < len(table) <= MOST_HEADERS:
        raise Refused("link_headers.table", file=file, host=host, limit=MOST_HEADERS)
    if len({name.lower() for name in table}) < len(table):
        raise Refused("link_headers.twice", file=file, host=host)
    for name, value in table.items():
        # [wiki.example.com] without quotes is a table in a table.
        if isinstance(value, Mapping):
            raise _no_host(host, file)
        if name.lower() in _OURS:
            raise Refused("link_headers.ours", file=file, host=host, header=name)
        # A name that is none may be a secret in the wrong place.
        if not _NAME.fullmatch(name):
            raise Refused("link_headers.name", file=file, host=host)
        if not isinstance(value, str) or len(value) > LONGEST_VALUE or not _VALUE.fullmatch(value):
            raise Refused("link_headers.value", file=file, host=host, header=name)
    return tuple(table.items())


def _is_own(target: Target, allowed: Allowed) -> bool:
    """Whether the operator opened this host although it is private."""
    if allowed.names(target.host, target.port):
        return True
    if not _is_address(target.host):
        return False
    address = read_address(target.host)
    return not is_public(address) and allowed.permits(address, host=target.host, port=target.port)


def _is_address(host: str) -> bool:
    try:
        read_address(host)
    except ValueError:
        return False
    return True


def _parents(host: str) -> Iterator[str]:
    """Everything that this name lies below, the nearest first; addresses lie below nothing."""
    while not _is_address(host) and "." in host:
        host = host.partition(".")[2]
        yield host
