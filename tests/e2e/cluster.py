"""Several processes of the program over one library, on real servers, with a supervisor that starts what was killed."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from tests.e2e.program import ROOT, Place
from tests.fakes.openai import FakeOpenAI
from tests.fakes.slack import FakeSlack
from tests.ports import free_port

ROLES: Mapping[str, str] = {"web": "http", "slack": "slack", "worker": "worker", "scheduler": "scheduler"}
"""What the processes of the Procfile play."""


class Process:
    """One process of a cluster, by a name like `slack-2`."""

    def __init__(self, place: Place, name: str) -> None:
        self.name = name
        self.port = free_port()
        self._place = place
        self._path = place.folder / f"{name}.log"
        self._process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def logged(self) -> str:
        return self._path.read_text(encoding="utf-8", errors="replace") if self._path.exists() else ""

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.returncode is None

    async def start(self) -> None:
        role = ROLES[self.name.partition("-")[0]]
        with self._path.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bot", "run", "--only", role),
                cwd=self._place.folder,
                env={**self._place.environment, "API_PORT": str(self.port), "PYTHONPATH": str(ROOT)},
                stdout=log,
                stderr=log,
            )

    def send(self, number: signal.Signals) -> None:
        if self._process is not None and self.alive:
            os.kill(self._process.pid, number)

    async def ended(self) -> int:
        return 0 if self._process is None else await self._process.wait()


class Cluster:
    """Every process of one library."""

    def __init__(self, place: Place, names: Sequence[str]) -> None:
        self.place = place
        self.processes = {name: Process(place, name) for name in names}
        self.ended: list[tuple[str, int]] = []
        """Processes that ended without having been killed."""

    def __getitem__(self, name: str) -> Process:
        return self.processes[name]

    async def start(self, *names: str) -> None:
        for name in names or self.processes:
            await self.processes[name].start()

    async def until(self, ready: object, *, what: str, seconds: float = 120.0) -> None:
        """Waits until `ready()` holds. Other processes have no event to wait for."""
        assert callable(ready)
        try:
            async with asyncio.timeout(seconds):
                while not ready():  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
        except TimeoutError:
            tails = "\n".join(f"== {name}\n{one.logged[-1500:]}" for name, one in self.processes.items())
            raise AssertionError(f"{what} did not come\n{tails}") from None

    async def supervise(self) -> None:
        """Starts again whatever ends, until it is cancelled."""
        await asyncio.gather(*(self._supervise(one) for one in self.processes.values()))

    async def _supervise(self, process: Process) -> None:
        while True:
            code = await process.ended()
            if code != -signal.SIGKILL:
                self.ended.append((process.name, code))
                await asyncio.sleep(1)
            await process.start()

    async def end(self) -> None:
        for process in self.processes.values():
            process.send(signal.SIGKILL)
        for process in self.processes.values():
            await process.ended()


@asynccontextmanager
async def cluster(
    folder: Path, names: Sequence[str], *, slack: FakeSlack, model: FakeOpenAI, servers: Mapping[str, str]
) -> AsyncIterator[Cluster]:
    """A cluster that is not started yet; whatever was started is killed in the end."""
    place = Place(
        folder,
        **slack.environment,
        **servers,
        OPENAI_BASE_URL=model.base_url,
        MODEL_NAME="fake",
        ALLOW_PRIVATE_HOSTS="127.0.0.1",
        REFRESH_INTERVAL="1",
        REFRESH_MIN="1",
    )
    whole = Cluster(place, names)
    try:
        yield whole
    finally:
        await whole.end()
