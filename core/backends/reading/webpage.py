"""Reads HTML: the main content with its headings; where that comes out too thin, all that a visitor sees."""

import re
from collections.abc import Generator, Iterator
from typing import Any

from core.backends.reading.anchors import anchor_of, carried_over
from core.backends.reading.decode import decode
from core.backends.reading.file import File, Outline, table_blocks
from core.backends.reading.walls import wall_of
from core.errors import Refused
from core.types import Block, Reading

MEDIA_TYPE = "text/html"
MOST_FOR_MAIN = 2_000_000
"""Characters; finding the main content of longer pages takes too long."""
THIN = 0.5
"""Main content that holds less than this share of the visible text has lost something."""
SHORT = 1_500
"""Characters of visible text; a page that short has no navigation to speak of."""
HEADINGS = {f"h{level}": level for level in range(1, 7)}
UNSEEN = frozenset(
    {
        "script",
        "style",
        "template",
        "noscript",
        "svg",
        "head",
        "iframe",
        "object",
        "canvas",
        "datalist",
        "annotation",
        "annotation-xml",
    }
)
NOISE = frozenset({"nav", "footer", "aside", "menu", "button", "select", "input", "textarea", "dialog"})
INLINE = frozenset({
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i", "ins",
    "kbd", "label", "mark", "q", "rp", "rt", "ruby", "s", "samp", "small", "span", "strike", "strong", "sub", "sup",
    "time", "tt", "u", "var", "wbr",
})  # fmt: skip
BREAK = "\v"
"""Stands for a line break while white space is folded."""
LONGEST_CELL = 600
_CHARSET = re.compile(rb"""(?i)<(?:meta\s[^>]*?charset\s*=\s*["']?\s*|\?xml\s[^>]*?encoding\s*=\s*["'])([\w.:-]+)""")


def read(file: File) -> Reading:
    """Title from the page's own; text of scripts, styles and navigation is left out."""
    declared = _CHARSET.search(file.data[:4096])
    text = decode(file.data, name=file.name, declared=declared.group(1).decode() if declared else file.charset)
    tree = _tree(text)
    seen = _seen(tree)
    if wall := wall_of(tree, seen, title=_title(tree)):
        raise Refused(f"read.{wall}", name=file.name)
    return _reading(text, tree, seen)


def from_text(text: str) -> Reading:
    """The reading of a page that is decoded already and stands for itself, as in a mail."""
    tree = _tree(text)
    return _reading(text, tree, _seen(tree))


def _reading(text: str, tree: Any, seen: list[Block]) -> Reading:
    main = carried_over(_main(text), seen) if _length(seen) > SHORT else []
    blocks = main if _length(main) >= THIN * _length(seen) and main else seen
    first = next((block.heading[0] for block in blocks if block.heading), None)
    return Reading(tuple(blocks), title=_title(tree) or first, media_type=MEDIA_TYPE)


def _seen(tree: Any) -> list[Block]:
    """All that a visitor sees but navigation, and that too where there is nothing else."""
    return _blocks(tree.body, UNSEEN | NOISE) or _blocks(tree.body, UNSEEN)


def _title(tree: Any) -> str:
    """The page's own title, or the one that it gives to social networks."""
    title, shared = tree.css_first("title"), tree.css_first("meta[property='og:title']")
    own = title.text() if title is not None else ""
    return " ".join(own.split()) or " ".join((shared.attributes.get("content") or "").split() if shared else ())


def _tree(text: str) -> Any:
    from selectolax.lexbor import LexborHTMLParser

    return LexborHTMLParser(text)


def _main(text: str) -> list[Block]:
    """What trafilatura takes for the main content."""
    from trafilatura import extract

    if len(text) > MOST_FOR_MAIN:
        return []
    page = extract(text, output_format="html", include_comments=False, include_tables=True, favor_recall=True)
    return _blocks(_tree(page).body, UNSEEN) if page else []


def _length(blocks: list[Block]) -> int:
    return sum(len(block.text) for block in blocks)


def _blocks(body: Any, skipped: frozenset[str]) -> list[Block]:
    return list(_Walk(skipped).blocks(body)) if body is not None else []


class _Walk:
    """Goes over a page in reading order and cuts it where a block element begins or ends."""

    def __init__(self, skipped: frozenset[str]) -> None:
        self._skipped = skipped
        self._outline = Outline()
        self._held: list[str] = []
        self._bullet = False
        self._kept = 0
        """How many `pre` elements are open: their white space means something."""

    def blocks(self, body: Any) -> Iterator[Block]:
        """Not recursive: a hostile page nests deeper than any stack. A waiting text is an element to close."""
        waiting: list[Any] = [body.child]
        while waiting:
            node = waiting.pop()
            if isinstance(node, str):
                yield from self._close(node)
            elif node is not None:
                waiting.append(node.next)
                if node.tag == "-text":
                    self._held.append(node.text_content or "")
                elif not self._hidden(node):
                    inner = yield from self._open(node)
                    waiting.extend((node.tag, node.child) if inner else ())
        yield from self._flush()

    def _hidden(self, node: Any) -> bool:
        if node.tag in self._skipped or node.tag.startswith("-"):
            return True
        attributes = node.attributes
        style = (attributes.get("style") or "").replace(" ", "").lower()
        return "hidden" in attributes or "display:none" in style or "visibility:hidden" in style

    def _open(self, node: Any) -> Generator[Block, None, bool]:
        """Whether to go inside."""
        if node.tag in INLINE:
            return True
        if node.tag == "br":
            self._held.append(BREAK)
            return False
        yield from self._flush()
        if node.tag in HEADINGS:
            if text := " ".join(node.text(separator=" ").split()):
                path = self._outline.enter(HEADINGS[node.tag], text, anchor=anchor_of(node))
                yield Block(text, path, anchor=self._outline.anchor)
            return False
        if node.tag == "table" and _is_data(node):
            yield from table_blocks(_rows(node), heading=self._outline.path, anchor=self._outline.anchor)
            return False
        self._kept += node.tag == "pre"
        self._bullet = self._bullet or node.tag == "li"
        return True

    def _close(self, tag: str) -> Iterator[Block]:
        if tag not in INLINE:
            yield from self._flush()
        self._kept -= tag == "pre"

    def _flush(self) -> Iterator[Block]:
        whole = "".join(self._held)
        self._held.clear()
        text = whole.strip("\n") if self._kept else _folded(whole)
        if not text.strip():
            return
        shown = f"- {text}" if self._bullet else text
        yield Block(shown, self._outline.path, anchor=self._outline.anchor)
        self._bullet = False


def _folded(text: str) -> str:
    lines = (" ".join(line.split()) for line in text.split(BREAK))
    return "\n".join(line for line in lines if line)


def _is_data(table: Any) -> bool:
    """A table of values; one that only lays out a page holds other tables or long texts."""
    rows = _rows(table)
    cells = [cell for row in rows for cell in row]
    return (
        max(map(len, rows), default=0) > 1
        and max(map(len, cells)) <= LONGEST_CELL
        and len(table.css("table")) == 1
        and not table.css("h1, h2, h3, pre")
    )


def _rows(table: Any) -> list[list[str]]:
    return [[" ".join(cell.text(separator=" ").split()) for cell in row.css("td, th")] for row in table.css("tr")]
