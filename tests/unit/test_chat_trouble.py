"""A question ends in exactly one answer, whatever goes wrong on the way."""

import asyncio
from collections.abc import Collection, Mapping, Sequence

import pytest

from core.backends.memory_world import ScriptedModel, WordEmbedder
from core.chat import QUESTION_LIMIT, Limits, cleaned
from core.errors import Refused, Unavailable
from core.ports import Vector
from core.types import PUBLIC, Answer, Audience, Passage, Question, Session, Turn
from tests.fakes.saseo import Core
from tests.unit.chatting import ASKED, CHANNEL, question, stocked


async def test_the_same_question_is_answered_once() -> None:
    core = await stocked()
    await core.chat.ask(question())
    with pytest.raises(Refused) as refusal:
        await core.chat.ask(question())
    assert refusal.value.code == "chat.duplicate"


async def test_a_question_whose_answer_was_broken_off_can_be_asked_again() -> None:
    waiting = asyncio.Event()
    core = await stocked(ScriptedModel("You get ", waiting, "25 days [1]."))
    stream = core.chat.stream(question())
    assert await anext(stream) == "You get "
    await stream.aclose()
    waiting.set()
    assert (await core.chat.ask(question())).outcome == "answered"


async def test_questions_of_one_session_wait_for_each_other_and_others_do_not() -> None:
    go_on = asyncio.Event()
    core = await stocked(ScriptedModel("You get ", go_on, "25 days [1]."))
    first = core.chat.stream(question())
    assert await anext(first) == "You get "
    second = asyncio.create_task(core.chat.ask(question(name="2")))
    elsewhere = Question("3", Session("slack", "T1", "C2"), "hello", Audience.of(PUBLIC))
    assert (await core.chat.ask(elsewhere)).outcome == "answered"
    assert not second.done()
    go_on.set()
    assert [part async for part in first][-1]
    assert (await second).outcome == "answered"
    turns = await core.store.history.recent(CHANNEL)
    assert [turn.role for turn in turns] == ["human", "ai", "human", "ai"]


async def test_too_many_waiting_in_one_session_are_told_to_come_back() -> None:
    go_on = asyncio.Event()
    core = await stocked(ScriptedModel("You get ", go_on, "25 [1]."), limits=Limits(waiting=0))
    first = core.chat.stream(question())
    await anext(first)
    with pytest.raises(Unavailable) as refusal:
        await core.chat.ask(question(name="2"))
    assert refusal.value.code == "chat.busy"
    go_on.set()
    assert [part async for part in first]
    assert (await core.chat.ask(question(name="2"))).outcome == "answered"


class ShelvesAway:
    """Shelves that cannot be reached."""

    async def resolve(self, keys: Collection[object], audience: Audience) -> Mapping[object, object]:
        raise Unavailable("library.empty", name="the store")


class Broken(WordEmbedder):
    """An embedder with a bug."""

    async def question(self, text: str) -> Vector:
        raise ZeroDivisionError("secret detail")


async def test_trouble_ends_in_a_reason_with_a_reference() -> None:
    core = await stocked()
    core.retrieval._shelves = ShelvesAway()  # type: ignore[assignment]
    answer = await core.chat.ask(question())
    assert answer.outcome == "failed"
    assert answer.reference is not None
    assert answer.reference in answer.text
    assert "the store" in answer.text
    assert await core.store.history.recent(CHANNEL) == ()


async def test_a_bug_ends_in_a_reference_alone(caplog: pytest.LogCaptureFixture) -> None:
    core = Core(embedder=Broken())
    answer = await core.chat.ask(question())
    assert answer.outcome == "failed"
    assert answer.reference is not None
    assert answer.reference in answer.text
    assert answer.reference in caplog.text
    assert "secret detail" not in answer.text
    assert "ZeroDivisionError" in caplog.text


async def test_a_document_that_is_forgotten_while_the_answer_is_written_is_not_cited() -> None:
    go_on = asyncio.Event()
    core = await stocked(ScriptedModel("You get ", go_on, "25 days [1]."))
    stream = core.chat.stream(question())
    assert await anext(stream) == "You get "
    found = await core.retrieval.search(ASKED, audience=Audience.of(PUBLIC), limit=1)
    await core.library.forget([found[0].document.id])
    go_on.set()
    answer = [part async for part in stream][-1]
    assert isinstance(answer, Answer)
    assert answer.outcome == "not_found"
    assert "25" not in answer.text


class VanishingShelves:
    """Shelves whose passages are gone whenever an answer is to be delivered."""

    def __init__(self, core: Core) -> None:
        self.kept = core.store.shelves

    async def resolve(self, keys: Collection[object], audience: Audience) -> Mapping[object, object]:
        return {}

    async def passages(self, document_id: str, *, first: int = 0, count: int | None = None) -> Sequence[Passage]:
        return await self.kept.passages(document_id, first=first, count=count)


async def test_an_answer_whose_ground_keeps_vanishing_is_not_given() -> None:
    core = await stocked(ScriptedModel("25 days [1]."))
    core.chat._shelves = VanishingShelves(core)  # type: ignore[assignment]
    answer = await core.chat.ask(question())
    assert answer.outcome == "not_found"
    assert not answer.sources


class Forgetful:
    """A history that cannot be reached."""

    async def append(self, session: Session, turns: Sequence[Turn]) -> None:
        raise Unavailable("chat.busy")

    async def recent(self, session: Session, *, limit: int = 20) -> Sequence[Turn]:
        raise Unavailable("chat.busy")

    async def clear(self, session: Session) -> None:
        raise Unavailable("chat.busy")

    async def forget_workspace(self, platform: str, workspace: str) -> None:
        raise Unavailable("chat.busy")


async def test_an_answer_is_given_although_the_history_is_away() -> None:
    core = await stocked()
    core.chat._history = Forgetful()
    assert (await core.chat.ask(question())).outcome == "quoted"
    assert (await core.store.answers.counts())["quoted"] == 1


async def test_a_bug_while_remembering_is_not_kept_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(self: Forgetful, session: Session, turns: Sequence[Turn]) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Forgetful, "append", broken)
    core = await stocked()
    core.chat._history = Forgetful()
    with pytest.raises(ZeroDivisionError):
        await core.chat.ask(question())


@pytest.mark.parametrize("text", ["", "  \n ", "?!", "\x00\x01", "\u200b"])
async def test_an_empty_question_is_refused(text: str) -> None:
    with pytest.raises(Refused) as refusal:
        await Core().chat.ask(question(text))
    assert refusal.value.code == "chat.empty"


async def test_a_question_as_long_as_a_book_is_refused() -> None:
    with pytest.raises(Refused) as refusal:
        await Core().chat.ask(question("a " * QUESTION_LIMIT))
    assert refusal.value.code == "chat.too_long"


def test_control_characters_are_taken_out_of_a_question() -> None:
    assert cleaned("a\x00b\ud800c\nd") == "a b\ufffdc\nd"
