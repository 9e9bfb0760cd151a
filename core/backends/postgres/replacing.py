"""How a document is replaced or forgotten on PostgreSQL, in one transaction.

What is to be decided is locked before it is read, versions before documents: whoever comes second waits and then sees
what the first one did. Two that both make a document new meet at its unique name, and the second begins again.
"""

from collections.abc import Sequence

from sqlalchemy import bindparam, delete, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from core.backends.postgres.answers import forget_citations
from core.backends.postgres.changes import note
from core.backends.postgres.console_tables import looks
from core.backends.postgres.phrases import among, within
from core.backends.postgres.tables import changes, documents, facets, leftovers, orphans, passages, shares
from core.backends.postgres.trail import leave_step
from core.backends.rows import Row, document_values, place, read_document
from core.backends.versions import becomes_current, check_whole
from core.backends.written import escape
from core.backends.written import facets as facets_of
from core.changes import Change
from core.types import Document, Passage

FOLLOWING = (shares, orphans, changes, looks)
"""Tables of what is kept about a document while it is there."""
PASSAGE = ("place", "text", "heading", "page", "start", "end", "rules", "profile", "anchor")
"""The columns as `passage_values` gives them."""


async def update_row(connection: AsyncConnection, document: Document) -> None:
    """Writes the row of a document whose version is the current one; any other changes nothing."""
    found = await _locked(connection, document.id)
    if found is None or found.version != document.version:
        return
    await _write_row(connection, document, passage_count=found.passage_count, is_new=False)
    if document.scope != found.scope:
        await leave_step(connection, [document.id])
    if document.state == "dead" != found.state:
        await note(connection, Change(document.id, document.version, "dead"))


async def replace(
    connection: AsyncConnection,
    document: Document,
    passages: Sequence[Passage],
    values: Sequence[Row],
    instead_of: str | None,
) -> None:
    """Makes a version the one that readers see; see `core.backends.versions`."""
    version, name = document.version, escape(document.id)
    check_whole(document, passages, newest=await _newest_version(connection))
    begun = select(leftovers.c.open).where(leftovers.c.version == version, leftovers.c.document_id == name)
    is_open = bool((await connection.execute(begun.with_for_update())).scalar())
    found = await _locked(connection, document.id)
    current = found.version if found else None
    replaceable = instead_of is None or await _locked(connection, instead_of) is not None
    if not replaceable or not becomes_current(version, current=current, is_open=is_open):
        await _leave_over(connection, [(version, name)])
        return
    if current is not None:
        await _delete_passages(connection, [current])
        await _leave_over(connection, [(current, name)])
    await connection.execute(delete(leftovers).where(leftovers.c.version == version))
    await _write_row(connection, document, passage_count=len(passages), is_new=found is None)
    if values:
        await _insert_passages(connection, values)
    await note(connection, Change(document.id, version))
    await leave_step(connection, [document.id])
    if instead_of is not None:
        moved = update(looks).where(looks.c.document_id == escape(instead_of)).values(document_id=name)
        await connection.execute(moved)
        await forget(connection, [instead_of])


async def forget(connection: AsyncConnection, document_ids: Sequence[str]) -> Sequence[Document]:
    """Deletes documents with all that is kept about them, and returns those that existed, in this order."""
    names = [escape(document_id) for document_id in document_ids]
    of_theirs = among(leftovers.c.document_id, names)
    versions = select(leftovers.c.version).where(of_theirs).order_by(leftovers.c.version).with_for_update()
    await connection.execute(update(leftovers).where(leftovers.c.version.in_(versions)).values(open=False))
    for table in FOLLOWING:
        await connection.execute(delete(table).where(among(table.c.document_id, names)))
    await forget_citations(connection, names)
    query = select(documents).where(among(documents.c.id, names)).order_by(documents.c.id).with_for_update()
    found = [read_document(tuple(row)) for row in await connection.execute(query)]
    if not found:
        return []
    await _delete_passages(connection, [document.version for document in found])
    await connection.execute(delete(documents).where(among(documents.c.id, names)))
    await _leave_over(connection, [(document.version, escape(document.id)) for document in found])
    gone = {document.id: document for document in found}
    await leave_step(connection, gone)
    return [gone[document_id] for document_id in document_ids if document_id in gone]


async def _locked(connection: AsyncConnection, document_id: str) -> Document | None:
    query = select(documents).where(documents.c.id == escape(document_id)).with_for_update()
    row = (await connection.execute(query)).first()
    return read_document(tuple(row)) if row else None


async def _newest_version(connection: AsyncConnection) -> int:
    counter = text("SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM saseo.leftovers_version_seq")
    return int((await connection.execute(counter)).scalar_one())


async def _delete_passages(connection: AsyncConnection, versions: Sequence[int]) -> None:
    gone = delete(passages).where(within(passages.c.place, bindparam("first"), bindparam("behind")))
    stretches = [{"first": place(version, 0), "behind": place(version + 1, 0)} for version in versions]
    await connection.execute(gone, stretches)


async def _insert_passages(connection: AsyncConnection, values: Sequence[Row]) -> None:
    await connection.execute(insert(passages), [dict(zip(PASSAGE, row, strict=True)) for row in values])


async def _leave_over(connection: AsyncConnection, versions: Sequence[tuple[int, str]]) -> None:
    rows = [{"version": version, "document_id": name, "open": False} for version, name in versions]
    await connection.execute(upsert(leftovers).values(rows).on_conflict_do_nothing())


async def _write_row(connection: AsyncConnection, document: Document, *, passage_count: int, is_new: bool) -> None:
    values = document_values(document, passage_count=passage_count)
    written = insert(documents) if is_new else update(documents).where(documents.c.id == escape(document.id))
    number = (await connection.execute(written.values(values).returning(documents.c.number))).scalar_one()
    await connection.execute(delete(facets).where(facets.c.document == number))
    rows = [{"facet": facet, "document": number} for facet in sorted(facets_of(document))]
    await connection.execute(insert(facets), rows)
