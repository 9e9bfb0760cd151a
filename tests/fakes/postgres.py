"""Starts a real PostgreSQL server, as an unprivileged user: it refuses to run as root."""

import itertools
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import asyncpg

from tests.ports import free_port

START_SECONDS = 60.0
USER = "saseo"
PASSWORD = "hyacinth"
UNPRIVILEGED = "nobody"
DEBIAN = Path("/usr/lib/postgresql")
"""Debian keeps the programs of each release in a folder of their own, and none of them on PATH."""
SETTINGS = {
    # What a killed process wrote is with the system; only a machine that falls over would lose it.
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "32MB",
    "max_connections": "60",
    "listen_addresses": "127.0.0.1",
    "autovacuum": "off",
    "log_min_messages": "warning",
}


def server_programs() -> Path | None:
    """The folder of PostgreSQL's programs, of the newest release; None where there is none."""
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    folders = [path.parent for path in DEBIAN.glob("*/bin/initdb")]
    return max(folders, key=lambda folder: float(folder.parent.name), default=None)


EMPTY = """
DO $$ DECLARE one record; BEGIN
    FOR one IN SELECT tablename FROM pg_tables WHERE schemaname = 'saseo' AND tablename <> 'schema_version' LOOP
        EXECUTE 'DELETE FROM saseo.' || one.tablename;
    END LOOP;
    PERFORM setval('saseo.leftovers_version_seq', 1, false);
END $$
"""
"""Quicker than emptying tables by cutting their files."""


class PostgresServer:
    """A server on loopback that keeps what it acknowledged, also over a restart and a kill."""

    def __init__(self, programs: Path) -> None:
        self._programs = programs
        self._folder = Path(tempfile.mkdtemp(prefix="saseo-postgres-"))
        self._log = self._folder / "server.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._names = itertools.count()
        self._shared: str | None = None
        self.port = free_port()
        password = self._folder / "password"
        password.write_text(PASSWORD, encoding="utf-8")
        if os.geteuid() == 0:
            for path in (self._folder, password):
                shutil.chown(path, UNPRIVILEGED)
        self._run("initdb", "-D", "data", "-U", USER, "-A", "scram-sha-256", "--pwfile=password", "-E", "UTF8", "-N")

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        # What it would still write is thrown away anyway.
        self.stop(how=signal.SIGQUIT)
        shutil.rmtree(self._folder, ignore_errors=True)

    def url(self, database: str = "postgres", *, user: str = USER, password: str = PASSWORD) -> str:
        return f"postgresql://{user}:{password}@127.0.0.1:{self.port}/{database}"

    async def emptied(self) -> str:
        """The address of a database where there may be tables, and nothing in them."""
        if self._shared is None:
            self._shared = await self.fresh()
            return self._shared
        connection = await asyncpg.connect(self._shared)
        try:
            await connection.execute(EMPTY)
        finally:
            await connection.close()
        return self._shared

    async def fresh(self) -> str:
        """The address of a database that nobody has used."""
        name = f"saseo_{next(self._names)}"
        await self.execute(f"CREATE DATABASE {name}")
        return self.url(name)

    async def execute(self, statement: str, *, url: str = "") -> None:
        """Carries out a statement as the owner of everything."""
        connection = await asyncpg.connect(url or self.url())
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    def start(self) -> None:
        """Returns when the server answers, at once where it is running already."""
        if self._process is not None:
            return
        settings = SETTINGS | {"port": str(self.port), "unix_socket_directories": str(self._folder)}
        arguments = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        with self._log.open("ab") as log:
            program = [str(self._programs / "postgres"), "-D", "data", *arguments]
            self._process = subprocess.Popen(program, stdout=log, stderr=log, **self._as_user())
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(self._log.read_text(errors="replace"))
            time.sleep(0.02)

    def stop(self, *, how: signal.Signals = signal.SIGINT) -> None:
        """Returns when the server has ended: SIGINT cuts every connection first, SIGQUIT leaves all as it is."""
        if self._process is None:
            return
        self._process.send_signal(how)
        self._process.wait(timeout=START_SECONDS)
        self._process = None

    def _answers(self) -> bool:
        asked = [str(self._programs / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        return subprocess.run(asked, check=False).returncode == 0

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._programs / program), *arguments]
        done = subprocess.run(command, check=False, capture_output=True, text=True, **self._as_user())
        if done.returncode:
            raise RuntimeError(done.stdout + done.stderr)

    def _as_user(self) -> dict[str, Any]:
        rights = {"user": UNPRIVILEGED, "group": "nogroup", "extra_groups": []} if os.geteuid() == 0 else {}
        return {"cwd": self._folder, "env": {"LC_ALL": "C", "PATH": os.environ.get("PATH", "")}, **rights}
