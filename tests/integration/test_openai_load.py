"""How fast a word comes through, and how many questions at once."""

import asyncio
import statistics
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from core.backends.openai import ChatModel
from core.ports import Message
from tests.fakes.openai import FakeOpenAI

PROMPT = (Message("human", "What time is it?"),)


@asynccontextmanager
async def server_process(*arguments: str) -> AsyncIterator[str]:
    """The fake server as a program of its own; gives its address."""
    program = (sys.executable, "-m", "tests.fakes.openai", *arguments)
    process = await asyncio.create_subprocess_exec(*program, stdout=asyncio.subprocess.PIPE)
    try:
        assert process.stdout is not None
        line = (await process.stdout.readline()).decode()
        yield line.split()[-1]
    finally:
        process.terminate()
        await process.communicate()


def make(base_url: str) -> ChatModel:
    return ChatModel(
        api_key="key", base_url=base_url, model="fake", temperature=0.3, max_tokens=50, timeout=30.0, retries=0
    )


async def lateness(model: ChatModel) -> float:
    """Seconds from the sending of the first word to its arrival; the word is the time at which it was sent."""
    stream = model.stream(PROMPT)
    first = await anext(stream)
    late = time.monotonic() - float(str(first))
    assert len([piece async for piece in stream]) == 3
    return late


async def test_the_first_word_is_forwarded_within_20_milliseconds() -> None:
    async with server_process("--reply", "clock", "--pause", "0.01") as base_url:
        model = make(base_url)
        await model.warm()
        late = [await lateness(model) for _ in range(30)]
        await model.close()
    assert statistics.median(late) < 0.02


async def test_two_hundred_questions_are_answered_side_by_side() -> None:
    async with FakeOpenAI(delay=1.0) as server:
        model = make(server.base_url)
        await model.warm()
        replies = await asyncio.gather(*(drain(model) for _ in range(200)))
        assert replies == [2] * 200
        assert server.most_connections == 200
        assert (model.statistics.requests, model.statistics.errors) == (200, 0)
        await model.close()


async def drain(model: ChatModel) -> int:
    return len([piece async for piece in model.stream(PROMPT)])
