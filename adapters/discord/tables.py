"""Tables, which Discord does not show: as aligned columns in a code block, or as a list where they are wide. Pure."""

import re
import unicodedata
from collections.abc import Iterator, Sequence

WIDEST = 76
"""Columns that a code block shows on a desktop without wrapping."""
BLOCK_LIMIT = 1800
"""Characters of a code block, so that a long table becomes several of them, each with its head."""
CELL = re.compile(r"(?<!\\)\|")
LINK = re.compile(r"\]\(https?://")
BREAK = re.compile(r"\s*<br\s*/?>\s*", re.IGNORECASE)
MARKS = re.compile(r"(\*\*|__|~~|`++)(\S(?:.*?\S)?)\1|(?<![\w*])\*(\S(?:[^*]*\S)?)\*(?![\w*])")


def table(lines: Sequence[str]) -> str:
    """A table of Markdown (its head, its rule, its rows) as Discord can show it."""
    head, *rows = [_cells(line) for line in (lines[0], *lines[2:])]
    rows = [[*row, *[""] * (len(head) - len(row))][: len(head)] for row in rows]
    clean = [[_bare(cell) for cell in row] for row in (head, *rows)]
    widths = [max(map(width, column)) for column in zip(*clean, strict=True)]
    if sum(widths) + 3 * (len(widths) - 1) > WIDEST or any(LINK.search(line) for line in lines):
        return "\n".join(_items(head, rows))
    return "\n".join(_blocks(clean, widths))


def width(text: str) -> int:
    """How many columns a text takes in a font of fixed width: two for a character of East Asia or an emoji."""
    return sum(_columns(character) for character in text)


def _columns(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _cells(line: str) -> list[str]:
    inside = line.strip().removeprefix("|")
    inside = inside[:-1] if inside.endswith("|") and not inside.endswith("\\|") else inside
    return [BREAK.sub(" ", cell).replace("\\|", "|").strip() for cell in CELL.split(inside)]


def _bare(cell: str) -> str:
    """A cell as a code block shows it: there, nothing is set off."""
    return MARKS.sub(lambda found: found[2] or found[3], cell).replace("```", "'''")


def _blocks(table: Sequence[Sequence[str]], widths: Sequence[int]) -> Iterator[str]:
    """Code blocks, each with the head."""
    head, *rows = [_row(cells, widths) for cells in table]
    top = [head, "─" * (sum(widths) + 3 * (len(widths) - 1))]
    group: list[str] = []
    for row in rows:
        if len("\n".join((*top, *group, row))) > BLOCK_LIMIT and group:
            yield _fenced([*top, *group])
            group = []
        group.append(row)
    yield _fenced([*top, *group])


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = [cell + " " * (room - width(cell)) for cell, room in zip(cells, widths, strict=True)]
    return "   ".join(padded).rstrip()


def _fenced(lines: Sequence[str]) -> str:
    return "\n".join(("```", *lines, "```"))


def _items(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """A row as an item of a list that names its columns."""
    for row in rows:
        named = [f"**{name}:** {cell}" if name else cell for name, cell in zip(head, row, strict=True) if cell]
        yield f"- {' · '.join(named)}" if named else "-"
