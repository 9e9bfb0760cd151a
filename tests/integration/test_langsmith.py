"""Traces leave the house only with a key and consent."""

import asyncio
import os
import sys

import pytest
from aiohttp import web

from core.backends.tracing import tracing_environment
from tests.fakes.openai import FakeOpenAI

ASK = """
import asyncio, os, sys
from core.backends.openai import ChatModel
from core.ports import Message
from langchain_core.tracers.langchain import wait_for_all_tracers

async def main():
    model = ChatModel(
        api_key="k", base_url=sys.argv[1], model="fake", temperature=0.3, max_tokens=50, timeout=9.0, retries=0
    )
    print([piece async for piece in model.stream([Message("human", "A secret question")])])
    await model.close()

asyncio.run(main())
wait_for_all_tracers()
"""


@pytest.mark.parametrize(
    ("api_key", "enabled", "traced"), [("", True, False), ("lsv2_test", False, False), ("lsv2_test", True, True)]
)
async def test_nothing_is_sent_without_key_and_consent_whatever_the_shell_says(
    api_key: str, enabled: bool, traced: bool
) -> None:
    received: list[str] = []

    async def collect(request: web.Request) -> web.Response:
        received.append(request.path)
        await request.read()
        return web.json_response({})

    app = web.Application()
    app.add_routes([web.route("*", "/{path:.*}", collect)])
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    shell = {
        "LANGCHAIN_TRACING_V2": "true",
        "LANGSMITH_TRACING": "true",
        "LANGCHAIN_TRACING": "true",
        "LANGSMITH_GATEWAY": f"http://127.0.0.1:{runner.addresses[0][1]}",
        "LANGSMITH_ENDPOINT": f"http://127.0.0.1:{runner.addresses[0][1]}",
        "LANGCHAIN_API_KEY": "lsv2_from_the_shell",
    }
    async with FakeOpenAI() as server:
        program = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", ASK, server.base_url),
            env=os.environ | shell | tracing_environment(api_key, enabled),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        output, _ = await asyncio.wait_for(program.communicate(), 60)
    await runner.cleanup()

    assert program.returncode == 0, output.decode()
    assert b"Usage" in output
    assert bool(received) is traced
