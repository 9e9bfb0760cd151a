"""The API as a server: it listens, drains, notices who hangs up, and its own description is true."""

import asyncio
import contextlib
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from adapters.http.adapter import HttpAdapter
from adapters.http.api import create_app
from core.backends.memory_world import ScriptedModel
from core.errors import Refused
from tests.fakes.patience import PATIENCE
from tests.fakes.saseo import Core
from tests.ports import free_port

LEAVE = "Full-time employees get 25 days of annual leave."
ASKED = "How many days of annual leave do full-time employees get?"


def adapter_of(core: Core, port: int, *, host: str = "127.0.0.1") -> HttpAdapter:
    app = create_app(core.saseo, version="1", token=None, max_file_bytes=1024 * 1024)
    return HttpAdapter(app, host=host, port=port)


async def up(client: httpx.AsyncClient) -> None:
    async with asyncio.timeout(PATIENCE):
        while True:
            with contextlib.suppress(httpx.TransportError):
                await client.get("/")
                return
            await asyncio.sleep(0.01)


@contextlib.asynccontextmanager
async def served(core: Core) -> AsyncIterator[tuple[httpx.AsyncClient, asyncio.Task[None]]]:
    port = free_port()
    running = asyncio.create_task(adapter_of(core, port).run())
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        await up(client)
        yield client, running
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running


async def test_a_request_under_way_is_finished_before_the_end() -> None:
    go_on = asyncio.Event()
    core = Core(model=ScriptedModel("You get ", go_on, "25 days [1]."))
    await core.library.add_text(LEAVE)
    async with served(core) as (client, running):
        asking = asyncio.create_task(client.post("/api/v1/chat/", json={"message": ASKED}))
        assert isinstance(core.model, ScriptedModel)
        await core.model.called.wait()
        running.cancel()
        await asyncio.sleep(0)
        go_on.set()
        assert (await asking).json()["outcome"] == "answered"
        with pytest.raises(asyncio.CancelledError):
            await running


async def test_deltas_arrive_while_the_model_writes() -> None:
    go_on = asyncio.Event()
    core = Core(model=ScriptedModel("You get ", go_on, "25 days [1]."))
    await core.library.add_text(LEAVE)
    async with (
        served(core) as (client, _),
        client.stream("POST", "/api/v1/chat/stream", json={"message": ASKED}) as answer,
    ):
        lines = answer.aiter_lines()
        while "You get" not in await anext(lines):
            pass
        go_on.set()
        assert [line async for line in lines if "25 days" in line]


async def test_whoever_hangs_up_ends_the_work_for_their_answer() -> None:
    never = asyncio.Event()
    core = Core(model=ScriptedModel("You get ", never))
    await core.library.add_text(LEAVE)
    async with served(core) as (client, _):
        body = {"message": ASKED, "session_id": "s"}
        async with client.stream("POST", "/api/v1/chat/stream", json=body) as answer:
            async for line in answer.aiter_lines():
                if "You get" in line:
                    break
        core.chat._writer._model = ScriptedModel("25 days [1].")
        async with asyncio.timeout(PATIENCE):
            again = await client.post("/api/v1/chat/", json=body)
        assert again.json()["outcome"] == "answered"


async def test_an_address_that_is_taken_is_refused_by_name() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(Refused) as refusal:
            await adapter_of(Core(), port).run()
    assert str(port) in refusal.value.text()


@pytest.mark.skipif(not socket.has_ipv6, reason="this machine has no IPv6")
async def test_it_listens_on_ipv6_too() -> None:
    port = free_port()
    running = asyncio.create_task(adapter_of(Core(), port, host="::1").run())
    async with httpx.AsyncClient(base_url=f"http://[::1]:{port}") as client:
        await up(client)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_no_request_that_its_own_description_allows_breaks_the_server(tmp_path: Path) -> None:
    core = Core()
    await core.library.add_text(LEAVE)
    async with served(core) as (client, _):
        tool = await asyncio.create_subprocess_exec(
            Path(sys.executable).with_name("schemathesis"),
            *("run", f"{client.base_url}/openapi.json", "--checks", "not_a_server_error"),
            *("--max-examples", "8", "--seed", "1", "--generation-database", "none"),
            cwd=tmp_path,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        output, _ = await tool.communicate()
    assert tool.returncode == 0, output.decode()[-4000:]
    assert b"passed" in output
