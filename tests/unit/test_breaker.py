"""A circuit breaker opens after failures in a row, lets one try, and closes when that worked."""

import asyncio
from collections.abc import AsyncIterator

import numpy as np
import pytest

from core.backends.memory_recorder import MemoryRecorder
from core.backends.memory_world import ScriptedModel, WordEmbedder
from core.breaker import Breaker
from core.errors import Refused, Unavailable
from core.guarded import GuardedEmbedder, GuardedModel
from core.metrics import BREAKER_OPEN, BREAKER_OPENED, BREAKER_TURNED_AWAY
from core.ports import Vector

BUSY = Unavailable("model.busy")


class Seconds:
    """A clock that goes on when it is told to."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Seconds:
    return Seconds()


def breaker(clock: Seconds, recorder: MemoryRecorder | None = None) -> Breaker:
    more = {"recorder": recorder} if recorder is not None else {}
    return Breaker("model", code="outage.model", failures=3, window=60, pause=15, clock=clock, **more)


def ask(breaker: Breaker, error: BaseException | None = None) -> str:
    """How one call ends."""
    try:
        with breaker.asking():
            if error is not None:
                raise error
    except (Unavailable, Refused, asyncio.CancelledError) as raised:
        return getattr(raised, "code", "cancelled")
    return "well"


def opened(clock: Seconds, recorder: MemoryRecorder | None = None) -> Breaker:
    model = breaker(clock, recorder)
    assert [ask(model, BUSY) for _ in range(3)] == ["model.busy"] * 3
    return model


async def test_failures_in_a_row_open_it_and_the_next_is_not_asked(clock: Seconds) -> None:
    recorder = MemoryRecorder()
    model = opened(clock, recorder)

    assert ask(model) == "outage.model"
    with pytest.raises(Unavailable, match="left alone"):
        await model.check()
    assert recorder.value(BREAKER_OPEN, service="model") == 1
    assert recorder.value(BREAKER_OPENED, service="model") == 1
    assert recorder.value(BREAKER_TURNED_AWAY, service="model") == 1


async def test_a_success_between_failures_keeps_it_closed(clock: Seconds) -> None:
    model = breaker(clock)
    for _ in range(5):
        assert [ask(model, BUSY), ask(model, BUSY), ask(model)] == ["model.busy", "model.busy", "well"]
    await model.check()


def test_failures_that_are_far_apart_keep_it_closed(clock: Seconds) -> None:
    model = breaker(clock)
    for _ in range(9):
        assert ask(model, BUSY) == "model.busy"
        clock.now += 31
    assert model.closed


def test_what_is_refused_is_an_answer_and_what_is_cancelled_says_nothing(clock: Seconds) -> None:
    model = breaker(clock)
    for error, code in ((Refused("model.quota"), "model.quota"), (asyncio.CancelledError(), "cancelled")):
        assert [ask(model, error) for _ in range(9)] == [code] * 9
    assert model.closed


async def test_after_the_pause_one_tries_and_its_success_closes_it(clock: Seconds) -> None:
    recorder = MemoryRecorder()
    model = opened(clock, recorder)
    clock.now += 15
    with model.asking():
        assert ask(model) == "outage.model", "the others do not wait for the one who tries"
    assert ask(model) == "well"
    await model.check()
    assert recorder.value(BREAKER_OPEN, service="model") == 0


def test_a_trial_that_fails_begins_another_pause(clock: Seconds) -> None:
    model = opened(clock)
    for _ in range(3):
        clock.now += 15
        assert ask(model, BUSY) == "model.busy"
        assert ask(model) == "outage.model"
    clock.now += 15
    assert ask(model, Refused("model.key")) == "model.key"
    assert model.closed


def test_a_trial_that_is_broken_off_leaves_the_next_to_try(clock: Seconds) -> None:
    model = opened(clock)
    clock.now += 15
    assert ask(model, asyncio.CancelledError()) == "cancelled"
    assert not model.closed
    assert ask(model) == "well"
    assert model.closed


def test_whoever_asked_before_it_opened_does_not_close_it(clock: Seconds) -> None:
    model = breaker(clock)
    with model.asking():
        assert [ask(model, BUSY) for _ in range(3)] == ["model.busy"] * 3
    assert not model.closed


async def test_a_model_that_is_left_alone_is_not_called(clock: Seconds) -> None:
    scripted = ScriptedModel(BUSY)
    model = GuardedModel(scripted, breaker(clock))
    assert model.name == "scripted"
    codes = [await failure(model.stream(())) for _ in range(5)]
    assert codes == ["model.busy"] * 3 + ["outage.model"] * 2
    assert len(scripted.asked) == 3


async def failure(parts: AsyncIterator[object]) -> str:
    with pytest.raises(Unavailable) as error:
        async for _ in parts:
            pass
    return error.value.code


async def test_a_model_that_works_says_all_that_it_says(clock: Seconds) -> None:
    model = GuardedModel(ScriptedModel("one ", "two"), breaker(clock))
    assert [part async for part in model.stream(()) if isinstance(part, str)] == ["one ", "two"]


class Away(WordEmbedder):
    """An embedder whose server is away."""

    async def question(self, text: str) -> Vector:
        raise Unavailable("model.unreachable")


async def test_an_embedder_that_is_left_alone_is_not_called(clock: Seconds) -> None:
    plain = WordEmbedder()
    away = GuardedEmbedder(Away(), breaker(clock))
    assert (away.identity, away.dimension) == (plain.identity, plain.dimension)
    assert np.array_equal(await away.passages(["leave"]), await plain.passages(["leave"]))
    codes = []
    for _ in range(4):
        with pytest.raises(Unavailable) as error:
            await away.question("leave")
        codes.append(error.value.code)
    assert codes == ["model.unreachable"] * 3 + ["outage.model"]
    with pytest.raises(Unavailable, match="left alone"):
        await away.passages(["leave"])
