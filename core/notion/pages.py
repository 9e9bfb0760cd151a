"""Reads public Notion pages as Notion's own page does, by asking for their blocks; other links are the web's."""

import asyncio
import json
from collections.abc import Mapping
from typing import Protocol

from core.errors import Refused, Unavailable
from core.notion.links import NotionPage, bare, dashed, page_of
from core.notion.records import DATABASES, MOST_BLOCKS, Records, listed, mapping, too_long
from core.notion.tables import MOST_ROWS
from core.notion.writing import written
from core.ports import Asker, Fetched, Fetcher
from core.refresh import GONE

AT_ONCE = 100
"""Blocks of one request; Notion refuses to answer for more."""
MOST_REQUESTS = 80
MOST_BYTES = 20 * 1024 * 1024
MOST_DATABASES = 5
SECONDS = 120.0

_NOT_SHARED = frozenset({GONE, "fetch.forbidden", "fetch.login", "fetch.redirects", "fetch.status"})
"""How Notion answers where a page is not public, or where it no longer answers at all."""


class Web(Fetcher, Asker, Protocol):
    """The web, where things can be asked for as well as fetched."""


class NotionPages:
    """A Fetcher for which public Notion pages are pages like others."""

    def __init__(self, web: Web, *, timeout: float = SECONDS) -> None:
        """`timeout` in seconds, over all that is asked for one page."""
        self._web = web
        self._timeout = timeout

    async def fetch(self, url: str, *, etag: str | None = None, modified: str | None = None) -> Fetched:
        """What is behind a link. A Notion page comes as HTML that is the same while the page is."""
        page = page_of(url)
        if page is None:
            return await self._web.fetch(url, etag=etag, modified=modified)
        try:
            async with asyncio.timeout(self._timeout):
                html = await _Visit(self._web, page).read()
        except TimeoutError as error:
            raise Unavailable("fetch.slow", host=page.host, seconds=round(self._timeout)) from error
        return Fetched(url=page.address, data=html.encode("utf-8", "replace"), media_type="text/html")


class _Visit:
    """One look at a page: what was asked and answered so far."""

    def __init__(self, web: Web, page: NotionPage) -> None:
        self._web = web
        self._page = page
        self._records = Records(page.id)
        self._requests = 0
        self._bytes = 0

    async def read(self) -> str:
        """The page as HTML. Raises Refused where it is not public or too long."""
        await self._chunks()
        await self._rest()
        await self._databases()
        return await asyncio.to_thread(written, self._records, self._page)

    async def _chunks(self) -> None:
        """The blocks in the order in which people see them. That a page ends here does not mean that it is whole."""
        cursor: object = {"stack": []}
        number = 0
        while cursor is not None:
            question = {
                "page": {"id": self._page.block},
                "limit": AT_ONCE,
                "cursor": cursor,
                "chunkNumber": number,
                "verticalColumns": False,
            }
            answer = await self._ask("loadCachedPageChunkV2", question)
            is_new = self._records.add(answer)
            root = self._records.blocks.get(self._page.id)
            if root is None:
                raise Refused("links.notion")
            if not root.is_alive:
                raise Refused(GONE)
            cursor = _next(answer) if is_new else None
            number += 1

    async def _rest(self) -> None:
        """The blocks that the chunks left out. Those that nobody may read stay away."""
        asked: set[str] = set()
        while missing := [one for one in self._records.missing() if one not in asked]:
            if len(missing) + len(self._records.blocks) > MOST_BLOCKS:
                raise too_long()
            asked.update(missing[:AT_ONCE])
            requests = [self._pointed(one) for one in missing[:AT_ONCE]]
            self._records.add(await self._ask("syncRecordValuesMain", {"requests": requests}))
        if len(self._records.missing()) > len(self._records.reached()):
            raise Refused("links.notion")

    def _pointed(self, block_id: str) -> Mapping[str, object]:
        space = {"spaceId": self._records.space} if self._records.space else {}
        return {"pointer": {"table": "block", "id": dashed(block_id), **space}, "version": -1}

    async def _databases(self) -> None:
        """The rows of the first databases of the page, where they are few; others are told of with their links. A page
        that is nothing else is refused without them."""
        shown = [block for block in self._records.reached() if block.type in DATABASES and block.view]
        for block in [one for one in shown if one.collection][:MOST_DATABASES]:
            try:
                answer = await self._ask("queryCollection?src=initial_load", self._query(block.collection, block.view))
            except Refused as refused:
                # A public page may show a database that is not public.
                if refused.code not in ("links.notion", "fetch.robots"):
                    raise
                continue
            rows = _rows(answer)
            if 0 < len(rows) <= MOST_ROWS:
                self._records.add(answer)
                self._records.rows[block.id] = rows
        if self._records.blocks[self._page.id].type in DATABASES and self._page.id not in self._records.rows:
            raise Refused("links.notion")

    def _query(self, collection: str, view: str) -> Mapping[str, object]:
        space = {"spaceId": self._records.space} if self._records.space else {}
        return {
            "source": {"type": "collection", "id": dashed(collection), **space},
            "collectionView": {"id": dashed(view), **space},
            "loader": {
                "type": "reducer",
                "reducers": {"collection_group_results": {"type": "results", "limit": MOST_ROWS + 1}},
                "searchQuery": "",
                "userTimeZone": "UTC",
            },
        }

    async def _ask(self, name: str, question: Mapping[str, object]) -> Mapping[str, object]:
        self._requests += 1
        if self._requests > MOST_REQUESTS:
            raise too_long()
        try:
            page = await self._web.ask(f"{self._page.origin}/api/v3/{name}", question, page=self._page.address)
        except Refused as refused:
            if refused.code in _NOT_SHARED:
                raise Refused("links.notion") from refused
            raise
        data = page.data or b""
        self._bytes += len(data)
        if self._bytes > MOST_BYTES:
            raise too_long()
        return await asyncio.to_thread(_parsed, data)


def _parsed(data: bytes) -> Mapping[str, object]:
    try:
        answer = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise Refused("links.notion") from error
    if not isinstance(answer, dict):
        raise Refused("links.notion")
    return answer


def _next(answer: Mapping[str, object]) -> object:
    """Where the next chunk begins; None where there is none."""
    cursors = listed(answer.get("cursors"))
    cursor = mapping(cursors[0] if cursors else answer.get("cursor"))
    return cursor if cursor.get("stack") else None


def _rows(answer: Mapping[str, object]) -> tuple[str, ...]:
    result = mapping(mapping(answer.get("result")).get("reducerResults"))
    found = mapping(result.get("collection_group_results"))
    return tuple(dict.fromkeys(filter(None, map(bare, listed(found.get("blockIds"))))))
