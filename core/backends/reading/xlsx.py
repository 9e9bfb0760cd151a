"""Reads workbooks: a page a sheet, its name as heading, rows as lines under a repeated header."""

import io
from collections.abc import Iterator
from datetime import datetime, time
from typing import Any

from core.backends.reading.archive import check_parts, open_archive
from core.backends.reading.file import File, table_blocks
from core.errors import Refused
from core.types import Block, Reading

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_CELLS = 5_000_000
"""Of one sheet: a lone value in the last row and column makes a sheet of billions of empty cells."""


def read(file: File) -> Reading:
    """Refused when the archive is a bomb, declares entities, or is damaged."""
    from python_calamine import CalamineError, CalamineWorkbook

    check_parts(open_archive(file.data, file.name), file.name)
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(file.data))
        blocks = tuple(
            block for page, name in enumerate(workbook.sheet_names, 1) for block in _sheet(workbook, name, page, file)
        )
    except CalamineError as error:
        raise Refused("read.damaged", name=file.name) from error
    return Reading(blocks, media_type=MEDIA_TYPE)


def _sheet(workbook: Any, name: str, page: int, file: File) -> Iterator[Block]:
    sheet = workbook.get_sheet_by_name(name)
    if sheet.height * sheet.width > MOST_CELLS:
        raise Refused("read.too_complex", name=file.name)
    region: list[list[str]] = []
    blocks: list[Block] = []
    for row in sheet.iter_rows():
        cells = _trimmed([_text(value) for value in row])
        if cells:
            region.append(cells)
            continue
        blocks.extend(_region(region, name, page))
        region = []
    blocks.extend(_region(region, name, page))
    if blocks:
        yield Block(name, (name,), page)
    yield from blocks


def _region(rows: list[list[str]], name: str, page: int) -> Iterator[Block]:
    """The rows between two empty ones: lone cells above the table are its caption."""
    while rows and len(rows[0]) == 1:
        if rows[0][0] != name:
            yield Block(rows[0][0], (name,), page)
        rows = rows[1:]
    yield from table_blocks(rows, heading=(name,), page=page)


def _trimmed(cells: list[str]) -> list[str]:
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _text(value: object) -> str:
    """A cell as a person would read it aloud."""
    match value:
        case bool():
            return "TRUE" if value else "FALSE"
        case float() if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        case float():
            return f"{value:.12g}"
        case datetime() if value.time() == time():
            return value.date().isoformat()
        case datetime():
            return value.isoformat(" ", "minutes")
        case _:
            return " ".join(str(value).split())
