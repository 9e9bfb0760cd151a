"""The installations on SQLite: nothing of a token is on the disk but sealed."""

import sqlite3
from collections.abc import Sequence
from functools import partial

from core.backends.kept_installation import read_installation, write_installation
from core.backends.seal import FernetSeal
from core.backends.sqlite.database import Database, rows, statement
from core.backends.written import escape, unescape
from core.errors import Refused
from core.installations import Installation

SAVE = """
    INSERT INTO installations VALUES (?, ?, ?)
    ON CONFLICT (platform, workspace) DO UPDATE SET sealed = excluded.sealed
"""
FIND = "SELECT sealed FROM installations WHERE platform = ? AND workspace = ?"
ALL = "SELECT workspace FROM installations WHERE platform = ? ORDER BY workspace"
LEAVING = "SELECT workspace FROM departures WHERE platform = ? ORDER BY workspace"
LEFT = "DELETE FROM departures WHERE platform = ? AND workspace = ?"
RENEW = "UPDATE installations SET sealed = ? WHERE platform = ? AND workspace = ?"


class SqliteInstallations:
    """`Installations` on SQLite."""

    def __init__(self, database: Database, seal: FernetSeal) -> None:
        self._database = database
        self._seal = seal

    async def find(self, platform: str, workspace: str) -> Installation | None:
        """The installation in a workspace. Raises Refused where the key that it was kept with is lost."""
        return await self._database.read(partial(_find, seal=self._seal, platform=platform, workspace=workspace))

    async def save(self, installation: Installation) -> None:
        """Keeps an installation in the place of the one before."""
        await self._database.write(partial(_save, seal=self._seal, installation=installation))

    async def workspaces(self, platform: str) -> Sequence[str]:
        """The workspaces where the app is installed, by name."""
        return [unescape(name) for (name,) in await self._database.read(rows(ALL, escape(platform)))]

    async def remove(self, platform: str, workspace: str) -> None:
        """Erases an installation, and notes that the workspace is being left."""
        await self._database.write(partial(_remove, values=(escape(platform), escape(workspace))))

    async def leaving(self, platform: str) -> Sequence[str]:
        """The workspaces that are being left, by name."""
        return [unescape(name) for (name,) in await self._database.read(rows(LEAVING, escape(platform)))]

    async def left(self, platform: str, workspace: str) -> None:
        """Nothing of a workspace is there any more."""
        await self._database.write(statement(LEFT, escape(platform), escape(workspace)))

    async def renew(self) -> int:
        """Closes everything with the first key, so that the others may go; how many no key opens."""
        return await self._database.write(partial(_renew, seal=self._seal))


def _find(connection: sqlite3.Connection, *, seal: FernetSeal, platform: str, workspace: str) -> Installation | None:
    row = connection.execute(FIND, (escape(platform), escape(workspace))).fetchone()
    if row is None:
        return None
    opened = seal.open(row[0])
    if opened is None:
        raise Refused("seal.lost", workspace=workspace)
    return read_installation(platform, workspace, opened)


def _save(connection: sqlite3.Connection, *, seal: FernetSeal, installation: Installation) -> None:
    names = (escape(installation.platform), escape(installation.workspace))
    connection.execute(SAVE, (*names, seal.close(write_installation(installation))))
    connection.execute(LEFT, names)


def _remove(connection: sqlite3.Connection, *, values: tuple[str, str]) -> None:
    connection.execute("DELETE FROM installations WHERE platform = ? AND workspace = ?", values)
    connection.execute("INSERT OR IGNORE INTO departures VALUES (?, ?)", values)


def _renew(connection: sqlite3.Connection, *, seal: FernetSeal) -> int:
    lost = 0
    for platform, workspace, sealed in connection.execute("SELECT * FROM installations").fetchall():
        renewed = seal.renewed(sealed)
        if renewed is None:
            lost += 1
        else:
            connection.execute(RENEW, (renewed, platform, workspace))
    return lost
