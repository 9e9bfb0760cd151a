"""Files of Slack: fetched from its own servers alone, with a limit, and told from the login page it shows strangers."""

import asyncio
import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

import aiohttp

from adapters.learning import Content
from adapters.sharing import Item
from adapters.slack.api import Api, Declined, Unclear
from adapters.slack.inbound import word
from adapters.slack.offering import file_item
from core.errors import Refused, Unavailable

log = logging.getLogger(__name__)

SLACK = "slack.com"
SECONDS = 120.0
PIECE = 64 * 1024
MEGABYTE = 1024 * 1024
REDIRECTS = 3
OK, FORBIDDEN, NOT_FOUND, GONE, TOO_MANY, SERVER_FAULT = 200, 403, 404, 410, 429, 500
GONE_WORDS = frozenset({"file_not_found", "file_deleted", "file_is_deleted"})
LOGIN = re.compile(rb"signin_form|/signin|/ssb/|data-signin|<title>[^<]{0,80}\bSlack</title>", re.IGNORECASE)
LOOKED_AT = 64 * 1024
"""Bytes of a page that are looked at to tell whether it is the login page."""
PAGES = frozenset({"quip", "canvas", "canvas_html"})
"""Modes and types of what is written in Slack itself: its content is a web page."""
POSTS = frozenset({"post", "space"})
"""What was written in Slack before there were canvases: a web page, or text."""
TEXTS = frozenset({"snippet"})


@dataclass(frozen=True, slots=True)
class Files:
    """Fetches the files of one workspace. `host` is that of a server that stands for Slack, and keeps files itself."""

    api: Api
    session: aiohttp.ClientSession
    token: Callable[[], str | None]
    limit: int
    """Bytes."""
    host: str = ""

    async def fetch(self, item: Item) -> Content:
        """The content of a file. Raises Refused or Unavailable; Refused `knowledge.gone` where it was deleted."""
        if not _whole(item.more):
            item = await self._looked_up(item)
        more = item.more
        if word(more, "mode") == "hidden_by_limit":
            raise Refused("slack_files.hidden", name=item.name)
        size = more.get("size")
        if isinstance(size, int) and size > self.limit:
            raise self._too_large(item, size)
        url = word(more, "url_private_download") or word(more, "url_private")
        if not url:
            raise Refused("slack_files.no_content", name=item.name)
        data, kind = await self._read(url, item)
        kinds = {word(more, "mode"), word(more, "filetype")}
        if _is_page(kind, data) and _is_login(data, size, page=bool(kinds & (PAGES | POSTS)) or _names_page(item)):
            raise Refused("slack_files.scope", name=item.name)
        return _content(item, data, kinds)

    async def _looked_up(self, item: Item) -> Item:
        """A file of which only the id is known: another company's, or one that stands behind a button."""
        try:
            told = await self.api.call("files.info", file=item.id)
        except Unclear as error:
            raise Unavailable("slack_files.download", name=item.name, status="files.info") from error
        except Declined as error:
            raise _refusal(error, item) from error
        file = told.get("file")
        found = file_item(file) if isinstance(file, Mapping) else None
        if found is None:
            raise Refused("knowledge.gone", name=item.name)
        if found.kind == "link":
            raise Refused("slack_files.elsewhere", name=item.name)
        return found

    async def _read(self, url: str, item: Item) -> tuple[bytes, str]:
        """The body and its media type."""
        try:
            async with asyncio.timeout(SECONDS):
                for _ in range(REDIRECTS):
                    found = await self._once(url, item)
                    if not isinstance(found, str):
                        return found
                    url = urljoin(url, found)
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            raise Unavailable("slack_files.download", name=item.name, status=type(error).__name__) from error
        # It leads strangers to its login page.
        raise Refused("slack_files.scope", name=item.name)

    async def _once(self, url: str, item: Item) -> tuple[bytes, str] | str:
        """The body, or where it leads to."""
        if not self._may_have_token(url):
            raise Refused("slack_files.foreign", name=item.name)
        headers = {"Authorization": f"Bearer {self.token() or ''}"}
        async with self.session.get(url, headers=headers, allow_redirects=False) as response:
            status = response.status
            if status in (301, 302, 303, 307, 308):
                return response.headers.get("Location", "")
            if status in (NOT_FOUND, GONE):
                raise Refused("knowledge.gone", name=item.name)
            if status == FORBIDDEN:
                raise Refused("slack_files.scope", name=item.name)
            if status != OK:
                trouble = Unavailable if status == TOO_MANY or status >= SERVER_FAULT else Refused
                raise trouble("slack_files.download", name=item.name, status=status)
            content = bytearray()
            async for piece in response.content.iter_chunked(PIECE):
                content += piece
                if len(content) > self.limit:
                    raise self._too_large(item, len(content))
            return bytes(content), response.content_type

    def _may_have_token(self, url: str) -> bool:
        """The token goes to Slack alone: a payload can name any host."""
        parts = urlsplit(url)
        if self.host and parts.netloc == self.host:
            return True
        host = (parts.hostname or "").lower()
        return parts.scheme == "https" and host.endswith(f".{SLACK}") and parts.port in (None, 443)

    def _too_large(self, item: Item, size: int) -> Refused:
        return Refused(
            "read.too_large", name=item.name, size=max(size // MEGABYTE, 1), limit=max(self.limit // MEGABYTE, 1)
        )


def _whole(more: Mapping[str, Any]) -> bool:
    if word(more, "mode") in ("", "file_access") or word(more, "file_access") == "check_file_info":
        return False
    return bool(word(more, "url_private_download") or word(more, "url_private")) or word(more, "mode") != "hosted"


def _refusal(error: Declined, item: Item) -> Refused | Unavailable:
    if error.error in GONE_WORDS:
        return Refused("knowledge.gone", name=item.name)
    if error.error == "missing_scope":
        return Refused("slack_files.scope", name=item.name)
    if error.error == "ratelimited":
        return Unavailable("slack_files.download", name=item.name, status=error.error)
    return Refused("slack_files.refused", name=item.name, error=error.error)


def _is_page(kind: str, data: bytes) -> bool:
    return kind == "text/html" or data[:200].lstrip()[:15].lower() in (b"<!doctype html>", b"<!doctype html ")


def _is_login(data: bytes, size: object, *, page: bool) -> bool:
    """Whether a page is the one that Slack shows to strangers. A file that is a page itself has its own size."""
    if not page:
        return True
    return size != len(data) and LOGIN.search(data[:LOOKED_AT]) is not None


def _names_page(item: Item) -> bool:
    return word(item.more, "mimetype") == "text/html" or item.name.lower().endswith((".html", ".htm", ".xhtml"))


def _content(item: Item, data: bytes, kinds: set[str]) -> Content:
    title = word(item.more, "title") or None
    url = word(item.more, "permalink") or None
    if kinds & PAGES or (kinds & POSTS and data.lstrip()[:1] == b"<"):
        return Content(data, f"{item.name}.html", "text/html", title, url)
    if kinds & (TEXTS | POSTS):
        name = item.name if item.name.lower().endswith((".txt", ".md", ".csv", ".json")) else f"{item.name}.txt"
        return Content(data, name, "text/plain", title, url)
    return Content(data, item.name, word(item.more, "mimetype") or None, None, url)
