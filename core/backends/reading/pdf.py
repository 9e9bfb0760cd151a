"""Reads PDF through PDFium: the lines of each page with their places, then paragraphs and headings."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from core.backends.reading.direction import Sign, reads_leftward, straightened
from core.backends.reading.file import File
from core.backends.reading.layout import HYPHEN, Bookmark, Line, blocks, largest
from core.errors import Refused
from core.types import Reading

MEDIA_TYPE = "application/pdf"
MOST_PAGES = 20_000
MOST_BOOKMARKS = 5_000
UNMAPPED = 0.3
"""Share of characters without a meaning past which the text layer is worthless."""
_STRANGE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffd\ue000-\uf8ff]")
_LINE = re.compile(f"[^\r\n{HYPHEN}]*(?:{HYPHEN}|[\r\n]+|$)")
_NO_TITLE = re.compile(r"(?i)\s*(?:untitled.*|제목 없음|.*\.(?:docx?|hwpx?|pptx?|xlsx?|dvi|tex|indd|pdf|rtf|odt))?\s*")
_PREFIX = re.compile(r"(?i)microsoft (?:word|powerpoint|excel) - ")


def read(file: File) -> Reading:
    """Refused when it is encrypted or damaged, or when no page has text that means something."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(file.data)
    except pypdfium2.PdfiumError as error:
        locked = any(word in str(error).lower() for word in ("password", "security"))
        raise Refused("read.encrypted" if locked else "read.damaged", name=file.name) from error
    with document:
        pages = [list(_lines(document, index)) for index in range(min(len(document), MOST_PAGES))]
        text = "".join(line.text for lines in pages for line in lines)
        if len(_STRANGE.findall(text)) > UNMAPPED * len(text):
            raise Refused("read.no_text", name=file.name)
        found = tuple(blocks(pages, _bookmarks(document)))
        return Reading(found, title=_title(document) or largest(pages), media_type=MEDIA_TYPE)


def _title(document: Any) -> str | None:
    """The title in the document's properties, unless a program made it up."""
    title = _PREFIX.sub("", document.get_metadata_value("Title"))
    return None if _NO_TITLE.fullmatch(title) else title


def _bookmarks(document: Any) -> Mapping[int, Sequence[Bookmark]]:
    """The document's own outline by page, counted from 1."""
    found: defaultdict[int, list[Bookmark]] = defaultdict(list)
    for mark in islice(document.get_toc(), MOST_BOOKMARKS):
        place = mark.get_dest()
        index = place.get_index() if place else None
        if index is not None and (title := " ".join(mark.get_title().split())):
            found[index + 1].append(Bookmark(mark.level + 1, title))
    return found


def _lines(document: Any, index: int) -> Iterator[Line]:
    """The lines of a page in reading order; none when the page is damaged."""
    import pypdfium2

    try:
        page = document[index]
        textpage = page.get_textpage()
    except pypdfium2.PdfiumError:
        return
    text = textpage.get_text_range()
    leftward = reads_leftward(text)
    offset = 0
    for part in _LINE.findall(text):
        printed = part.rstrip("\r\n")
        if printed.strip():
            yield _line(textpage, printed, offset, leftward=leftward)
        offset += _units(part)
    textpage.close()
    page.close()


def _line(textpage: Any, text: str, offset: int, *, leftward: bool) -> Line:
    """A line with its place, which is that of its first, middle and last visible character."""
    start = len(text) - len(text.lstrip())
    end = len(text.rstrip()) - 1
    first, middle, last = (_box(textpage, offset + _units(text[:at])) for at in (start, (start + end) // 2, end))
    tall = sorted((first, middle, last), key=lambda box: box[3] - box[1])[1]
    return Line(
        text=_straight(textpage, text, offset) if leftward else text,
        left=min(first[0], last[0]),
        right=max(first[2], last[2]),
        bottom=tall[1],
        top=tall[3],
        size=tall[3] - tall[1],
    )


def _straight(textpage: Any, text: str, offset: int) -> str:
    from pypdfium2 import raw

    signs = []
    for sign in text:
        index = raw.FPDFText_GetCharIndexFromTextIndex(textpage, offset)
        left = _box(textpage, offset)[0]
        signs.append(Sign(sign, left, mapped=raw.FPDFText_HasUnicodeMapError(textpage, index) != 1))
        offset += _units(sign)
    return straightened(signs)


def _box(textpage: Any, offset: int) -> tuple[float, float, float, float]:
    """Left, bottom, right and top of the character at this place of the text; zeros where PDFium has none."""
    import pypdfium2
    from pypdfium2 import raw

    index = raw.FPDFText_GetCharIndexFromTextIndex(textpage, offset)
    try:
        left, bottom, right, top = textpage.get_charbox(index, loose=True)
    except pypdfium2.PdfiumError:
        return 0.0, 0.0, 0.0, 0.0
    return left, bottom, right, top


def _units(text: str) -> int:
    """The length as PDFium counts it, in units of UTF-16."""
    return len(text) + sum(sign > "\uffff" for sign in text)
