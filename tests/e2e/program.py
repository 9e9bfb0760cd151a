"""The program as a process of its own, the way a user starts it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from bot.settings import Settings
from tests.ports import free_port

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0
"""Seconds for anything; a busy machine is slow."""


class Place:
    """A folder to work in, and the environment of every command there."""

    def __init__(self, folder: Path, **variables: str) -> None:
        self.folder = folder
        self.port = free_port()
        ours = {name.upper() for name in Settings.model_fields}
        self.environment: Mapping[str, str] = {
            **{name: value for name, value in os.environ.items() if name not in ours},
            "PYTHONPATH": str(ROOT),
            "DATA_DIR": str(folder / "data"),
            "API_PORT": str(self.port),
            "SASEO_LOCALE": "en",
            **variables,
        }

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def saseo(self, *arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
        """Runs a command to its end."""
        return subprocess.run(
            [sys.executable, "-m", "bot", *arguments],
            cwd=self.folder,
            env=self.environment,
            input=given,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=PATIENCE,
            check=False,
        )


class Running:
    """`python -m bot run` in a place; killed at the end at the latest."""

    def __init__(self, place: Place, *arguments: str) -> None:
        self._place = place
        self._arguments = arguments

    def __enter__(self) -> Self:
        self._log = (self._place.folder / "run.log").open("w", encoding="utf-8")
        self._out = (self._place.folder / "run.out").open("w", encoding="utf-8")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bot", "run", *self._arguments],
            cwd=self._place.folder,
            env=self._place.environment,
            stdout=self._out,
            stderr=self._log,
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.kill()
        self.process.wait()
        self._log.close()
        self._out.close()

    @property
    def said(self) -> str:
        return (self._place.folder / "run.out").read_text(encoding="utf-8")

    @property
    def logged(self) -> str:
        return (self._place.folder / "run.log").read_text(encoding="utf-8")

    def greeted(self) -> list[str]:
        """Waits for the three lines of the start."""
        self._wait(lambda: self.said.count("\n") >= 3)
        return self.said.splitlines()

    def healthy(self) -> float:
        """Waits until the program is healthy; the seconds that took."""
        started = time.monotonic()
        self._wait(self._is_healthy)
        return time.monotonic() - started

    def _is_healthy(self) -> bool:
        try:
            return httpx.get(f"{self._place.url}/health", timeout=PATIENCE).status_code == httpx.codes.OK
        except httpx.TransportError:
            return False

    def _wait(self, ready: Callable[[], bool]) -> None:
        started = time.monotonic()
        while not ready():
            assert self.process.poll() is None, self.logged
            assert time.monotonic() - started < PATIENCE, self.logged
            # Another process has no event to wait for.
            time.sleep(0.05)

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Sends a signal and waits; the exit code."""
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)
