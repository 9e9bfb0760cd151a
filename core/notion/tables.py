"""Tables in a Notion page: those that are one, and the rows of a small database. Pure."""

from collections.abc import Sequence
from html import escape

from core.notion.records import NotionBlock, Records, listed
from core.notion.wording import Wording

MOST_ROWS = 500
"""Of a database that is read as a part of its page."""
MOST_COLUMNS = 50


def simple_table(block: NotionBlock, rows: Sequence[NotionBlock], wording: Wording) -> str:
    """A table of a page as HTML; empty where it has no cells."""
    order = listed(block.format.get("table_block_column_order"))
    columns = list(dict.fromkeys(key for key in order if isinstance(key, str)))[:MOST_COLUMNS]
    cells = [[_cell(row, key, wording) for key in columns] for row in rows]
    heads = 1 if block.format.get("table_block_column_header") is True else 0
    return _table(cells[:heads], cells[heads:])


def database(block: NotionBlock, records: Records, wording: Wording) -> str:
    """The rows of a database as HTML; empty where they were not asked for, or are too many for a page.

    The title is the first column, the others stand by their names, as Notion sends them in any order. Columns that
    nobody filled in are left out.
    """
    collection = records.collections.get(block.collection)
    rows = [row for one in records.rows.get(block.id, ()) if (row := records.blocks.get(one)) and row.is_alive]
    if collection is None or not rows:
        return ""
    names = collection.columns
    filled = [
        {key: text for key in row.properties if key in names and (text := _cell(row, key, wording))} for row in rows
    ]
    columns = sorted({key for row in filled for key in row}, key=lambda key: (key != "title", names[key], key))
    shown = columns[:MOST_COLUMNS]
    return _table([[names[key] for key in shown]], [[row.get(key, "") for key in shown] for row in filled])


def _cell(row: NotionBlock, key: str, wording: Wording) -> str:
    return " ".join(wording.of(row.properties.get(key)).split())


def _table(head: Sequence[Sequence[str]], body: Sequence[Sequence[str]]) -> str:
    rows = [*(_row(cells, "th") for cells in head), *(_row(cells, "td") for cells in body)]
    return f"<table>{''.join(rows)}</table>" if rows else ""


def _row(cells: Sequence[str], tag: str) -> str:
    return f"<tr>{''.join(f'<{tag}>{escape(cell)}</{tag}>' for cell in cells)}</tr>"
