"""Lists documents newest first. Every condition is answered by one index, so that long lists stay quick."""

import sqlite3

from core.backends.rows import read_document
from core.backends.written import escape, fold, listed, micros, raw, write_cursor
from core.ports import DocumentFilter
from core.types import DocumentPage

NEWEST_OF_ALL = (2**63 - 1, 2**63 - 1)

CONDITIONS = {
    "scopes": "scope IN (SELECT value FROM json_each(:scopes))",
    "governed": "(scope IN (SELECT value FROM json_each(:read)) OR EXISTS (SELECT 1 FROM json_each(:governed)"
    " WHERE scope = 'workspace:' || value OR instr(scope, 'channel:' || value || ':') = 1))",
    "state": "state = :state",
    "due": "next_check_at <= :due",
    "origin": "substr(origin, 1, length(:origin)) = :origin",
    "words": "instr(folded, :words)",
    "workspace": "(scope = 'workspace:' || :workspace"
    " OR instr(scope, 'channel:' || :workspace || ':') = 1 OR instr(scope, 'dm:' || :workspace || ':') = 1)",
}
COUNT = "SELECT count(*) FROM documents WHERE {chosen}"
PAGE = """
    SELECT * FROM documents WHERE number IN (
        SELECT number FROM documents WHERE {chosen} AND (read_at, number) < (:read_at, :number)
        ORDER BY read_at DESC, number DESC LIMIT :limit
    ) ORDER BY read_at DESC, number DESC
"""


def list_documents(
    connection: sqlite3.Connection, *, where: DocumentFilter, before: tuple[int, int], limit: int
) -> DocumentPage:
    """The documents of a filter that stand behind the place `before`, and how many there are in all."""
    values = _values(where)
    chosen = " AND ".join(["TRUE", *(CONDITIONS[name] for name in values if name in CONDITIONS)])
    total = connection.execute(COUNT.format(chosen=chosen), values).fetchone()[0]
    place = {"read_at": before[0], "number": before[1], "limit": limit + 1}
    rows = connection.execute(PAGE.format(chosen=chosen), values | place).fetchall()
    documents = tuple(map(read_document, rows[:limit]))
    following = None
    if len(rows) > limit:
        following = write_cursor(micros(documents[-1].read_at), rows[limit - 1][0])
    return DocumentPage(documents, total, following)


def _values(where: DocumentFilter) -> dict[str, object]:
    values: dict[str, object] = {}
    if where.audience is not None:
        names = listed(scope.name for scope in where.audience.scopes)
        if where.governed:
            values |= {"read": names, "governed": listed(where.governed)}
        else:
            values["scopes"] = names
    if where.state is not None:
        values["state"] = where.state
    if where.due_before is not None:
        values["due"] = micros(where.due_before)
    if where.origin_prefix:
        values["origin"] = raw(where.origin_prefix)
    if where.words:
        values["words"] = raw(fold(where.words))
    if where.workspace is not None:
        values["workspace"] = escape(where.workspace)
    return values
