"""The text of a block: Notion writes it in segments with marks, such as links, dates and mentions. Pure."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from core.notion.links import NotionPage, bare, page_address
from core.notion.records import NotionBlock, Records, listed, mapping, too_long

MOST_TEXT = 10_000_000
"""Characters of a page; mentions are short and what they name is not."""
LONGEST_NAME = 200
LONGEST_ADDRESS = 2_000
MENTION = "‣"
"""Stands in the place of what a mark names."""
EQUATION = "⁍"
_KEPT_FILES = re.compile(r"(?:.*\.)?(?:amazonaws\.com|notion-static\.com|notionusercontent\.com)|files?\.notion\.so")
"""Where Notion keeps files that were uploaded; their addresses open for an hour, and differ each time."""


class Wording:
    """Puts the texts of one page into words, links after what they stand at: Saseo cites passages, not markup."""

    def __init__(self, records: Records, page: NotionPage) -> None:
        self._records = records
        self._page = page
        self._said = 0

    def of(self, value: object) -> str:
        """A text with its links. Raises Refused where a page says more than can be read."""
        pieces = []
        for segment in listed(value):
            pieces.append(self._segment(listed(segment)))
            self._said += len(pieces[-1])
            if self._said > MOST_TEXT:
                raise too_long()
        return "".join(pieces).strip()

    def page(self, page_id: str) -> str:
        """A page by its title, where it is known, and its address."""
        known = self._records.blocks.get(page_id)
        return linked(named(known, self._records) if known else "", page_address(self._page.host, page_id))

    def external(self, block: NotionBlock | None) -> str:
        """Something in another service that a page shows, by its title and its address."""
        if block is None:
            return ""
        attributes = map(mapping, listed(block.format.get("attributes")))
        titles = (listed(one.get("values")) for one in attributes if one.get("id") == "title")
        title = next((_short(values[0]) for values in titles if values), "")
        return linked(title, self.opened(block.format.get("original_url") or block.format.get("uri")))

    def opened(self, value: object) -> str:
        """The address that a link leads to, if people can open it; else empty."""
        if not isinstance(value, str) or len(value) > LONGEST_ADDRESS or not value.isprintable() or " " in value:
            return ""
        address = f"{self._page.origin}{value}" if value.startswith("/") and not value.startswith("//") else value
        try:
            parts = urlsplit(address)
            host = parts.hostname or ""
        except ValueError:
            return ""
        return address if parts.scheme in ("http", "https") and host and not _KEPT_FILES.fullmatch(host) else ""

    def _segment(self, segment: list[object]) -> str:
        if not segment or not isinstance(segment[0], str):
            return ""
        text, marks = segment[0], list(_marks(segment))
        if text in (MENTION, EQUATION):
            return next((said for kind, value in marks if (said := self._stands_for(kind, value))), "")
        return linked(text, next((self.opened(value) for kind, value in marks if kind == "a"), ""))

    def _stands_for(self, kind: str, value: object) -> str:
        """What a mention names, or the formula of an equation; people are left out."""
        match kind:
            case "e":
                return value if isinstance(value, str) else ""
            case "p" if known := bare(value):
                return self.page(known)
            case "d":
                return _date(value)
            case "lm":
                target = mapping(value)
                return linked(_short(target.get("title")), self.opened(target.get("href")))
            case "eoi":
                return self.external(self._records.blocks.get(bare(value)))
        return ""


def plain(value: object) -> str:
    """A text without anything else, as in code."""
    segments = (listed(one) for one in listed(value))
    return "".join(one[0] for one in segments if one and isinstance(one[0], str))


def named(block: NotionBlock, records: Records) -> str:
    """What a page, a database or a row is called, in one line."""
    collection = records.collections.get(block.collection)
    own = plain(block.properties.get("title"))
    return " ".join((own or plain(collection.name if collection else None)).split())[:LONGEST_NAME]


def linked(text: str, address: str) -> str:
    """A text and the address that it leads to; one of the two where the other says nothing more."""
    shown = text.strip()
    if not address or shown == address:
        return text
    return f"{text.rstrip()} ({address}){text[len(text.rstrip()) :]}" if shown else address


def _marks(segment: list[object]) -> Iterator[tuple[str, object]]:
    for mark in map(listed, listed(segment[1]) if len(segment) > 1 else []):
        if len(mark) > 1 and isinstance(mark[0], str):
            yield mark[0], mark[1]


def _date(value: object) -> str:
    parts = mapping(value)
    begins, ends = (
        " ".join(filter(None, (_short(parts.get(f"{side}_date")), _short(parts.get(f"{side}_time")))))
        for side in ("start", "end")
    )
    return f"{begins} – {ends}" if ends else begins


def _short(value: object) -> str:
    return value[:LONGEST_NAME] if isinstance(value, str) else ""
