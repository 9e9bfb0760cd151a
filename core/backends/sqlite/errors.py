"""Turns what sqlite3 raises into Refused (the user can mend it) or Unavailable."""

import sqlite3
from pathlib import Path

from core.errors import Refused, SaseoError, Unavailable

REFUSED = {
    sqlite3.SQLITE_CORRUPT: "store.damaged",
    sqlite3.SQLITE_NOTADB: "store.damaged",
    sqlite3.SQLITE_READONLY: "store.readonly",
    sqlite3.SQLITE_CANTOPEN: "store.readonly",
    sqlite3.SQLITE_PERM: "store.readonly",
    sqlite3.SQLITE_AUTH: "store.readonly",
}
UNAVAILABLE = {
    sqlite3.SQLITE_FULL: "store.full",
    sqlite3.SQLITE_BUSY: "store.busy",
    sqlite3.SQLITE_LOCKED: "store.busy",
}
PRIMARY = 0xFF


def translated(error: sqlite3.Error, path: Path) -> SaseoError:
    """What to tell the caller instead of a vendor's error."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & PRIMARY
    if code in REFUSED:
        return Refused(REFUSED[code], path=path)
    return Unavailable(UNAVAILABLE.get(code, "store.failed"), path=path)
