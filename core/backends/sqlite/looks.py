"""How checks of documents ended, on SQLite."""

import sqlite3
from collections.abc import Sequence
from functools import partial

from core.backends.sqlite.database import Database, rows
from core.backends.written import escape, micros, moment, raw, text
from core.looks import KEPT, REASON_KEPT, Look

# Only of a document that is there: it may be forgotten while it is being checked.
ADD = """
    INSERT INTO looks (document_id, at, result, reason)
    SELECT ?, ?, ?, ? WHERE EXISTS (SELECT 1 FROM documents WHERE id = ?)
"""
OLD = """
    DELETE FROM looks WHERE number IN (
        SELECT number FROM looks WHERE document_id = ? ORDER BY number DESC LIMIT -1 OFFSET ?
    )
"""
OF = "SELECT at, result, reason FROM looks WHERE document_id = ? ORDER BY number DESC LIMIT ?"


class SqliteLooks:
    """`Looks` on SQLite; the catalogue forgets and moves them with their document."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def note(self, document_id: str, look: Look) -> None:
        """A document was checked."""
        await self._database.write(partial(_note, name=escape(document_id), look=look))

    async def of(self, document_id: str) -> Sequence[Look]:
        """Its checks, newest first."""
        found = await self._database.read(rows(OF, escape(document_id), KEPT))
        return [Look(moment(at), result, text(reason)) for at, result, reason in found]


def _note(connection: sqlite3.Connection, *, name: str, look: Look) -> None:
    reason = raw(look.reason[:REASON_KEPT])
    connection.execute(ADD, (name, micros(look.at), look.result, reason, name))
    connection.execute(OLD, (name, KEPT))
