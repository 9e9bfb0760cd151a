"""Makes paragraphs and headings out of the lines of a printed page; knows no PDF library."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile

from core.backends.reading.file import Outline
from core.types import Block

HYPHEN = "\ufffe"
"""What PDFium leaves where a word was parted at the end of a line."""
LARGER = 1.15
"""A heading's letters are this much larger than those of the body."""
LONGEST_HEADING = 150
MOST_LEVELS = 4
MOST_HEADINGS = 0.2
"""Of all characters: a document with more in large letters is a poster, not headings."""
_LETTER = re.compile(r"[^\W\d_]")
_HANGUL = re.compile(r"[가-힣]")
_PARTED = re.compile(rf"(\w{{0,40}}){HYPHEN}(\w{{0,40}})")
_BULLET = re.compile(r"\s*(?:[•●○◦▪■□‣·※▶-]|\(?\d{1,2}[.)]|[①-⑳가나다라마바사][.)]?)\s")
_NUMBERING = re.compile(r"^(?:\d+\.?)+(?=[^\W\d])")
_SENTENCE_END = (".", "!", "?", ":", ";", "。", "…", '"', "”", ")")


@dataclass(frozen=True, slots=True)
class Line:
    """One printed line; `size` is the height of its letters, distances are in points from the lower left."""

    text: str
    left: float
    right: float
    bottom: float
    top: float
    size: float


@dataclass(frozen=True, slots=True)
class Bookmark:
    """An entry of the document's own outline; `level` counts from 1."""

    level: int
    title: str


def blocks(pages: Sequence[Sequence[Line]], bookmarks: Mapping[int, Sequence[Bookmark]]) -> Iterator[Block]:
    """Paragraphs with page and headings: those of the outline (by page, from 1), else those in large letters."""
    levels = {} if bookmarks else heading_levels(line for lines in pages for line in lines)
    parted = _Parted(line.text for lines in pages for line in lines)
    outline = Outline()
    for number, lines in enumerate(pages, 1):
        titles = {_plain(mark.title): mark for mark in bookmarks.get(number, ())}
        printed = {_plain(line.text) for line in lines}
        if unseen := next((mark for key, mark in titles.items() if key not in printed), None):
            outline.enter(unseen.level, unseen.title)
        spaced = _marks_spaces(lines)
        for group in _groups(lines, levels, titles):
            text = parted.mended(_joined(group, spaced=spaced))
            level = _level(group[0], levels, titles)
            yield Block(text, outline.enter(level, text) if level else outline.path, number)


def heading_levels(lines: Iterable[Line]) -> dict[float, int]:
    """The sizes of letters that make a heading, the largest as level 1."""
    weights = _weights(lines)
    if not weights:
        return {}
    body = weights.most_common(1)[0][0]
    larger = sorted((size for size in weights if size >= body * LARGER), reverse=True)
    if sum(weights[size] for size in larger) > MOST_HEADINGS * weights.total():
        return {}
    return {size: min(rank, MOST_LEVELS) for rank, size in enumerate(larger, 1)}


def largest(pages: Sequence[Sequence[Line]]) -> str | None:
    """What stands in the largest letters on the first two pages, if they are larger than the body's: the title."""
    lines = [line for page in pages[:2] for line in page if _LETTER.search(line.text)]
    weights = _weights(line for page in pages for line in page)
    top = max(lines, key=lambda line: _rounded(line.size), default=None)
    if top is None or top.size < LARGER * weights.most_common(1)[0][0]:
        return None
    start = lines.index(top)
    same = takewhile(lambda line: _rounded(line.size) == _rounded(top.size), lines[start:])
    return _joined(list(same), spaced=False)


def _level(line: Line, levels: Mapping[float, int], titles: Mapping[str, Bookmark]) -> int:
    """The level of a heading; 0 for a line that is none."""
    if mark := titles.get(_plain(line.text)):
        return mark.level
    fits = len(line.text) <= LONGEST_HEADING and _LETTER.search(line.text)
    return levels.get(_rounded(line.size), 0) if fits else 0


def _groups(lines: Sequence[Line], levels: Mapping[float, int], titles: Mapping[str, Bookmark]) -> Iterator[list[Line]]:
    """The lines of each paragraph and of each heading."""
    group: list[Line] = []
    for line in lines:
        if group and (_level(line, levels, titles) != _level(group[-1], levels, titles) or _begins(line, group[-1])):
            yield group
            group = []
        group.append(line)
    if group:
        yield group


def _begins(line: Line, before: Line) -> bool:
    """Whether a paragraph begins here: a gap, other letters, an indent after a full stop, or another column."""
    if before.text.endswith(HYPHEN):
        return False
    if line.bottom > before.top:
        return not line.text[:1].islower()
    gap = before.bottom - line.top
    other = abs(line.size - before.size) > 0.2 * before.size and gap > -0.5 * before.size
    ended = before.text.rstrip().endswith(_SENTENCE_END)
    indented = line.left > before.left + line.size and ended
    return gap > 0.5 * max(line.size, before.size) or other or indented


def _joined(group: Sequence[Line], *, spaced: bool) -> str:
    """The lines as running text; a line that ends early keeps its end: a list, a table, an address."""
    edge = max(line.right for line in group)
    width = edge - min(line.left for line in group)
    text = ""
    for line, after in zip(group, [*group[1:], None], strict=True):
        text += line.text.strip()
        if after is None or text.endswith(HYPHEN):
            continue
        early = line.right < edge - 0.2 * width
        whole = spaced and not line.text.endswith(" ") and _HANGUL.match(line.text[-1:])
        if early or _BULLET.match(after.text):
            text += "\n"
        elif not (whole and _HANGUL.match(after.text)):
            text += " "
    return text


def _marks_spaces(lines: Sequence[Line]) -> bool:
    """Whether the program that made the page kept spaces at the ends of Korean lines, so that a line without one
    ends in the middle of a word."""
    ends = [line.text.endswith(" ") for line in lines if _HANGUL.match(line.text.rstrip()[-1:])]
    return sum(ends) * 3 > len(ends)


class _Parted:
    """Mends words that were parted at the end of a line, as the document itself spells them elsewhere."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._words: set[str] = set()
        self._compounds: set[str] = set()
        texts = list(texts)
        if any(HYPHEN in text for text in texts):
            for text in texts:
                self._words.update(re.findall(r"\w+", text.lower()))
                self._compounds.update(re.findall(r"\w+-\w+", text.lower()))

    def mended(self, text: str) -> str:
        """The text with every parted word whole again."""
        return _PARTED.sub(self._word, text)

    def _word(self, found: re.Match[str]) -> str:
        first, second = found.groups()
        whole, compound = f"{first}{second}", f"{first}-{second}"
        if whole.lower() in self._words or not second:
            return whole
        if compound.lower() in self._compounds or not (first[-1:].islower() and second[0].islower()):
            return compound
        return whole


def _plain(text: str) -> str:
    """What a printed heading and its entry in the outline have in common: letters, not numbers and spaces."""
    return _NUMBERING.sub("", "".join(text.split()).casefold())


def _weights(lines: Iterable[Line]) -> Counter[float]:
    """How many characters there are of each size."""
    weights: Counter[float] = Counter()
    for line in lines:
        weights[_rounded(line.size)] += len(line.text)
    return weights


def _rounded(size: float) -> float:
    return round(size * 2) / 2
