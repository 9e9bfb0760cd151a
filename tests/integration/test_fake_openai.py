"""The fake model server as other tests use it: over the wire and as a program."""

import asyncio
import sys

import aiohttp

from tests.fakes.openai import FakeOpenAI


async def test_it_answers_without_streaming_and_lists_its_models() -> None:
    async with FakeOpenAI() as server, aiohttp.ClientSession() as client:
        body = {"model": "m", "messages": [{"role": "user", "content": "Question: Why?"}]}
        async with client.post(f"{server.base_url}/chat/completions", json=body) as response:
            told = await response.json()
        async with client.get(f"{server.base_url}/models") as response:
            models = await response.json()
    assert told["choices"][0]["message"]["content"] == "NOT_IN_DOCUMENTS"
    assert told["usage"] == {"prompt_tokens": 2, "completion_tokens": 1, "total_tokens": 3}
    assert [model["id"] for model in models["data"]] == ["fake"]


async def test_as_a_program_it_is_told_over_the_wire_what_goes_wrong() -> None:
    program = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.fakes.openai", "--dimension", "8"), stdout=asyncio.subprocess.PIPE
    )
    assert program.stdout is not None
    url = (await program.stdout.readline()).decode().split()[-1]
    control = url.replace("/v1", "/control")
    vectors, chat = (
        {"model": "m", "input": "text"},
        {"model": "m", "messages": [{"role": "user", "content": "Say hi."}]},
    )
    try:
        async with aiohttp.ClientSession() as client:
            async with client.post(
                f"{control}/faults", json=[{"status": 429, "headers": {"Retry-After": "7"}}]
            ) as reply:
                assert await reply.json() == {"waiting": 1}
            async with client.post(f"{url}/embeddings", json=vectors) as reply:
                assert (reply.status, reply.headers["Retry-After"]) == (429, "7")
            async with client.post(f"{url}/embeddings", json=vectors) as reply:
                assert len((await reply.json())["data"][0]["embedding"]) == 8
            await client.post(control, json={"reply": "obey", "refuses": ["temperature"]})
            async with client.post(f"{url}/chat/completions", json=chat) as reply:
                assert "Say hi." in (await reply.json())["choices"][0]["message"]["content"]
            async with client.post(f"{url}/chat/completions", json=chat | {"temperature": 1}) as reply:
                assert (await reply.json())["error"]["param"] == "temperature"
            async with client.get(f"{control}/requests") as reply:
                outcomes = [request["outcome"] for request in await reply.json()]
            assert outcomes == ["refused", "answered", "answered", "refused"]
            await client.delete(f"{control}/requests")
            async with client.get(f"{control}/requests") as reply:
                assert await reply.json() == []
    finally:
        program.terminate()
        await program.communicate()
