"""The program as a process, and everything that it needs as processes that can be killed and started again."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from bot.settings import Settings
from tests.ports import free_port

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0
"""Seconds for anything; a busy machine is slow."""
ASKED = "How many days of annual leave do full-time employees get?"
LEAVE = "Full-time employees get 25 days of annual leave."
WORDS_ALONE = "quoted"


def until(ready: Callable[[], bool], *, told: Callable[[], str] = str) -> None:
    """Returns once it is ready. Another process has no event to wait for."""
    deadline = time.monotonic() + PATIENCE
    while not ready():
        assert time.monotonic() < deadline, told()
        time.sleep(0.05)


class Server:
    """A process that answers at an address."""

    def __init__(self, folder: Path, name: str, command: Sequence[str], *, alive: str, **environment: str) -> None:
        self._command = command
        self._alive = alive
        self._folder = folder
        self._environment = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
        self._log = folder / f"{name}.log"
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def logged(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")

    def start(self) -> None:
        """Returns when it answers."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command, stdout=log, stderr=log, cwd=self._folder, env=self._environment
            )
        until(self._answers, told=lambda: self.logged)

    def kill(self, how: signal.Signals = signal.SIGKILL) -> None:
        """Ends it without a word, or as it is asked to."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(PATIENCE)
            self._process = None

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self.logged
        try:
            return httpx.get(self._alive, timeout=PATIENCE).is_success
        except httpx.TransportError:
            return False


def chroma(folder: Path) -> tuple[Server, str]:
    """A Chroma server that keeps its data over a kill, and its address."""
    url = f"http://127.0.0.1:{(port := free_port())}"
    program = str(Path(sys.executable).with_name("chroma"))
    command = [program, "run", "--path", str(folder / "chroma"), "--host", "127.0.0.1", "--port", str(port)]
    return Server(folder, "chroma", command, alive=f"{url}/api/v2/heartbeat"), url


class ModelServer(Server):
    """The fake model server in a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self._control = f"http://127.0.0.1:{self.port}/control"
        command = [sys.executable, "-m", "tests.fakes.openai", "--port", str(self.port)]
        super().__init__(folder, "openai", command, alive=f"http://127.0.0.1:{self.port}/v1/models")

    def change(self, **settings: object) -> None:
        httpx.post(self._control, json=settings, timeout=PATIENCE).raise_for_status()

    def spoil(self, count: int, **fault: object) -> None:
        """Spoils the next requests."""
        httpx.post(f"{self._control}/faults", json=[fault] * count, timeout=PATIENCE).raise_for_status()

    def requests(self, path: str = "/v1/chat/completions") -> int:
        """How many there were."""
        seen = httpx.get(f"{self._control}/requests", timeout=PATIENCE).json()
        return sum(one["path"] == path for one in seen)

    def forget(self) -> None:
        httpx.delete(f"{self._control}/requests", timeout=PATIENCE)


class Program(Server):
    """`python -m bot run` with the API, and people who ask it."""

    def __init__(self, folder: Path, *, before: Sequence[str] = (), **variables: str) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        ours = {name.upper() for name in Settings.model_fields}
        plain = {name: value for name, value in os.environ.items() if name not in ours}
        environment = {
            **plain,
            **dict.fromkeys(ours & os.environ.keys(), ""),
            "DATA_DIR": str(folder / "data"),
            "API_PORT": str(port),
            "SASEO_LOCALE": "en",
            **variables,
        }
        command = [*before, sys.executable, "-m", "bot", "run", "--only", "http"]
        super().__init__(folder, "program", command, alive=f"{self.url}/", **environment)
        self._people = ThreadPoolExecutor(64)
        self._sessions = iter(range(10**6))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._people.shutdown()
        # In order, so that what was covered is known.
        self.kill(signal.SIGTERM)

    def ask(self, text: str = ASKED, *, session: str = "") -> httpx.Response:
        body = {"message": text, "session_id": session or f"s{next(self._sessions)}"}
        return httpx.post(f"{self.url}/api/v1/chat/", json=body, timeout=PATIENCE)

    def outcome(self, text: str = ASKED) -> str:
        """How a question of its own ends: the outcome of its answer, or the status where there is none."""
        answer = self.ask(text)
        return str(answer.json()["outcome"]) if answer.is_success else str(answer.status_code)

    def asking(self, count: int, text: str = ASKED) -> list["Future[httpx.Response]"]:
        """So many people ask at the same time."""
        return [self._people.submit(self.ask, text) for _ in range(count)]

    def add(self, title: str, text: str) -> httpx.Response:
        document = {"content": text, "metadata": {"title": title}}
        return httpx.post(f"{self.url}/api/v1/documents/", json={"documents": [document]}, timeout=PATIENCE)

    def health(self) -> tuple[int, str, Mapping[str, str]]:
        """The status, the word for it, and what is wrong with which service."""
        answer = httpx.get(f"{self.url}/health", timeout=PATIENCE)
        said: dict[str, Any] = answer.json()
        wrong = {name: state for name, state in said["services"].items() if state != "healthy"}
        return answer.status_code, said["status"], wrong

    def well(self) -> None:
        """Returns once everything works."""
        until(lambda: self.health() == (200, "healthy", {}), told=lambda: f"{self.health()}\n{self.logged}")

    def figure(self, name: str) -> float:
        """A figure of the process, by its name and labels as Prometheus reads them."""
        lines = httpx.get(f"{self.url}/metrics", timeout=PATIENCE).text.splitlines()
        return sum(float(line.rpartition(" ")[2]) for line in lines if line.rpartition(" ")[0] == name)

    def ready(self) -> None:
        """Returns once it has read its own guide and knows about leave."""
        assert self.ask("Who was the third king of ancient Nubia?").json()["outcome"] == "not_found"
        added = self.add("Handbook", LEAVE)
        assert added.json()["status"] == "success", added.text
        self.well()


def answers(asked: Sequence["Future[httpx.Response]"]) -> list[dict[str, Any]]:
    """What they were all told."""
    told = [each.result(PATIENCE) for each in asked]
    assert [answer.status_code for answer in told] == [200] * len(told), [answer.text for answer in told]
    return [answer.json() for answer in told]
