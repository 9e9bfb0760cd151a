"""Real servers for `benchmarks.scale`, in a folder that keeps what they were given: PostgreSQL, Redis and Chroma."""

import asyncio
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.fakes.postgres import UNPRIVILEGED, USER
from tests.fakes.postgres import server_programs as postgres_programs
from tests.fakes.valkey import server_program as redis_program
from tests.ports import free_port

START_SECONDS = 300.0
"""Chroma reads the whole graph of a collection before it answers the first question."""
LOOK_SECONDS = 0.1
CONNECTIONS = 100


@dataclass(frozen=True, slots=True)
class Servers:
    """Where they answer, and their processes by name."""

    database_url: str
    redis_url: str
    chroma_url: str
    processes: Mapping[str, int]


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[Servers]:
    """All three, answering; ended in good order, so that nothing of theirs is lost."""
    names = ("PostgreSQL", "Redis", "Chroma")
    folders = {name: folder / name.lower() for name in names}
    for each in folders.values():
        each.mkdir(parents=True, exist_ok=True)
    ports = {name: free_port() for name in names}
    started: dict[str, subprocess.Popen[bytes]] = {}
    try:
        started["PostgreSQL"] = _postgres(folders["PostgreSQL"], ports["PostgreSQL"])
        started["Redis"] = _redis(folders["Redis"], ports["Redis"])
        started["Chroma"] = _chroma(folders["Chroma"], ports["Chroma"])
        servers = Servers(
            f"postgresql://{USER}@127.0.0.1:{ports['PostgreSQL']}/postgres",
            f"redis://127.0.0.1:{ports['Redis']}/0",
            f"http://127.0.0.1:{ports['Chroma']}",
            {name: process.pid for name, process in started.items()},
        )
        await _until(lambda: _postgres_answers(ports["PostgreSQL"]), started["PostgreSQL"])
        await _until(lambda: _chroma_answers(servers.chroma_url), started["Chroma"])
        yield servers
    finally:
        for name, process in started.items():
            process.send_signal(signal.SIGINT if name == "PostgreSQL" else signal.SIGTERM)
        for process in started.values():
            await asyncio.to_thread(process.wait)


def analyze(folder: Path) -> None:
    """Counts, while no server runs, how Chroma's rows are distributed, so that SQLite chooses better ways to them."""
    with closing(sqlite3.connect(folder / "chroma" / "chroma.sqlite3")) as database:
        database.execute("ANALYZE")


def forget_analysis(folder: Path) -> None:
    """As Chroma comes, nothing was counted."""
    with closing(sqlite3.connect(folder / "chroma" / "chroma.sqlite3")) as database:
        known = database.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'sqlite_stat1'").fetchone()
        if known[0]:
            database.execute("DELETE FROM sqlite_stat1")
            database.commit()


def _postgres(folder: Path, port: int) -> subprocess.Popen[bytes]:
    """With Debian's own settings, also for what it writes to the disk before it acknowledges."""
    programs = postgres_programs()
    if programs is None:
        raise SystemExit("there is no PostgreSQL here")
    if os.geteuid() == 0:
        shutil.chown(folder, UNPRIVILEGED)
        _open_up(folder)
    rights = _as_user(folder)
    if not (folder / "data").exists():
        made = [str(programs / "initdb"), "-D", "data", "-U", USER, "-A", "trust", "-E", "UTF8"]
        subprocess.run(made, check=True, stdout=subprocess.DEVNULL, **rights)
    settings = {
        "port": str(port),
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": str(folder),
        "max_connections": str(CONNECTIONS),
    }
    arguments = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    return _started([str(programs / "postgres"), "-D", "data", *arguments], folder, **rights)


def _open_up(folder: Path) -> None:
    """Lets a user who owns nothing above a folder reach it."""
    for above in folder.parents:
        if above.stat().st_uid == 0 and not above.stat().st_mode & 0o001:
            above.chmod(above.stat().st_mode | 0o011)


def _as_user(folder: Path) -> dict[str, Any]:
    rights = {"user": UNPRIVILEGED, "group": "nogroup", "extra_groups": []} if os.geteuid() == 0 else {}
    return {"cwd": folder, "env": {"LC_ALL": "C", "PATH": os.environ.get("PATH", "")}, **rights}


def _redis(folder: Path, port: int) -> subprocess.Popen[bytes]:
    program = redis_program()
    if program is None:
        raise SystemExit("there is no Redis here")
    settings = {"port": str(port), "bind": "127.0.0.1", "dir": str(folder), "appendonly": "yes", "save": ""}
    return _started([program, *(word for name, value in settings.items() for word in (f"--{name}", value))], folder)


def _chroma(folder: Path, port: int) -> subprocess.Popen[bytes]:
    program = str(Path(sys.executable).with_name("chroma"))
    return _started([program, "run", "--path", str(folder), "--host", "127.0.0.1", "--port", str(port)], folder)


def _started(command: list[str], folder: Path, **options: Any) -> subprocess.Popen[bytes]:
    with folder.with_suffix(".log").open("ab") as log:
        return subprocess.Popen(command, stdout=log, stderr=log, **options)


def _postgres_answers(port: int) -> bool:
    programs = postgres_programs()
    assert programs is not None
    asked = [str(programs / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]
    return subprocess.run(asked, check=False).returncode == 0


def _chroma_answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/api/v2/heartbeat", timeout=START_SECONDS).is_success
    except httpx.TransportError:
        return False


async def _until(answers: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    async with asyncio.timeout(START_SECONDS):
        while not await asyncio.to_thread(answers):
            if process.poll() is not None:
                raise SystemExit(f"a server ended with {process.returncode}; see the logs in the folder")
            await asyncio.sleep(LOOK_SECONDS)
