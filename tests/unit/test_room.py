"""Room for questions is bounded, and what is beyond is told at once; health says what is left."""

import asyncio
from collections.abc import AsyncGenerator, Sequence

import pytest

from core.backends.memory_world import ScriptedModel
from core.chat import Chat
from core.errors import SaseoError, Unavailable
from core.evidence import Evidence
from core.health import condition
from core.ports import Message
from core.room import Room
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


def test_only_what_questions_need_makes_unhealthy() -> None:
    well = dict.fromkeys(("catalogue", "vectors", "lexical", "history", "model"), True)
    assert condition({}) == condition(well) == "healthy"
    for name in ("vectors", "lexical", "history", "model"):
        assert condition({**well, name: False}) == "degraded"
    assert condition({**well, "catalogue": False}) == "unhealthy"
    assert condition({**well, "vectors": False, "lexical": False}) == "unhealthy"
    assert condition({"disk": False}) == "degraded"
