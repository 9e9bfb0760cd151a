"""Which addresses a link may lead to, and which of them an operator may open. Pure rules, no network."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Self

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


def _networks(*texts: str) -> tuple[Network, ...]:
    return tuple(ip_network(text) for text in texts)


_METADATA = _networks("168.63.129.16/32", "169.254.0.0/16", "192.0.0.192/32", "100.100.100.200/32", "fd00:ec2::/32")
"""Where clouds hand out credentials: never opened by a host name, only by their own address."""

_INTRANET = _networks("10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
_INTRANET += _networks("::1/128", "fc00::/7")

_SPECIAL_4 = _networks(
    "0.0.0.0/8",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.31.196.0/24",
    "192.52.193.0/24",
    "192.88.99.0/24",
    "192.175.48.0/24",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
)
"""The rest of IANA's special-purpose registry: this network, documentation, benchmarks, relays, multicast, reserved."""

_GLOBAL_6 = IPv6Network("2000::/3")
_SPECIAL_6 = _networks("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20")
"""Inside the global range, but tunnels into IPv4 (Teredo, 6to4), documentation or protocol assignments."""

_NAT64 = IPv6Network("64:ff9b::/96")

_CLOSED = (*_METADATA, *_INTRANET, *_SPECIAL_4, *_SPECIAL_6)


def read_address(text: str) -> Address:
    """The address in its canonical spelling; an IPv4-mapped one becomes IPv4. ValueError when it is none."""
    if "%" in text:
        raise ValueError("an address with a zone is link-local")
    address = ip_address(text)
    return address.ipv4_mapped or address if isinstance(address, IPv6Address) else address


def is_public(address: Address) -> bool:
    """Whether everybody on the internet can reach this address, so that asking it gives nothing away."""
    if isinstance(address, IPv6Address) and address in _NAT64:
        return is_public(IPv4Address(int(address) & 0xFFFF_FFFF))
    if isinstance(address, IPv6Address) and address not in _GLOBAL_6:
        return False
    return not _inside(address, _CLOSED)


@dataclass(frozen=True, slots=True)
class Allowed:
    """What an operator opened although it is private: hosts as `wiki` or `wiki:8080`, addresses and networks."""

    hosts: frozenset[str] = frozenset()
    networks: tuple[Network, ...] = ()

    @classmethod
    def parse(cls, entries: Collection[str]) -> Self:
        """Sorts entries such as `wiki.corp`, `wiki.corp:8080`, `[::1]:8080` and `10.1.0.0/16`."""
        hosts: set[str] = set()
        networks: list[Network] = []
        for entry in (entry.strip().lower() for entry in entries):
            try:
                networks.append(ip_network(entry.strip("[]"), strict=False))
            except ValueError:
                hosts.add(entry.removesuffix("."))
        return cls(frozenset(hosts - {""}), tuple(networks))

    def names(self, host: str, port: int) -> bool:
        """Whether the operator opened this host, at every port or at this one."""
        return host in self.hosts or self.names_port(host, port)

    def names_port(self, host: str, port: int) -> bool:
        """Whether the operator opened just this port of this host."""
        bracketed = f"[{host}]" if ":" in host else host
        return f"{bracketed}:{port}" in self.hosts

    def permits(self, address: Address, *, host: str, port: int) -> bool:
        """Whether a connection to this address is allowed when a link names this host."""
        if is_public(address) or _inside(address, self.networks):
            return True
        if not self.names(host, port):
            return False
        return str(address) == host or (_inside(address, _INTRANET) and not _inside(address, _METADATA))


def _inside(address: Address, networks: Iterable[Network]) -> bool:
    return any(address.version == network.version and address in network for network in networks)
