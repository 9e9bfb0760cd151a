"""The tables of the embedded store, as an ordered list of migrations.

Text from outside is stored as UTF-8 bytes (BLOB), because it may hold what TEXT cannot; names that stand in lists of
a query are stored escaped in ASCII; moments are microseconds since 1970; a passage's place is its version and its
ordinal in one number (`core.backends.rows.place`), so that one look finds it.
"""

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from core.backends.sqlite.schema_console import CONSOLE
from core.errors import Refused

APPLICATION = 0x5A5E0
"""Marks a file as ours, so that another program's database is never written to."""

MIGRATIONS = (
    """
    CREATE TABLE documents (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        version INTEGER NOT NULL UNIQUE,
        scope TEXT NOT NULL,
        state TEXT NOT NULL,
        read_at INTEGER NOT NULL,
        next_check_at INTEGER,
        title BLOB NOT NULL,
        folded BLOB NOT NULL,
        origin BLOB NOT NULL,
        digest BLOB NOT NULL,
        url BLOB,
        media_type BLOB NOT NULL,
        passage_count INTEGER NOT NULL,
        metadata BLOB NOT NULL,
        etag BLOB,
        modified BLOB,
        refresh_seconds INTEGER,
        failures INTEGER NOT NULL,
        error BLOB
    );
    CREATE INDEX documents_newest ON documents (read_at, number, scope, state, next_check_at, origin, folded);
    CREATE INDEX documents_due ON documents (next_check_at) WHERE next_check_at IS NOT NULL;

    CREATE TABLE passages (
        place INTEGER PRIMARY KEY,
        text BLOB NOT NULL,
        heading BLOB NOT NULL,
        page INTEGER,
        start INTEGER NOT NULL,
        "end" INTEGER NOT NULL
    );

    CREATE TABLE facets (
        facet TEXT NOT NULL,
        document INTEGER NOT NULL REFERENCES documents (number) ON DELETE CASCADE,
        PRIMARY KEY (facet, document)
    ) WITHOUT ROWID;
    CREATE INDEX facets_document ON facets (document);

    CREATE TABLE leftovers (
        version INTEGER PRIMARY KEY AUTOINCREMENT,
        document_id TEXT NOT NULL,
        open INTEGER NOT NULL
    );
    CREATE INDEX leftovers_document ON leftovers (document_id);

    CREATE TABLE sessions (
        session TEXT PRIMARY KEY,
        expires_at INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX sessions_expiry ON sessions (expires_at);

    CREATE TABLE turns (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        session TEXT NOT NULL REFERENCES sessions (session) ON DELETE CASCADE,
        body BLOB NOT NULL
    );
    CREATE INDEX turns_session ON turns (session, number);

    CREATE TABLE claims (
        key TEXT PRIMARY KEY,
        expires_at INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX claims_expiry ON claims (expires_at);

    CREATE TABLE answers (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        question TEXT NOT NULL UNIQUE,
        text BLOB NOT NULL,
        outcome TEXT NOT NULL,
        documents BLOB NOT NULL,
        answered_at INTEGER NOT NULL
    );
    CREATE INDEX answers_outcome ON answers (outcome, number);

    CREATE TABLE outcomes (
        outcome TEXT PRIMARY KEY,
        count INTEGER NOT NULL
    ) WITHOUT ROWID;
    """,
    """
    CREATE TABLE inbox (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        thread TEXT NOT NULL,
        body BLOB NOT NULL,
        attempt INTEGER NOT NULL,
        answer BLOB,
        accepted_at INTEGER NOT NULL,
        finished_at INTEGER
    );
    CREATE INDEX inbox_unfinished ON inbox (number) WHERE finished_at IS NULL;
    CREATE INDEX inbox_finished ON inbox (finished_at) WHERE finished_at IS NOT NULL;
    CREATE INDEX inbox_thread ON inbox (thread, accepted_at);

    CREATE TABLE posted (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        message TEXT NOT NULL UNIQUE,
        inbox INTEGER NOT NULL REFERENCES inbox (number) ON DELETE CASCADE
    );
    CREATE INDEX posted_inbox ON posted (inbox, number);
    """,
    """
    CREATE TABLE installations (
        platform TEXT NOT NULL,
        workspace TEXT NOT NULL,
        sealed TEXT NOT NULL,
        PRIMARY KEY (platform, workspace)
    ) WITHOUT ROWID;

    CREATE TABLE departures (
        platform TEXT NOT NULL,
        workspace TEXT NOT NULL,
        PRIMARY KEY (platform, workspace)
    ) WITHOUT ROWID;
    """,
    """
    ALTER TABLE inbox ADD COLUMN posting TEXT;
    CREATE UNIQUE INDEX inbox_posting ON inbox (posting) WHERE posting IS NOT NULL;
    """,
    """
    ALTER TABLE documents ADD COLUMN pace INTEGER;
    DROP INDEX documents_due;
    CREATE INDEX documents_due ON documents (next_check_at, id) WHERE next_check_at IS NOT NULL;

    CREATE TABLE shares (
        name TEXT NOT NULL,
        document_id TEXT NOT NULL,
        PRIMARY KEY (name, document_id)
    ) WITHOUT ROWID;
    CREATE INDEX shares_document ON shares (document_id, name);

    CREATE TABLE orphans (
        document_id TEXT PRIMARY KEY
    ) WITHOUT ROWID;

    CREATE TABLE changes (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        document_id TEXT NOT NULL,
        kind TEXT NOT NULL,
        version INTEGER NOT NULL,
        UNIQUE (document_id, kind)
    );

    CREATE TABLE channels (
        place TEXT PRIMARY KEY,
        settings BLOB NOT NULL
    ) WITHOUT ROWID;

    DROP TABLE answers;
    CREATE TABLE answers (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        question TEXT NOT NULL UNIQUE,
        id TEXT NOT NULL,
        place TEXT NOT NULL,
        session TEXT NOT NULL,
        thread BLOB NOT NULL,
        author BLOB NOT NULL,
        locale TEXT NOT NULL,
        text BLOB NOT NULL,
        context TEXT NOT NULL,
        audience TEXT NOT NULL,
        outcome TEXT NOT NULL,
        answer BLOB NOT NULL,
        answered_at INTEGER NOT NULL
    );
    CREATE INDEX answers_outcome ON answers (outcome, number);
    CREATE INDEX answers_id ON answers (id, number);
    CREATE INDEX answers_place ON answers (place);

    CREATE TABLE citations (
        answer INTEGER NOT NULL REFERENCES answers (number) ON DELETE CASCADE,
        position INTEGER NOT NULL,
        document_id TEXT NOT NULL,
        version INTEGER NOT NULL,
        ordinal INTEGER NOT NULL,
        excerpt BLOB NOT NULL,
        PRIMARY KEY (answer, position)
    ) WITHOUT ROWID;
    CREATE INDEX citations_document ON citations (document_id, version);

    CREATE TABLE opinions (
        answer INTEGER NOT NULL REFERENCES answers (number) ON DELETE CASCADE,
        person TEXT NOT NULL,
        helpful INTEGER NOT NULL,
        text BLOB NOT NULL,
        PRIMARY KEY (answer, person)
    ) WITHOUT ROWID;
    """,
    """
    ALTER TABLE passages ADD COLUMN rules INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE passages ADD COLUMN profile BLOB NOT NULL DEFAULT x'';
    CREATE INDEX passages_rules ON passages (rules);
    """,
    """
    ALTER TABLE passages ADD COLUMN anchor BLOB NOT NULL DEFAULT x'';
    """,
    """
    ALTER TABLE answers ADD COLUMN elapsed INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE answers ADD COLUMN model BLOB NOT NULL DEFAULT x'';
    ALTER TABLE answers ADD COLUMN prompt_tokens INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE answers ADD COLUMN completion_tokens INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE answers ADD COLUMN revision TEXT;
    ALTER TABLE answers ADD COLUMN revised_at INTEGER;
    CREATE INDEX answers_figures ON answers
        (answered_at, session, outcome, elapsed, prompt_tokens, completion_tokens);
    CREATE INDEX answers_texts ON answers (answered_at) WHERE text <> x'';
    """,
    CONSOLE,
)


def migrate(connection: sqlite3.Connection, path: Path, *, migrations: Sequence[str] = MIGRATIONS) -> None:
    """Brings the schema up to date, one transaction a migration.

    Raises Refused for a file of another program or of a newer release.
    """
    application, version = pragma(connection, "application_id"), pragma(connection, "user_version")
    tables = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
    if application != APPLICATION and tables:
        raise Refused("store.foreign", path=path)
    if version > len(migrations):
        raise Refused("store.newer", path=path)
    for number, script in enumerate(migrations[version:], version + 1):
        connection.executescript(
            f"BEGIN IMMEDIATE; PRAGMA application_id = {APPLICATION}; {script}; PRAGMA user_version = {number}; COMMIT;"
        )


def pragma(connection: sqlite3.Connection, name: str) -> int:
    """The whole number that a pragma answers."""
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])
