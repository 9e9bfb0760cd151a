"""What every reader is given, and the path of headings that structured readers keep."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from core.types import Block

HEADING_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class File:
    """A file to read. `charset` is the encoding that its sender declared."""

    data: bytes
    name: str
    charset: str | None = None


class Outline:
    """The headings above the current place, outermost first."""

    def __init__(self) -> None:
        self._open: list[tuple[int, str, str]] = []

    @property
    def path(self) -> tuple[str, ...]:
        """The texts of the headings that are open."""
        return tuple(text for _, text, _ in self._open)

    @property
    def anchor(self) -> str:
        """What names the innermost open heading that has a name on its page."""
        return next((anchor for _, _, anchor in reversed(self._open) if anchor), "")

    def enter(self, level: int, text: str, *, anchor: str = "") -> tuple[str, ...]:
        """Opens a heading, closes those of its level and deeper ones, and returns the path with it."""
        while self._open and self._open[-1][0] >= level:
            self._open.pop()
        if title := " ".join(text.split())[:HEADING_CHARACTERS]:
            self._open.append((level, title, anchor))
        return self.path


def table_blocks(
    rows: Iterable[list[str]],
    *,
    heading: tuple[str, ...] = (),
    page: int | None = None,
    anchor: str = "",
    most: int = 380,
) -> Iterator[Block]:
    """A table as blocks of at most some `most` characters that each can be understood alone.

    Rows are `| a | b |` under a repeated first row; under a wide first row they are `header: value` lines.
    """
    lines: list[str] = []
    size = 0
    header: list[str] | None = None
    for row in rows:
        cells = [" ".join(cell.split()) for cell in row]
        if not any(cells):
            continue
        if header is None:
            header = cells
            top = _row(cells)
            lines, size = [top], len(top)
            continue
        wide = len(top) > most // 3
        line = _labelled(header, cells) if wide else _row(cells)
        if size + len(line) > most and (wide or len(lines) > 1):
            yield Block("\n".join(lines), heading, page, anchor)
            lines, size = ([], 0) if wide else ([top], len(top))
        lines.append(line)
        size += len(line) + 1
    if lines:
        yield Block("\n".join(lines), heading, page, anchor)


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |" if len(cells) > 1 else cells[0]


def _labelled(header: list[str], cells: list[str]) -> str:
    labels = header + [""] * (len(cells) - len(header))
    return "; ".join(f"{label}: {cell}" if label else cell for label, cell in zip(labels, cells, strict=False) if cell)
