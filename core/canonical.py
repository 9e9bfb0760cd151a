"""One name for a page, however it was linked to, and what a page may say about its own address. Pure."""

import asyncio
import re
from html import unescape
from itertools import islice
from urllib.parse import urljoin, urlsplit, urlunsplit

from core.chunk import known_as
from core.exports import export_of
from core.notion.links import page_of
from core.ports import Fetched
from core.types import Reading

HEAD = 512 * 1024
"""Bytes of a page in which its own address is looked for."""
ALIKE = 0.9
"""Share of the text that two addresses must have in common to be one page."""
MOST_TAGS = 20
PORTS = {"http": 80, "https": 443}

_TRACKING = re.compile(
    r"utm_\w+|fbclid|gclid|gclsrc|dclid|gbraid|wbraid|msclkid|yclid|ttclid|twclid|igshid|li_fat_id|mc_[ce]id|mkt_tok"
    r"|_hsenc|_hsmi|__hs\w+|hsctatracking|vero_id|oly_(?:anon|enc)_id|_openstat|wickedid|ref_src|_ga|_gl|nvmid|n_media"
    r"|n_query|n_rank|n_ad\w*|n_keyword\w*|n_campaign\w*|n_match",
    re.IGNORECASE,
)
"""Parameters that say where somebody came from, in use by advertisers, mailers and Naver; no page depends on them."""
_INDEX = re.compile(r"/(?:index|default)\.(?:html?|xhtml|php|aspx?|jsp)$", re.IGNORECASE)
_LINK = re.compile(rb"<link\s([^<>]{0,1000})>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""(?<![\w-])(rel|href)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)


def address_of(url: str) -> str:
    """The address under which a link is cited and opened: without where it was found and without a place in the page.

    A fragment stays that a page of scripts uses as a path. What is no web address comes back as it is.
    """
    text = url.strip()
    if export := export_of(text):
        return export.page
    if page := page_of(text):
        return page.address
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        return text
    if parts.scheme not in PORTS or not host or "@" in parts.netloc:
        return text
    named = f"[{host}]" if ":" in host else host.removesuffix(".")
    place = named if port in (None, PORTS[parts.scheme]) else f"{named}:{port}"
    pairs = [pair for pair in parts.query.split("&") if pair and not _TRACKING.fullmatch(pair.partition("=")[0])]
    fragment = parts.fragment if parts.fragment.startswith(("/", "!")) else ""
    return urlunsplit((parts.scheme, place, parts.path or "/", "&".join(pairs), fragment))


def name_of(url: str) -> str:
    """What addresses of one page have in common as far as the address tells: an index page is its folder."""
    if page := page_of(url):
        return page.name
    address = address_of(url)
    parts = urlsplit(address) if address.startswith(("http://", "https://")) else None
    return address if parts is None else urlunsplit(parts._replace(path=_INDEX.sub("/", parts.path)))


def respelled(url: str, final: str) -> bool:
    """Whether a redirect changed only how an address is spelled: scheme, `www.` or a final slash."""
    return _bare(url) == _bare(final)


def claimed(page: Fetched, address: str) -> str | None:
    """The address that a page says it has, where it may say so; None where it says nothing or too much.

    It may name an address on its own host alone, as nobody may speak for others, and never the home page for
    another: sites that name one address for all of their pages name that one.
    """
    if page.data is None or export_of(address) is not None or (page.media_type or "text/html") not in _PAGES:
        return None
    named = _named(page.data[:HEAD], page.url)
    if named is None:
        return None
    # A page that came over TLS is not asked for without.
    named = re.sub(r"^http:", "https:", named) if page.url.startswith("https:") else named
    ours, theirs = urlsplit(page.url), urlsplit(named)
    if theirs.scheme not in PORTS or _site(theirs.netloc) != _site(ours.netloc):
        return None
    if theirs.path in ("", "/") and not theirs.query:
        return None
    found = address_of(named)
    return None if name_of(found) == name_of(address) else found


async def alike(one: Reading, other: Reading) -> bool:
    """Whether two addresses show the same text, but for what may differ from visit to visit."""
    return await asyncio.to_thread(_alike, one, other)


_PAGES = frozenset({"text/html", "application/xhtml+xml"})


def _alike(one: Reading, other: Reading) -> bool:
    mine, theirs = ({known_as(block.text) for block in reading.blocks} for reading in (one, other))
    shared = sum(map(len, mine & theirs))
    return shared > 0 and shared >= ALIKE * max(sum(map(len, mine)), sum(map(len, theirs)))


def _named(head: bytes, base: str) -> str | None:
    saying = (found[1] for found in _LINK.finditer(head) if b"canonical" in found[1].lower())
    for tag in islice(saying, MOST_TAGS):
        written = _ATTRIBUTE.findall(tag.decode("utf-8", "replace"))
        attributes = {name.lower(): unescape("".join(values)).strip() for name, *values in written}
        if "canonical" not in attributes.get("rel", "").lower().split() or "href" not in attributes:
            continue
        try:
            return urljoin(base, attributes["href"])
        except ValueError:
            return None
    return None


def _bare(url: str) -> str:
    parts = urlsplit(address_of(url))
    return f"{_site(parts.netloc)}{parts.path.rstrip('/')}?{parts.query}#{parts.fragment}"


def _site(place: str) -> str:
    """A host and its port, whether it is spelled as for telephones, with or without `www.`."""
    return re.sub(r"^(?:www|m|mobile|amp)\.(?=.*\.)", "", place.lower())
