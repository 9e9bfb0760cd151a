"""Lists documents newest first, on one snapshot with their number."""

from collections.abc import Iterator

from sqlalchemy import ColumnElement, func, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from core.backends.postgres.phrases import among, begins
from core.backends.postgres.tables import RAW, documents
from core.backends.rows import read_document
from core.backends.written import escape, fold, micros, raw, write_cursor
from core.ports import DocumentFilter
from core.types import DocumentPage

NEWEST_OF_ALL = (2**63 - 1, 2**63 - 1)


async def list_documents(
    connection: AsyncConnection, *, where: DocumentFilter, before: tuple[int, int], limit: int
) -> DocumentPage:
    """The documents of a filter that stand behind the place `before`, and how many there are in all."""
    chosen = list(_conditions(where))
    total = (await connection.execute(select(func.count()).select_from(documents).where(*chosen))).scalar_one()
    read_at, number = documents.c.read_at, documents.c.number
    older = or_(read_at < before[0], (read_at == before[0]) & (number < before[1]))
    query = select(documents).where(*chosen, older).order_by(read_at.desc(), number.desc()).limit(limit + 1)
    rows = (await connection.execute(query)).all()
    shown = tuple(read_document(tuple(row)) for row in rows[:limit])
    following = write_cursor(micros(shown[-1].read_at), rows[limit - 1].number) if len(rows) > limit else None
    return DocumentPage(shown, total, following)


def _conditions(where: DocumentFilter) -> Iterator[ColumnElement[bool]]:
    if where.audience is not None:
        names = [escape(scope.name) for scope in where.audience.scopes]
        yield or_(among(documents.c.scope, names), *_governed(where.governed))
    if where.state is not None:
        yield documents.c.state == where.state
    if where.due_before is not None:
        yield documents.c.next_check_at <= micros(where.due_before)
    if where.origin_prefix:
        prefix = raw(where.origin_prefix)
        yield func.substr(documents.c.origin, 1, len(prefix)) == literal(prefix, RAW)
    if where.words:
        # By its full name it is a function of bytes; `position` alone is one of characters.
        yield func.pg_catalog.position(documents.c.folded, literal(raw(fold(where.words)), RAW)) > 0
    if where.workspace is not None:
        name = escape(where.workspace)
        inside = (begins(documents.c.scope, f"{kind}:{name}:") for kind in ("channel", "dm"))
        yield or_(documents.c.scope == f"workspace:{name}", *inside)


def _governed(workspaces: frozenset[str]) -> Iterator[ColumnElement[bool]]:
    for name in map(escape, workspaces):
        yield documents.c.scope == f"workspace:{name}"
        yield begins(documents.c.scope, f"channel:{name}:")
