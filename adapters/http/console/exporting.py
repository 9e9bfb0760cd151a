"""Questions and figures as CSV for spreadsheets: no cell is a formula, and nothing is held in memory as a whole."""

import csv
import io
from collections.abc import AsyncIterator, Iterable, Sequence

from fastapi.responses import StreamingResponse

MARK = "\ufeff"
"""Tells spreadsheets that this is UTF-8."""
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What a spreadsheet takes for the beginning of a formula."""

Cell = str | int | float | None


def cell(value: Cell) -> str:
    """A value as a cell shows it; text that could be a formula is quoted, so that it stays text."""
    if value is None:
        return ""
    if not isinstance(value, str):
        return str(value)
    # Lone surrogates cannot be written.
    text = value.encode("utf-8", "replace").decode()
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA) else text


def lines(rows: Iterable[Sequence[Cell]]) -> str:
    """Rows as CSV, ended as RFC 4180 ends them."""
    written = io.StringIO()
    csv.writer(written, lineterminator="\r\n").writerows([cell(value) for value in row] for row in rows)
    return written.getvalue()


def download(name: str, head: Sequence[str], rows: AsyncIterator[Sequence[Sequence[Cell]]]) -> StreamingResponse:
    """A file that is written while it is sent."""

    async def parts() -> AsyncIterator[str]:
        yield MARK + lines([head])
        async for some in rows:
            yield lines(some)

    named = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(parts(), media_type="text/csv; charset=utf-8", headers=named)
