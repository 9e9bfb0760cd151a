"""A real Chroma server in a process of its own, on loopback."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from tests.ports import free_port


@asynccontextmanager
async def chroma_server(path: Path) -> AsyncIterator[str]:
    """The address of a Chroma server that keeps its data in `path`."""
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        str(Path(sys.executable).with_name("chroma")),
        *("run", "--path", str(path), "--host", "127.0.0.1", "--port", str(port)),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        url = f"http://127.0.0.1:{port}"
        await _answers(url)
        yield url
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _answers(url: str) -> None:
    async with asyncio.timeout(60), httpx.AsyncClient() as client:
        while True:
            try:
                if (await client.get(f"{url}/api/v2/heartbeat")).is_success:
                    return
            except httpx.TransportError:
                await asyncio.sleep(0.05)
