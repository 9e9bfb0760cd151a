"""How soon people see that they were heard while many ask at once. On a machine that others use one round may be slow,
and everything that is measured beside it; what is slow by itself is slow in every round."""

import asyncio
import gc
from collections.abc import AsyncGenerator, Iterator, Sequence

import pytest

from core.backends.memory_world import ScriptedModel
from core.ports import Message as Said
from core.types import Usage
from tests.fakes.saseo import Core
from tests.fakes.slack import Channel, FakeSlack
from tests.integration.slack_clients import web_client
from tests.integration.slack_running import ANSWER, QUESTION, knowing, running

ROUNDS = 4
ACKNOWLEDGED = 0.1
FIRST_SIGN = 0.3
MODEL_SECONDS = 2.0
CALLS_BESIDE = 3.0
"""On a slow machine a first sign may take so many times of what as many bare calls take there."""


@pytest.fixture(autouse=True)
def settled_heap() -> Iterator[None]:
    """As the program does at its start: what other tests have loaded is not looked through for garbage."""
    gc.freeze()
    yield
    gc.unfreeze()


class Slow(ScriptedModel):
    """Thinks before it says anything."""

    async def stream(self, messages: Sequence[Said]) -> AsyncGenerator[str | Usage, None]:
        await asyncio.sleep(MODEL_SECONDS)
        async for part in super().stream(messages):
            yield part


class Wordy(ScriptedModel):
    """Says something new every other moment, for some seconds."""

    async def stream(self, messages: Sequence[Said]) -> AsyncGenerator[str | Usage, None]:
        async for part in super().stream(messages):
            yield part
            await asyncio.sleep(0.5)


async def slow() -> Core:
    core = await knowing()
    core.chat = core.chat_with(Slow(*ANSWER))
    return core


def percentile(took: list[float], part: float) -> float:
    return sorted(took)[int(len(took) * part)]


async def test_acknowledgements_are_quick_while_fifty_questions_are_under_way() -> None:
    gate = asyncio.Event()
    core = await knowing(*ANSWER[:1], gate, *ANSWER[1:])
    rounds = []
    async with FakeSlack() as slack, running(slack, core):
        slack.limits.off = True
        for number in range(50):
            slack.ask(QUESTION, channel=slack.new_channel(f"busy{number}"))
        await slack.call("assistant.threads.setStatus", count=50)
        for number in range(ROUNDS):
            rounds.append(percentile(await acknowledged(slack, name=f"more{number}"), 0.99))
            if rounds[-1] < ACKNOWLEDGED:
                break
        gate.set()
        await slack.posted("15 days", count=50)
    assert min(rounds) < ACKNOWLEDGED, rounds


async def acknowledged(slack: FakeSlack, *, name: str) -> list[float]:
    """How long new questions wait for their acknowledgement, in seconds."""
    took = []
    for number in range(50):
        asked = slack.ask(QUESTION, channel=slack.new_channel(f"{name}-{number}"))
        for delivery in asked.deliveries:
            await delivery.settled()
            took.append(delivery.attempts[0].took or 0.0)
    return took


async def test_many_at_once_see_at_once_that_they_were_heard_and_are_answered_in_time() -> None:
    core = await slow()
    signs, ends, machine = [], [], 0.0
    async with FakeSlack() as slack, running(slack, core):
        for number in range(ROUNDS):
            channels = [slack.new_channel(f"c{number}-{place}") for place in range(100)]
            machine = await bare_calls(slack, channels)
            sign, end = await asked_at_once(slack, channels)
            signs.append(sign)
            ends.append(end)
            assert all(len(slack.answers(channel)) == 1 for channel in channels)
            if sign < bound(FIRST_SIGN, machine) and end < bound(0.5 * MODEL_SECONDS, machine) + MODEL_SECONDS:
                break
            slack.clock.advance(60)
        else:
            raise AssertionError(f"first signs after {signs} s, all answered after {ends} s")
        assert [call.method for call in slack.calls if call.status == 429] == []


def bound(seconds: float, machine: float) -> float:
    return max(seconds, CALLS_BESIDE * machine)


async def bare_calls(slack: FakeSlack, channels: list[Channel]) -> float:
    """Seconds that this machine takes for as many calls, with nothing else to do."""
    client = web_client(slack)
    began = slack.clock.now()
    await asyncio.gather(*(client.auth_test() for _ in channels))
    return slack.clock.now() - began


async def asked_at_once(slack: FakeSlack, channels: list[Channel]) -> tuple[float, float]:
    """Seconds until 95 of 100 see a first sign, and until all have their answers."""
    began = slack.clock.now()
    before = len(slack.called("assistant.threads.setStatus"))
    for channel in channels:
        slack.ask(QUESTION, channel=channel)
    await slack.call("assistant.threads.setStatus", count=before + 95)
    signs = [call.at - began for call in slack.called("assistant.threads.setStatus")[before:]]
    for channel in channels:
        await slack.posted("15 days", channel=channel)
    end = max(slack.answers(channel)[0].history[-1].at for channel in channels) - began
    return percentile(signs, 0.95) if len(signs) > 95 else max(signs), end


async def test_more_answers_a_minute_than_streams_are_granted_stay_within_every_limit() -> None:
    core = await knowing()
    more = [f"Sentence {number} about leave. " for number in range(7)]
    core.chat = core.chat_with(Wordy(*ANSWER, " ", *more))
    async with FakeSlack() as slack, running(slack, core):
        channels = [slack.new_channel(f"c{number}") for number in range(25)]
        for channel in channels:
            slack.ask(QUESTION, channel=channel)
        for channel in channels:
            await slack.posted("Sentence 6", channel=channel)
            assert len(slack.answers(channel)) == 1
        assert [call.method for call in slack.calls if call.status == 429] == []
        assert len(slack.called("chat.startStream")) < 20
        assert len(slack.called("chat.appendStream")) < 100
