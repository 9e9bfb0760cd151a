"""Finds the links of a page, and says which belong to the part of a site that is followed. Pure and linear in time."""

import html
import posixpath
import re
from dataclasses import dataclass
from typing import Self
from urllib.parse import SplitResult, urljoin, urlsplit

MOST_CHARACTERS = 2_000_000
"""Of a page; what comes after is not looked at."""
MOST_LINKS = 5_000
PORTS = {"http": 80, "https": 443}
PAGES = ("text/html", "application/xhtml+xml")
NO_PAGES = frozenset(
    ".png .jpg .jpeg .gif .svg .webp .avif .ico .bmp .css .js .mjs .map .json .xml .rss .atom .zip .gz .tgz .bz2 .xz "
    ".tar .7z .rar .exe .dmg .iso .whl .mp3 .mp4 .webm .ogg .wav .avi .mov .woff .woff2 .ttf .otf .eot".split()
)
"""Endings of what is no page, or is read in another way."""

_TAG = re.compile(r"<(a|area|base)\s([^<>]*)>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"(?:^|\s)(href|rel)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))", re.IGNORECASE)


def links(data: bytes, *, address: str) -> tuple[str, ...]:
    """The links of a page that stands at this address, absolute, without fragments, each once and in order. Those that
    the page asks programs not to follow are left out."""
    text = data[:MOST_CHARACTERS].decode("utf-8", "replace")
    start, found = address, dict[str, None]()
    for tag, attributes in _TAG.findall(text):
        named = {name.lower(): html.unescape(one or two or three) for name, one, two, three in _named(attributes)}
        url = _joined(start, named.get("href", ""))
        if url is None or "nofollow" in named.get("rel", "").lower().split():
            continue
        if tag.lower() == "base":
            start = url
            continue
        found[url.partition("#")[0]] = None
        if len(found) == MOST_LINKS:
            break
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Area:
    """A part of a site: everything at one host and port that lies below a path, which ends with a slash."""

    scheme: str
    host: str
    port: int
    path: str

    @classmethod
    def below(cls, url: str) -> Self:
        """The folder that a page is: `/docs/` and `/docs` both stand for what is below `/docs/`, `/docs/index.html`
        for its neighbours."""
        area = cls.site(url)
        folder, _, last = (urlsplit(url).path or "/").rpartition("/")
        path = f"{folder}/" if not last or "." in last else f"{folder}/{last}/"
        return cls(area.scheme, area.host, area.port, path)

    @classmethod
    def site(cls, url: str) -> Self:
        """Everything at the host of this address. ValueError where it is none."""
        parts = urlsplit(url)
        if parts.scheme not in PORTS or not parts.hostname:
            raise ValueError("not an address of the web")
        return cls(parts.scheme, parts.hostname, parts.port or PORTS[parts.scheme], "/")

    @classmethod
    def parse(cls, url: str) -> Self:
        """The area that `str()` spelled."""
        area = cls.site(url)
        return cls(area.scheme, area.host, area.port, urlsplit(url).path)

    def __str__(self) -> str:
        return f"{self.scheme}://{self._authority}{self.path}"

    def spelled(self, url: str) -> str | None:
        """The one spelling of an address in this area, with TLS where the area has it; None for all others."""
        try:
            parts = urlsplit(url)
            if not self._is_here(parts):
                return None
        except ValueError:
            return None
        path = parts.path or "/"
        if ".." in path.split("/") or not (path.startswith(self.path) or f"{path}/" == self.path):
            return None
        own = self.scheme == "https" or parts.scheme == "http"
        start = f"{self.scheme}://{self._authority}" if own else f"https://{self.host}"
        return f"{start}{path}" + (f"?{parts.query}" if parts.query else "")

    @property
    def _authority(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    def _is_here(self, parts: SplitResult) -> bool:
        if parts.scheme not in PORTS or parts.hostname != self.host or "@" in parts.netloc:
            return False
        port = parts.port or PORTS[parts.scheme]
        return port == self.port or (port == PORTS[parts.scheme] and self.port == PORTS[self.scheme])


def pages(data: bytes, *, address: str, area: Area) -> tuple[str, ...]:
    """The links of a page that lead to other pages of an area, in their one spelling. Those with a query are left out:
    they may be endless views of the same."""
    spelled = filter(None, map(area.spelled, links(data, address=address)))
    return tuple(dict.fromkeys(url for url in spelled if _is_page(url)))


def _is_page(url: str) -> bool:
    parts = urlsplit(url)
    return not parts.query and posixpath.splitext(parts.path)[1].lower() not in NO_PAGES


def _named(attributes: str) -> list[tuple[str, str, str, str]]:
    found: list[tuple[str, str, str, str]] = _ATTRIBUTE.findall(attributes)
    return found


def _joined(start: str, href: str) -> str | None:
    """None for what leads nowhere on the web."""
    try:
        url = urljoin(start, href.strip()) if href.strip() else ""
    except ValueError:
        return None
    return url if url.lower().startswith(("http://", "https://")) else None
