"""Room for questions is bounded, and what is beyond is told at once; health says what is left."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import ExitStack

import pytest

from core.backends.memory_world import ScriptedModel
from core.chat import Chat
from core.errors import SaseoError, Unavailable
from core.evidence import Evidence
from core.health import condition
from core.ports import Message
from core.room import LATELY, Room
from core.types import PUBLIC, Answer, Audience, Question, Session, Usage
from tests.fakes.saseo import Core
from tests.unit.chatting import ASKED, stocked


class Arriving(ScriptedModel):
    """A model that tells of every question that comes to it."""

    def __init__(self, *pieces: str | SaseoError | asyncio.Event) -> None:
        super().__init__(*pieces)
        self.arrived = asyncio.Semaphore(0)

    async def stream(self, messages: Sequence[Message]) -> AsyncGenerator[str | Usage, None]:
        self.arrived.release()
        async for part in super().stream(messages):
            yield part


def chat_in(core: Core, room: Room) -> Chat:
    return Chat(
        retrieval=core.retrieval,
        evidence=Evidence(),
        shelves=core.store.shelves,
        history=core.store.history,
        answers=core.store.answers,
        claims=core.store.claims,
        model=core.model,
        room=room,
    )


def question(number: int) -> Question:
    return Question(str(number), Session("slack", "T1", f"C{number}"), ASKED, Audience.of(PUBLIC))


async def test_so_many_are_answered_at_once_so_many_wait_and_the_next_is_told_to_come_back() -> None:
    go_on = asyncio.Event()
    model = Arriving("You get ", go_on, "25 days [1].")
    core = await stocked(model)
    chat = chat_in(core, Room(at_once=2, waiting=2))
    inside = [asyncio.create_task(chat.ask(question(number))) for number in range(4)]
    for _ in range(2):
        await model.arrived.acquire()

    with pytest.raises(Unavailable) as busy:
        await chat.ask(question(5))
    assert busy.value.code == "chat.busy"
    with pytest.raises(Unavailable):
        chat.room.check()
    assert len(model.asked) == 2, "two are answered, and two wait"

    go_on.set()
    answers: list[Answer] = await asyncio.gather(*inside)
    assert [answer.outcome for answer in answers] == ["answered"] * 4
    assert (await chat.ask(question(5))).outcome == "answered", "there is room again, and it was not claimed"


class Hands:
    """A clock whose hands are moved."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


async def served(room: Room, clock: Hands, count: int, *, seconds: float) -> None:
    """So many answers, each so long after the one before."""
    for _ in range(count):
        async with room.turn():
            clock.now += seconds


@pytest.mark.parametrize(("seconds", "let_in"), [(0.5, 120), (10.0, 6)])
async def test_nobody_is_let_in_who_would_wait_for_more_than_a_minute(seconds: float, let_in: int) -> None:
    clock = Hands()
    room = Room(at_once=4, waiting=1000, clock=clock)
    await served(room, clock, LATELY, seconds=seconds)
    with ExitStack() as inside:
        for _ in range(4 + let_in):
            inside.enter_context(room.enter())
        with pytest.raises(Unavailable) as busy:
            room.check()
    assert busy.value.code == "chat.busy"
    room.check()


async def test_how_long_the_wait_is_counts_only_once_it_is_known() -> None:
    clock = Hands()
    room = Room(at_once=1, waiting=100, clock=clock)
    await served(room, clock, LATELY - 1, seconds=1000.0)
    with ExitStack() as inside:
        for _ in range(101):
            inside.enter_context(room.enter())


async def test_a_standstill_is_noticed_without_any_answer() -> None:
    clock = Hands()
    room = Room(at_once=1, waiting=100, clock=clock)
    await served(room, clock, LATELY, seconds=0.01)
    with ExitStack() as inside:
        for _ in range(20):
            inside.enter_context(room.enter())
        room.check()
        clock.now += 600
        with pytest.raises(Unavailable):
            room.check()


def test_only_what_questions_need_makes_unhealthy() -> None:
    well = dict.fromkeys(("catalogue", "vectors", "lexical", "history", "model"), True)
    assert condition({}) == condition(well) == "healthy"
    for name in ("vectors", "lexical", "history", "model"):
        assert condition({**well, name: False}) == "degraded"
    assert condition({**well, "catalogue": False}) == "unhealthy"
    assert condition({**well, "vectors": False, "lexical": False}) == "unhealthy"
    assert condition({"disk": False}) == "degraded"
