"""Reads HWPX, the zipped XML format of Hangul: paragraphs and tables of its sections."""

import re
from collections.abc import Iterator
from xml.etree import ElementTree

from core.backends.reading.archive import check_parts, open_archive, read_part
from core.backends.reading.file import File, table_blocks
from core.errors import Refused
from core.types import Block, Reading

MEDIA_TYPE = "application/hwp+zip"
_SECTION = re.compile(r"Contents/section(\d+)\.xml")


def read(file: File) -> Reading:
    """Refused when it is encrypted, a bomb, or damaged."""
    archive = open_archive(file.data, file.name)
    check_parts(archive, file.name)
    manifest = "META-INF/manifest.xml"
    if manifest in archive.namelist() and b"encryption-data" in read_part(archive, manifest, file.name):
        raise Refused("read.encrypted", name=file.name)
    numbers = sorted(int(found.group(1)) for found in map(_SECTION.fullmatch, archive.namelist()) if found)
    blocks: list[Block] = []
    for number in numbers:
        try:
            root = ElementTree.fromstring(read_part(archive, f"Contents/section{number}.xml", file.name))  # noqa: S314
        except ElementTree.ParseError as error:
            raise Refused("read.damaged", name=file.name) from error
        blocks.extend(_blocks(root))
    return Reading(tuple(blocks), media_type=MEDIA_TYPE)


def _blocks(root: ElementTree.Element) -> Iterator[Block]:
    """Paragraphs in order; those inside a table belong to its cells."""
    waiting = [root]
    while waiting:
        element = waiting.pop()
        kind = _kind(element)
        if kind == "tbl":
            yield from table_blocks(
                [[_text(cell) for cell in row if _kind(cell) == "tc"] for row in element if _kind(row) == "tr"]
            )
            continue
        if kind == "p" and not any(_kind(inner) == "tbl" for inner in element.iter()):
            yield Block(_text(element))
            continue
        waiting.extend(reversed(element))


def _text(element: ElementTree.Element) -> str:
    """The runs of text below, one line a paragraph."""
    if _kind(element) == "p":
        return "".join("".join(run.itertext()) for run in element.iter() if _kind(run) == "t")
    return "\n".join(_text(part) for part in element.iter() if _kind(part) == "p")


def _kind(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]
