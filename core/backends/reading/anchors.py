"""How a heading is linked to: by what names it on a web page, and by GitHub's rule in Markdown."""

import re
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from core.types import Block

LONGEST = 200
SECTIONS = frozenset({"section", "article"})
PREFIX = "user-content-"
"""What GitHub puts before the names in a page; its links leave it out."""
_LINK_CLASSES = frozenset({"anchor", "headerlink", "header-anchor", "heading-link", "hash-link", "permalink"})
_UNFIT = re.compile(r"[\s\"'<>`\\]")
_PLAIN = re.compile(r"[\W_]+")
_MARKUP = re.compile(
    r"!?\[([^\]\n]{0,500})\]\([^)\n]{0,1000}\)|</?[a-zA-Z][^>\n]{0,500}>|(?<!\w)[*_]{1,3}(?=\S)|(?<=\S)[*_]{1,3}(?!\w)"
)
_UNNAMED = re.compile(r"[^\w\- ]")


def anchor_of(heading: Any) -> str:
    """The name by which a page links to this heading; empty where it has none."""
    return next((name for name in map(_fit, _names(heading)) if name), "")


def carried_over(blocks: Sequence[Block], seen: Iterable[Block]) -> list[Block]:
    """The blocks of a shortened page with the anchors that their headings have in the whole one.

    A heading whose text stands more or less often there gets none: it cannot be told which one it is.
    """
    anchors: dict[str, deque[str]] = {}
    for one in filter(_is_heading, seen):
        anchors.setdefault(_plain(one.text), deque()).append(one.anchor)
    counted = Counter(_plain(block.text) for block in blocks if _is_heading(block))
    sure = {text: names for text, names in anchors.items() if len(names) == counted[text]}
    carried: list[Block] = []
    anchor = ""
    for block in blocks:
        if _is_heading(block):
            names = sure.get(_plain(block.text))
            anchor = names.popleft() if names else ""
        carried.append(replace(block, anchor=anchor))
    return carried


class Slugs:
    """Names headings as GitHub does when it shows a Markdown file."""

    def __init__(self) -> None:
        self._given: Counter[str] = Counter()

    def of(self, heading: str) -> str:
        """The name of the next heading of a file."""
        text = _MARKUP.sub(r"\1", heading.strip())
        slug = _UNNAMED.sub("", text.lower()).replace(" ", "-")[:LONGEST]
        number = self._given[slug]
        self._given[slug] += 1
        return f"{slug}-{number}" if number and slug else slug


def _names(heading: Any) -> Iterator[str]:
    yield heading.attributes.get("id") or ""
    for inner in heading.css("[id], a[name]"):
        yield inner.attributes.get("id") or inner.attributes.get("name") or ""
    before, after = _element(heading, "prev"), _element(heading, "next")
    for link in (*heading.css("a[href]"), before, after):
        if link is not None and link.tag == "a" and not _LINK_CLASSES.isdisjoint(_classes(link)):
            yield (link.attributes.get("href") or "").partition("#")[2]
    if before is not None and before.tag == "a" and not before.text().strip():
        yield before.attributes.get("id") or before.attributes.get("name") or ""
    parent = heading.parent
    if before is None and parent is not None and (parent.tag in SECTIONS or "section" in _classes(parent)):
        yield parent.attributes.get("id") or ""


def _element(node: Any, side: str) -> Any:
    """The element beside it on this side, if there is nothing but white space between them."""
    beside = getattr(node, side)
    while beside is not None and beside.tag == "-text" and not (beside.text_content or "").strip():
        beside = getattr(beside, side)
    return None if beside is None or beside.tag.startswith("-") else beside


def _classes(node: Any) -> list[str]:
    return (node.attributes.get("class") or "").lower().split()


def _fit(name: str) -> str:
    bare = name.removeprefix(PREFIX)
    return bare if len(bare) <= LONGEST and bare.isprintable() and not _UNFIT.search(bare) else ""


def _is_heading(block: Block) -> bool:
    return bool(block.heading) and _plain(block.text) == _plain(block.heading[-1])


def _plain(text: str) -> str:
    return _PLAIN.sub("", text).casefold()
