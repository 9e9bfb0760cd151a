"""Writes a Notion page as the plainest HTML that holds its text, in its order; headings carry what Notion links to."""

from collections.abc import Iterable, Iterator
from html import escape

from core.notion.links import NotionPage
from core.notion.records import DATABASES, NotionBlock, Records, pointed, too_long
from core.notion.tables import database, simple_table
from core.notion.wording import Wording, linked, named, plain

DEEPEST = 50
HEADINGS = {"header": 2, "sub_header": 3, "sub_sub_header": 4, "header_4": 5}
LISTS = frozenset({"bulleted_list", "numbered_list", "to_do"})
_SILENT = frozenset({"divider", "table_of_contents", "breadcrumb", "table_row", "factory", "button"})
"""What shows nothing of its own, and buttons, whose content is put into pages when they are pressed."""


def written(records: Records, page: NotionPage) -> str:
    """The page as HTML, the same for the same text. Raises Refused where it is too long or nested too deep.

    It has no markup within paragraphs and no elements but those that the reader of web pages keeps as they are.
    """
    root = records.blocks[records.root]
    title = escape(named(root, records))
    writer = _Writer(records, page)
    writer.page(root)
    top = f"<h1>{title}</h1>" if title else ""
    head = f"<head><meta charset='utf-8'><title>{title}</title></head>"
    body = f"<body><main><article>{top}{''.join(writer.parts)}</article></main></body>"
    return f"<!doctype html><html>{head}{body}</html>"


class _Writer:
    """Goes over the blocks in reading order. Each is written once, wherever else it is shown."""

    def __init__(self, records: Records, page: NotionPage) -> None:
        self._records = records
        self._wording = Wording(records, page)
        self._seen = {records.root}
        self.parts: list[str] = []

    def page(self, root: NotionBlock) -> None:
        """All that the page holds."""
        if root.type in DATABASES:
            self.parts.append(database(root, self._records, self._wording))
        self._children(root.content, depth=0)

    def _children(self, ids: Iterable[str], *, depth: int) -> None:
        if depth > DEEPEST:
            raise too_long()
        number, is_list = 0, False
        for block in self._fresh(ids):
            number = number + 1 if block.type == "numbered_list" else 0
            if (block.type in LISTS) != is_list:
                is_list = not is_list
                self.parts.append("<ul>" if is_list else "</ul>")
            if is_list:
                self._item(block, number, depth=depth)
            else:
                self._block(block, depth=depth)
        if is_list:
            self.parts.append("</ul>")

    def _fresh(self, ids: Iterable[str]) -> Iterator[NotionBlock]:
        for one in ids:
            block = self._records.blocks.get(one)
            if block is not None and block.is_alive and one not in self._seen:
                self._seen.add(one)
                yield block

    def _item(self, block: NotionBlock, number: int, *, depth: int) -> None:
        sign = f"{number}. " if number else ""
        if block.type == "to_do":
            sign = "☑ " if plain(block.properties.get("checked")) == "Yes" else "☐ "
        self.parts.append(f"<li>{_lines(sign + self._text(block))}")
        self._children(block.content, depth=depth + 1)
        self.parts.append("</li>")

    def _block(self, block: NotionBlock, *, depth: int) -> None:
        inner: Iterable[str] = block.content
        match block.type:
            case "page" | "collection_view" | "collection_view_page":
                self._paragraph(self._wording.page(block.id))
                self.parts.append(database(block, self._records, self._wording))
                inner = ()
            case "alias":
                target = pointed(block)
                self._paragraph(self._wording.page(target) if target else "")
            case "transclusion_reference":
                inner = (pointed(block),)
            case "table":
                self.parts.append(simple_table(block, list(self._fresh(inner)), self._wording))
            case "code":
                self._code(block)
            case "quote" if text := self._text(block):
                self.parts.append(f"<blockquote>{_lines(text)}</blockquote>")
            case kind if kind in HEADINGS and (text := self._text(block)):
                self.parts.append(f"<h{HEADINGS[kind]} id='{block.id}'>{escape(text)}</h{HEADINGS[kind]}>")
            case kind if kind in _SILENT:
                inner = ()
            case _:
                self._paragraph(self._said(block))
        self._children(inner, depth=depth + 1)

    def _code(self, block: NotionBlock) -> None:
        language = plain(block.properties.get("language")).strip().lower()
        mark = "" if language == "plain text" else escape(language)
        self.parts.append(f"<pre>```{mark}\n{escape(plain(block.properties.get('title')))}\n```</pre>")
        self._paragraph(self._wording.of(block.properties.get("caption")))

    def _said(self, block: NotionBlock) -> str:
        """A block that is a paragraph, or something that stands in one: a bookmark, a file, a picture."""
        text = self._text(block) or self._wording.external(block)
        further = (self._wording.of(block.properties.get(name)) for name in ("description", "caption"))
        return ": ".join(filter(None, (linked(text, self._address(block)), *further)))

    def _address(self, block: NotionBlock) -> str:
        """Where something that is shown stands itself; a picture without its page says nothing."""
        if block.type == "image":
            return ""
        noted = (plain(block.properties.get(name)) for name in ("link", "source"))
        addresses = map(self._wording.opened, (*noted, block.format.get("display_source")))
        return next(filter(None, addresses), "")

    def _text(self, block: NotionBlock) -> str:
        return self._wording.of(block.properties.get("title"))

    def _paragraph(self, text: str) -> None:
        if text:
            self.parts.append(f"<p>{_lines(text)}</p>")


def _lines(text: str) -> str:
    return escape(text).replace("\n", "<br>")
