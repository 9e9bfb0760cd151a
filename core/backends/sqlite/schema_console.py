"""The tables of the console: who is signed in, what was changed by whom, and how checks of documents ended."""

CONSOLE = """
    CREATE TABLE visits (
        name TEXT PRIMARY KEY,
        family TEXT NOT NULL,
        body BLOB NOT NULL,
        expires_at INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX visits_family ON visits (family);
    CREATE INDEX visits_expiry ON visits (expires_at);

    CREATE TABLE audit (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        at INTEGER NOT NULL,
        who TEXT NOT NULL,
        what TEXT NOT NULL,
        thing TEXT NOT NULL,
        workspace TEXT NOT NULL,
        detail TEXT NOT NULL
    );
    CREATE INDEX audit_at ON audit (at);
    CREATE INDEX audit_workspace ON audit (workspace, number);
    CREATE TRIGGER audit_stays BEFORE UPDATE ON audit BEGIN SELECT RAISE (ABORT, 'the audit log is only added to'); END;

    CREATE TABLE looks (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        document_id TEXT NOT NULL,
        at INTEGER NOT NULL,
        result TEXT NOT NULL,
        reason BLOB NOT NULL
    );
    CREATE INDEX looks_document ON looks (document_id, number);
"""
