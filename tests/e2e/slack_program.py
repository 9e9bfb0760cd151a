"""The program as a process beside a fake Slack and a fake model in this one."""

import asyncio
import os
import signal
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.e2e.program import PATIENCE, Place
from tests.fakes.openai import FakeOpenAI
from tests.fakes.slack import FakeSlack

LEAVE = "Full-time employees get 25 days of annual leave. Interns get 12 days of annual leave."
ASKED = "How many days of annual leave do full-time employees get?"


async def prepared(folder: Path, slack: FakeSlack, model: FakeOpenAI | None = None, **variables: str) -> Place:
    """A place whose library knows about leave, and whose settings point at the fakes."""
    own = {"OPENAI_BASE_URL": model.base_url, "MODEL_NAME": "fake"} if model is not None else {}
    place = Place(folder, **{**slack.environment, **own, **variables})
    (folder / "leave.txt").write_text(LEAVE, encoding="utf-8")
    taken = await asyncio.to_thread(place.saseo, "ingest", "leave.txt")
    assert taken.returncode == 0, taken.stderr
    return place


class Bot:
    """`python -m bot run` that does not hold up this process; killed at the end at the latest."""

    def __init__(self, place: Place, *arguments: str, number: int = 0) -> None:
        self._place = place
        self._arguments = arguments or ("--only", "slack")
        self._path = place.folder / f"run{number}.log"

    async def __aenter__(self) -> Self:
        with self._path.open("wb") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "bot",
                "run",
                *self._arguments,
                cwd=self._place.folder,
                env=dict(self._place.environment) | {"PYTHONDONTWRITEBYTECODE": os.environ.get("NO_BYTECODE", "")},
                stdout=log,
                stderr=log,
            )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()

    @property
    def logged(self) -> str:
        return self._path.read_text(encoding="utf-8")

    async def connected(self, slack: FakeSlack) -> None:
        """Waits until it is connected over Socket Mode."""
        ended = asyncio.create_task(self.process.wait())
        waiting = asyncio.create_task(slack.socket_mode.connected(timeout=PATIENCE))
        await asyncio.wait({ended, waiting}, return_when=asyncio.FIRST_COMPLETED)
        ended.cancel()
        if not waiting.done():
            waiting.cancel()
            raise AssertionError(self.logged)
        await waiting

    async def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Sends a signal and waits; the exit code."""
        self.process.send_signal(number)
        return await asyncio.wait_for(self.process.wait(), PATIENCE)
