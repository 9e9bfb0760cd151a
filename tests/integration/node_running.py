"""Runs the scenarios of clients that are written in JavaScript, in a folder with their packages from npm."""

import asyncio
import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.patience import PATIENCE

NODE = Path(__file__).parents[1] / "fakes" / "node"


def installed() -> Path:
    """A folder with the packages in it, installed once for each list of them and kept for the next run."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("node and npm are not on PATH, so there is no second client to try the fake with")
    package = (NODE / "package.json").read_bytes()
    folder = Path(tempfile.gettempdir()) / f"saseo-node-{hashlib.sha256(package).hexdigest()[:12]}"
    if not (folder / "node_modules").is_dir():
        fresh = Path(tempfile.mkdtemp(prefix="saseo-node-"))
        (fresh / "package.json").write_bytes(package)
        install = ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        subprocess.run(install, cwd=fresh, check=True, timeout=110, capture_output=True)
        try:
            fresh.rename(folder)
        except OSError:
            # Another run was faster; its folder is as good.
            shutil.rmtree(fresh)
    return folder


class NodeProgram:
    """A running scenario; `told` are the lines that it wrote."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.told: list[dict[str, Any]] = []
        self._more = asyncio.Condition()

    async def read(self) -> None:
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            async with self._more:
                self.told.append(json.loads(line))
                self._more.notify_all()

    async def tells(self, event: str) -> dict[str, Any]:
        """The first line about this event, awaited for at most ten seconds."""

        def found() -> list[dict[str, Any]]:
            return [one for one in self.told if one["event"] == event]

        async with self._more:
            await asyncio.wait_for(self._more.wait_for(found), PATIENCE)
        return found()[0]


@asynccontextmanager
async def node_program(scenario: str, settings: Mapping[str, str]) -> AsyncIterator[NodeProgram]:
    """A scenario once it says that it has started; it must not tell of an error."""
    environment = {"PATH": os.environ["PATH"], **settings}
    process = await asyncio.create_subprocess_exec(
        "node", NODE / scenario, env=environment, stdout=asyncio.subprocess.PIPE
    )
    program = NodeProgram(process)
    reading = asyncio.create_task(program.read())
    try:
        await program.tells("started")
        yield program
        assert [one for one in program.told if one["event"] == "error"] == []
    finally:
        if process.returncode is None:
            process.terminate()
        await asyncio.wait_for(process.wait(), PATIENCE)
        await reading
