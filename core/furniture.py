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

_NUMBER = re.compile(r"\d+")
_SPACE = re.compile(r"\s+")

Span = tuple[int, int]


def body_of(blocks: Sequence[Block]) -> list[Span]:
    """For each block the part of its text, from start to end, that is no repeated header or footer.

    The first page keeps what the others repeat. Numbers may differ from page to page.
    """
    first, last = _edges(blocks)
    repeated = _repeated(blocks, first, last)
    kept: set[str] = set()
    spans = []
    for place, block in enumerate(blocks):
        start, end = 0, len(block.text)
        if repeated and place in first:
            start = _after_header(block.text, repeated, kept)
        if repeated and place in last:
            end = max(start, _before_footer(block.text, repeated, kept))
        spans.append((start, end))
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
        lines = _lines(blocks[place].text)
        top = lines[:_EDGE] if place in first else []
        bottom = lines[-_EDGE:] if place in last else []
        pages.update({_known(line) for line in (*top, *bottom)})
    enough = max(_PAGES, _SHARE * len(first))
    return frozenset(line for line, count in pages.items() if count >= enough and 0 < len(line) <= _LONGEST)


def _after_header(text: str, repeated: frozenset[str], kept: set[str]) -> int:
    start = 0
    for line in _lines(text)[:_EDGE]:
        if not _is_known(line, repeated, kept):
            break
        start += len(line)
    return start


def _before_footer(text: str, repeated: frozenset[str], kept: set[str]) -> int:
    end = len(text)
    for line in reversed(_lines(text)[-_EDGE:]):
        if not _is_known(line, repeated, kept):
            break
        end -= len(line)
    return end


def _is_known(line: str, repeated: frozenset[str], kept: set[str]) -> bool:
    """Whether a line is repeated and stood there before; blank lines go with it."""
    known = _known(line)
    if not known:
        return True
    if known not in repeated:
        return False
    if known in kept:
        return True
    kept.add(known)
    return False


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def _known(line: str) -> str:
    return _SPACE.sub(" ", _NUMBER.sub("#", line)).strip()
