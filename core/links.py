"""Looks at links: which document a link is, where its text is fetched, and what to do where there is none."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from urllib.parse import urlsplit

from core.canonical import address_of, alike, claimed, name_of, respelled
from core.errors import Refused, SaseoError
from core.exports import export_of, fetched_from
from core.origins import link_origin
from core.ports import Catalogue, Fetched, Fetcher, Reader
from core.refresh import GONE, Rhythm, after_success
from core.types import Document, Reading, Scope, digest, identify

_ADVICE = (
    (
        re.compile(r"https?://(?:docs|drive)\.google\.com/"),
        ("fetch.login", "fetch.forbidden", "read.login"),
        "links.google",
    ),
    (
        re.compile(r"https?://(?:[\w-]+\.)?notion\.(?:so|site|com)/"),
        ("fetch.login", "fetch.forbidden", "read.login", "read.script", "read.no_text"),
        "links.notion",
    ),
)
"""Services whose pages are shared in a way of their own, and the refusals that this mends."""


@dataclass(frozen=True, slots=True)
class Looked:
    """A link that was looked at, before anything of it is kept."""

    url: str
    """Under which it is cited."""
    origin: str
    page: Fetched | SaseoError = field(repr=False)
    """What stands there, or why it could not be fetched."""

    def fetched(self) -> Fetched:
        """The page. Raises what kept it from being fetched."""
        if isinstance(self.page, SaseoError):
            raise self.page
        return self.page


class Links:
    """What stands behind links."""

    def __init__(self, *, fetcher: Fetcher, reader: Reader, catalogue: Catalogue) -> None:
        self._fetcher = fetcher
        self._reader = reader
        self._catalogue = catalogue

    async def look(self, url: str, *, scope: Scope, workspace: str = "") -> Looked:
        """Fetches a link and tells which document it is: links to one page are one.

        A document that is known by the link as it is written, or by its name, keeps its origin. Only for a page that
        is new is it asked what it says of itself, see the ADR on links.
        """
        address, page = address_of(url), await self._tried(address_of(url))
        known = await self._known(url, scope, workspace)
        if known is None and isinstance(page, Fetched):
            address, page = await self._settled(address, page)
        return Looked(address, known or link_origin(name_of(address), workspace=workspace), page)

    async def fetch(self, url: str, *, etag: str | None = None, modified: str | None = None) -> Fetched:
        """What stands behind an address, fetched where its plain text is. Raises like a `Fetcher`."""
        with _advising(url):
            return await self._fetcher.fetch(fetched_from(url), etag=etag, modified=modified)

    async def read(self, data: bytes, page: Fetched, *, url: str) -> Reading:
        """The text of a page that was fetched for this address. Raises like a `Reader`."""
        with _advising(url):
            return await self._reader.read(data, name=_named(page, url), media_type=page.media_type)

    async def _tried(self, address: str) -> Fetched | SaseoError:
        try:
            return await self.fetch(address)
        except SaseoError as trouble:
            return trouble

    async def _known(self, url: str, scope: Scope, workspace: str) -> str | None:
        """The origin of the document that a link is already."""
        for name in dict.fromkeys((url.strip(), name_of(url))):
            origin = link_origin(name, workspace=workspace)
            if await self._catalogue.find(identify(str(scope), origin)) is not None:
                return origin
        return None

    async def _settled(self, address: str, page: Fetched) -> tuple[str, Fetched]:
        """The address that a page goes by, and what stands there."""
        if respelled(address, page.url):
            address = address_of(page.url)
        other = claimed(page, address)
        if other is None:
            return address, page
        try:
            there = await self.fetch(other)
            same = await alike(*[await self.read(one.data or b"", one, url=one.url) for one in (page, there)])
        except SaseoError:
            return address, page
        if not same:
            return address, page
        return (address_of(there.url) if respelled(other, there.url) else other), there


def after_look(
    document: Document, page: Fetched, *, known: Document | None, now: datetime, rhythm: Rhythm
) -> tuple[Document, bytes | None]:
    """The document after its link was looked at, and what is to be read anew; None where it has not changed."""
    content = None if page.data is None else digest(page.data)
    changed = content is not None and (known is None or known.digest != content)
    fresh = after_success(
        replace(document, etag=page.etag or document.etag, modified=page.modified or document.modified),
        now=now,
        rhythm=rhythm,
        changed=changed,
        headers=page.headers,
    )
    if content is None:
        return fresh, None
    fresh = replace(fresh, digest=content, etag=page.etag, modified=page.modified)
    if changed or known is None:
        return fresh, page.data
    return replace(fresh, title=known.title, media_type=known.media_type, passage_count=known.passage_count), None


def title_of(reading: Reading, page: Fetched, *, url: str) -> str:
    """What people know a page by: its title, the name of its file, or its address."""
    names = (reading.title or "", _named(page, url))
    return next((name for name in names if any(sign.isalnum() for sign in name)), url)


def _named(page: Fetched, url: str) -> str:
    """The name of a file. The last step of an address where something is exported says nothing."""
    if page.name and ("." in page.name or export_of(url) is None):
        return page.name
    return urlsplit(url)._replace(query="", fragment="").geturl()


@contextmanager
def _advising(url: str) -> Iterator[None]:
    """Says a refusal in the words of the service. A page that says there is none is none."""
    try:
        yield
    except Refused as refused:
        advice = (code for address, codes, code in _ADVICE if refused.code in codes and address.match(url))
        code = next(advice, GONE if refused.code == "read.missing" else None)
        if code is None:
            raise
        raise Refused(code) from refused
