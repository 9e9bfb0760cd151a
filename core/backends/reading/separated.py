"""Reads CSV and its kin: the rows verbatim, the header row repeated so that every part explains itself."""

import csv
from collections.abc import Iterator

from core.backends.reading.decode import decode
from core.backends.reading.file import File
from core.backends.reading.plain import lines
from core.types import Block, Reading

DELIMITERS = ",;\t|"
SAMPLE_LINES = 50
MOST = 380
"""Characters in a block: about one passage."""
NARROW = 120
"""Characters; a longer header is not repeated, its names stand before each value instead."""


def read(file: File) -> Reading:
    """Each record is a line as it stands in the file."""
    text = lines(decode(file.data, name=file.name, declared=file.charset))
    records = _records(text)
    header = next(records, "")
    delimiter = _delimiter(text)
    blocks = _narrow(header, records) if len(header) <= NARROW else _wide(header, records, delimiter)
    return Reading(tuple(blocks), media_type="text/csv")


def _records(text: str) -> Iterator[str]:
    """The records verbatim: a line end between double quotes does not end one."""
    held = ""
    for line in text.split("\n"):
        held = f"{held}\n{line}" if held else line
        if held.count('"') % 2 and len(held) < 10_000:
            continue
        if held.strip():
            yield held
        held = ""
    if held.strip():
        yield held


def _delimiter(text: str) -> str:
    """The sign that parts most lines of the beginning into the same number of cells."""
    sample = [line for line in text[:20_000].split("\n") if line.strip()][:SAMPLE_LINES]
    counts = {sign: [line.count(sign) for line in sample] for sign in DELIMITERS}
    return max(DELIMITERS, key=lambda sign: _regular(counts[sign]))


def _regular(counts: list[int]) -> tuple[int, int]:
    usual = max(set(counts), key=counts.count, default=0)
    return (counts.count(usual), usual) if usual else (0, 0)


def _narrow(header: str, records: Iterator[str]) -> Iterator[Block]:
    held, size = [header], len(header)
    for record in records:
        if size + len(record) > MOST and len(held) > 1:
            yield Block("\n".join(held))
            held, size = [header], len(header)
        held.append(record)
        size += len(record) + 1
    yield Block("\n".join(held))


def _wide(header: str, records: Iterator[str], delimiter: str) -> Iterator[Block]:
    """The record as it stands, then its values with their names."""
    names = _cells(header, delimiter)
    yield Block(header)
    for record in records:
        cells = _cells(record, delimiter)
        labels = names + [""] * (len(cells) - len(names))
        named = "; ".join(
            f"{label}: {cell}" if label else cell for label, cell in zip(labels, cells, strict=False) if cell
        )
        yield Block(f"{record}\n{named}")


def _cells(record: str, delimiter: str) -> list[str]:
    try:
        return [" ".join(cell.split()) for cell in next(csv.reader([record], delimiter=delimiter), [])]
    except csv.Error:
        return record.split(delimiter)
