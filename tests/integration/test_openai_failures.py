"""What a chat model makes of a server that fails, stalls or talks nonsense."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator

import pytest

from core.backends.openai import ChatModel
from core.errors import Refused, SaseoError, Unavailable
from tests.fakes import openai_faults as faults
from tests.fakes.openai import FakeOpenAI
from tests.fakes.openai_faults import Fault
from tests.fakes.openai_replies import fixed
from tests.fakes.patience import PATIENCE
from tests.integration.openai_asking import CITED, KEY, PROMPT, ask, failure, make


@pytest.fixture
async def server() -> AsyncIterator[FakeOpenAI]:
    async with FakeOpenAI() as running:
        yield running


@pytest.fixture
async def model(server: FakeOpenAI) -> AsyncIterator[ChatModel]:
    chat = make(server)
    yield chat
    await chat.close()


@pytest.mark.parametrize("fault", [faults.rate_limited("0.9"), faults.server_error(503, "0.9")])
async def test_a_server_that_asks_for_patience_gets_it(server: FakeOpenAI, model: ChatModel, fault: Fault) -> None:
    server.faults.append(fault)
    before = time.monotonic()
    assert (await ask(model))[0] == CITED
    assert time.monotonic() - before >= 0.9  # our own pause is at most 0.75
    assert [request.outcome for request in server.requests] == ["refused", "answered"]


@pytest.mark.parametrize("fault", [faults.rate_limited(), faults.server_error(), faults.cut(), faults.garbled("{")])
async def test_a_failure_before_the_first_word_is_tried_again(
    server: FakeOpenAI, model: ChatModel, fault: Fault
) -> None:
    server.faults.append(fault)
    before = time.monotonic()
    assert (await ask(model))[0] == CITED
    assert time.monotonic() - before >= 0.25
    assert (len(server.requests), model.statistics.errors) == (2, 0)


async def test_retries_are_bounded(server: FakeOpenAI, model: ChatModel) -> None:
    server.faults.extend([faults.server_error(500, "0.01")] * 4)
    error = await failure(model)
    assert (type(error), error.code) == (Unavailable, "model.failing")
    assert len(server.requests) == 3


async def test_a_wait_beyond_the_timeout_is_not_waited_for(server: FakeOpenAI, model: ChatModel) -> None:
    server.faults.append(faults.rate_limited("20"))
    before = time.monotonic()
    assert (await failure(model)).code == "model.busy"
    assert time.monotonic() - before < 10
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("fault", "kind", "code"),
    [
        (faults.wrong_key(), Refused, "model.key"),
        (faults.unknown_model(), Refused, "model.unknown"),
        (faults.too_long(), Refused, "model.too_long"),
        (faults.cut(2), Unavailable, "model.unreachable"),
        (faults.ended(2), Unavailable, "model.malformed"),
        (faults.garbled("{nope", 2), Unavailable, "model.malformed"),
        (faults.garbled("42", 2), Unavailable, "model.malformed"),
        (faults.garbled('{"choices": [{"index": 0}]}', 2), Unavailable, "model.malformed"),
        (faults.garbled('{"choices": "all"}', 2), Unavailable, "model.malformed"),
        (
            faults.garbled('{"error": {"message": "Overloaded", "type": "overloaded_error"}}', 2),
            Unavailable,
            "model.busy",
        ),
    ],
)
async def test_what_cannot_pass_is_not_tried_again(
    server: FakeOpenAI, model: ChatModel, fault: Fault, kind: type[SaseoError], code: str
) -> None:
    server.faults.append(fault)
    error = await failure(model)
    assert (type(error), error.code) == (kind, code)
    assert len(server.requests) == 1


@pytest.mark.parametrize("fault", [faults.stalled(), faults.stalled(2), faults.pinging(2), Fault(delay=9.0)])
async def test_a_silent_server_ends_in_unavailable_within_the_timeout(server: FakeOpenAI, fault: Fault) -> None:
    model = make(server, timeout=0.4)
    await model.warm()
    server.faults.append(fault)
    before = time.monotonic()
    assert (await failure(model)).code == "model.timeout"
    assert 0.4 <= time.monotonic() - before < 5
    await asyncio.wait_for(server.requests[0].ended.wait(), PATIENCE)
    assert [request.outcome for request in server.requests] == ["disconnected"]
    await model.close()


async def test_a_long_reply_may_take_longer_than_the_timeout(server: FakeOpenAI) -> None:
    model = make(server, timeout=0.4)
    server.reply, server.pause = fixed("one two three four five six"), 0.1
    assert (await ask(model))[0] == "one two three four five six"
    await model.close()


async def test_a_reply_without_a_word_is_unavailable(server: FakeOpenAI, model: ChatModel) -> None:
    server.reply = fixed("")
    assert (await failure(model)).code == "model.empty"


async def test_a_server_that_never_stops_is_stopped(server: FakeOpenAI, model: ChatModel) -> None:
    server.reply = fixed("word " * 2000)
    assert (await failure(model)).code == "model.malformed"


async def test_words_that_were_written_before_a_failure_are_yielded_and_counted(
    server: FakeOpenAI, model: ChatModel
) -> None:
    server.faults.append(faults.cut(2))
    stream = model.stream(PROMPT)
    assert [await anext(stream), await anext(stream)] == ["You", " get"]
    with pytest.raises(Unavailable):
        await anext(stream)
    assert model.statistics.completion_tokens == round(len("You get") / 3.75)


async def test_a_server_that_is_not_there_is_unavailable(server: FakeOpenAI) -> None:
    model = make(server, base_url="http://127.0.0.1:9/v1", retries=0)
    assert (await failure(model)).code == "model.unreachable"
    await model.close()


async def test_an_address_without_http_is_refused(server: FakeOpenAI) -> None:
    model = make(server, base_url="localhost:1/v1", retries=0)
    assert (await failure(model)).code == "model.address"
    await model.close()


async def test_neither_key_nor_prompt_nor_the_servers_words_are_logged(
    server: FakeOpenAI, model: ChatModel, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    server.faults.extend([faults.error(500, "25 days off", code="x"), faults.wrong_key()])
    error = await failure(model)
    assert error.__suppress_context__
    assert "model.key" in caplog.text
    for secret in (KEY, "days off", "25"):
        assert secret not in caplog.text.replace("0.25", "")
