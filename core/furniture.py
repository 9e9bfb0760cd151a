"""Tells the headers and footers that a document repeats on its pages from what the pages say."""

import re
from collections import Counter
from collections.abc import Sequence

from core.types import Block

_EDGE = 3
"""Lines at the top and at the bottom of a page that may be header or footer."""
_PAGES = 3
"""On so many pages a line must stand to be one."""
_SHARE = 0.3
"""And on so many of all pages."""
_LONGEST = 150
"""Characters of a header or footer."""
_NUMBERED = 40
"""Characters of one in which a number counts the pages; in a longer line it says something."""

_NUMBER = re.compile(r"\d+")
_SPACE = re.compile(r"\s+")

Span = tuple[int, int]


def body_of(blocks: Sequence[Block]) -> list[Span]:
    """For each block the part of its text, from start to end, that is no repeated header or footer.

    Where one stands first it is kept. Numbers in a short line may differ from page to page.
    """
    first, last = _edges(blocks)
    repeated = _repeated(blocks, first, last)
    seen: set[str] = set()
    spans = []
    for place, block in enumerate(blocks):
        lines = block.text.splitlines(keepends=True)
        known = repeated & seen
        start = _length(lines[:_EDGE], known) if place in first else 0
        foot = _length(lines[: -_EDGE - 1 : -1], known) if place in last else 0
        spans.append((start, max(start, len(block.text) - foot)))
        if place in first or place in last:
            seen.update(_known(line) for line in (*lines[:_EDGE], *lines[-_EDGE:]))
    return spans


def _edges(blocks: Sequence[Block]) -> tuple[set[int], set[int]]:
    """Places of the blocks that begin and that end a page."""
    first: dict[int, int] = {}
    last: dict[int, int] = {}
    for place, block in enumerate(blocks):
        if block.page is not None:
            first.setdefault(block.page, place)
            last[block.page] = place
    return set(first.values()), set(last.values())


def _repeated(blocks: Sequence[Block], first: set[int], last: set[int]) -> frozenset[str]:
    pages: Counter[str] = Counter()
    for place in first | last:
        lines = blocks[place].text.splitlines()
        top = lines[:_EDGE] if place in first else []
        bottom = lines[-_EDGE:] if place in last else []
        pages.update({_known(line) for line in (*top, *bottom)})
    enough = max(_PAGES, _SHARE * len(first))
    return frozenset(line for line, count in pages.items() if count >= enough and 0 < len(line) <= _LONGEST)


def _length(lines: Sequence[str], known: frozenset[str]) -> int:
    """Characters of the lines that are known, and of blank ones between them, up to the first other line."""
    length = 0
    for line in lines:
        if line.strip() and _known(line) not in known:
            break
        length += len(line)
    return length


def _known(line: str) -> str:
    plain = _SPACE.sub(" ", line).strip()
    return _NUMBER.sub("#", plain) if len(plain) <= _NUMBERED else plain
